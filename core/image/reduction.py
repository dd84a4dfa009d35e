"""Reduced levels of arrays and of sparse surfaces: area means."""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from core.image.geometry import TILE_SIZE, Rect, TileKey, tiles_touching
from core.image.surface import Surface, Tile
from core.image.tile_cache import TileCache

U64 = NDArray[np.uint64]

# A float32 sum of 2**8 samples of 16 bits is exact, of more it is not: OpenCV would then give
# 40000 for the mean of a flat 40001.
_EXACT_LEVEL = 4
_TILE_LEVEL = TILE_SIZE.bit_length() - 1
_WHOLE = Rect(0, 0, TILE_SIZE, TILE_SIZE)


def area_mean(pixels: Tile, level: int) -> Tile:
    """Reduce by 2**level: each sample is the mean of its block, rounded to the nearest.

    pixels: (h, w) or (h, w, C ≤ 4), uint8 or uint16, its first sample at a block's corner.
    Blocks at the right and bottom edge may hold fewer samples; then the mean is over those.
    Above level 4 uint16 is rounded on the way, once in four levels.
    """
    return _reduced(pixels, 0, level, *pixels.shape[:2])


def halved(pixels: Tile, rect: Rect, level: int) -> Tile:
    """Reduce level `level` of the level-0 pixels `rect` by one more level, as `area_mean` would.

    rect starts on a block of the level to come.
    """
    return _reduced(pixels, level, level + 1, rect.height, rect.width)


def reduced(pixels: Tile, rect: Rect, below: int, level: int) -> Tile:
    """Reduce level `below` of the level-0 pixels `rect` to `level`, as `area_mean` would.

    rect starts on a block of `level`.
    """
    return _reduced(pixels, below, level, rect.height, rect.width)


