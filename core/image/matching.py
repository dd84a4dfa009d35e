"""Control points proposed by matching what two pictures of one painting have in common."""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from core.errors import AlignmentError, Cancelled
from core.image.alignment import ControlPoint
from core.image.geometry import Point, Rect
from core.image.surface import U8, PixelSource

SIDE_PX = 1600
"""The pictures are compared at a level at which they are about so large."""
_FEATURES = 5000
_RATIO = 0.8  # Lowe 2004, section 7.1
_TOLERANCE_PX = 4.0
_FEWEST = 10
_CELLS = 5
"""Of each cell of a grid of so many squares, one control point is proposed."""


def proposed_points(
    moving: PixelSource,
    fixed: PixelSource,
    is_cancelled: Callable[[], bool] | None = None,
) -> tuple[ControlPoint, ...]:
    """Return control points, spread over the picture, to be reviewed; the surest of its region.

    Features are SIFT (Lowe 2004) of locally equalised grey, matched both ways round for light
    on dark may be dark on light under other light; RANSAC keeps those of one homography.
    Takes seconds: for a worker thread. Raises AlignmentError if the pictures have too little
    in common, ImageReadError, Cancelled.
    """
    pictures = []
    for source in (moving, fixed):
        if is_cancelled is not None and is_cancelled():
            raise Cancelled("Nothing was matched.")
        pictures.append(_grey(source))
    (ours, our_step), (theirs, their_step) = pictures
    found = max(
        (_matched(picture, theirs) for picture in (ours, 255 - ours)),
        key=lambda pairs: len(pairs[0]),
    )
    one, other, distances = found
    if len(one) < _FEWEST:
        raise AlignmentError(
            "The two pictures have too little in common to be aligned by themselves; set control "
            "points by hand."
        )
    kept = _spread(other, distances, theirs.shape)
    return tuple(
        ControlPoint(_point(one[index], our_step), _point(other[index], their_step))
        for index in kept
    )


def _grey(source: PixelSource) -> tuple[U8, int]:
    """Return a picture in locally equalised grey, and how many of its pixels one stands for."""
    level = 0
    while max(source.width, source.height) >> level > SIDE_PX:
        level += 1
    samples = source.read(Rect(0, 0, source.width, source.height), level)
    values = samples.mean(axis=2)
    low, high = np.percentile(values, (0.5, 99.5))
    grey = np.clip((values - low) * (255.0 / max(high - low, 1.0)), 0, 255).astype(np.uint8)
    equalised: Any = cv2.createCLAHE(clipLimit=3.0, tileGridSize=(8, 8)).apply(grey)
    return np.asarray(equalised, np.uint8), 1 << level


def _matched(ours: U8, theirs: U8) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (n, 2) places in either picture that fit one homography, and how unlike they are."""
    nothing = np.empty((0, 2), np.float32), np.empty((0, 2), np.float32), np.empty(0, np.float32)
    sift: Any = cv2.SIFT.create(nfeatures=_FEATURES, contrastThreshold=0.02)
    our_keys, our_marks = sift.detectAndCompute(ours, None)
    their_keys, their_marks = sift.detectAndCompute(theirs, None)
    if our_marks is None or their_marks is None or min(len(our_keys), len(their_keys)) < 2:
        return nothing
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(our_marks, their_marks, k=2)
    good = [one for one, next_best in pairs if one.distance < _RATIO * next_best.distance]
    if len(good) < _FEWEST:
        return nothing
    one = np.array([our_keys[match.queryIdx].pt for match in good], np.float32)
    other = np.array([their_keys[match.trainIdx].pt for match in good], np.float32)
    cv2.setRNGSeed(1)
    _, inliers = cv2.findHomography(one, other, cv2.RANSAC, _TOLERANCE_PX, maxIters=5000)
    if inliers is None:
        return nothing
    keep = inliers[:, 0] > 0
    distances = np.array([match.distance for match in good], np.float32)
    return one[keep], other[keep], distances[keep]


def _spread(places: np.ndarray, distances: np.ndarray, shape: tuple[int, ...]) -> list[int]:
    """Return the indices of the best match of each cell, best first."""
    height, width = shape[:2]
    best: dict[tuple[int, int], int] = {}
    for index in np.argsort(distances, kind="stable"):
        x, y = places[index]
        best.setdefault((int(x * _CELLS / width), int(y * _CELLS / height)), int(index))
    return list(best.values())


def _point(place: np.ndarray, step: int) -> Point:
    # OpenCV's (0, 0) is a pixel's centre, ours its corner.
    return Point((float(place[0]) + 0.5) * step, (float(place[1]) + 0.5) * step)
