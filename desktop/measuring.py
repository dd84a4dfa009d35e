"""The measure tool: a line over the picture, and how long it is."""

import math

from PySide6.QtCore import QCoreApplication, QPoint
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from core.image.geometry import Point, Rect
from desktop.badge import Badge
from desktop.draft import Draft
from desktop.tools import Gesture, Touch
from desktop.units import Units

_EIGHTH = math.pi / 4
_BESIDE_PX = 14


class Measuring:
    """One line at a time, which stays until the next or until it is cleared. GUI thread only."""

    def __init__(self, draft: Draft, widget: QWidget) -> None:
        self.units = Units()
        self._draft = draft
        self._widget = widget
        self._label = Badge(widget)

    @property
    def text(self) -> str:
        """What is told of the line; empty without one."""
        return self._label.text() if len(self._draft.points) == 2 else ""

    def gesture(self, touch: Touch) -> Gesture:
        """Measure from the press to the pointer; Shift keeps to eighths of a circle."""
        start = touch.point
        self.clear()
        while touch.is_down:
            end = _straight(start, touch.point) if touch.has_shift else touch.point
            if end != start:
                self._draft.show([start, end], False)
                self._tell(start, end)
                self.place(touch.device)
            touch = yield

    def draw(self, painter: QPainter, device: Rect) -> None:
        """Draw the line; the painter's unit is the device pixel."""
        self._draft.draw(painter, device)

    def clear(self) -> None:
        """Take the line away."""
        self._draft.clear()
        self._label.hide()

    def refresh(self, device_end: Point | None) -> None:
        """Tell the length anew, in other units or another view, at where the line ends."""
        points = self._draft.points
        if len(points) == 2 and device_end is not None:
            self._tell(*points)
            self.place(device_end)

    @property
    def end(self) -> Point | None:
        """The document point where the line ends."""
        return self._draft.points[1] if len(self._draft.points) == 2 else None

    def place(self, device: Point) -> None:
        """Put the text beside a point, inside the widget."""
        ratio = self._widget.devicePixelRatioF()
        size, room = self._label.sizeHint(), self._widget.size()
        x, y = device.x / ratio + _BESIDE_PX, device.y / ratio + _BESIDE_PX
        if x + size.width() > room.width():
            x -= size.width() + 2 * _BESIDE_PX
        if y + size.height() > room.height():
            y -= size.height() + 2 * _BESIDE_PX
        self._label.move(QPoint(max(0, round(x)), max(0, round(y))))
        self._label.resize(size)
        self._label.show()

    def _tell(self, start: Point, end: Point) -> None:
        angle = math.degrees(math.atan2(start.y - end.y, end.x - start.x))
        angle = 0.0 if round(angle, 1) == 0 else angle
        text = QCoreApplication.translate("Measuring", "{0} · {1}°")
        self._label.setText(text.format(self.units.distance(start, end), f"{angle:.1f}"))


def _straight(start: Point, end: Point) -> Point:
    """Return the end moved to the nearest eighth of a circle about the start."""
    dx, dy = end.x - start.x, end.y - start.y
    angle = round(math.atan2(dy, dx) / _EIGHTH) * _EIGHTH
    length = dx * math.cos(angle) + dy * math.sin(angle)
    return Point(start.x + length * math.cos(angle), start.y + length * math.sin(angle))
