"""Masks from retouch, and retouch limited to a mask."""

import numpy as np

from core.image.blend import scaled
from core.image.geometry import TileKey
from core.image.surface import Surface, Tile

_TO_16_BIT = 257


def mask_of_retouch(retouch: Surface) -> Surface:
    """Return as a mask how densely a retouch surface covers each pixel: its alpha, 8 bit.

    Alpha of 1/65535 upward marks at least faintly, so that the mask holds every retouched pixel.
    """
    tiles: dict[TileKey, Tile | None] = {}
    for key, tile in retouch.tiles.items():
        alpha = tile[..., -1].astype(np.uint32)
        values = (alpha + _TO_16_BIT // 2) // _TO_16_BIT
        tiles[key] = np.maximum(values, alpha > 0).astype(np.uint8)
    return Surface.mask().with_tiles(tiles)


def retouch_within(retouch: Surface, mask: Surface) -> Surface:
    """Return a retouch surface times a mask: unchanged where it is 255, gone where it is 0.

    Tiles that the mask covers wholly are the surface's own.
    """
    changes: dict[TileKey, Tile | None] = {}
    for key, tile in retouch.tiles.items():
        values = mask.tiles.get(key)
        if values is None:
            changes[key] = None
        elif values.min() < 255:
            weights = values.astype(np.uint16) * np.uint16(_TO_16_BIT)
            changes[key] = scaled(tile, weights[..., None])
    return retouch.with_tiles(changes)
