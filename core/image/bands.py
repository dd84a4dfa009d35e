"""Walking a whole picture in bands, and bringing stored samples to the document's range."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.image.geometry import TILE_SIZE, Rect
from core.image.info import ImageInfo
from core.image.orientation import is_transposed
from core.image.surface import U16

_BAND_BYTES = 8 << 20


def band_rects(info: ImageInfo) -> Iterator[Rect]:
    """Yield rectangles that tile the picture, as a file gives its samples most cheaply.

    They have full width and go from top to bottom; where the file stores the picture turned by
    a quarter (orientation 5..8), full height and from left to right. Their edges are multiples
    of TILE_SIZE but at the picture's own edges.
    """
    turned = is_transposed(info.orientation)
    across, down = (info.height, info.width) if turned else (info.width, info.height)
    step_bytes = TILE_SIZE * across * info.channels * 2
    thickness = TILE_SIZE * max(1, _BAND_BYTES // step_bytes)
    for start in range(0, down, thickness):
        size = min(thickness, down - start)
        yield Rect(start, 0, size, across) if turned else Rect(0, start, across, size)


def nothing_known(_rect: Rect) -> U16 | None:
    """Return None: every rectangle must be read."""
    return None


def picked(pixels: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Return (rows, columns) = size of single pixels, each from the middle of its share."""
    axes = [
        (2 * np.arange(count) + 1) * pixels.shape[axis] // (2 * count)
        for axis, count in enumerate(size)
    ]
    chosen: NDArray[Any] = pixels[axes[0]][:, axes[1]]
    return chosen


def full_range(stored: NDArray[Any], is_inverted: bool = False) -> U16:
    """Return samples as contiguous uint16 over the full range: 8 bit × 257, 1 bit × 65535."""
    pixels: U16
    if stored.dtype == np.uint16:
        pixels = np.ascontiguousarray(stored)
    else:
        pixels = np.multiply(stored, 257, dtype=np.uint16, order="C")
    return np.invert(pixels) if is_inverted else pixels
