"""A membrane over a hole: what is known along its rim, carried inwards."""

import math
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.image.surface import F32

Index = NDArray[np.int64]

# The finest of the means along the ring; the next ones are each twice as wide, up to the whole.
_SIGMA_PX = 1.5
# An edge's weight falls with its distance to this power.
_FALL = 3.0
# Mean steps up to so many standard errors are taken for brushwork and left; from √2 times that on
# they are a shift of tone, and taken out whole.
_SIGNIFICANCE = 2.0
# So many cells beyond the picture's edges take what is spread there.
_MARGIN = 2
_TINY = np.float32(1e-12)


def membrane(
    step: F32, rim: tuple[Index, ...], shape: tuple[int, ...], inside: tuple[Index, ...]
) -> F32:
    """Carry steps (n, 3) at a hole's rim to all that is inside it, (m, 3).

    rim, inside: rows and columns, of a picture of `shape`. Gaussians of sigma 1, 2, 4 …, summed,
    make a kernel that falls with a power of the distance (Shepard 1968): a membrane for any
    outline, without a system to solve. Wide ones are taken on halved pictures, as in convolution
    pyramids (Farbman et al. 2011). Beyond the picture's edges there is nothing.
    """
    # The local sums of the step and of the rim's samples, and of the step's square.
    sums, squares = np.zeros((*shape, 4), np.float32), np.zeros(shape, np.float32)
    sums[rim] = np.pad(step, ((0, 0), (0, 1)), constant_values=1)
    squares[rim] = (step * step).mean(1)
    total = _significant(_blurred(sums)[inside], _blurred(squares)[inside], 1.0)
    levels = max(1, math.ceil(math.log2(max(shape) / (2 * _SIGMA_PX))))
    for level in range(1, levels + 1):
        sums, squares = _halved(sums, level), _halved(squares, level)
        places, samples = _Places.of(inside, level), 4.0**level
        here, square = places.in_level(_blurred(sums)), places.in_level(_blurred(squares))
        # Told here and not on the cells: what lies between two would take from both.
        part = _significant(here, square[:, 0], samples)
        total += np.float32(samples ** (1 - _FALL / 2)) * part
    return np.asarray(total[:, :3] / np.maximum(total[:, 3:], _TINY), np.float32)


def _significant(sums: F32, squares: F32, samples: float) -> F32:
    """Return local sums of step and edge (m, 4), the step's 0 where it is none but chance.

    sums, squares: (m, 4), (m,), local means of step and edge and of the step's square, of cells
    of so many samples.
    """
    weight = np.maximum(sums[:, 3], _TINY)
    mean_square = np.square(sums[:, :3] / weight[:, None]).mean(1)
    variance = np.maximum(squares / weight - mean_square, 0)
    # A Gaussian of sigma averages about 4 π sigma² samples, of which this share are edge.
    count = np.maximum(weight * np.float32(samples * 4 * np.pi * _SIGMA_PX**2), 1)
    ratio = mean_square * count / np.maximum(variance, _TINY)
    kept = np.clip(ratio / np.float32(_SIGNIFICANCE**2) - 1, 0, 1)
    significant = sums.copy()
    significant[:, :3] *= kept[:, None]
    return significant


class _Places(NamedTuple):
    """Where samples of a picture lie among the cells of a level, enlarged twice by a spline."""

    row: Index
    column: Index
    down: F32
    right: F32

    @classmethod
    def of(cls, inside: tuple[Index, ...], level: int) -> "_Places":
        """Return the places of samples on a level."""
        y, x = (axis / 2 ** (level - 1) + 2 * _MARGIN for axis in inside)
        row, column = y.astype(np.int64), x.astype(np.int64)
        down, right = ((y - row)[:, None], (x - column)[:, None])
        return cls(row, column, down.astype(np.float32), right.astype(np.float32))

    def in_level(self, part: F32) -> F32:
        """Return what a level's picture holds there, (n, channels)."""
        part = np.asarray(cv2.pyrUp(part), np.float32)
        width = part.shape[1]
        flat = part.reshape(part.shape[0] * width, -1)
        at = self.row * width + self.column
        upper = flat.take(at, 0) * (1 - self.right) + flat.take(at + 1, 0) * self.right
        at += width
        lower = flat.take(at, 0) * (1 - self.right) + flat.take(at + 1, 0) * self.right
        between: F32 = upper * (1 - self.down) + lower * self.down
        return between


def _blurred(picture: F32) -> F32:
    blurred = cv2.GaussianBlur(picture, (0, 0), _SIGMA_PX, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(blurred, np.float32)


def _halved(picture: F32, level: int) -> F32:
    """Return the picture of a level, of half the scale, with a margin of cells beyond its edges.

    Spread by a cubic spline (1, 4, 6, 4, 1), as it is enlarged again: what is summed keeps its
    mean place and its width wherever the cells lie, which must not show.
    """
    new = 2 * _MARGIN if level == 1 else _MARGIN
    framed = cv2.copyMakeBorder(picture, new, new, new, new, cv2.BORDER_CONSTANT, value=0)
    return np.asarray(cv2.pyrDown(framed), np.float32)
