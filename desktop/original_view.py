"""The original beside the picture worked on: the same place, the same size, no tools."""

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import (
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from core.image.geometry import Point, Rect
from desktop.badge import Badge
from desktop.device_painting import paint_in_device_pixels, viewport_of, widget_rect
from desktop.picture_view import PictureView
from desktop.touchpad import follow_fingers, follow_wheel

_BADGE_PX = 10
_ARM_PX, _GAP_PX = 9, 3


class OriginalView(QWidget):
    """Shows another view's source through that view's own tiles, which it leads and follows.

    GUI thread only. A drag pans both, a wheel zooms both; a cross stands where the pointer is on
    the other one.
    """

    def __init__(self, view: PictureView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._dragged: QPointF | None = None
        self._cross: Point | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setAccessibleName(self.tr("Original"))
        self._badge = Badge(self)
        self._badge.setText(self.tr("Original"))
        view.moved.connect(self.update)
        view.repainted.connect(self._repaint)

    def show_cross(self, point: Point | None) -> None:
        """Show where the pointer is, as a document point."""
        for at in (self._cross, point):
            if at is not None:
                device = self._view.view.to_device(at)
                reach = round((_ARM_PX + 2) * self.devicePixelRatioF())
                side = 2 * reach
                rect = Rect(int(device.x) - reach, int(device.y) - reach, side, side)
                self.update(widget_rect(self, rect))
        self._cross = point

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the source."""
        paint_in_device_pixels(self, event.region(), self._paint)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the name at the foot."""
        self._badge.adjustSize()
        self._badge.move(_BADGE_PX, self.height() - self._badge.height() - _BADGE_PX)
        self._badge.show()

    def event(self, event: QEvent) -> bool:
        """Follow the fingers on a touchpad."""
        if isinstance(event, QNativeGestureEvent) and follow_fingers(self._view, event):
            event.accept()
            return True
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom or pan both."""
        event.accept()
        follow_wheel(self._view, event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the picture."""
        self._dragged = event.position()
        self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan both."""
        if self._dragged is not None:
            moved = (event.position() - self._dragged) * self.devicePixelRatioF()
            self._dragged = event.position()
            self._view.pan_by(moved.x(), moved.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of it."""
        self._dragged = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def _paint(self, painter: QPainter, device: Rect) -> None:
        self._view.paint_picture(painter, device, True)
        if self._cross is not None:
            self._paint_cross(painter, self._view.view.to_device(self._cross))

    def _paint_cross(self, painter: QPainter, at: Point) -> None:
        ratio = self.devicePixelRatioF()
        x, y, width = int(at.x), int(at.y), max(1, round(ratio))
        gap, arm = round(_GAP_PX * ratio), round((_ARM_PX - _GAP_PX) * ratio)
        for grown, color in ((width, Qt.GlobalColor.black), (0, Qt.GlobalColor.white)):
            for start in (gap, -gap - arm):
                for rect in (Rect(x + start, y, arm, width), Rect(x, y + start, width, arm)):
                    painter.fillRect(*rect.expanded(grown), color)

    def _repaint(self, device: Rect) -> None:
        self.update(widget_rect(self, device.intersection(viewport_of(self))))
