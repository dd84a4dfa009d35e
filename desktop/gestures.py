"""What a press on the canvas begins: which tool gets it, or the hand, or the split line."""

from collections.abc import Callable

from PySide6.QtCore import Qt

from core.image.geometry import Point
from desktop.easels import Easels
from desktop.looking import Looking
from desktop.pointer import Press
from desktop.selecting import Selecting
from desktop.selection_tools import SELECTING
from desktop.smoothing import smoothed
from desktop.tools import Gesture, ToolName, line_or_resize, paint, pan, pick
from desktop.view import View


class Gestures:
    """Belongs to one canvas. GUI thread only.

    view: the canvas's view now. pan_by: by device pixels. pick_at, take_from: a document point
    whose samples are told, or from where paint is taken.
    """

    def __init__(
        self,
        easels: Easels,
        selecting: Selecting,
        looking: Looking,
        view: Callable[[], View],
        *,
        pan_by: Callable[[float, float], None],
        pick_at: Callable[[Point], None],
        take_from: Callable[[Point], None],
    ) -> None:
        self._easels = easels
        self._selecting = selecting
        self._looking = looking
        self._view = view
        self._pan_by = pan_by
        self._pick_at = pick_at
        self._take_from = take_from

    def begun_by(self, press: Press, *, is_hand: bool, string_px: float) -> Gesture | None:
        """Choose what a press begins; None: nothing.

        is_hand: the left button pans. string_px: how long a string, in device pixels, leads
        strokes.
        """
        is_left = press.button == Qt.MouseButton.LeftButton
        if press.button == Qt.MouseButton.MiddleButton or (is_left and is_hand):
            return pan(self._pan_by, press.touch)
        if not is_left:
            return None
        # What comes next finds the stroke before in its place.
        self._easels.settle()
        if self._looking.split.is_near(press.touch.device):
            return self._looking.split.drag(press.touch)
        tool = self._easels.tool
        if tool is ToolName.MEASURE:
            return self._looking.measuring.gesture(press.touch)
        selection = self._selecting.gesture(tool, press.touch, self._view().scale)
        if selection is not None or tool in SELECTING:
            return selection
        return self._stroke(press, string_px)

    def _stroke(self, press: Press, string_px: float) -> Gesture:
        """Choose among those of brush, eraser and colour tools."""
        is_eraser = press.is_eraser_end or self._easels.tool is ToolName.ERASER
        if self._easels.tool is ToolName.PICK and not is_eraser:
            return pick(self._pick_at, press.touch)
        easel = self._easels.current
        if easel is self._easels.color and press.touch.has_alt and not is_eraser:
            return pick(self._take_from, press.touch)
        if press.modifiers & Qt.KeyboardModifier.ShiftModifier:
            return line_or_resize(easel, press.touch, is_eraser)
        stroke = paint(easel, press.touch, is_eraser)
        if string_px == 0.0:
            return stroke
        return smoothed(stroke, press.touch, string_px, self._view().to_document)
