"""An outline being drawn on the canvas: what of it is seen, and what must be painted anew."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from core.image.geometry import Point, Rect
from desktop.view import View

_CHUNK = 48
"""Points drawn, or passed over, together."""
_CELL_PX = 128
"""What a line touches is painted anew in squares of this grid, whose runs Qt joins well."""
_STEP_PX = 32.0
_DARK, _LIGHT = QColor(0, 0, 0), QColor(255, 255, 255)
_DASHES = [4.0, 4.0]
_MARGIN_PX = 2


class Draft:
    """A line through document points, two-toned, closed or open, with a loose end if hovered.

    GUI thread only. `update` is told the device rectangles to paint anew, `view` gives where the
    picture lies. Each costs time by what changed, not by the whole outline.
    """

    def __init__(self, view: Callable[[], View], update: Callable[[Rect], None]) -> None:
        self._view = view
        self._update = update
        self._points: list[Point] = []
        self._chunks: list[tuple[QPolygonF, Rect]] = []
        self._loose: Point | None = None
        self._is_closed = False

    @property
    def points(self) -> Sequence[Point]:
        """The corners, without the loose end."""
        return tuple(self._points)

    @property
    def is_empty(self) -> bool:
        """Whether there is none."""
        return not self._points

    def show(self, points: Sequence[Point], is_closed: bool) -> None:
        """Show another outline in its place."""
        before = self._line()
        self._points, self._chunks, self._is_closed = list(points), [], is_closed
        self._loose = None
        self._touch(before, self._line())

    def extend(self, point: Point) -> None:
        """Go on to a point."""
        before = self._closing()
        self._points.append(point)
        start = (len(self._points) - 2) // _CHUNK
        del self._chunks[start:]
        self._touch(self._points[-2:], before, self._closing())

    def hover(self, point: Point | None) -> None:
        """Let the outline go on to where the pointer is, without a corner there yet."""
        if self._points and point != self._loose:
            before = self._closing()
            self._loose = point
            self._touch(before, self._closing())

    def clear(self) -> None:
        """Show none."""
        self.show((), False)

    def draw(self, painter: QPainter, device: Rect) -> None:
        """Draw what lies in a device rectangle; the painter's unit is the device pixel."""
        if not self._points:
            return
        view = self._view()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setTransform(view.to_viewport, True)
        painter.scale(view.scale, view.scale)
        self._chunk()
        near = [
            polygon
            for polygon, bounds in self._chunks
            if not view.device_rect(bounds).expanded(_MARGIN_PX).intersection(device).is_empty
        ]
        lines = [QLineF(*one, *other) for one, other in pairwise(self._closing())]
        for pen in _pens():
            painter.setPen(pen)
            for polygon in near:
                painter.drawPolyline(polygon)
            painter.drawLines(lines)
        painter.restore()

    def _chunk(self) -> None:
        """Bring the chunks up to date with the points."""
        for start in range(len(self._chunks) * _CHUNK, len(self._points), _CHUNK):
            part = self._points[start : start + _CHUNK + 1]
            xs, ys = [point.x for point in part], [point.y for point in part]
            bounds = Rect.from_edges(
                math.floor(min(xs)), math.floor(min(ys)), math.ceil(max(xs)), math.ceil(max(ys))
            ).expanded(1)
            polygon = QPolygonF([QPointF(*point) for point in part])
            self._chunks.append((polygon, bounds))

    def _closing(self) -> list[Point]:
        """Return the line from the last corner over the loose end to the first, as it is shown."""
        if not self._points:
            return []
        loose = [] if self._loose is None else [self._loose]
        return [self._points[-1], *loose, *(self._points[:1] if self._is_closed else [])]

    def _line(self) -> list[Point]:
        return [*self._points[:-1], *self._closing()]

    def _touch(self, *lines: Sequence[Point]) -> None:
        """Have lines painted anew: near to them, since the rectangle around them may be large."""
        view = self._view()
        cells: set[tuple[int, int]] = set()
        for points in lines:
            cells.update(_cells([view.to_device(point) for point in points]))
        for rect in _runs(cells):
            self._update(rect)


def _cells(points: Sequence[Point]) -> Iterator[tuple[int, int]]:
    """Yield row and column of the grid's squares that a line comes near to."""
    last: Point | None = None
    for point in _stepped(points):
        one = point if last is None else last
        top, bottom = min(one.y, point.y) - _MARGIN_PX, max(one.y, point.y) + _MARGIN_PX
        left, right = min(one.x, point.x) - _MARGIN_PX, max(one.x, point.x) + _MARGIN_PX
        for row in range(int(top // _CELL_PX), int(bottom // _CELL_PX) + 1):
            for column in range(int(left // _CELL_PX), int(right // _CELL_PX) + 1):
                yield row, column
        last = point


def _runs(cells: set[tuple[int, int]]) -> Iterator[Rect]:
    """Yield rectangles that cover the squares, those beside each other by one."""
    start: tuple[int, int] | None = None
    for row, column in sorted(cells):
        if start is None:
            start = row, column
        if (row, column + 1) not in cells:
            width = (column + 1 - start[1]) * _CELL_PX
            yield Rect(start[1] * _CELL_PX, row * _CELL_PX, width, _CELL_PX)
            start = None


def _stepped(points: Sequence[Point]) -> Iterator[Point]:
    """Yield a line's points, and more between those that lie far apart."""
    for index, point in enumerate(points):
        if index:
            last = points[index - 1]
            count = math.ceil(math.dist(last, point) / _STEP_PX)
            for step in range(1, count):
                share = step / count
                yield Point(
                    last.x + (point.x - last.x) * share, last.y + (point.y - last.y) * share
                )
        yield point


def _pens() -> tuple[QPen, QPen]:
    dark, light = QPen(_DARK, 1.0), QPen(_LIGHT, 1.0, Qt.PenStyle.CustomDashLine)
    light.setDashPattern(_DASHES)
    for pen in (dark, light):
        pen.setCosmetic(True)
    return dark, light
