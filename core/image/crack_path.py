"""The way from one point to another along a crack: a cheapest path over thin dark lines."""

import math
from collections.abc import Callable

import cv2
import numpy as np

from core.image.color import ColorTransform
from core.image.geometry import Point, Rect
from core.image.surface import F32, U16

# A path may leave the straight line by a quarter of its length, or at least by so much.
_MARGIN_PX = 48
# Beyond this the way is searched on a reduced picture: the search takes 0.5 µs a pixel.
_MOST_PX = 1 << 20
# What a step costs on the most distinct crack; on sound paint it is 1.
_LEAST_COST = 0.04
# A line this much darker than its surroundings, in L*, is distinct; darker ones are more so, lest
# the way cut the corners of a crack that is equally dark all across.
_DISTINCT = 12.0


def crack_path(
    read: Callable[[Rect, int], U16],
    picture: Rect,
    start: Point,
    end: Point,
    width_px: float,
    color: ColorTransform,
) -> list[Point]:
    """Return document points from start to end along dark lines up to `width_px` wide.

    read(rect, level) gives document samples. The ends are exactly those given; where there is no
    crack the way is nearly straight. Memory is bounded, whatever the distance.
    Intelligent scissors (Mortensen and Barrett 1995) over a black top-hat of the lightness.
    """
    margin = max(_MARGIN_PX, round(math.dist(start, end) / 4))
    area = Rect.from_edges(
        math.floor(min(start.x, end.x)),
        math.floor(min(start.y, end.y)),
        math.ceil(max(start.x, end.x)) + 1,
        math.ceil(max(start.y, end.y)) + 1,
    )
    area = area.expanded(margin).intersection(picture)
    level = 0
    while area.at_level(level).area > _MOST_PX:
        level += 1
    at = area.at_level(level)
    first, last = _pixel(start, level, at), _pixel(end, level, at)
    if first is None or last is None or first == last:
        return [start, end]
    lightness = np.ascontiguousarray(color.to_lab(read(area, level))[..., 0])
    cost = 1.0 - (1.0 - _LEAST_COST) * _crackness(lightness, width_px / (1 << level))
    search = cv2.segmentation.IntelligentScissorsMB()
    search.setWeights(0.0, 0.0, 1.0)
    plain = np.ones(cost.shape, np.uint8), np.zeros((*cost.shape, 2), np.float32)
    search.applyImageFeatures(*plain, cost.astype(np.float32))
    search.buildMap(first)
    way = np.asarray(search.getContour(last)).reshape(-1, 2)
    step = 1 << level
    middle = _smoothed((way + np.array([at.x + 0.5, at.y + 0.5])) * step)
    return [start, *(Point(float(x), float(y)) for x, y in middle[1:-1]), end]


def _crackness(lightness: F32, width_px: float) -> F32:
    """Return 0..1: how much darker each pixel is than what lies beside so thin a line."""
    side = 2 * max(1, math.ceil(width_px)) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (min(side, 61), min(side, 61)))
    # Grain is dark in single pixels; lines are dark in rows of them, and darkest in their middle.
    calm = cv2.GaussianBlur(lightness, (0, 0), max(0.8, width_px / 6))
    depth = cv2.morphologyEx(calm, cv2.MORPH_BLACKHAT, disc)
    most = max(_DISTINCT, float(np.percentile(depth, 99)))
    return np.asarray(np.clip(depth / np.float32(most), 0.0, 1.0), np.float32)


def _pixel(point: Point, level: int, area: Rect) -> tuple[int, int] | None:
    step = 1 << level
    x, y = math.floor(point.x / step) - area.x, math.floor(point.y / step) - area.y
    return (x, y) if 0 <= x < area.width and 0 <= y < area.height else None


def _smoothed(points: np.ndarray) -> np.ndarray:
    """Return a way over pixel middles without its steps; the ends stay."""
    if len(points) < 5:
        return points
    padded = np.pad(points, ((2, 2), (0, 0)), mode="edge")
    weights = np.array([1, 4, 6, 4, 1]) / 16
    return np.stack([np.convolve(padded[:, axis], weights, "valid") for axis in (0, 1)], axis=1)
