"""The bounds of what is true in a plane."""

import cv2
import numpy as np
from numpy.typing import NDArray

from core.image.geometry import EMPTY_RECT, Rect


def bounds_of(plane: NDArray[np.bool_]) -> Rect:
    """Return the smallest Rect, counted from the corner of (h, w), that holds all that is true."""
    if plane.size == 0:
        return EMPTY_RECT
    # Six times as fast as to ask NumPy for the rows and columns that hold anything.
    found = Rect(*cv2.boundingRect(plane.view(np.uint8)))
    return EMPTY_RECT if found.is_empty else found
