"""The bounds of what is true in a plane."""

import numpy as np
from numpy.typing import NDArray

from core.image.geometry import EMPTY_RECT, Rect


def bounds_of(plane: NDArray[np.bool_]) -> Rect:
    """Return the smallest Rect, counted from the corner of (h, w), that holds all that is true."""
    if not plane.any():
        return EMPTY_RECT
    top, bottom = _ends(np.asarray(plane.any(1)))
    left, right = _ends(np.asarray(plane.any(0)))
    return Rect.from_edges(left, top, right, bottom)


def _ends(line: NDArray[np.bool_]) -> tuple[int, int]:
    return int(line.argmax()), len(line) - int(line[::-1].argmax())
