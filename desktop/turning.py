"""Turning the picture by hand, about the middle of what is seen."""

import math

from core.image.geometry import Point
from desktop.device_painting import viewport_of
from desktop.picture_view import PictureView
from desktop.tools import Gesture, Touch

STEP_DEGREES = 15
_LEAST_PX = 8.0
"""Nearer to the middle than this the pointer gives no angle."""


def turn(view: PictureView, touch: Touch) -> Gesture:
    """Turn the picture with the pointer; Shift keeps to steps. Given up, it lies as before."""
    start = view.orientation
    viewport = viewport_of(view)
    middle = Point(viewport.width / 2, viewport.height / 2)
    last, turned = touch.device, 0.0
    try:
        while True:
            touch = yield
            if min(math.dist(last, middle), math.dist(touch.device, middle)) >= _LEAST_PX:
                turned += _angle(middle, touch.device) - _angle(middle, last)
            last = touch.device
            degrees = start.seen_degrees + turned
            if touch.has_shift:
                degrees = STEP_DEGREES * round(degrees / STEP_DEGREES)
            view.orient(start.at(degrees))
            if not touch.is_down:
                return
    except GeneratorExit:
        view.orient(start)
        raise


def _angle(middle: Point, at: Point) -> float:
    """Return the clockwise angle of a place about the middle, in degrees."""
    return math.degrees(math.atan2(at.y - middle.y, at.x - middle.x))
