"""What a fill that ended too early left: the losses, or parts of them, that no patch covers."""

from collections.abc import Iterable

import numpy as np

from core.document.layer import LayerStack
from core.document.patch import Patch
from core.image.geometry import TileKey, tiles_touching
from core.image.surface import Surface, Tile
from core.inpainting.loss_map import masks_of


def not_filled(layers: LayerStack, patches: Iterable[Patch]) -> Surface:
    """Return the visible masks' maximum, as a mask, without the pixels that patches cover."""
    tiles: dict[TileKey, Tile] = {}
    for layer in masks_of(layers):
        for key, tile in layer.pixels.tiles.items():
            tiles[key] = np.maximum(tiles[key], tile) if key in tiles else tile.copy()
    for patch in patches:
        for key in tiles_touching(patch.rect):
            if key in tiles:
                part = patch.rect.intersection(key.rect)
                tiles[key][part.slices(key.rect)][patch.coverage[part.slices(patch.rect)] > 0] = 0
    return Surface.mask().with_tiles(tiles)
