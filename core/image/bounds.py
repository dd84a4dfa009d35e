"""The bounds of what is true in a plane."""

import numpy as np
from numpy.typing import NDArray

from core.image.geometry import EMPTY_RECT, Rect


def bounds_of(plane: NDArray[np.bool_]) -> Rect:
    """Return the smallest Rect, counted from the corner of (h, w), that holds all that is true."""
    if not plane.any():
        return EMPTY_RECT
    rows, columns = plane.any(1), plane.any(0)
    top, left = int(rows.argmax()), int(columns.argmax())
    bottom, right = len(rows) - int(rows[::-1].argmax()), len(columns) - int(columns[::-1].argmax())
    return Rect(left, top, right - left, bottom - top)
