"""Before and after in one picture: the original left of a line that can be dragged."""

from collections.abc import Callable, Iterator

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from core.image.geometry import Point, Rect
from desktop.tools import Gesture, Touch

_REACH_PX, _GRIP_PX, _EDGE_PX = 5.0, 13.0, 24.0
_DARK, _LIGHT = QColor(0, 0, 0, 200), QColor(242, 242, 242)


class SplitLine:
    """Where the line stands, as a share of the viewport's width. GUI thread only.

    `viewport` and `ratio` (device pixels per unit) are asked for anew each time, `update` is told
    the device pixels that look different.
    """

    def __init__(
        self,
        viewport: Callable[[], Rect],
        ratio: Callable[[], float],
        update: Callable[[Rect], None],
    ) -> None:
        self._viewport = viewport
        self._ratio = ratio
        self._update = update
        self._share = 0.5
        self.is_shown = False

    @property
    def x(self) -> int:
        """The first column that shows the retouched picture, in device pixels."""
        return round(self._viewport().width * self._share)

    def show(self, is_shown: bool) -> None:
        """Show the line, where it last stood, or the whole picture again."""
        if is_shown != self.is_shown:
            self.is_shown = is_shown
            self._update(self._viewport())

    def parts(self, device: Rect) -> Iterator[tuple[Rect, bool]]:
        """Yield the parts of a device rectangle, and whether each shows the original."""
        viewport, x = self._viewport(), self.x
        before = device.intersection(Rect(0, 0, x, viewport.height))
        after = device.intersection(Rect.from_edges(x, 0, viewport.width, viewport.height))
        for part, is_original in ((before, True), (after, False)):
            if not part.is_empty:
                yield part, is_original

    def is_near(self, device: Point) -> bool:
        """Whether a point would take hold of the line."""
        if not self.is_shown:
            return False
        grip = QPointF(self.x, self._viewport().height / 2)
        is_on_grip = (QPointF(*device) - grip).manhattanLength() < _GRIP_PX * self._ratio()
        return is_on_grip or abs(device.x - self.x) <= _REACH_PX * self._ratio()

    def drag(self, touch: Touch) -> Gesture:
        """Follow the pointer."""
        grabbed = touch.device.x - self.x
        while touch.is_down:
            self.move_to(touch.device.x - grabbed)
            touch = yield

    def move_to(self, x: float) -> None:
        """Put the line somewhere, in device pixels; it cannot leave the picture."""
        viewport, edge = self._viewport(), _EDGE_PX * self._ratio()
        before = self.x
        self._share = min(max(x, edge), viewport.width - edge) / viewport.width
        reach = round(_GRIP_PX * self._ratio()) + 2
        left, right = sorted((before, self.x))
        self._update(Rect(left - reach, 0, right - left + 2 * reach, viewport.height))

    def draw(self, painter: QPainter, device: Rect) -> None:
        """Draw line and grip; the painter's unit is the device pixel."""
        ratio, height, x = self._ratio(), self._viewport().height, self.x
        reach = round(_GRIP_PX * ratio) + 2
        if device.intersection(Rect(x - reach, 0, 2 * reach, height)).is_empty:
            return
        width = max(1, round(ratio))
        painter.fillRect(x - 2 * width, 0, 3 * width, height, _DARK)
        painter.fillRect(x - width, 0, width, height, _LIGHT)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(x - width / 2, height / 2)
        painter.scale(ratio, ratio)
        painter.setPen(_DARK)
        painter.setBrush(_LIGHT)
        radius = _GRIP_PX - 2
        painter.drawEllipse(QRectF(-radius, -radius, 2 * radius, 2 * radius))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_DARK)
        for way in (-1, 1):
            painter.drawPolygon(
                QPolygonF([QPointF(way * x, y) for x, y in ((7, 0), (3, -4), (3, 4))])
            )
        painter.restore()
