"""Growing, shrinking and feathering masks by true Euclidean distance, block by block."""

import math
from collections.abc import Callable, Iterator

import cv2
import numpy as np

from core.errors import Cancelled
from core.image.geometry import TILE_SIZE, Rect, TileKey, tiles_touching
from core.image.selection import shared
from core.image.surface import F32, U8, Surface, Tile

MARKED_ABOVE = 127
"""Where masks have soft edges, distances are measured from where they are half strong."""
MAX_RADIUS_PX = 2000.0

Cancel = Callable[[], bool]


def grown(
    mask: Surface, radius_px: float, picture: Rect, is_cancelled: Cancel | None = None
) -> Surface:
    """Mark all that lies within a distance of what is marked, inside the picture.

    The new edge is antialiased; no sample becomes weaker. Raises Cancelled, and ValueError for
    a radius outside 0..MAX_RADIUS_PX, as the others here do.
    """

    def grow(values: U8) -> U8:
        is_marked = values > MARKED_ABOVE
        # The edge lies half a pixel beyond the last marked pixel's middle.
        reach = radius_px + 1.0 - _distance(~is_marked)
        return np.maximum(values, _coverage(reach)) if is_marked.any() else values

    return _changed(mask, radius_px, picture, grow, is_cancelled, is_growing=True)


def shrunk(
    mask: Surface, radius_px: float, picture: Rect, is_cancelled: Cancel | None = None
) -> Surface:
    """Keep what lies farther than a distance from all that is not marked.

    Beyond the picture's edge nothing is unmarked: marks do not draw back from it. No sample
    becomes stronger.
    """

    def shrink(values: U8) -> U8:
        is_marked = values > MARKED_ABOVE
        kept = _distance(is_marked) - radius_px
        return values if is_marked.all() else np.minimum(values, _coverage(kept))

    return _changed(mask, radius_px, picture, shrink, is_cancelled, is_growing=False)


def feathered(
    mask: Surface,
    radius_px: float,
    picture: Rect,
    is_cancelled: Cancel | None = None,
    *,
    is_outward: bool = False,
) -> Surface:
    """Let the mask's edge fade over a distance: inward, so that no sound paint is marked.

    is_outward: from the edge outward instead, over sound paint. The fade is a smooth step.
    """

    def fade_in(values: U8) -> U8:
        is_marked = values > MARKED_ABOVE
        depth = (_distance(is_marked) - 0.5) / max(radius_px, 0.5)
        return values if is_marked.all() else np.minimum(values, _coverage(_smooth(depth)))

    def fade_out(values: U8) -> U8:
        is_marked = values > MARKED_ABOVE
        depth = 1.0 - (_distance(~is_marked) - 0.5) / max(radius_px, 0.5)
        return np.maximum(values, _coverage(_smooth(depth))) if is_marked.any() else values

    function = fade_out if is_outward else fade_in
    return _changed(mask, radius_px, picture, function, is_cancelled, is_growing=is_outward)


def _changed(
    mask: Surface,
    radius_px: float,
    picture: Rect,
    function: Callable[[U8], U8],
    is_cancelled: Cancel | None,
    *,
    is_growing: bool,
) -> Surface:
    """Apply a function that looks no farther than the radius to the blocks it may change."""
    if not (math.isfinite(radius_px) and 0.0 <= radius_px <= MAX_RADIUS_PX):
        raise ValueError(f"a radius of {radius_px} px is not in 0..{MAX_RADIUS_PX}")
    margin = math.ceil(radius_px) + 2
    changes: dict[TileKey, Tile | None] = {}
    for block in _blocks(mask, margin if is_growing else 0, margin, picture):
        if is_cancelled is not None and is_cancelled():
            raise Cancelled("The mask was not changed.")
        area = block.expanded(margin).intersection(picture)
        values = mask.read(area)
        if values.min() == values.max():
            continue
        result = function(values)
        for key in tiles_touching(block):
            _take(mask, key, result, area, picture, changes)
    return mask.with_tiles(changes) if changes else mask


def _take(
    mask: Surface,
    key: TileKey,
    result: U8,
    area: Rect,
    picture: Rect,
    changes: dict[TileKey, Tile | None],
) -> None:
    """Note a tile of a block's result, unless it is the mask's own."""
    inside = key.rect.intersection(picture)
    if inside.is_empty:
        return
    old = mask.tiles.get(key)
    values = result[inside.slices(area)]
    former = 0 if old is None else old[inside.slices(key.rect)]
    if np.array_equal(values, np.broadcast_to(former, values.shape)):
        return
    tile = np.zeros((TILE_SIZE, TILE_SIZE), np.uint8) if old is None else old.copy()
    tile[inside.slices(key.rect)] = values
    changes[key] = shared(tile)


def _blocks(mask: Surface, reach: int, margin: int, picture: Rect) -> Iterator[Rect]:
    """Yield squares on the tile grid that hold all pixels within reach of a tile present.

    With a wide margin they are larger, so that not most of the work goes into margins.
    """
    side = -(-max(TILE_SIZE, margin) // TILE_SIZE)
    found: dict[TileKey, None] = {}
    for key in mask.tiles:
        near = key.rect.expanded(reach).intersection(picture)
        for tx, ty in tiles_touching(near):
            found[TileKey(tx // side, ty // side)] = None
    for tx, ty in found:
        size = side * TILE_SIZE
        yield Rect(tx * size, ty * size, size, size)


def _distance(is_away: np.ndarray) -> F32:
    """Return each true pixel's distance to the nearest false one, from middle to middle."""
    found = cv2.distanceTransform(is_away.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(found, np.float32)


def _coverage(share: F32) -> U8:
    """Return 0..255 of shares, of which 0 and 1 are the bounds."""
    values: U8 = (np.clip(share, 0.0, 1.0) * np.float32(255.0) + np.float32(0.5)).astype(np.uint8)
    return values


def _smooth(share: F32) -> F32:
    share = np.clip(share, np.float32(0.0), np.float32(1.0))
    return share * share * (np.float32(3.0) - np.float32(2.0) * share)
