"""What a stack of layers looks like over a rectangle: for screen, engine and export alike."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from core.document.layer import Layer, LayerKind, LayerStack
from core.image.blend import FULL, mixed, scaled
from core.image.blend_modes import blended
from core.image.geometry import Rect
from core.image.reduction import surface_parts
from core.image.surface import U8, U16, PixelSource, Tile
from core.image.tile_cache import TileCache


def composite(
    layers: LayerStack, rect: Rect, level: int = 0, cache: TileCache | None = None
) -> U16:
    """Blend the source and the visible RETOUCH layers over a rectangle, group by group.

    rect is in level-0 pixels inside the picture; the result is (h, w, channels) uint16 of
    `rect.at_level(level)` in the document's profile, to be read only. Masks are skipped; the
    source is always shown. Outside all retouch the samples are bit-identical to the source's.

    cache: keeps reduced tiles of unchanged surfaces for levels above 0 (any TileCache, such as
    the pyramid's). Tiles of a stroke in progress are never kept, so its pixels are always
    fresh: no key needs to be named.
    Raises ImageReadError if the source file no longer gives its samples.
    """
    ground = _source(layers).read(rect, level)
    return _Painter(layers, rect, level, cache).laid(None, layers.layers[1:], ground)


class Ground(NamedTuple):
    """What a layer is laid on, (h, w, channels) uint16 each: its group as well, or it alone.

    The same where the layer is in no group.
    """

    outside: U16
    inside: U16

    @property
    def nbytes(self) -> int:
        """Bytes of its samples."""
        both = self.outside.nbytes + self.inside.nbytes
        return self.outside.nbytes if self.inside is self.outside else both

    def part(self, at: tuple[slice, slice]) -> "Ground":
        """Return some rows and columns."""
        return Ground(self.outside[at], self.inside[at])


def ground_of(
    layers: LayerStack, layer_id: int, rect: Rect, level: int = 0, cache: TileCache | None = None
) -> Ground:
    """Return what lies below a RETOUCH layer, as `composite` sees it. Raises KeyError."""
    group, below = layers.layer(layer_id).group, layers.layers[1 : layers.index(layer_id)]
    painter = _Painter(layers, rect, level, cache)
    outside = painter.laid(None, below, _source(layers).read(rect, level))
    return Ground(outside, outside if group is None else painter.laid(group, below, outside))


def composite_on(
    ground: Ground,
    layers: LayerStack,
    layer_id: int,
    rect: Rect,
    level: int = 0,
    cache: TileCache | None = None,
) -> U16:
    """Return `composite` of a rectangle, given what lies below one of its layers.

    A layer that is painted on is shown so, over and over, at the cost of what lies above it.
    """
    index, group = layers.index(layer_id), layers.layer(layer_id).group
    painter = _Painter(layers, rect, level, cache)
    if group is None:
        return painter.laid(None, layers.layers[index:], ground.outside)
    end = layers.index(group)
    inside = painter.laid(group, layers.layers[index:end], ground.inside)
    grouped = painter.grouped(layers.layer(group), ground.outside, inside)
    return painter.laid(None, layers.layers[end + 1 :], grouped)


def composite_below(layers: LayerStack, layer_id: int, rect: Rect) -> U16:
    """Return what a layer is laid on, (h, w, channels) uint16 to be read only.

    In a group it is what the group's member is laid on: the group's opacity comes after that.
    Raises KeyError.
    """
    return _laid_before(layers, layer_id, rect, layers.index(layer_id))


def composite_up_to(
    layers: LayerStack, layer_id: int, rect: Rect, level: int = 0, cache: TileCache | None = None
) -> U16:
    """Return what `composite_below` does with the layer itself, if it is shown, laid on it.

    level, cache: as in `composite`.
    """
    index = layers.index(layer_id) + 1
    return _laid_before(layers, layer_id, rect, index, level, cache)


def _laid_before(
    layers: LayerStack,
    layer_id: int,
    rect: Rect,
    index: int,
    level: int = 0,
    cache: TileCache | None = None,
) -> U16:
    group, below = layers.layer(layer_id).group, layers.layers[1:index]
    painter = _Painter(layers, rect, level, cache)
    ground = painter.laid(None, below, _source(layers).read(rect, level))
    return ground if group is None else painter.laid(group, below, ground)


class _Painter:
    """Lays layers over a ground, all of one rectangle."""

    def __init__(self, layers: LayerStack, rect: Rect, level: int, cache: TileCache | None) -> None:
        self._layers = layers
        self._rect, self._level, self._cache = rect, level, cache
        self._area = rect.at_level(level)

    def laid(self, group: int | None, layers: Sequence[Layer], ground: U16) -> U16:
        """Return the ground with those of the layers over it that are in a group, or in none.

        ground: (h, w, channels), never written; where there is nothing to lay it comes back.
        """
        out = ground
        for layer in layers:
            opacity = round(layer.opacity * FULL)
            if layer.group != group or not layer.is_visible or opacity == 0:
                continue
            if layer.kind is LayerKind.RETOUCH:
                for part, pixels in self._parts(layer):
                    out = out.copy() if out is ground else out
                    at = part.slices(self._area)
                    out[at] = blended(layer.blend, scaled(pixels, opacity), out[at])
            elif layer.kind is LayerKind.GROUP:
                out = self.grouped(layer, out, self.laid(layer.id, layers, out))
        return out

    @staticmethod
    def grouped(group: Layer, below: U16, above: U16) -> U16:
        """Return what a group, whose members make `above` of what is below, shows."""
        if above is below or not group.is_visible:
            return below
        return mixed(below, above, round(group.opacity * FULL))

    def _parts(self, layer: Layer) -> Iterator[tuple[Rect, Tile]]:
        picture = self._layers.rect
        return surface_parts(layer.pixels, self._rect, self._level, picture, self._cache)


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


def _masks(layers: LayerStack, layer_ids: Collection[int] | None) -> tuple[Layer, ...]:
    if layer_ids is None:
        return layers.seen(LayerKind.MASK)
    return tuple(layer for layer in layers.of_kind(LayerKind.MASK) if layer.id in layer_ids)
