"""Where in the painting the brushwork of a fill was copied from: a surface of places, per layer.

A sample holds row + 1 and column + 1 of its origin in the painting; 0, 0 where it has none.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.document.patch import Patch
from core.image.geometry import Point, Rect, TileKey, tiles_touching
from core.image.surface import Surface, Tile

ORIGIN_CHANNELS: Final = 2
_TYPE: Final = np.dtype(np.uint32)


def no_origins() -> Surface:
    """Return an empty surface of origins."""
    return Surface(ORIGIN_CHANNELS, _TYPE)


def placing_origins(origins: Surface | None, patch: Patch) -> Surface | None:
    """Return a layer's origins once a patch is laid on it: where it covers, its own or none."""
    if patch.origins is None and (origins is None or not _touches(origins, patch.rect)):
        return origins
    before = no_origins() if origins is None else origins
    places = before.read(patch.rect)
    covered = patch.coverage > 0
    places[covered] = 0 if patch.origins is None else (patch.origins[covered] + 1)
    return _or_none(before.writing(patch.rect, places))


def kept_origins(
    origins: Surface | None, own: Surface | None, before: Surface, after: Surface
) -> Surface | None:
    """Return origins without those of samples that were painted over since.

    origins: as they are after; own: as they were before; before, after: the layer's pixels. Tiles
    whose origins were changed along with the pixels are left: whoever did it knew what it did.
    """
    if origins is None or before is after:
        return origins
    changes: dict[TileKey, Tile | None] = {}
    for key in origins.tiles.keys() & before.differing_keys(after):
        places = origins.tiles[key]
        if own is None or own.tiles.get(key) is not places:
            continue
        old, new = before.tiles.get(key), after.tiles.get(key)
        if old is None or new is None:
            changes[key] = None
            continue
        is_same = (old == new).all(axis=-1)
        if not is_same[places.any(axis=-1)].all():
            changes[key] = np.where(is_same[..., None], places, np.uint32(0))
    return _or_none(origins.with_tiles(changes)) if changes else origins


def merged_origins(
    upper: Surface | None, lower: Surface | None, alpha: Mapping[TileKey, NDArray[Any]]
) -> Surface | None:
    """Return the origins of a merged layer: the upper one's where it hides the lower.

    alpha: (TILE_SIZE, TILE_SIZE) uint16 of the upper layer's tiles, as it is laid on. Where it is
    neither 0 nor full there are two origins, so none is kept.
    """
    before = no_origins() if lower is None else lower
    changes: dict[TileKey, Tile | None] = {}
    for key, share in alpha.items():
        theirs = None if upper is None else upper.tiles.get(key)
        own = before.tiles.get(key)
        if theirs is None and own is None:
            continue
        empty = np.zeros(before.tile_shape, _TYPE)
        is_hidden, is_bare = (share == 65535)[..., None], (share == 0)[..., None]
        bottom = np.where(is_bare, empty if own is None else own, np.uint32(0))
        changes[key] = np.where(is_hidden, empty if theirs is None else theirs, bottom)
    return _or_none(before.with_tiles(changes))


def origin_of(origins: Surface | None, point: Point) -> Point | None:
    """Return the middle of the painting's sample that the one at a point was copied from."""
    if origins is None:
        return None
    row, column = (
        int(place) for place in origins.read(Rect(int(point.x), int(point.y), 1, 1))[0, 0]
    )
    return None if row == 0 else Point(column - 0.5, row - 0.5)


def _touches(origins: Surface, rect: Rect) -> bool:
    return any(key in origins.tiles for key in tiles_touching(rect))


def _or_none(origins: Surface) -> Surface | None:
    return origins if origins.tiles else None
