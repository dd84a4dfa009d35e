"""Polygons as coverage: which share of each pixel lies inside, tile by tile."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.image.geometry import TILE_SIZE, Point, Rect, TileKey
from core.image.surface import U8

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

# Scan lines per row of pixels; along a line the coverage is exact.
_LINES = 16
_TILE_LINES = TILE_SIZE * _LINES


class _Spans(NamedTuple):
    """What lies inside on each scan line of a row of tiles: from `start` to `end`, in pixels."""

    row: I64
    start: F64
    end: F64


class _Edges(NamedTuple):
    """The sides that are not level, each from its upper end down; `turn` is −1 or 1."""

    x: F64
    top: F64
    bottom: F64
    slope: F64
    turn: I64


def polygon_tiles(points: Sequence[Point], picture: Rect, full: U8) -> Iterator[tuple[TileKey, U8]]:
    """Yield the tiles that a closed polygon touches inside the picture: 255 where it covers all.

    The polygon may cross itself: whatever it winds around is inside (non-zero rule). Every
    tile wholly inside is `full` itself. Memory is that of a row of tiles' scan lines, whatever
    the polygon's size. Raises ValueError if a point is not finite.
    """
    corners = np.array(points, np.float64).reshape(-1, 2)
    if not np.isfinite(corners).all():
        raise ValueError("a polygon has finite points")
    edges = _edges(corners)
    if not len(edges.top):
        return
    first = max(int(edges.top.min()), picture.y) // TILE_SIZE
    last = min(int(edges.bottom.max()), picture.bottom - 1) // TILE_SIZE
    for ty in range(first, last + 1):
        spans = _spans(edges, ty * TILE_SIZE, picture)
        if not len(spans.row):
            continue
        left = int(spans.start.min()) // TILE_SIZE
        right = int(np.ceil(spans.end.max()) - 1) // TILE_SIZE
        for tx in range(left, right + 1):
            tile = _tile(spans, tx * TILE_SIZE, full)
            if tile is not None:
                yield TileKey(tx, ty), tile


def _edges(corners: F64) -> _Edges:
    ends = np.roll(corners, -1, axis=0)
    is_down = corners[:, 1] < ends[:, 1]
    upper = np.where(is_down[:, None], corners, ends)
    lower = np.where(is_down[:, None], ends, corners)
    kept = upper[:, 1] < lower[:, 1]
    upper, lower, turn = upper[kept], lower[kept], np.where(is_down[kept], 1, -1)
    slope = (lower[:, 0] - upper[:, 0]) / (lower[:, 1] - upper[:, 1])
    return _Edges(upper[:, 0], upper[:, 1], lower[:, 1], slope, turn.astype(np.int64))


def _spans(edges: _Edges, top: int, picture: Rect) -> _Spans:
    """Cut the polygon by the scan lines of one row of tiles."""
    above = max(0, (picture.y - top) * _LINES)
    below = min(_TILE_LINES, (picture.bottom - top) * _LINES)
    # A line belongs to an edge from its upper end to just above its lower end, so that lines
    # through a corner meet one of its two edges, or both, or none.
    first = np.clip(np.ceil((edges.top - top) * _LINES - 0.5), above, below).astype(np.int64)
    stop = np.clip(np.ceil((edges.bottom - top) * _LINES - 0.5), above, below).astype(np.int64)
    counts = stop - first
    edge = np.repeat(np.arange(len(counts)), counts)
    line = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts) + first[edge]
    x = edges.x[edge] + (top + (line + 0.5) / _LINES - edges.top[edge]) * edges.slope[edge]
    x = np.clip(x, picture.x, picture.right)
    order = np.lexsort((x, line))
    x, line = x[order], line[order]
    # Closed outlines wind back to zero on every line, so the sum may run over all of them.
    is_inside = np.flatnonzero(np.cumsum(edges.turn[edge][order])[:-1])
    is_inside = is_inside[x[is_inside] < x[is_inside + 1]]
    return _Spans(line[is_inside] // _LINES, x[is_inside], x[is_inside + 1])


def _tile(spans: _Spans, left: int, full: U8) -> U8 | None:
    """Return one tile's coverage; None where nothing of it is covered."""
    start = np.clip(spans.start - left, 0, TILE_SIZE)
    end = np.clip(spans.end - left, 0, TILE_SIZE)
    kept = start < end
    row, start, end = spans.row[kept], start[kept], end[kept]
    covered = float((end - start).sum())
    if covered == 0.0:
        return None
    if covered == TILE_SIZE * _TILE_LINES:
        return full
    steps = _steps(row, start) - _steps(row, end)
    coverage = np.cumsum(steps, axis=1)[:, :TILE_SIZE]
    values: U8 = (coverage * (255 / _LINES) + 0.5).astype(np.uint8)
    return values


def _steps(row: I64, x: F64) -> F64:
    """Return, to be summed along the rows, how much of each pixel lies right of the x."""
    width = TILE_SIZE + 2
    column = x.astype(np.int64)
    beyond = x - column
    at = row * width + column
    steps: F64 = np.bincount(at, 1.0 - beyond, TILE_SIZE * width).astype(np.float64)
    steps += np.bincount(at + 1, beyond, TILE_SIZE * width)
    return steps.reshape(TILE_SIZE, width)
