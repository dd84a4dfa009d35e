"""The rulers along the canvas: ticks and numbers in the chosen unit, and where the pointer is."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.image.geometry import Point
from desktop.grid import LEAST_PX, least_step, tick_step
from desktop.theme import EDGE, MUTED, TEXT, WINDOW, grey, scaled_font
from desktop.units import Units, multiples
from desktop.view import View

THICKNESS_PX = 20
_PARTS = 10
_LEAST_PART_PX = 5.0
_SPAN_PX = 1000.0
"""A distance on the screen that is measured in the document: any would do."""
_ROUNDING_PX = 1e-6
"""Ticks on the border of two pixels shall not fall back by an error of rounding."""


@dataclass(frozen=True)
class _Scale:
    """What a ruler counts by: the units and the device pixels from one numbered tick to the next.

    step_px: negative where the numbers fall. nought_px: where nought is, along the ruler.
    """

    step: float
    step_px: float
    nought_px: float


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
                "The view is tilted: this ruler tells distances along itself, from where the "
                "painting's corner is."
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

        Along a side of the picture they name its rows or columns; while the view is tilted, the
        distance along the ruler from where the picture's corner is seen.
        """
        scale = self._scale()
        digits = max(0, -math.floor(math.log10(scale.step) + 1e-9))
        return [
            (self._place(scale, number), f"{number * scale.step:.{digits}f}")
            for number in self._numbers(scale, 1)
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
        scale = self._scale()
        count = _PARTS
        shown_px = abs(scale.step_px) / self.devicePixelRatioF()
        while count > 1 and shown_px / count < _LEAST_PART_PX:
            count = count // 2 if count % 2 == 0 else 1
        for number in self._numbers(scale, count):
            length = 8 if 2 * number % count == 0 else 5
            place = self._place(scale, number / count)
            self._fill(painter, place, THICKNESS_PX - length, length, MUTED)

    def _scale(self) -> _Scale:
        view, units, ratio = self._view, self._units, self.devicePixelRatioF()
        corner = view.to_device(Point(0.0, 0.0))
        nought_px = self._along(corner)
        if not view.orientation.is_straight:
            aside = Point(0.0, _SPAN_PX) if self._is_vertical else Point(_SPAN_PX, 0.0)
            end = view.to_document(Point(corner.x + aside.x, corner.y + aside.y))
            px_per_unit = _SPAN_PX / units.between(Point(0.0, 0.0), end)
            step = least_step(units, LEAST_PX * ratio / px_per_unit)
            return _Scale(step, step * px_per_unit, nought_px)
        is_down = self._is_vertical != view.orientation.is_sideways
        step = tick_step(units, is_down, view.scale, ratio)
        at = step * units.px_per_unit(is_down)
        first = view.to_device(Point(0.0, at) if is_down else Point(at, 0.0))
        return _Scale(step, self._along(first) - nought_px, nought_px)

    def _numbers(self, scale: _Scale, parts: int) -> Iterator[int]:
        """Yield the ticks in sight, counted from nought, at so many parts of a step."""
        length = self.height() if self._is_vertical else self.width()
        ends = (0.0, length * self.devicePixelRatioF())
        low, high = sorted((end - scale.nought_px) / scale.step_px for end in ends)
        return multiples(1 / parts, low, high)

    def _place(self, scale: _Scale, number: float) -> float:
        at = scale.nought_px + number * scale.step_px
        return math.floor(at + _ROUNDING_PX) / self.devicePixelRatioF()

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
