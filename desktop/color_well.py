"""The colour well: the colour painted with, and beside it those painted with before."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop.paint_colors import RECENT_COLORS, PaintColors
from desktop.theme import BRIGHT, EDGE, LINE, grey

_CURRENT_PX, _RECENT_PX, _GAP_PX = 26, 16, 3


class ColorWell(QWidget):
    """asked: the current colour shall be entered by values. A click on a recent one takes it."""

    asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colors: PaintColors | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Colour to paint with"))
        self.setToolTip(
            self.tr(
                "The colour painted with, and recent ones. Alt+click on the painting picks; "
                "click here to enter values"
            )
        )
        self.setFixedSize(self.sizeHint())
        self.setEnabled(False)

    def set_compact(self, is_compact: bool) -> None:
        """Show the current colour alone, where room is short."""
        size = self.sizeHint()
        self.setFixedSize(QSize(_CURRENT_PX, size.height()) if is_compact else size)

    def show_colors(self, colors: PaintColors | None) -> None:
        """Show the palette of a painting, and follow it."""
        if colors is self._colors:
            return
        if self._colors is not None:
            self._colors.changed.disconnect(self.update)
        self._colors = colors
        if colors is not None:
            colors.changed.connect(self.update)
        self.setEnabled(colors is not None)
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room that all recent colours take."""
        width = _CURRENT_PX + 2 * _GAP_PX + RECENT_COLORS * (_RECENT_PX + _GAP_PX)
        return QSize(width, _CURRENT_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the swatches, each in a dark and a light frame that no colour drowns."""
        painter = QPainter(self)
        colors = self._colors
        if colors is not None:
            self._draw(painter, self._current_rect(), colors.shown(colors.current))
            for index in range(RECENT_COLORS):
                rect = self._recent_rect(index)
                if index < len(colors.recent):
                    self._draw(painter, rect, colors.shown(colors.recent[index]))
                else:
                    painter.setPen(grey(LINE))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                    painter.drawRect(rect.adjusted(0, 0, -1, -1))
        if self.hasFocus():
            painter.setPen(grey(BRIGHT))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self._current_rect().adjusted(0, 0, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take a recent colour, or ask for values."""
        place = event.position().toPoint()
        if event.button() != Qt.MouseButton.LeftButton or self._colors is None:
            return
        if self._current_rect().contains(place):
            self.asked.emit()
        for index, samples in enumerate(self._colors.recent):
            if self._recent_rect(index).contains(place):
                self._colors.use(samples)
                return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and Return ask for values, a digit takes a recent colour."""
        recent = () if self._colors is None else self._colors.recent
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.asked.emit()
        elif event.text().isdecimal() and 0 < int(event.text()) <= len(recent):
            assert self._colors is not None
            self._colors.use(recent[int(event.text()) - 1])
        else:
            super().keyPressEvent(event)

    def recent_place(self, index: int) -> QPoint:
        """Return the middle of a recent colour."""
        return self._recent_rect(index).center()

    @staticmethod
    def _draw(painter: QPainter, rect: QRect, color: QColor) -> None:
        painter.fillRect(rect, grey(EDGE))
        painter.fillRect(rect.adjusted(1, 1, -1, -1), grey(0x6E))
        painter.fillRect(rect.adjusted(2, 2, -2, -2), color)

    @staticmethod
    def _current_rect() -> QRect:
        return QRect(0, 0, _CURRENT_PX, _CURRENT_PX)

    @staticmethod
    def _recent_rect(index: int) -> QRect:
        left = _CURRENT_PX + 2 * _GAP_PX + index * (_RECENT_PX + _GAP_PX)
        return QRect(left, (_CURRENT_PX - _RECENT_PX) // 2, _RECENT_PX, _RECENT_PX)
