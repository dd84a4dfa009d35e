"""The eight orientations of EXIF and TIFF: between stored and upright pixels."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.image.geometry import Rect

# How upright pixels come from stored ones: transpose first, then flip rows, then columns.
# TIFF 6.0, tag Orientation: where the stored row 0 and column 0 lie in the upright picture.
_STEPS: dict[int, tuple[bool, bool, bool]] = {
    1: (False, False, False),
    2: (False, False, True),
    3: (False, True, True),
    4: (False, True, False),
    5: (True, False, False),
    6: (True, False, True),
    7: (True, True, True),
    8: (True, True, False),
}


def is_transposed(orientation: int) -> bool:
    """Whether stored rows are upright columns."""
    return _STEPS[orientation][0]


def upright(stored: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Return stored pixels (rows, columns, …) as they are seen; a view."""
    transpose, flip_rows, flip_columns = _STEPS[orientation]
    pixels = stored.swapaxes(0, 1) if transpose else stored
    return _flipped(pixels, flip_rows, flip_columns)


def stored(seen: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Return upright pixels as the file stores them; a view, the inverse of `upright`."""
    transpose, flip_rows, flip_columns = _STEPS[orientation]
    pixels = _flipped(seen, flip_rows, flip_columns)
    return pixels.swapaxes(0, 1) if transpose else pixels


def stored_rect(rect: Rect, width: int, height: int, orientation: int) -> Rect:
    """Return where an upright Rect of an upright picture width × height is stored."""
    transpose, flip_rows, flip_columns = _STEPS[orientation]
    x = width - rect.right if flip_columns else rect.x
    y = height - rect.bottom if flip_rows else rect.y
    return Rect(y, x, rect.height, rect.width) if transpose else Rect(x, y, rect.width, rect.height)


def upright_rect(rect: Rect, width: int, height: int, orientation: int) -> Rect:
    """Return where a stored Rect is seen in an upright picture width × height."""
    transpose, flip_rows, flip_columns = _STEPS[orientation]
    if transpose:
        rect = Rect(rect.y, rect.x, rect.height, rect.width)
    x = width - rect.right if flip_columns else rect.x
    y = height - rect.bottom if flip_rows else rect.y
    return Rect(x, y, rect.width, rect.height)


def _flipped(pixels: NDArray[Any], rows: bool, columns: bool) -> NDArray[Any]:
    if rows:
        pixels = np.flip(pixels, 0)
    return np.flip(pixels, 1) if columns else pixels
