"""What a retouching stroke sees around itself: the ground of a layer, and where it may paint."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from core.document.composite import composite, composite_below, composite_up_to, mask_coverage
from core.document.layer import LayerKind, LayerStack
from core.image.geometry import Rect
from core.image.surface import U8, U16

Pixels = Callable[[Rect], U16]


def painting_of(layers: LayerStack) -> LayerStack:
    """Return the stack of the painting alone."""
    return replace(layers, layers=layers.layers[:1])


def below(layers: LayerStack, layer_id: int) -> Pixels:
    """Return a function that gives what a layer is laid on, at level 0. Raises KeyError."""
    layers.layer(layer_id)
    return partial(composite_below, layers, layer_id)


def up_to(layers: LayerStack, layer_id: int) -> Pixels:
    """Return a function that gives that with the layer laid on it. Raises KeyError."""
    layers.layer(layer_id)
    return partial(composite_up_to, layers, layer_id)


def pixels_of(layers: LayerStack) -> Pixels:
    """Return a function that gives what a stack looks like in a rectangle, at level 0."""
    return partial(composite, layers)


def loss_of(layers: LayerStack) -> Callable[[Rect], U8] | None:
    """Return a function that gives how much of each pixel is loss; None where nothing is marked.

    Told by the visible masks that mark something, or, if all are hidden, by the hidden ones:
    whoever hides a mask to see the retouch better does not give the painting away.
    """
    marking = [mask for mask in layers.of_kind(LayerKind.MASK) if mask.pixels.tiles]
    seen = [mask.id for mask in marking if layers.is_seen(mask)]
    chosen = seen or [mask.id for mask in marking]
    if not chosen:
        return None

    def read(rect: Rect) -> U8:
        return mask_coverage(layers, rect, 0, chosen)

    return read
