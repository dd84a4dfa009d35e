"""What a generator sees of a region, and its fill brought back to the picture's own pixels."""

import math
from collections.abc import Collection

import numpy as np

from core.document.composite import composite, mask_coverage
from core.document.layer import LayerStack
from core.image.color import ColorTransform
from core.image.geometry import Rect
from core.image.surface import F32
from core.inpainting.regions import Region

# Large windows are read and reduced in strips of about this many pixels.
_STRIP_PX = 1 << 20
# Samples a cubic enlargement looks at beyond a rectangle.
_CUBIC_REACH = 2


def view(
    layers: LayerStack,
    region: Region,
    color: ColorTransform,
    mask_ids: Collection[int] | None = None,
) -> tuple[F32, F32]:
    """Return image (H, W, 3) float32 sRGB-encoded and mask (H, W) float32, 1 = loss.

    At the region's scale; H and W are the window's divided by it, rounded up. Any mask value
    above 0 is loss. A reduced sample is the mean of its sound samples; loss is one without any.
    """
    if region.scale > 1:
        return _reduced_view(layers, region, color, mask_ids)
    return native_view(layers, region.window, color, mask_ids)


def native_view(
    layers: LayerStack,
    rect: Rect,
    color: ColorTransform,
    mask_ids: Collection[int] | None = None,
) -> tuple[F32, F32]:
    """Return image and mask, as `view`, of a rectangle at level 0."""
    image = color.to_srgb(composite(layers, rect))
    hole = mask_coverage(layers, rect, layer_ids=mask_ids) > 0
    return image, hole.astype(np.float32)


def at_native(filled: F32, region: Region, rect: Rect) -> F32:
    """Return a region's fill over a rectangle of its window, (h, w, 3), at level 0."""
    if region.scale == 1:
        return filled[rect.slices(region.window)]
    scale = region.scale
    asked = rect.translated(-region.window.x, -region.window.y)
    whole = Rect(0, 0, filled.shape[1], filled.shape[0])
    cells = asked.aligned(scale)
    cells = Rect(cells.x // scale, cells.y // scale, cells.width // scale, cells.height // scale)
    cells = cells.expanded(_CUBIC_REACH).intersection(whole)
    coarse = filled[cells.slices(whole)]
    origin = Rect(cells.x * scale, cells.y * scale, cells.width * scale, cells.height * scale)
    return enlarged(coarse, scale)[asked.slices(origin)]


def enlarged(samples: F32, scale: int) -> F32:
    """Enlarge (H, W, C) by cubic convolution, a = −1/2 (Keys 1981); edge samples are repeated.

    OpenCV's a = −3/4 does not keep a straight ramp straight: over wide losses it shows as bands.
    """
    return _tall(_tall(samples, scale).swapaxes(0, 1), scale).swapaxes(0, 1)


def _tall(samples: F32, scale: int) -> F32:
    count = samples.shape[0]
    wide = np.pad(samples, ((_CUBIC_REACH, _CUBIC_REACH), (0, 0), (0, 0)), mode="edge")
    out = np.empty((count * scale, *samples.shape[1:]), np.float32)
    for phase in range(scale):
        place = (phase + 0.5) / scale - 0.5
        first = math.floor(place) - 1
        out[phase::scale] = sum(
            np.float32(_keys(place - tap)) * wide[_CUBIC_REACH + tap :][:count]
            for tap in range(first, first + 4)
        )
    return out


def _keys(distance: float) -> float:
    x = abs(distance)
    if x < 1:
        return 1.5 * x**3 - 2.5 * x**2 + 1
    return -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2


def _reduced_view(
    layers: LayerStack,
    region: Region,
    color: ColorTransform,
    mask_ids: Collection[int] | None,
) -> tuple[F32, F32]:
    window, scale = region.window, region.scale
    height, width = -(-window.height // scale), -(-window.width // scale)
    image = np.zeros((height, width, 3), np.float32)
    mask = np.ones((height, width), np.float32)
    columns = np.arange(0, window.width, scale)
    rows_at_once = max(1, _STRIP_PX // (window.width * scale))
    for row in range(0, height, rows_at_once):
        strip = Rect(window.x, window.y + row * scale, window.width, rows_at_once * scale)
        strip = strip.intersection(window)
        sound = (mask_coverage(layers, strip, layer_ids=mask_ids) == 0).astype(np.float32)
        samples = color.to_srgb(composite(layers, strip)) * sound[..., None]
        rows = np.arange(0, strip.height, scale)
        sums = np.add.reduceat(np.add.reduceat(samples, rows, axis=0), columns, axis=1)
        counts = np.add.reduceat(np.add.reduceat(sound, rows, axis=0), columns, axis=1)
        at = slice(row, row + len(rows))
        image[at] = sums / np.maximum(counts, 1)[..., None]
        mask[at] = counts == 0
    return image, mask
