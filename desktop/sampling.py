"""The samples under a point, or about it, as far as they can be had at once."""

import math
from dataclasses import replace

import numpy as np

from core.document.composite import composite
from core.document.layer import LayerStack
from core.errors import LacunaError
from core.image.geometry import TILE_SIZE, Point, Rect
from core.image.surface import U16
from desktop.display_tile import ProgressiveSource


def samples_at(layers: LayerStack, point: Point, is_original: bool) -> tuple[int, ...] | None:
    """Return what source and retouch show at a document point, in the document's profile.

    is_original: the source alone. Taken from the finest level that is quickly read, so that the
    GUI thread never decodes a file; None outside the picture and where there is none.
    """
    if is_original:
        layers = replace(layers, layers=layers.layers[:1])
    return mean_at(layers, point, 1)


def mean_at(layers: LayerStack, point: Point, side: int) -> tuple[int, ...] | None:
    """Return the mean of a square of `side` (odd) pixels about a point, as `samples_at`."""
    pixel = Rect(math.floor(point.x), math.floor(point.y), 1, 1)
    source = layers.layers[0].source
    if not layers.rect.contains(pixel) or source is None:
        return None
    rect = pixel.expanded(side // 2).intersection(layers.rect)
    level = 0
    while isinstance(source, ProgressiveSource) and not source.has(rect, level):
        level += 1
        if max(layers.width, layers.height) >> level < TILE_SIZE // 2:
            return None
    try:
        means = composite(layers, rect, level).mean((0, 1))
    except LacunaError:
        return None
    return tuple(round(float(mean)) for mean in means)


def seen_of(layers: LayerStack, rect: Rect, is_original: bool) -> U16:
    """Return about 256 × 256 of what source and retouch show in a rectangle, (h, w, C).

    Empty where nothing can be had at once, or at all.
    """
    source = layers.layers[0].source
    nothing = np.zeros((0, 0, layers.channels), np.uint16)
    if rect.is_empty or source is None:
        return nothing
    if is_original:
        layers = replace(layers, layers=layers.layers[:1])
    top = (max(layers.width, layers.height) // TILE_SIZE).bit_length()
    level = min(top, (max(rect.width, rect.height) // TILE_SIZE).bit_length())
    while isinstance(source, ProgressiveSource) and not source.has(rect, level):
        level += 1
        if level > top:
            return nothing
    try:
        return composite(layers, rect, level)
    except LacunaError:
        return nothing
