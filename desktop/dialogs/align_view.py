"""One of the two pictures of the alignment dialog: drawn at any zoom, with control points."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QWidget

from core.image.geometry import Point, Rect
from core.image.surface import PixelSource
from desktop.display_color import DisplayColor
from desktop.jobs import Job, Jobs

_DELAY_MS = 60
_ZOOM = 1.25
_LEAST, _MOST = 0.005, 16.0
_REACH_PX = 9
_GROUND, _DARK, _LIGHT = QColor(43, 43, 43), QColor(0, 0, 0), QColor(255, 255, 255)


class _Drawn(NamedTuple):
    """A part of the picture as an image."""

    rect: Rect
    image: QImage


class AlignView(QWidget):
    """Shows a source around a centre at a scale (screen pixels per source pixel). GUI thread.

    clicked(Point): on the picture, beside all control points. chosen(int), dragged(int, Point):
    of a control point. panned(dx, dy): the mouse dragged the picture by so many of its pixels.
    zoomed(factor, Point): the wheel was turned over a place. failed(str): why it is not shown.
    """

    clicked = Signal(object)
    chosen = Signal(int)
    dragged = Signal(int, object)
    panned = Signal(float, float)
    zoomed = Signal(float, object)
    failed = Signal(str)

    def __init__(
        self, source: PixelSource, color: DisplayColor, name: str, jobs: Jobs, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._source = source
        self._color = color
        self._jobs = jobs
        self._centre = Point(source.width / 2, source.height / 2)
        self._scale = 1.0
        self._points: tuple[Point, ...] = ()
        self._current = -1
        self._is_outdated = False
        self._whole: _Drawn | None = None
        self._detail: _Drawn | None = None
        self._job: Job | None = None
        self._press: tuple[QPointF, int] | None = None
        self._is_dragging = False
        self._timer = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._timer.timeout.connect(self._ask)
        self.setMinimumSize(260, 260)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName(name)

    @property
    def is_settled(self) -> bool:
        """Whether the picture is drawn as finely as it can be."""
        return self._job is None and not self._timer.isActive() and self._detail is not None

    def show_at(self, centre: Point, scale: float) -> None:
        """Bring a place of the picture to the middle, at a scale."""
        self._centre, self._scale = centre, min(max(scale, _LEAST), _MOST)
        self._timer.start()
        self.update()

    def set_color(self, color: DisplayColor) -> None:
        """Convert colours for the screen in another way."""
        self._color, self._is_outdated = color, True
        self._whole = None
        self._timer.start()

    def show_points(self, points: Sequence[Point], current: int) -> None:
        """Mark the control points; one is the current one."""
        self._points, self._current = tuple(points), current
        self.update()

    def to_widget(self, point: Point) -> QPointF:
        """Return where a place of the picture is shown."""
        return QPointF(
            self.width() / 2 + (point.x - self._centre.x) * self._scale,
            self.height() / 2 + (point.y - self._centre.y) * self._scale,
        )

    def to_picture(self, position: QPointF) -> Point:
        """Return the place of the picture that is shown somewhere."""
        return Point(
            self._centre.x + (position.x() - self.width() / 2) / self._scale,
            self._centre.y + (position.y() - self.height() / 2) / self._scale,
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture, coarse where it is not yet there in detail, and the points."""
        del event
        painter = QPainter(self)
        painter.fillRect(self.rect(), _GROUND)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self._scale < 2)
        for drawn in (self._whole, self._detail):
            if drawn is not None:
                corner = self.to_widget(Point(drawn.rect.x, drawn.rect.y))
                far = self.to_widget(Point(drawn.rect.right, drawn.rect.bottom))
                painter.drawImage(QRectF(corner, far), drawn.image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, point in enumerate(self._points):
            self._draw_point(painter, number, self.to_widget(point))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for what comes into sight."""
        super().resizeEvent(event)
        self._timer.start()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        steps = event.angleDelta().y() / 120
        self.zoomed.emit(_ZOOM**steps, self.to_picture(event.position()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a point, or of the picture."""
        if event.button() is Qt.MouseButton.LeftButton:
            held = self._point_at(event.position())
            self._press, self._is_dragging = (event.position(), held), False
            if held >= 0:
                self.chosen.emit(held)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the point held, or the picture."""
        if self._press is None:
            return
        start, held = self._press
        step = event.position() - start
        if not self._is_dragging and step.manhattanLength() < QApplication.startDragDistance():
            return
        self._is_dragging = True
        self._press = event.position(), held
        if held >= 0:
            self.dragged.emit(held, self.to_picture(event.position()))
        else:
            self.panned.emit(step.x() / self._scale, step.y() / self._scale)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Set a point where the press was no drag."""
        press, self._press = self._press, None
        point = self.to_picture(event.position())
        is_inside = 0 <= point.x < self._source.width and 0 <= point.y < self._source.height
        if press is not None and press[1] < 0 and not self._is_dragging and is_inside:
            self.clicked.emit(point)

    def _point_at(self, position: QPointF) -> int:
        distances = [(self.to_widget(point) - position).manhattanLength() for point in self._points]
        nearest = min(range(len(distances)), key=distances.__getitem__, default=-1)
        return nearest if nearest >= 0 and distances[nearest] <= _REACH_PX else -1

    def _draw_point(self, painter: QPainter, number: int, at: QPointF) -> None:
        is_current = number == self._current
        radius = 8.0 if is_current else 6.0
        for color, width in ((_DARK, 3.5), (_LIGHT, 1.5)):
            painter.setPen(QPen(color, width))
            painter.drawEllipse(at, radius, radius)
            painter.drawLine(at - QPointF(3, 0), at + QPointF(3, 0))
            painter.drawLine(at - QPointF(0, 3), at + QPointF(0, 3))
        label = at + QPointF(radius + 3, -radius)
        for color, offset in ((_DARK, QPointF(1, 1)), (_LIGHT, QPointF(0, 0))):
            painter.setPen(color)
            painter.drawText(label + offset, str(number + 1))

    def _ask(self) -> None:
        """Have the visible part made by a job, once the former one has ended."""
        if self._job is not None:
            return
        picture = Rect(0, 0, self._source.width, self._source.height)
        near = self.to_picture(QPointF(0, 0))
        far = self.to_picture(QPointF(self.rect().bottomRight()))
        seen = Rect.from_edges(int(near.x) - 1, int(near.y) - 1, int(far.x) + 2, int(far.y) + 2)
        seen = seen.intersection(picture)
        if seen.is_empty:
            return
        level = 0
        while self._scale * (2 << level) <= 1.0:
            level += 1
        seen = seen.aligned(1 << level).intersection(picture)
        source, color = self._source, self._color

        def make(_work: object) -> _Drawn:
            image = color.to_display(source.read(seen, level))
            area = seen.at_level(level).from_level(level)
            return _Drawn(area, image)

        self._job = self._jobs.create("align view", make)
        asked = self._centre, self._scale
        self._is_outdated = False
        self._job.succeeded.connect(self._take)
        self._job.failed.connect(self.failed)
        self._job.finished.connect(lambda: self._ended(asked))
        self._job.start()

    def _take(self, drawn: _Drawn) -> None:
        self._detail = drawn
        if self._whole is None:
            # The first is of the whole picture: what is not there in detail falls back on it.
            self._whole = drawn
        self.update()

    def _ended(self, asked: tuple[Point, float]) -> None:
        self._job = None
        if self._is_outdated or asked != (self._centre, self._scale):
            self._timer.start()
