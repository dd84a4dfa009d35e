"""From losses to windows: what a generator sees at a time, and which pixels of it are used."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.image.geometry import Rect
from core.image.surface import F32
from core.inpainting.loss_map import CELL, Cells, LossMap, thickness_of

CONTEXT_PX: Final = 64
# The trained net's time per pixel of loss is the same at 768 and 1024; its memory is not (250 and
# 410 MB measured), and smaller windows show, and stop, sooner.
WINDOW_PX_MAX: Final = 768
# Neighbouring windows of one loss are cross-faded over this width (at their own scale).
OVERLAP_PX: Final = 32

_MIN_CONTEXT_PX = 32


@dataclass(frozen=True, eq=False)
class Region:
    """One call of a generator.

    window: level-0 pixels it sees; `scale` of them per pixel and side, 1 = native.
    hole: bounds of the loss it fills, within the window.
    cells: (rows, columns) bool over the hole, which begins on the cell grid: cells it fills.
    final: the part of the hole no later region fills too; the rest waits for those.
    weight_x, weight_y: (hole.width,), (hole.height,) float32: the share of this region's fill;
    their product, summed over all regions, is 1 on every pixel of loss.
    """

    window: Rect
    scale: int
    hole: Rect
    cells: Cells
    final: Rect
    weight_x: F32
    weight_y: F32

    @property
    def is_whole(self) -> bool:
        """Whether no other region fills any of its hole."""
        return self.final == self.hole and self.weight_x.min() == 1 and self.weight_y.min() == 1


class _Loss(NamedTuple):
    label: int
    box: Rect  # whole cells, in px; may reach over the picture's edge
    context_px: int
    scale: int

    @property
    def reach(self) -> Rect:
        """What a generator must see to fill it."""
        return self.box.expanded(self.context_px)


class _Group(NamedTuple):
    reach: Rect
    box: Rect
    losses: list[_Loss]


def regions(
    losses: LossMap,
    *,
    multiple_of: int = 1,
    context_px: int | None = None,
    window_px_max: int = WINDOW_PX_MAX,
) -> list[Region]:
    """Cover all losses with windows: small ones from top to bottom, then large ones.

    Each window holds its loss and, where the picture reaches that far, at least
    max(context_px or CONTEXT_PX, the loss's thickness) of what is around it. No window is wider
    or higher than window_px_max pixels of its scale; native but for losses thicker than a third
    of that. Small losses near each other share a window; long thin ones are cut, their pieces
    overlapping. Sides are multiples of `multiple_of` where the picture allows.
    Raises ValueError if window_px_max is below 384.
    """
    if window_px_max < 384:
        raise ValueError("a window below 384 px has no room for context and overlap")
    if losses.is_empty:
        return []
    limit = window_px_max // multiple_of * multiple_of
    labels, found = _separated(losses, min(context_px or CONTEXT_PX, limit // 3), limit)
    small = [loss for loss in found if _fits(loss, limit)]
    large = [loss for loss in found if not _fits(loss, limit)]
    made = [_whole(group, labels, losses, multiple_of) for group in _grouped(small, limit)]
    made.sort(key=lambda region: region.hole.y)
    for loss in large:
        made.extend(_cut(loss, labels, losses, multiple_of, limit))
    return made


def cells_within(region: Region, window: Rect) -> Cells:
    """Return where in a window, which holds part of the region's hole, the region fills."""
    part = region.hole.intersection(window)
    rows, columns = part.slices(region.hole)
    wanted = np.zeros((window.height, window.width), np.bool_)
    cells = region.cells.repeat(CELL, axis=0)[rows].repeat(CELL, axis=1)[:, columns]
    wanted[part.slices(window)] = cells
    return wanted


def _fits(loss: _Loss, limit: int) -> bool:
    return max(loss.reach.width, loss.reach.height) <= limit * loss.scale


def _separated(
    losses: LossMap, context_px: int, limit: int
) -> tuple[NDArray[np.int32], list[_Loss]]:
    """Label the losses: thick parts apart from thin ones, since only thick ones lose resolution."""
    depth = losses.depth()
    deep = thickness_of(depth) > limit // 3
    thick = np.zeros_like(losses.occupied)
    if deep.any():
        # All cells of the discs around the deep ones, with the corners a disc leaves (1.5 > √2).
        radius = 1.5 * limit / 3 / (2 * CELL) + 2
        near = cv2.distanceTransform((~deep).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        thick = losses.occupied & (near <= radius)
    labels = np.zeros(losses.occupied.shape, np.int32)
    found: list[_Loss] = []
    for part in (thick, losses.occupied & ~thick):
        count, numbers, stats, _ = cv2.connectedComponentsWithStats(part.astype(np.uint8))
        deepest = np.zeros(count, np.float32)
        np.maximum.at(deepest, numbers.ravel(), depth.ravel())
        thickness = thickness_of(deepest)
        numbers = np.where(part, numbers + len(found), 0)
        for number in range(1, count):
            x, y, width, height = (int(value) * CELL for value in stats[number, :4])
            box = Rect(losses.bounds.x + x, losses.bounds.y + y, width, height)
            thick_px = max(_MIN_CONTEXT_PX, int(thickness[number]))
            scale = max(1, -(-3 * thick_px // limit))
            found.append(_Loss(len(found) + 1, box, max(context_px, thick_px), scale))
        labels = np.maximum(labels, numbers)
    return labels, found


def _grouped(small: Sequence[_Loss], limit: int) -> Iterator[_Group]:
    """Yield losses that one window serves: never larger than the limit, cheaper than apart."""
    by_place: dict[tuple[int, int, int], list[_Group]] = {}
    for loss in sorted(small, key=lambda loss: (loss.box.y, loss.box.x)):
        side = loss.scale * limit // 2
        place = (loss.scale, loss.box.x // side, loss.box.y // side)
        groups = by_place.setdefault(place, [])
        for number, group in enumerate(groups):
            both = group.reach.union(loss.reach)
            fits = max(both.width, both.height) <= limit * loss.scale
            if fits and both.area <= group.reach.area + loss.reach.area:
                groups[number] = _Group(both, group.box.union(loss.box), [*group.losses, loss])
                break
        else:
            groups.append(_Group(loss.reach, loss.box, [loss]))
    for groups in by_place.values():
        yield from groups


def _whole(group: _Group, labels: NDArray[np.int32], losses: LossMap, multiple_of: int) -> Region:
    scale = group.losses[0].scale
    cells = np.isin(labels[_cells_of(group.box, losses)], [loss.label for loss in group.losses])
    hole = group.box.intersection(losses.picture)
    window = _rounded(group.reach, losses.picture, multiple_of * scale)
    ones_x, ones_y = np.ones(hole.width, np.float32), np.ones(hole.height, np.float32)
    return Region(window, scale, hole, cells, hole, ones_x, ones_y)


def _cut(
    loss: _Loss, labels: NDArray[np.int32], losses: LossMap, multiple_of: int, limit: int
) -> Iterator[Region]:
    """Yield a large loss's pieces row by row: overlapping squares of a grid over its box."""
    overlap = OVERLAP_PX * loss.scale
    side = (limit * loss.scale - 2 * loss.context_px) // CELL * CELL
    for top, height, final_height, weight_y in _pieces(loss.box.height, side, overlap):
        for left, width, final_width, weight_x in _pieces(loss.box.width, side, overlap):
            square = Rect(loss.box.x + left, loss.box.y + top, width, height)
            cells = labels[_cells_of(square, losses)] == loss.label
            if not cells.any():
                continue
            rows, columns = np.flatnonzero(cells.any(1)), np.flatnonzero(cells.any(0))
            tight = Rect.from_edges(
                square.x + int(columns[0]) * CELL,
                square.y + int(rows[0]) * CELL,
                square.x + int(columns[-1] + 1) * CELL,
                square.y + int(rows[-1] + 1) * CELL,
            )
            hole = tight.intersection(losses.picture)
            final = Rect(square.x, square.y, final_width, final_height)
            in_rows, in_columns = hole.slices(square)
            reach = tight.expanded(loss.context_px)
            yield Region(
                window=_rounded(reach, losses.picture, multiple_of * loss.scale),
                scale=loss.scale,
                hole=hole,
                cells=cells[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1],
                final=hole.intersection(final),
                weight_x=weight_x[in_columns],
                weight_y=weight_y[in_rows],
            )


def _pieces(length: int, side: int, overlap: int) -> Iterator[tuple[int, int, int, F32]]:
    """Yield (start, length, length up to the next piece, weights) of pieces of one axis."""
    if length <= side:
        yield 0, length, length, np.ones(length, np.float32)
        return
    count = -(-(length - overlap) // (side - overlap))
    step = -(-(length - overlap) // (count * CELL)) * CELL
    starts = list(range(0, length - overlap, step))
    # Raised cosine; the next piece rises by exactly what this one falls.
    phase = (np.arange(overlap, dtype=np.float32) + np.float32(0.5)) / overlap
    rising = ((1 - np.cos(np.pi * phase)) / 2).astype(np.float32)
    for start in starts:
        is_last = start == starts[-1]
        end = length if is_last else start + step + overlap
        weights = np.ones(end - start, np.float32)
        if start > 0:
            weights[:overlap] = rising
        if not is_last:
            weights[-overlap:] = 1 - rising
        yield start, end - start, (end if is_last else start + step) - start, weights


def _cells_of(rect: Rect, losses: LossMap) -> tuple[slice, slice]:
    rows, columns = rect.slices(losses.bounds)
    return (
        slice(rows.start // CELL, rows.stop // CELL),
        slice(columns.start // CELL, columns.stop // CELL),
    )


def _rounded(window: Rect, picture: Rect, multiple_of: int) -> Rect:
    """Clip a window to the picture, then grow it inside to multiples of a number, if it can be."""
    window = window.intersection(picture)
    x, width = _grown(window.x, window.width, picture.width, multiple_of)
    y, height = _grown(window.y, window.height, picture.height, multiple_of)
    return Rect(x, y, width, height)


def _grown(start: int, length: int, room: int, multiple_of: int) -> tuple[int, int]:
    wanted = -(-length // multiple_of) * multiple_of
    if wanted > room:
        return start, length
    return min(start, room - wanted), wanted
