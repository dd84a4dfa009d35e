"""The icons, drawn from paths on a 24-unit grid: crisp at every size, and achromatic."""

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPainterPath, QPen, QPixmap

from desktop.theme import BRIGHT, FAINT, TEXT, grey

GRID = 24.0
_STROKE = 1.7

# Absolute commands: M x y, L x y, C x1 y1 x2 y2 x y, Z, O cx cy r (a circle).
_OUTLINES = {
    "brush": "M 20 4 L 11 13 M 20 4 C 21 5 20 6.5 19.3 7.3 L 13.5 14 M 11 13 L 13.5 14"
    " M 11 13 C 8 12.5 6 14.5 6 17 C 6 18.7 5 19.6 3.6 20 C 8 21.4 13.3 19.6 13.5 14",
    "eraser": "M 8.5 19.5 L 4.2 15.2 C 3.4 14.4 3.4 13.3 4.2 12.5 L 12.7 4 C 13.5 3.2 14.6 3.2"
    " 15.4 4 L 20 8.6 C 20.8 9.4 20.8 10.5 20 11.3 L 11.8 19.5 Z M 8.6 8.2 L 15.8 15.4"
    " M 11.8 19.5 L 20.5 19.5",
    "line": "M 5 19 L 19 5 O 5 19 2.2 O 19 5 2.2",
    "rectangle": "M 4 6 L 8 6 M 11 6 L 14 6 M 17 6 L 20 6 L 20 9 M 20 12 L 20 14 M 20 16 L 20 18"
    " L 17 18 M 14 18 L 11 18 M 8 18 L 4 18 L 4 16 M 4 14 L 4 12 M 4 9 L 4 6",
    "ellipse": "M 9.5 5.4 C 11 5 13 5 14.5 5.4 M 17.6 6.6 C 19 7.5 20.2 8.8 20.8 10.3 M 20.8 13.7"
    " C 20.2 15.2 19 16.5 17.6 17.4 M 14.5 18.6 C 13 19 11 19 9.5 18.6 M 6.4 17.4 C 5 16.5 3.8 15.2"
    " 3.2 13.7 M 3.2 10.3 C 3.8 8.8 5 7.5 6.4 6.6",
    "polygon": "M 6 19 L 3.5 9 L 12 4 L 20.5 10.5 L 15 13 L 17.5 20 Z",
    "lasso": "M 7.5 16.2 C 4.6 15 3 12.9 3 10.5 C 3 6.9 7 4 12 4 C 17 4 21 6.9 21 10.5 C 21 14.1"
    " 17 17 12 17 C 11.1 17 10.2 16.9 9.4 16.7 M 9.6 16.4 C 9.6 18 8.5 18.6 7.4 18.3 C 6.2 18"
    " 6 16.4 7.2 15.6 C 8.5 14.8 9.8 15.8 9.6 16.8 C 9.4 19 8.5 20.4 6.6 21.2",
    "wand": "M 4 20 L 14 10 M 16.5 2.5 L 16.5 6 M 16.5 9.5 L 16.5 13 M 11.2 7.7 L 14.2 7.7"
    " M 18.8 7.7 L 21.8 7.7 M 12.8 4 L 14.2 5.4 M 20.2 4 L 18.8 5.4 M 20.2 11.4 L 18.8 10",
    "loss": "M 9.5 3.5 L 3.5 3.5 L 3.5 9.5 M 14.5 3.5 L 20.5 3.5 L 20.5 9.5 M 20.5 14.5 L 20.5 20.5"
    " L 14.5 20.5 M 9.5 20.5 L 3.5 20.5 L 3.5 14.5",
    "mode-add": "M 4 4 L 14 4 L 14 14 L 4 14 Z M 17 11 L 17 21 M 12 17 L 12 17 M 14 17 L 21 17",
    "mode-subtract": "M 4 4 L 14 4 L 14 14 L 4 14 Z M 14 18 L 21 18",
    "mode-intersect": "M 4 4 L 15 4 L 15 15 L 4 15 Z M 9 9 L 20 9 L 20 20 L 9 20 Z",
    "mode-replace": "M 5 5 L 19 5 L 19 19 L 5 19 Z",
    "pan": "M 8 12.5 L 8 6.2 C 8 4.2 10.7 4.2 10.7 6.2 L 10.7 11 M 10.7 11 L 10.7 4.7"
    " C 10.7 2.7 13.4 2.7 13.4 4.7 L 13.4 11 M 13.4 11 L 13.4 5.6 C 13.4 3.6 16.1 3.6 16.1 5.6"
    " L 16.1 12 M 16.1 12 L 16.1 8.3 C 16.1 6.4 18.8 6.4 18.8 8.3 L 18.8 14.5"
    " C 18.8 18.5 16.6 21 13.2 21 C 10.2 21 8.9 19.7 7.6 17.4 L 4.6 12.4"
    " C 3.7 10.7 5.7 9.5 6.8 10.9 L 8 12.5",
    "pick": "M 13.2 7.2 L 4.6 15.8 L 3.8 20.2 L 8.2 19.4 L 16.8 10.8 M 11.6 5.6 L 18.4 12.4"
    " M 14 8 L 16.8 4.6 C 18.6 2.8 21.2 5.4 19.4 7.2 L 16 10",
    "clone": "M 9.2 12.5 L 9.2 10 C 6.6 7.6 7.8 3.4 12 3.4 C 16.2 3.4 17.4 7.6 14.8 10 L 14.8 12.5"
    " L 18 12.5 C 19.4 12.5 20 13.4 20 14.5 L 20 16.8 L 4 16.8 L 4 14.5 C 4 13.4 4.6 12.5 6 12.5 Z"
    " M 5 20.4 L 19 20.4",
    "heal": "M 3.9 15.3 L 15.3 3.9 C 16.5 2.7 18.1 2.7 19.3 3.9 L 20.1 4.7 C 21.3 5.9 21.3 7.5"
    " 20.1 8.7 L 8.7 20.1 C 7.5 21.3 5.9 21.3 4.7 20.1 L 3.9 19.3 C 2.7 18.1 2.7 16.5 3.9 15.3 Z"
    " M 7.6 11.6 L 12.4 16.4 M 11.6 7.6 L 16.4 12.4",
    "smudge": "M 13 12.6 L 13 5.4 C 13 3.2 16 3.2 16 5.4 L 16 13.5 M 13 12.6 L 11.6 11.4"
    " C 10.2 10.2 8.5 11.8 9.6 13.2 L 12.6 17.6 C 13.6 19.2 14.6 20.4 16.6 20.4 C 19.4 20.4 21 18.4"
    " 21 15.6 L 21 12.4 C 21 10.8 18.6 10.8 18.6 12.4 M 3 5 C 5 4 7.5 4.2 9.6 5.6 M 3 9 C 4.6 8.2"
    " 6.4 8.2 8 9",
    "measure": "M 3 16 L 16 3 L 21 8 L 8 21 Z M 7.5 11.5 L 10 14 M 10.5 8.5 L 12 10"
    " M 13.5 5.5 L 16 8",
    "eye": "M 2.5 12 C 5.5 7.2 8.6 5.5 12 5.5 C 15.4 5.5 18.5 7.2 21.5 12 C 18.5 16.8 15.4 18.5"
    " 12 18.5 C 8.6 18.5 5.5 16.8 2.5 12 Z O 12 12 3",
    "eye-off": "M 3 10.5 C 8 16.5 16 16.5 21 10.5 M 5.2 12.8 L 3.6 15.2 M 9.3 14.6 L 8.6 17.4"
    " M 14.7 14.6 L 15.4 17.4 M 18.8 12.8 L 20.4 15.2",
    "lock": "M 6 11 L 18 11 L 18 20 L 6 20 Z M 8.5 11 L 8.5 7.5 C 8.5 2.9 15.5 2.9 15.5 7.5"
    " L 15.5 11",
    "mask": "M 3.5 3.5 L 20.5 3.5 L 20.5 20.5 L 3.5 20.5 Z M 7.5 14.5 C 6 10.5 9.5 6.8 12.5 8"
    " C 15 9 14.2 10.6 16.2 11.2 C 18.6 12 17.2 16.8 13.8 16.6 C 11.4 16.4 8.6 17.4 7.5 14.5 Z",
    "add-mask": "M 13 4 L 4 4 L 4 20 L 20 20 L 20 11 M 18 2.5 L 18 8.5 M 15 5.5 L 21 5.5"
    " O 11.5 13 3.6",
    "add-layer": "M 13 6 L 12 5.5 L 3 10 L 12 14.5 L 21 10 L 19.5 9.2 M 3.5 14.3 L 12 18.5"
    " L 20.5 14.3 M 18 1 L 18 7 M 15 4 L 21 4",
    "layer": "M 12 4.5 L 21 9.5 L 12 14.5 L 3 9.5 Z M 3.5 14.3 L 12 19 L 20.5 14.3",
    "duplicate": "M 8.5 8.5 L 20 8.5 L 20 20 L 8.5 20 Z M 15.5 8.5 L 15.5 4 L 4 4 L 4 15.5"
    " L 8.5 15.5",
    "delete": "M 4 6.5 L 20 6.5 M 9 6.5 L 9.6 3.8 L 14.4 3.8 L 15 6.5 M 6 6.5 L 7 20.3"
    " L 17 20.3 L 18 6.5 M 10 10.5 L 10.3 16.5 M 14 10.5 L 13.7 16.5",
    "group": "M 3.5 19 L 3.5 5 L 9.5 5 L 11.5 7.5 L 20.5 7.5 L 20.5 19 Z M 3.5 11 L 20.5 11",
    "merge": "M 12 3 L 12 13 M 7.5 8.8 L 12 13.2 L 16.5 8.8 M 4 17 L 20 17 M 4 20.5 L 20 20.5",
    "up": "M 12 19.5 L 12 5 M 6 11 L 12 5 L 18 11",
    "more": "M 5 9 L 12 16 L 19 9",
    "down": "M 12 4.5 L 12 19 M 6 13 L 12 19 L 18 13",
    "undo": "M 8.5 5 L 4 9.5 L 8.5 14 M 4 9.5 L 14 9.5 C 21.5 9.5 21.5 19 14 19 L 10 19",
    "redo": "M 15.5 5 L 20 9.5 L 15.5 14 M 20 9.5 L 10 9.5 C 2.5 9.5 2.5 19 10 19 L 14 19",
    "open": "M 3.5 19 L 3.5 5 L 9.5 5 L 11.5 7.5 L 19 7.5 L 19 10.5 M 3.5 19 L 6.5 10.5"
    " L 21.5 10.5 L 18.5 19 Z",
    "export": "M 12 14.5 L 12 3.5 M 7.5 8 L 12 3.5 L 16.5 8 M 4 13.5 L 4 20 L 20 20 L 20 13.5",
    "original": "M 3.5 5 L 20.5 5 L 20.5 19 L 3.5 19 Z M 12 2.5 L 12 21.5",
    "close": "M 6.5 6.5 L 17.5 17.5 M 17.5 6.5 L 6.5 17.5",
    "chevron": "M 7 10 L 12 15 L 17 10",
    "filter": "M 4 7 L 20 7 M 7 12 L 17 12 M 10 17 L 14 17",
    "info": "O 12 12 8.5 M 12 11 L 12 16.5 M 12 7.4 L 12 7.6",
}
_FILLED = {
    "loss": "M 7.5 14.5 C 6 10.5 9.5 6.8 12.5 8 C 15 9 14.2 10.6 16.2 11.2 C 18.6 12 17.2 16.8"
    " 13.8 16.6 C 11.4 16.4 8.6 17.4 7.5 14.5 Z",
    "mode-intersect": "M 9 9 L 15 9 L 15 15 L 9 15 Z",
    "mode-replace": "M 8 8 L 16 8 L 16 16 L 8 16 Z",
    "original": "M 3.5 5 L 12 5 L 12 19 L 3.5 19 Z",
    "mask": "M 7.5 14.5 C 6 10.5 9.5 6.8 12.5 8 C 15 9 14.2 10.6 16.2 11.2 C 18.6 12 17.2 16.8"
    " 13.8 16.6 C 11.4 16.4 8.6 17.4 7.5 14.5 Z",
}


