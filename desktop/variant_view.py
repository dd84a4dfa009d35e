"""A picture in the gallery: panned and zoomed with the others, clicked on to choose a loss."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from core.image.geometry import Rect
from desktop.heat import Heat
from desktop.picture_view import PictureView
from desktop.view import View

_DETENT = 120
# A frame stands so far outside its loss, so that it hides nothing of the fill's edge.
_FRAME_GAP_PX = 4
_FRAME = QColor(255, 255, 255)
_SHADE = QColor(0, 0, 0)


class VariantView(PictureView):
    """GUI thread only. looked: the user looks elsewhere. clicked(Point): on the document there."""

    looked = Signal()
    clicked = Signal(object)

    # Qt calls the methods below already while the base is being made.
    _is_following = False
    _pressed: QPointF | None = None
    _last: QPointF | None = None
    _heat: Sequence[Heat] = ()
    _framed: Sequence[Rect] = ()

    def follow(self, other: "VariantView") -> None:
        """Look where another one does."""
        self._is_following = True
        self._is_fitting = other.is_fitting
        self._show_through(other.view)
        self._is_following = False

    def set_heat(self, heat: Sequence[Heat]) -> None:
        """Lay pictures over the losses; none: take them away."""
        self._heat = heat
        self.update()

    def set_framed(self, rects: Sequence[Rect]) -> None:
        """Frame these losses."""
        self._framed = rects
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to drag, or to click."""
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pressed = self._last = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the picture."""
        if self._pressed is None or self._last is None:
            return
        far = (event.position() - self._pressed).manhattanLength()
        if self._last != self._pressed or far >= QApplication.startDragDistance():
            step = (event.position() - self._last) * self.devicePixelRatioF()
            self._last = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.pan_by(step.x(), step.y())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag; without one it was a click."""
        is_click = self._pressed is not None and self._last == self._pressed
        self._pressed = self._last = None
        self.unsetCursor()
        if is_click and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(self.view.to_document(self._to_device(event.position())))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer: half a doubling for each click of the wheel."""
        clicks = event.angleDelta().y() / _DETENT
        if clicks:
            self.zoom_to(self.scale * 2 ** (clicks / 2), event.position())
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the middle in the middle; all are resized, each for itself."""
        self._is_following = True
        super().resizeEvent(event)
        self._is_following = False

    def _show_through(self, view: View) -> None:
        before = self._view
        super()._show_through(view)
        if self._view != before and not self._is_following:
            self.looked.emit()

    def _paint(self, painter: QPainter, device: Rect) -> None:
        super()._paint(painter, device)
        view = self.view
        painter.save()
        painter.setTransform(view.to_viewport, True)
        painter.scale(view.scale, view.scale)
        for heat in self._heat:
            if not view.device_rect(heat.rect).intersection(device).is_empty:
                painter.drawImage(QRectF(*heat.rect), heat.picture)
        painter.restore()
        # Dark beside light, to be seen on any paint.
        for color, grown in ((_SHADE, 1), (_FRAME, 0)):
            painter.setPen(QPen(color, 1))
            for rect in self._framed:
                self._draw_frame(painter, device, rect, _FRAME_GAP_PX + grown)

    def _draw_frame(self, painter: QPainter, device: Rect, rect: Rect, gap: int) -> None:
        place = self.view.device_rect(rect).expanded(gap)
        if place.intersection(device).is_empty:
            return
        if self.view.orientation.is_straight:
            painter.drawRect(QRect(*place))
        else:
            around = rect.expanded(math.ceil(gap / self.view.scale))
            painter.drawPolygon(self.view.outline(around))
