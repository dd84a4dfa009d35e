"""Merging a layer into the one below it, so that the painting looks the same as before."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from core.document.composite import composite_below
from core.document.layer import Layer, LayerKind, LayerStack
from core.document.origins import merged_origins
from core.errors import Cancelled
from core.image.blend import FULL, scaled
from core.image.blend_modes import BlendMode, blended
from core.image.geometry import TileKey
from core.image.surface import U16, Surface, Tile


def below_for_merging(layers: LayerStack, layer_id: int) -> Layer | None:
    """Return the layer that a MASK or RETOUCH layer would be merged into; None if there is none.

    It is the next one below of the same kind in the same group. Both must be shown, for what is
    hidden does not look like what it would become; neither may be locked.
    """
    layer = layers.layer(layer_id)
    if layer.kind not in (LayerKind.MASK, LayerKind.RETOUCH):
        return None
    below = layers.layers[: layers.index(layer_id)]
    twins = [la for la in below if la.kind is layer.kind and la.group == layer.group]
    if not twins:
        return None
    pair = layer, twins[-1]
    is_free = all(la.is_visible and not layers.is_locked(la) for la in pair)
    return twins[-1] if is_free else None


def merging_down(
    layers: LayerStack, layer_id: int, is_cancelled: Callable[[], bool] | None = None
) -> LayerStack:
    """Return a stack in which a layer is merged into the one below it, whose name stays.

    Of masks the greater value stays. Retouch becomes NORMAL at full opacity, with colours such
    that the painting looks the same as before, sample by sample: blend modes are worked into
    them with what is below. Takes time by the tiles of the upper layer, and of the lower one if
    that was not NORMAL at full opacity: for a worker thread.
    Raises TypeError where `below_for_merging` finds none, ImageReadError if the painting can no
    longer be read, Cancelled.
    """
    layer, below = layers.layer(layer_id), below_for_merging(layers, layer_id)
    if below is None:
        raise TypeError("there is nothing to merge this layer into")
    if layer.kind is LayerKind.MASK:
        merged = replace(below, surface=_greater(layer.pixels, below.pixels))
    else:
        surface = _merged(layers, layer, below, is_cancelled or (lambda: False))
        origins = merged_origins(layer.origins, below.origins, _alpha(layer))
        merged = replace(
            below, surface=surface, opacity=1.0, blend=BlendMode.NORMAL, origins=origins
        )
    return layers.removing(layer_id).replacing(merged)


def _alpha(layer: Layer) -> dict[TileKey, U16]:
    """Return how much of what lies below each tile of a retouch layer hides, uint16."""
    alpha: dict[TileKey, U16] = {}
    for key, tile in layer.pixels.tiles.items():
        share = scaled(tile[..., -1:], round(layer.opacity * FULL))[..., 0]
        # Other modes show what is below, at any alpha.
        most = FULL if layer.blend is BlendMode.NORMAL else 1
        alpha[key] = np.minimum(share, np.uint16(most))
    return alpha


def _greater(one: Surface, other: Surface) -> Surface:
    changes: dict[TileKey, Tile | None] = {}
    for key, tile in one.tiles.items():
        twin = other.tiles.get(key)
        changes[key] = tile if twin is None else np.maximum(tile, twin)
    return other.with_tiles(changes)


def _merged(
    layers: LayerStack, layer: Layer, below: Layer, is_cancelled: Callable[[], bool]
) -> Surface:
    is_plain = below.blend is BlendMode.NORMAL and below.opacity == 1.0
    keys = layer.pixels.tiles.keys() | (set() if is_plain else below.pixels.tiles.keys())
    changes: dict[TileKey, Tile | None] = {}
    for key in sorted(keys):
        if is_cancelled():
            raise Cancelled("Nothing was merged.")
        part = key.rect.intersection(layers.rect)
        if part.is_empty:
            continue
        ground = composite_below(layers, below.id, part)
        pixels = _merged_pixels(ground, *((la, la.pixels.read(part)) for la in (below, layer)))
        tile = np.zeros(below.pixels.tile_shape, np.uint16)
        tile[part.slices(key.rect)] = pixels
        changes[key] = tile
    return below.pixels.with_tiles(changes)


def _merged_pixels(ground: U16, *laid: tuple[Layer, U16]) -> U16:
    """Return premultiplied pixels which, laid over the ground, look as all that was laid on it.

    From out = colours + (1 − alpha) × ground, with the rounding that laying them will have.
    """
    out, clear = ground, np.full((*ground.shape[:2], 1), FULL, np.uint16)
    for layer, pixels in laid:
        pixels = scaled(pixels, round(layer.opacity * FULL))
        out = blended(layer.blend, pixels, out)
        clear = scaled(clear, FULL - pixels[..., -1:])
    alpha = FULL - clear
    colors = out.astype(np.int32) - scaled(ground, clear)
    colors = np.clip(colors, 0, alpha.astype(np.int32))
    return np.concatenate([colors.astype(np.uint16), alpha], axis=2)