def icon(name: str) -> QIcon:
    """Return an icon of this module by name. Raises KeyError."""
    return QIcon(_Engine(_path(_OUTLINES[name]), _path(_FILLED.get(name, ""))))


def draw_icon(painter: QPainter, name: str, rect: QRectF, level: int) -> None:
    """Draw an icon into a square in a grey level."""
    engine = _Engine(_path(_OUTLINES[name]), _path(_FILLED.get(name, "")))
    engine.draw(painter, rect, level)


def app_icon() -> QIcon:
    """Return the program's own icon: a panel with a lacuna in it."""
    result = QIcon()
    for side in (16, 24, 32, 48, 64, 128, 256):
        result.addPixmap(_app_pixmap(side))
    return result


def _app_pixmap(side: int) -> QPixmap:
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(side / GRID, side / GRID)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(grey(0x30))
    painter.drawRoundedRect(QRectF(1, 1, 22, 22), 4, 4)
    painter.setBrush(grey(0xC4))
    painter.drawRoundedRect(QRectF(4, 4, 16, 16), 1.5, 1.5)
    painter.setBrush(grey(0x30))
    painter.drawPath(_path(_FILLED["mask"]))
    painter.end()
    return pixmap


class _Engine(QIconEngine):
    """Draws a path at whatever size and pixel ratio Qt asks for."""

    def __init__(self, outline: QPainterPath, filled: QPainterPath) -> None:
        super().__init__()
        self._outline = outline
        self._filled = filled

    def clone(self) -> "QIconEngine":
        return _Engine(self._outline, self._filled)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        level = TEXT
        if mode is QIcon.Mode.Disabled:
            level = FAINT
        elif state is QIcon.State.On or mode is not QIcon.Mode.Normal:
            level = BRIGHT
        self.draw(painter, QRectF(rect), level)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return pixmap

    def draw(self, painter: QPainter, rect: QRectF, level: int) -> None:
        side = min(rect.width(), rect.height())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        corner = rect.center() - QPointF(side / 2, side / 2)
        painter.translate(corner)
        painter.scale(side / GRID, side / GRID)
        color = grey(level)
        painter.fillPath(self._filled, color)
        pen = QPen(color, _STROKE, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.strokePath(self._outline, pen)
        painter.restore()


def _path(commands: str) -> QPainterPath:
    """Return the path that a command string describes."""
    path = QPainterPath()
    words = iter(commands.split())
    for word in words:
        counts = {"M": 2, "L": 2, "C": 6, "O": 3, "Z": 0}
        values = [float(next(words)) for _ in range(counts[word])]
        if word == "M":
            path.moveTo(*values)
        elif word == "L":
            path.lineTo(*values)
        elif word == "C":
            path.cubicTo(*values)
        elif word == "O":
            path.addEllipse(QPointF(values[0], values[1]), values[2], values[2])
        else:
            path.closeSubpath()
    return path