def rescaled(pixels: Tile, level: int, area: Rect, target_level: int) -> Tile:
    """Return (h, w, C) of `area` of target_level, interpolated.

    pixels: the whole picture at `level`.
    """
    ratio = 2.0 ** (target_level - level)
    left, top = area.x * ratio, area.y * ratio
    height, width = pixels.shape[:2]
    part = Rect.from_edges(
        max(0, int(left) - 1),
        max(0, int(top) - 1),
        min(width, int(area.right * ratio) + 2),
        min(height, int(area.bottom * ratio) + 2),
    )
    # A pixel's centre lies half a pixel in, in either level.
    matrix = np.array(
        [
            [ratio, 0.0, left + ratio / 2 - 0.5 - part.x],
            [0.0, ratio, top + ratio / 2 - 0.5 - part.y],
        ]
    )
    scaled = cv2.warpAffine(
        pixels[part.y : part.bottom, part.x : part.right],
        matrix,
        (area.width, area.height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(scaled, pixels.dtype).reshape(area.height, area.width, pixels.shape[2])


def surface_parts(
    surface: Surface, rect: Rect, level: int, picture: Rect, cache: TileCache | None = None
) -> Iterator[tuple[Rect, Tile]]:
    """Yield what a surface holds in a rectangle: (pixels of the level, their samples).

    rect is in level-0 pixels, the yielded Rects in those of the level; they do not overlap and
    lie inside `rect.at_level(level)`; where none is yielded the surface is zero. The samples
    are read-only in spirit: at level 0 they are the tiles themselves.

    Only samples inside `picture` enter a mean, so that edges do not fade. Reduced tiles are
    kept in `cache` by the tile's identity. A tile that is still writeable belongs to a stroke
    in progress: it is reduced by `surface.live`, or anew each time where `rect` needs it. Of a
    surface with a sketch that is given.
    """
    rect = rect.intersection(picture)
    if surface.sketch is not None:
        yield from surface.sketch.parts(rect, level)
        return
    if level == 0:
        for key, tile in _tiles_in(surface, rect):
            part = rect.intersection(key.rect)
            yield part, tile[part.slices(key.rect)]
        return
    area = rect.at_level(level)
    if level > _TILE_LEVEL:
        yield from _beyond_tiles(surface, area, level, picture, cache)
        return
    yield from _reduced_parts(surface, area, level, picture, cache)


def _reduced_parts(
    surface: Surface, area: Rect, level: int, picture: Rect, cache: TileCache | None
) -> Iterator[tuple[Rect, Tile]]:
    needed = area.from_level(level).intersection(picture)
    parts = list(_tiles_in(surface, needed))
    if not parts:
        return
    bounds = area.intersection(_union([key for key, _ in parts], TILE_SIZE >> level))
    out = np.zeros(surface.shape_of(bounds.height, bounds.width), surface.dtype)
    for key, tile in parts:
        is_live = tile.flags.writeable
        at = None if is_live else _whole_in(key, level, bounds, picture)
        if at is not None:
            out[at] = _reduced_tile(tile, _WHOLE, level, cache)
            continue
        inside = key.rect.intersection(picture)
        if is_live and surface.live is not None:
            own = Rect(0, 0, inside.width, inside.height)
            samples = surface.live.reduced(key, tile, own, level)
        elif is_live:
            inside = inside.intersection(needed)
            samples = area_mean(tile[inside.slices(key.rect)], level)
        else:
            samples = _reduced_tile(tile, inside, level, cache)
        origin = inside.at_level(level)
        part = origin.intersection(bounds)
        out[part.slices(bounds)] = samples[part.slices(origin)]
    yield bounds, out


def _whole_in(key: TileKey, level: int, bounds: Rect, picture: Rect) -> tuple[slice, slice] | None:
    """Return rows and columns of a tile at a level, counted from bounds' corner.

    None if part of it lies outside them or the picture.
    """
    # A picture of 400 MP has thousands of tiles in sight: with Rects this takes twice as long.
    tx, ty = key
    side = TILE_SIZE >> level
    x, y = tx * side - bounds.x, ty * side - bounds.y
    is_inside = x >= 0 and y >= 0 and x + side <= bounds.width and y + side <= bounds.height
    is_inside &= (tx + 1) * TILE_SIZE <= picture.width and (ty + 1) * TILE_SIZE <= picture.height
    return (slice(y, y + side), slice(x, x + side)) if is_inside else None


def _reduced_tile(tile: Tile, inside: Rect, level: int, cache: TileCache | None) -> Tile:
    # `inside` starts at the tile's corner, since pictures start at (0, 0).
    key = ("reduced", id(tile), level, inside.width, inside.height)
    kept = None if cache is None else cache.get(key, tile)
    if kept is not None:
        return kept
    reduced = area_mean(tile[: inside.height, : inside.width], level)
    if cache is not None:
        cache.put(key, reduced, tile)
    return reduced


def _beyond_tiles(
    surface: Surface, area: Rect, level: int, picture: Rect, cache: TileCache | None
) -> Iterator[tuple[Rect, Tile]]:
    # One sample covers several tiles: the mean of the tiles' means.
    wanted = area.from_level(level).intersection(picture)
    parts = list(surface_parts(surface, wanted, _TILE_LEVEL, picture, cache))
    if parts:
        origin = wanted.at_level(_TILE_LEVEL)
        means = np.zeros(surface.shape_of(origin.height, origin.width), surface.dtype)
        for part, samples in parts:
            means[part.slices(origin)] = samples
        yield area, _reduced(means, _TILE_LEVEL, level, wanted.height, wanted.width)


def _tiles_in(surface: Surface, rect: Rect) -> Iterator[tuple[TileKey, Tile]]:
    tiles = surface.tiles
    columns, rows = rect.width // TILE_SIZE + 2, rect.height // TILE_SIZE + 2
    if len(tiles) < columns * rows:
        left, top = rect.x // TILE_SIZE, rect.y // TILE_SIZE
        last, bottom = (rect.right - 1) // TILE_SIZE, (rect.bottom - 1) // TILE_SIZE
        for key, tile in tiles.items():
            if left <= key[0] <= last and top <= key[1] <= bottom:
                yield key, tile
        return
    for key in tiles_touching(rect):
        found = tiles.get(key)
        if found is not None:
            yield key, found


def _union(keys: list[TileKey], side: int) -> Rect:
    """Return the pixels of some tiles of a side."""
    columns, rows = [key[0] for key in keys], [key[1] for key in keys]
    return Rect.from_edges(
        min(columns) * side, min(rows) * side, (max(columns) + 1) * side, (max(rows) + 1) * side
    )


def _reduced(pixels: Tile, below: int, level: int, height: int, width: int) -> Tile:
    """Reduce level `below` of an area of height × width level-0 samples to `level`."""
    while below < level:
        to = min(level, below + _EXACT_LEVEL)
        pixels, below = _mean(pixels, below, to, height, width), to
    return pixels


def _mean(pixels: Tile, below: int, level: int, height: int, width: int) -> Tile:
    step, total = 1 << level - below, 1 << level
    rows, columns = height // total, width // total
    out = np.empty((-(-height // total), -(-width // total), *pixels.shape[2:]), pixels.dtype)
    if rows and columns:
        core = pixels[: rows * step, : columns * step]
        means = cv2.resize(core, (columns, rows), interpolation=cv2.INTER_AREA)
        out[:rows, :columns] = means.reshape(out[:rows, :columns].shape)
    across, down = _weights(width, below), _weights(height, below)
    if out.shape[1] > columns:
        right = np.s_[:, columns * step :]
        out[:, columns:] = _edge_means(pixels[right], down, across[columns * step :], step)
    if out.shape[0] > rows and columns:
        bottom = np.s_[rows * step :, : columns * step]
        out[rows:, :columns] = _edge_means(
            pixels[bottom], down[rows * step :], across[: columns * step], step
        )
    return out


def _weights(size: int, level: int) -> U64:
    """Return how many of `size` level-0 samples each sample of a level stands for."""
    weights = np.full(-(-size // (1 << level)), 1 << level, np.uint64)
    weights[-1] = (size - 1) % (1 << level) + 1
    return weights


def _edge_means(pixels: Tile, down: U64, across: U64, step: int) -> Tile:
    # The few blocks cut by the picture's edge: a sample that stands for less counts for less.
    extra = (1,) * (pixels.ndim - 2)
    sums = pixels * np.multiply.outer(down, across).reshape(*pixels.shape[:2], *extra)
    for axis in (0, 1):
        sums = np.add.reduceat(sums, np.arange(0, pixels.shape[axis], step), axis=axis)
    heights = np.add.reduceat(down, np.arange(0, down.size, step))
    widths = np.add.reduceat(across, np.arange(0, across.size, step))
    counts = np.multiply.outer(heights, widths)
    counts = counts.reshape(*counts.shape, *extra)
    means: Tile = ((sums + counts // 2) // counts).astype(pixels.dtype)
    return means
