"""What a stack of layers looks like over a rectangle: for screen, engine and export alike."""

from collections.abc import Collection

import numpy as np

from core.document.layer import Layer, LayerKind, LayerStack
from core.image.blend import FULL, over, scaled
from core.image.geometry import Rect
from core.image.reduction import surface_parts
from core.image.surface import U8, U16, PixelSource, Tile
from core.image.tile_cache import TileCache


def composite(
    layers: LayerStack, rect: Rect, level: int = 0, cache: TileCache | None = None
) -> U16:
    """Blend the source and the visible RETOUCH layers over a rectangle.

    rect is in level-0 pixels inside the picture; the result is (h, w, channels) uint16 of
    `rect.at_level(level)` in the document's profile, to be read only. Masks are skipped; the
    source is always shown. Outside all retouch the samples are bit-identical to the source's.

    cache: keeps reduced tiles of unchanged surfaces for levels above 0 (any TileCache, such as
    the pyramid's). Tiles of a stroke in progress are never kept, so its pixels are always
    fresh: no key needs to be named.
    Raises ImageReadError if the source file no longer gives its samples.
    """
    out = _source(layers).read(rect, level)
    area = rect.at_level(level)
    is_ours = False
    for layer in layers.of_kind(LayerKind.RETOUCH):
        opacity = round(layer.opacity * FULL)
        if not layer.is_visible or opacity == 0:
            continue
        for part, pixels in surface_parts(layer.pixels, rect, level, layers.rect, cache):
            if not is_ours:
                out, is_ours = out.copy(), True
            at = part.slices(area)
            out[at] = over(scaled(pixels, opacity), out[at])
    return out


def mask_coverage(
    layers: LayerStack,
    rect: Rect,
    level: int = 0,
    layer_ids: Collection[int] | None = None,
    cache: TileCache | None = None,
) -> U8:
    """Return how much of each pixel is marked as loss: (h, w) uint8 of `rect.at_level(level)`.

    The greatest value of the visible MASK layers, or of those named by layer_ids, visible or
    not; at a level above 0 each layer's area mean. cache: see `composite`.
    """
    area = rect.at_level(level)
    out = np.zeros((area.height, area.width), np.uint8)
    for layer in _masks(layers, layer_ids):
        for part, values in surface_parts(layer.pixels, rect, level, layers.rect, cache):
            target = out[part.slices(area)]
            np.maximum(target, values, out=target)
    return out


def mask_area(layers: LayerStack, layer_ids: Collection[int] | None = None) -> int:
    """Count the samples above 127 in any of the masks that `mask_coverage` would show."""
    by_key: dict[Rect, list[Tile]] = {}
    for layer in _masks(layers, layer_ids):
        for part, values in surface_parts(layer.pixels, layers.rect, 0, layers.rect):
            by_key.setdefault(part, []).append(values)
    area = 0
    for tiles in by_key.values():
        values = tiles[0] if len(tiles) == 1 else np.maximum.reduce(tiles)
        area += int(np.count_nonzero(values > 127))
    return area


def _source(layers: LayerStack) -> PixelSource:
    source = layers.layers[0].source
    if source is None:
        raise TypeError("the bottom layer has no source")
    return source


def _masks(layers: LayerStack, layer_ids: Collection[int] | None) -> list[Layer]:
    masks = layers.of_kind(LayerKind.MASK)
    if layer_ids is None:
        return [layer for layer in masks if layer.is_visible]
    return [layer for layer in masks if layer.id in layer_ids]
