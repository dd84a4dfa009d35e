"""The rulers along the canvas: ticks and numbers in the chosen unit, and where the pointer is."""

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.image.geometry import Point
from desktop.grid import tick_step
from desktop.theme import EDGE, MUTED, TEXT, WINDOW, grey, scaled_font
from desktop.units import Units, multiples
from desktop.view import View

THICKNESS_PX = 20
_PARTS = 10
_LEAST_PART_PX = 5.0


class Ruler(QWidget):
    """Lies along the upper or left edge of a canvas and follows its view. GUI thread only."""

    def __init__(self, is_vertical: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_vertical = is_vertical
        self._view = View()
        self._units = Units()
        self._pointer: float | None = None
        self.setFont(scaled_font(self, 0.78))
        self.setAccessibleName(
            self.tr("Vertical ruler") if is_vertical else self.tr("Horizontal ruler")
        )
        fixed, free = QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Ignored
        self.setSizePolicy(*((fixed, free) if is_vertical else (free, fixed)))
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def show_view(self, view: View, units: Units) -> None:
        """Measure another view."""
        if (view, units) != (self._view, self._units):
            self._view, self._units = view, units
            hint = self.tr(
                "No side of the painting lies along a ruler now; Measure works at any angle."
            )
            self.setToolTip("" if view.orientation.is_straight else hint)
            self.update()

    def show_pointer(self, point: Point | None) -> None:
        """Mark a document point."""
        former, self._pointer = self._pointer, None
        if point is not None:
            self._pointer = self._along(self._view.to_device(point)) / self.devicePixelRatioF()
        for place in {former, self._pointer} - {None}:
            self._update_at(place)

    def sizeHint(self) -> QSize:
        """Return its thickness."""
        return QSize(THICKNESS_PX, THICKNESS_PX)

    def ticks(self) -> list[tuple[float, str]]:
        """Return where numbered ticks stand, in the widget's own pixels, and their numbers.

        None while no side of the picture lies along the ruler.
        """
        if not self._view.orientation.is_straight:
            return []
        is_down, step, step_px = self._step()
        low, high = self._range(is_down)
        digits = max(0, -math.floor(math.log10(step) + 1e-9))
        return [
            (self._place(number * step_px, is_down), f"{number * step:.{digits}f}")
            for number in multiples(step_px, low, high)
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the part that is asked for."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), grey(WINDOW))
        painter.setClipRect(event.rect())
        self._paint_parts(painter)
        metrics = QFontMetricsF(self.font())
        painter.setPen(grey(TEXT))
        for place, number in self.ticks():
            self._fill(painter, place, 0, THICKNESS_PX, MUTED)
            painter.save()
            if self._is_vertical:
                painter.translate(metrics.ascent(), place - 3)
                painter.rotate(-90)
            else:
                painter.translate(place + 3, metrics.ascent())
            painter.drawText(QPointF(0, 0), number)
            painter.restore()
        edge = QRectF(self.rect())
        if self._is_vertical:
            edge.setLeft(edge.right() - 1)
        else:
            edge.setTop(edge.bottom() - 1)
        painter.fillRect(edge, grey(EDGE))
        if self._pointer is not None:
            self._fill(painter, self._pointer, 0, THICKNESS_PX, 0xFF)
        painter.end()

    def _paint_parts(self, painter: QPainter) -> None:
        """Draw the small ticks, as many as there is room for."""
        if not self._view.orientation.is_straight:
            return
        is_down, _, step_px = self._step()
        count = _PARTS
        shown_px = step_px * self._view.scale / self.devicePixelRatioF()
        while count > 1 and shown_px / count < _LEAST_PART_PX:
            count = count // 2 if count % 2 == 0 else 1
        part_px = step_px / count
        low, high = self._range(is_down)
        for number in multiples(part_px, low, high):
            length = 8 if 2 * number % count == 0 else 5
            place = self._place(number * part_px, is_down)
            self._fill(painter, place, THICKNESS_PX - length, length, MUTED)

    def _step(self) -> tuple[bool, float, float]:
        """Return which way of the picture lies along it, and its step in units and in pixels."""
        is_down = self._is_vertical != self._view.orientation.is_sideways
        step = tick_step(self._units, is_down, self._view.scale, self.devicePixelRatioF())
        return is_down, step, step * self._units.px_per_unit(is_down)

    def _range(self, is_down: bool) -> tuple[float, float]:
        """Return from where to where it measures, in document pixels."""
        ratio = self.devicePixelRatioF()
        ends = (
            self._view.to_document(Point(0, 0)),
            self._view.to_document(Point(self.width() * ratio, self.height() * ratio)),
        )
        values = sorted(end.y if is_down else end.x for end in ends)
        return values[0], values[1]

    def _place(self, at: float, is_down: bool) -> float:
        seen = self._view.to_device(Point(0.0, at) if is_down else Point(at, 0.0))
        return math.floor(self._along(seen)) / self.devicePixelRatioF()

    def _along(self, device: Point) -> float:
        return device.y if self._is_vertical else device.x

    def _fill(
        self, painter: QPainter, place: float, start: float, length: float, level: int
    ) -> None:
        width = 1.0 / self.devicePixelRatioF()
        rect = QRectF(place, start, max(width, 0.75), length)
        if self._is_vertical:
            rect = QRectF(start, place, length, max(width, 0.75))
        painter.fillRect(rect, grey(level))

    def _update_at(self, place: float | None) -> None:
        if place is not None:
            at = math.floor(place) - 1
            if self._is_vertical:
                self.update(0, at, self.width(), 4)
            else:
                self.update(at, 0, 4, self.height())
