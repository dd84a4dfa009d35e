"""The canvas's tools: a tool is a generator that gets the press, then every move, then the release.

`next()` runs the press; `send(touch)` each move; a touch with `is_down` false is the release;
`close()` cancels. A tool keeps its state in local variables: there is nothing to reset.
"""

import math
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from enum import Enum
from typing import NamedTuple, Protocol

from core.image.geometry import Point

Gesture = Generator[None, "Touch", None]
_STILL_PX = 4.0
"""A press that moves less than this, in device pixels, is a click."""
MIN_SIZE_PX, MAX_SIZE_PX = 1.0, 5000.0


class ToolName(Enum):
    """The tools of the canvas."""

    BRUSH = "brush"
    ERASER = "eraser"
    LINE = "line"
    RECTANGLE = "rectangle"
    ELLIPSE = "ellipse"
    POLYGON = "polygon"
    LASSO = "lasso"
    WAND = "wand"
    LOSS = "loss"
    PAN = "pan"
    PICK = "pick"
    MEASURE = "measure"
    CLONE = "clone"
    HEAL = "heal"
    SMUDGE = "smudge"


RETOUCHING = (ToolName.CLONE, ToolName.HEAL, ToolName.SMUDGE)
"""The tools that work on retouch whatever layer is chosen."""


@dataclass(frozen=True)
class BrushSettings:
    """How a brush or eraser paints. size_px is the diameter in document pixels; the rest 0..1.

    flow: how much of its opacity a stroke of colour gains with each dab.
    """

    size_px: float = 40.0
    hardness: float = 0.8
    opacity: float = 1.0
    pressure_size: bool = True
    pressure_opacity: bool = False
    flow: float = 1.0

    def sized(self, size_px: float) -> "BrushSettings":
        """Return the same brush at another size, kept within what can be painted with."""
        return replace(self, size_px=min(max(size_px, MIN_SIZE_PX), MAX_SIZE_PX))


class Touch(NamedTuple):
    """Where mouse or pen is: in the document, in the viewport (device pixels), and how firmly.

    has_shift, has_alt: whether those keys are held.
    """

    point: Point
    device: Point
    pressure: float = 1.0
    is_down: bool = True
    has_shift: bool = False
    has_alt: bool = False


class Easel(Protocol):
    """What the painting tools work on."""

    @property
    def last_point(self) -> Point | None:
        """Where the latest stroke ended, in the document."""

    def begin_stroke(self, is_eraser: bool) -> bool:
        """Start a stroke on the chosen layer; False (and a hint to the user) if there is none."""

    def paint_to(self, point: Point, pressure: float) -> None:
        """Lead the stroke to a point and show it."""

    def commit_stroke(self) -> None:
        """Make the stroke one step of the history."""

    def drop_stroke(self) -> None:
        """Forget the stroke: the document is as before the press."""

    def settings(self, is_eraser: bool) -> BrushSettings:
        """Return the settings of brush or eraser."""

    def resize(self, is_eraser: bool, size_px: float, pinned: Point | None) -> None:
        """Set the size of brush or eraser; its outline stays at a point while one is given."""


def paint(easel: Easel, touch: Touch, is_eraser: bool = False) -> Gesture:
    """Brush or eraser: one stroke, one step of the history."""
    if not easel.begin_stroke(is_eraser):
        return
    try:
        while touch.is_down:
            easel.paint_to(touch.point, touch.pressure)
            touch = yield
    except BaseException:
        easel.drop_stroke()
        raise
    easel.commit_stroke()


def line_or_resize(easel: Easel, touch: Touch, is_eraser: bool = False) -> Gesture:
    """With Shift: a click draws a straight line from the last stroke, a drag sizes the brush."""
    press = touch
    while touch.is_down:
        if math.dist(press.device, touch.device) > _STILL_PX:
            yield from resize(easel, press, touch, is_eraser)
            return
        touch = yield
    line(easel, press, is_eraser)


def line(easel: Easel, touch: Touch, is_eraser: bool = False) -> None:
    """Paint straight from where the latest stroke ended; one dab if there was none."""
    start = easel.last_point or touch.point
    if not easel.begin_stroke(is_eraser):
        return
    try:
        for point in (start, touch.point):
            easel.paint_to(point, 1.0)
    except BaseException:
        easel.drop_stroke()
        raise
    easel.commit_stroke()


def resize(easel: Easel, press: Touch, touch: Touch, is_eraser: bool) -> Gesture:
    """Drag to the right to enlarge, to the left to reduce: the outline's edge follows."""
    start_px = easel.settings(is_eraser).size_px
    try:
        while touch.is_down:
            moved = math.dist(press.device, touch.device)
            to_document = math.dist(press.point, touch.point) / moved if moved else 0.0
            size_px = start_px + 2 * (touch.device.x - press.device.x) * to_document
            easel.resize(is_eraser, size_px, press.point)
            touch = yield
    finally:
        easel.resize(is_eraser, easel.settings(is_eraser).size_px, None)


def pan(pan_by: Callable[[float, float], None], touch: Touch) -> Gesture:
    """Drag the picture, by device pixels."""
    while touch.is_down:
        last = touch.device
        touch = yield
        pan_by(touch.device.x - last.x, touch.device.y - last.y)


def pick(pick_at: Callable[[Point], None], touch: Touch) -> Gesture:
    """Tell the samples under the pointer, at the press and while it moves."""
    while touch.is_down:
        pick_at(touch.point)
        touch = yield
