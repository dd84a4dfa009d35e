"""A small picture of one layer, made of its reduced tiles."""

import numpy as np

from core.document.layer import Layer, LayerStack
from core.image.blend import over
from core.image.reduction import surface_parts
from core.image.surface import Tile
from core.image.tile_cache import TileCache

_GROUND = 0x6000
"""What transparent pixels are shown on."""


def thumbnail_level(layers: LayerStack, side_px: int) -> int:
    """Return the first level at which the picture fits into a square."""
    level = 0
    while max(*layers.rect.at_level(level)[2:]) > side_px:
        level += 1
    return level


def thumbnail(layers: LayerStack, layer: Layer, level: int, cache: TileCache | None = None) -> Tile:
    """Return the whole of a MASK or RETOUCH layer at a level.

    A mask is (h, w) uint8, retouch (h, w, channels) uint16 of the document's profile on grey.
    Takes time by its tiles but those whose means `cache` has: for a worker thread.
    """
    surface, area = layer.pixels, layers.rect.at_level(level)
    out = np.zeros(surface.shape_of(area.height, area.width), surface.dtype)
    for part, samples in surface_parts(surface, layers.rect, level, layers.rect, cache):
        out[part.slices(area)] = samples
    if surface.channels == 1:
        return out
    ground = np.full((area.height, area.width, layers.channels), _GROUND, np.uint16)
    return over(out, ground)
