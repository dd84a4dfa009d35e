"""Alignment of one picture to another from control points, by least squares, with residuals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import AlignmentError
from core.image.geometry import Point, Rect

F64 = NDArray[np.float64]
Matrix = tuple[float, float, float, float, float, float, float, float, float]
"""A 3 × 3 matrix row by row; it maps (x, y, 1) to (x w, y w, w)."""

IDENTITY: Matrix = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
# Control points spread over less than this part of their distance fix no direction.
_FLAT = 1e-3


class AlignmentKind(Enum):
    """What may be done to a picture to align it. The value is for settings and records."""

    SIMILARITY = "similarity"
    AFFINE = "affine"
    HOMOGRAPHY = "homography"

    @property
    def needed(self) -> int:
        """How many control points fix it."""
        return {"similarity": 2, "affine": 3, "homography": 4}[self.value]


class ControlPoint(NamedTuple):
    """The same spot in the picture to be aligned and in the one it is aligned to."""

    moving: Point
    fixed: Point


@dataclass(frozen=True)
class Alignment:
    """A matrix from the moving picture's pixels to the fixed one's, and how well it fits.

    residuals_px: for each control point how far, in pixels of the fixed picture, the matrix
    takes it from where it should be.
    """

    kind: AlignmentKind
    matrix: Matrix
    residuals_px: tuple[float, ...]

    @property
    def rms_px(self) -> float:
        """The root mean square of the residuals."""
        return math.sqrt(sum(r * r for r in self.residuals_px) / len(self.residuals_px))


def fit(points: Sequence[ControlPoint], kind: AlignmentKind) -> Alignment:
    """Return the alignment of a kind with the least squared residuals.

    Raises AlignmentError if there are too few control points, or they lie so that many
    alignments would fit: on one spot, or on one line.
    """
    if len(points) < kind.needed:
        raise AlignmentError(
            f"At least {kind.needed} control points are needed for this alignment; there are "
            f"{len(points)}."
        )
    moving = np.array([point.moving for point in points], np.float64)
    fixed = np.array([point.fixed for point in points], np.float64)
    for spots in (moving, fixed):
        _check_spread(spots, kind)
    # Around their middle and of size 1, so that large coordinates lose no precision.
    to_unit, from_unit = _unit(moving), np.linalg.inv(_unit(fixed))
    ours, theirs = _mapped(to_unit, moving), _mapped(np.linalg.inv(from_unit), fixed)
    matrix = from_unit @ _solved(ours, theirs, kind) @ to_unit
    matrix = matrix / matrix[2, 2]
    distances = np.linalg.norm(_mapped(matrix, moving) - fixed, axis=1)
    if not np.isfinite(matrix).all() or not np.isfinite(distances).all():
        raise AlignmentError("These control points contradict each other; set them anew.")
    return Alignment(kind, as_matrix(matrix), tuple(float(d) for d in distances))


def as_array(matrix: Matrix) -> F64:
    """Return a matrix as (3, 3) float64."""
    return np.array(matrix, np.float64).reshape(3, 3)


def as_matrix(array: NDArray[Any]) -> Matrix:
    """Return a (3, 3) array as a value. Raises ValueError if it has another shape."""
    a, b, c, d, e, f, g, h, i = (float(value) for value in np.asarray(array).reshape(9))
    return a, b, c, d, e, f, g, h, i


def inverse(matrix: Matrix) -> Matrix:
    """Return the matrix back. Raises numpy.linalg.LinAlgError if there is none."""
    return as_matrix(np.linalg.inv(as_array(matrix)))


def mapped(matrix: Matrix, points: F64) -> F64:
    """Return (n, 2) points where a matrix takes them; nan beyond the horizon."""
    return _mapped(as_array(matrix), points)


def mapped_bounds(matrix: Matrix, width: int, height: int, clip: Rect) -> Rect:
    """Return the pixels of `clip` that a picture of a size touches when it is aligned."""
    xs, ys = np.linspace(0, width, 9), np.linspace(0, height, 9)
    edge = [(x, y) for x in xs for y in ys if x in (0, width) or y in (0, height)]
    places = mapped(matrix, np.array(edge, np.float64))
    if not np.isfinite(places).all():
        return clip
    (left, top), (right, bottom) = places.min(0), places.max(0)
    box = clip.x - 1, clip.y - 1, clip.right + 1, clip.bottom + 1
    left, right = np.clip((left, right), box[0], box[2])
    top, bottom = np.clip((top, bottom), box[1], box[3])
    around = Rect.from_edges(math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom))
    return around.intersection(clip)


def _mapped(matrix: F64, points: F64) -> F64:
    with_ones = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    depth = np.where(with_ones[:, 2:] > 0, with_ones[:, 2:], np.nan)
    return np.asarray(with_ones[:, :2] / depth, np.float64)


def _unit(spots: F64) -> F64:
    """Return the matrix that brings spots around (0, 0) at a mean distance of 1."""
    middle = spots.mean(0)
    scale = 1.0 / np.linalg.norm(spots - middle, axis=1).mean()
    return np.array([[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1]])


def _check_spread(spots: F64, kind: AlignmentKind) -> None:
    spread = np.linalg.svd(spots - spots.mean(0), compute_uv=False)
    if spread[0] < 1.0:
        raise AlignmentError("The control points lie on one spot; set them far apart.")
    if kind is not AlignmentKind.SIMILARITY and spread[1] < _FLAT * spread[0]:
        raise AlignmentError("The control points lie on one line; set one beside it.")


def _solved(moving: F64, fixed: F64, kind: AlignmentKind) -> F64:
    if kind is AlignmentKind.HOMOGRAPHY:
        found: Any = cv2.findHomography(moving, fixed, 0)[0]
        if found is None:
            raise AlignmentError("These control points contradict each other; set them anew.")
        return np.asarray(found, np.float64)
    x, y = moving.T
    one, none = np.ones_like(x), np.zeros_like(x)
    if kind is AlignmentKind.AFFINE:
        rows = np.column_stack([x, y, one])
        return np.vstack([np.linalg.lstsq(rows, fixed, rcond=None)[0].T, [0.0, 0.0, 1.0]])
    rows = np.concatenate([np.column_stack([x, -y, one, none]), np.column_stack([y, x, none, one])])
    a, b, tx, ty = np.linalg.lstsq(rows, fixed.T.reshape(-1), rcond=None)[0]
    return np.array([[a, -b, tx], [b, a, ty], [0.0, 0.0, 1.0]])
