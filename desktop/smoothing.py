"""Steadier strokes: the brush hangs on a string that the pointer pulls."""

import math
from collections.abc import Callable

from core.image.geometry import Point
from desktop.tools import Gesture, Touch

_PRESSURE_SHARE = 0.35


def smoothed(
    gesture: Gesture, touch: Touch, string_px: float, to_document: Callable[[Point], Point]
) -> Gesture:
    """Lead a gesture along a string of so many device pixels; its end is where the pointer ends.

    What is smaller than the string's length is smoothed away; a steady line is not held back but
    by that length. Pressure follows with a delay of a few events.
    """
    at, pressure = touch.device, touch.pressure
    try:
        next(gesture)
        while True:
            touch = yield
            if not touch.is_down:
                # The release may be far from where the string let the brush lie.
                gesture.send(touch._replace(is_down=True, pressure=pressure))
                gesture.send(touch)
                continue
            pressure += (touch.pressure - pressure) * _PRESSURE_SHARE
            pulled = pulled_to(at, touch.device, string_px)
            if pulled != at:
                at = pulled
                gesture.send(touch._replace(point=to_document(at), device=at, pressure=pressure))
    except StopIteration:
        return
    finally:
        gesture.close()


def pulled_to(at: Point, pointer: Point, string_px: float) -> Point:
    """Return where the brush lies once the pointer pulls: never farther than the string."""
    distance = math.dist(at, pointer)
    if distance <= string_px:
        return at
    share = 1.0 - string_px / distance
    return Point(at.x + (pointer.x - at.x) * share, at.y + (pointer.y - at.y) * share)
