"""The tools that mark areas: shapes, polygon, lasso, and clicks that look for what is alike.

Generators as in `tools`. With Shift or Alt held at the press a tool adds or takes away; pressed
later they make a square of a rectangle, a circle of an ellipse, and draw from the middle.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from core.image.flood import Flood
from core.image.geometry import Point
from core.image.selection import Mode, ellipse_points
from desktop.tools import Gesture, ToolName, Touch

SHAPES = (ToolName.RECTANGLE, ToolName.ELLIPSE)
SELECTING = (*SHAPES, ToolName.POLYGON, ToolName.LASSO, ToolName.WAND, ToolName.LOSS)
MAX_TOLERANCE = 60.0
_STEP_PX = 1.5
"""Points of a lasso nearer to each other than this, in device pixels, are one."""
_CATCH_PX = 8.0
"""A click so near a polygon's first corner closes it."""
_SHOWN_SAGITTA_PX = 0.25


@dataclass(frozen=True)
class SelectionSettings:
    """How the selecting tools work. is_composite: the wand looks at the retouched painting."""

    mode: Mode = Mode.ADD
    flood: Flood = field(default_factory=Flood)
    is_composite: bool = False
    is_snapping: bool = False


class Sketch(Protocol):
    """An outline on the canvas that is not a mark yet."""

    @property
    def points(self) -> Sequence[Point]:
        """Its corners, in the document."""

    def show(self, points: Sequence[Point], is_closed: bool) -> None:
        """Show another outline in its place."""

    def extend(self, point: Point) -> None:
        """Go on to a point."""

    def clear(self) -> None:
        """Show none."""


Finish = Callable[[Sequence[Point]], None]


def mode_at(touch: Touch, chosen: Mode) -> Mode:
    """Return what a press does: the keys held go before what the options say."""
    if touch.has_shift and touch.has_alt:
        return Mode.INTERSECT
    if touch.has_shift:
        return Mode.ADD
    return Mode.SUBTRACT if touch.has_alt else chosen


def drag_shape(sketch: Sketch, touch: Touch, tool: ToolName, scale: float, done: Finish) -> Gesture:
    """Rectangle or ellipse: from corner to corner. done gets the two corners.

    scale: device pixels per document pixel, by which the outline shown is fine enough.
    """
    start, corners = touch.point, (touch.point, touch.point)
    is_shift_free, is_alt_free = not touch.has_shift, not touch.has_alt
    try:
        while touch.is_down:
            is_shift_free |= not touch.has_shift
            is_alt_free |= not touch.has_alt
            is_regular, is_centered = touch.has_shift, touch.has_alt
            corners = _corners(
                start, touch.point, is_regular and is_shift_free, is_centered and is_alt_free
            )
            sketch.show(_outline(tool, *corners, scale), True)
            touch = yield
    except BaseException:
        sketch.clear()
        raise
    if min(abs(corners[0].x - corners[1].x), abs(corners[0].y - corners[1].y)) * scale < 1.0:
        sketch.clear()
        return
    done(corners)


def lasso(sketch: Sketch, touch: Touch, done: Finish) -> Gesture:
    """Draw freely around an area; it closes with a straight line."""
    sketch.show([touch.point], True)
    last = touch.device
    try:
        while touch.is_down:
            if math.dist(last, touch.device) >= _STEP_PX:
                sketch.extend(touch.point)
                last = touch.device
            touch = yield
    except BaseException:
        sketch.clear()
        raise
    if len(sketch.points) < 3:
        sketch.clear()
        return
    done(sketch.points)


def corner(sketch: Sketch, touch: Touch, scale: float, done: Finish) -> Gesture:
    """Set one corner of a polygon; it follows until the release. On the first one it closes."""
    points = list(sketch.points)
    if len(points) > 2 and math.dist(points[0], touch.point) * scale <= _CATCH_PX:
        done(points)
        return
    while touch.is_down:
        sketch.show([*points, touch.point], True)
        touch = yield


def click(touch: Touch, done: Callable[[Point], None]) -> Gesture:
    """Act where the press was, at once."""
    done(touch.point)
    while touch.is_down:
        touch = yield


def _corners(start: Point, end: Point, is_regular: bool, is_centered: bool) -> tuple[Point, Point]:
    dx, dy = end.x - start.x, end.y - start.y
    if is_regular:
        side = max(abs(dx), abs(dy))
        dx, dy = math.copysign(side, dx), math.copysign(side, dy)
    first = Point(start.x - dx, start.y - dy) if is_centered else start
    return first, Point(start.x + dx, start.y + dy)


def _outline(tool: ToolName, one: Point, other: Point, scale: float) -> list[Point]:
    if tool is ToolName.ELLIPSE:
        return ellipse_points(one, other, _SHOWN_SAGITTA_PX / scale)
    left, right = sorted((round(one.x), round(other.x)))
    top, bottom = sorted((round(one.y), round(other.y)))
    return [Point(left, top), Point(right, top), Point(right, bottom), Point(left, bottom)]
