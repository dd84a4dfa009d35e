"""What a retouching stroke sees around itself: the ground of a layer, and where it may paint."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from core.document.composite import composite, composite_below, composite_up_to, mask_coverage
from core.document.layer import LayerKind, LayerStack
from core.image.geometry import Rect
from core.image.surface import U8, U16
from core.image.tile_cache import TileCache

Pixels = Callable[[Rect], U16]


def painting_of(layers: LayerStack) -> LayerStack:
    """Return the stack of the painting alone."""
    return replace(layers, layers=layers.layers[:1])


def below(layers: LayerStack, layer_id: int) -> Pixels:
    """Return a function that gives what a layer is laid on, at level 0. Raises KeyError."""
    layers.layer(layer_id)
    return partial(composite_below, layers, layer_id)


def up_to(
    layers: LayerStack, layer_id: int, level: int = 0, cache: TileCache | None = None
) -> Pixels:
    """Return a function that gives that with the layer laid on it. Raises KeyError.

    level: the function's rectangles are in pixels of it. cache: as in `composite`.
    """
    layers.layer(layer_id)
    return lambda rect: composite_up_to(layers, layer_id, _under(layers, rect, level), level, cache)


def pixels_of(layers: LayerStack, level: int = 0, cache: TileCache | None = None) -> Pixels:
    """Return a function that gives what a stack looks like in a rectangle; else as `up_to`."""
    return lambda rect: composite(layers, _under(layers, rect, level), level, cache)


def loss_of(
    layers: LayerStack, level: int = 0, cache: TileCache | None = None
) -> Callable[[Rect], U8] | None:
    """Return a function that gives how much of each pixel is loss; None where nothing is marked.

    Told by the visible masks that mark something, or, if all are hidden, by the hidden ones:
    whoever hides a mask to see the retouch better does not give the painting away.
    level, cache: as in `up_to`.
    """
    marking = [mask for mask in layers.of_kind(LayerKind.MASK) if mask.pixels.tiles]
    seen = [mask.id for mask in marking if layers.is_seen(mask)]
    chosen = seen or [mask.id for mask in marking]
    if not chosen:
        return None

    def read(rect: Rect) -> U8:
        return mask_coverage(layers, _under(layers, rect, level), level, chosen, cache)

    return read


def _under(layers: LayerStack, rect: Rect, level: int) -> Rect:
    """Return the level-0 pixels under those of a level."""
    return rect.from_level(level).intersection(layers.rect)
