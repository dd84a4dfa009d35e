"""The Navigator dock: the whole painting small, what of it is seen, and how large."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from core.image.geometry import Point, Rect
from desktop.canvas import Canvas
from desktop.device_painting import viewport_of
from desktop.theme import FAINT, FIELD, grey
from desktop.view import View

_MARGIN_PX = 6
_REFRESH_MS = 120
_NOTCH_UNITS = 120.0
_DARK, _LIGHT, _SHADE = QColor(0, 0, 0), QColor(242, 242, 242), QColor(0, 0, 0, 110)
_ARROWS = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class NavigatorPanel(QWidget):
    """Wraps the map in the margins of a dock."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.map = NavigatorMap(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 10)
        column.addWidget(self.map)

    def show_canvas(self, canvas: Canvas | None) -> None:
        """Show another painting; None when none is open."""
        self.map.show_canvas(canvas)


class NavigatorMap(QWidget):
    """A click or drag brings a place to the canvas's middle; wheel and + and − zoom.

    GUI thread only. It shows what the canvas has at hand, a moment later, and asks for nothing.
    """

    navigated = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas: Canvas | None = None
        self._later = QTimer(self, singleShot=True, interval=_REFRESH_MS)
        self._later.timeout.connect(self.update)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Navigator"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(26)

    def show_canvas(self, canvas: Canvas | None) -> None:
        """Follow another canvas."""
        if canvas is self._canvas:
            return
        if self._canvas is not None:
            self._canvas.moved.disconnect(self.update)
            self._canvas.repainted.disconnect(self._refresh_later)
        self._canvas = canvas
        if canvas is not None:
            canvas.moved.connect(self.update)
            canvas.repainted.connect(self._refresh_later)
        self.update()

    def sizeHint(self) -> QSize:
        """Return a size that shows something."""
        return QSize(200, 150)

    @property
    def small_view(self) -> View | None:
        """Where the painting lies in the map, turned as on the canvas."""
        if self._canvas is None:
            return None
        room = viewport_of(self)
        margin = round(_MARGIN_PX * self.devicePixelRatioF())
        return View.fitted(
            self._canvas.picture, room.width, room.height, margin, self._canvas.orientation
        )

    @property
    def frame(self) -> QRectF:
        """What the canvas shows, in the map's own pixels; null without a painting."""
        view, canvas = self.small_view, self._canvas
        if view is None or canvas is None:
            return QRectF()
        viewport, ratio = viewport_of(canvas), self.devicePixelRatioF()
        ends = [
            view.to_device(canvas.view.to_document(corner))
            for corner in (Point(0, 0), Point(viewport.width, viewport.height))
        ]
        corners = [QPointF(end.x / ratio, end.y / ratio) for end in ends]
        return QRectF(*corners).normalized()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the painting, and what is not seen of it darker."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), grey(FIELD))
        view, canvas = self.small_view, self._canvas
        image = None if canvas is None else canvas.overview()
        if view is not None and canvas is not None and image is not None:
            ratio = self.devicePixelRatioF()
            picture = canvas.picture
            painter.save()
            painter.scale(1 / ratio, 1 / ratio)
            painter.setTransform(view.to_viewport, True)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            is_straight = view.orientation.is_straight
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, not is_straight)
            size = picture.width * view.scale, picture.height * view.scale
            painter.drawImage(QRectF(0, 0, *size), image)
            painter.restore()
            self._paint_frame(painter, view, picture)
        if self.hasFocus():
            painter.setPen(grey(FAINT))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go where the pointer is."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom the canvas about its middle, half a doubling per notch."""
        event.accept()
        units = event.angleDelta().y()
        if self._canvas is not None and units:
            self._canvas.zoom_to(self._canvas.scale * 2.0 ** (units / _NOTCH_UNITS / 2))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move what is seen by a quarter, + and − zoom."""
        canvas = self._canvas
        if canvas is not None and event.key() in _ARROWS:
            dx, dy = _ARROWS[Qt.Key(event.key())]
            viewport = viewport_of(canvas)
            canvas.pan_by(dx * viewport.width / 4, dy * viewport.height / 4)
        elif canvas is not None and event.text() in ("+", "="):
            canvas.zoom_in()
        elif canvas is not None and event.text() == "-":
            canvas.zoom_out()
        else:
            super().keyPressEvent(event)

    def _go(self, position: QPointF) -> None:
        view = self.small_view
        if view is not None and self._canvas is not None:
            ratio = self.devicePixelRatioF()
            device = Point(position.x() * ratio, position.y() * ratio)
            self._canvas.centre_on(view.to_document(device))
            self.navigated.emit()

    def _paint_frame(self, painter: QPainter, view: View, shown: Rect) -> None:
        ratio = self.devicePixelRatioF()
        device = view.device_rect(shown)
        picture = QRectF(
            device.x / ratio, device.y / ratio, device.width / ratio, device.height / ratio
        )
        frame = self.frame.intersected(picture)
        if frame.contains(picture):
            return
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        outline = QPainterPath()
        outline.addPolygon(view.outline(shown))
        painter.setClipPath(outline)
        painter.scale(ratio, ratio)
        for rect in (
            QRectF(picture.topLeft(), QPointF(picture.right(), frame.top())),
            QRectF(QPointF(picture.left(), frame.bottom()), picture.bottomRight()),
            QRectF(QPointF(picture.left(), frame.top()), frame.bottomLeft()),
            QRectF(frame.topRight(), QPointF(picture.right(), frame.bottom())),
        ):
            painter.fillRect(rect, _SHADE)
        painter.restore()
        for color, grown in ((_DARK, 1.0), (_LIGHT, 0.0)):
            painter.setPen(QPen(color, 1.0))
            painter.drawRect(frame.adjusted(-grown, -grown, grown - 1, grown - 1))

    def _refresh_later(self, _device: object) -> None:
        if self.isVisible() and not self._later.isActive():
            self._later.start()
