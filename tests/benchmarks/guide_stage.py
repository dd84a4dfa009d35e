"""The stage for the guide's pictures: a window with the sample, a camera, and a darkroom."""

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QBuffer, QEvent, QIODevice, QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QInputDevice, QPainter, QPixmap, QPointingDevice, QTabletEvent
from PySide6.QtWidgets import QApplication, QWidget
from window_driver import LEFT, NONE, WindowDriver

from core.image.geometry import Point
from desktop.main_window import MainWindow

SIZE = QSize(560, 330)
HALF = QSize(SIZE.width() // 2, SIZE.height())
CRACK = ((1172, 188), (1263, 242), (1360, 286), (1456, 351), (1504, 386))
"""Along one of the sample's cracks."""
_GAP_PX = 8
_NO_LIMIT_PX = 16_777_215
_LABEL_PX = 24
_GROUND = QColor(0x2B, 0x2B, 0x2B)
_WORDS = QColor(0xDD, 0xDD, 0xDD)
_MOST_BYTES = 60_000

_PEN = QPointingDevice(
    "pen",
    1000,
    QInputDevice.DeviceType.Stylus,
    QPointingDevice.PointerType.Pen,
    QInputDevice.Capability.Position | QInputDevice.Capability.Pressure,
    1,
    3,
)


class Stage(WindowDriver):
    """The window with the sample, and where the camera looks. home: a folder to write into."""

    def __init__(self, window: MainWindow, home: Path) -> None:
        super().__init__(window)
        self.home = home

    def choose(self, tool: str, size_px: float | None = None) -> None:
        """Take a tool, by its action; size its brush."""
        self.window.actions_[tool].trigger()
        if size_px is not None:
            toolbox = self.window.tool_commands.toolbox
            toolbox.set_current(toolbox.current.sized(size_px))

    def look_at(self, point: tuple[float, float], scale: float) -> None:
        """Bring a document point to the canvas's middle, at a scale."""
        canvas = self.page.canvas
        canvas.zoom_to(scale)
        at, middle = self.place(Point(*point)), canvas.rect().center()
        ratio = canvas.devicePixelRatioF()
        canvas.pan_by((middle.x() - at.x()) * ratio, (middle.y() - at.y()) * ratio)
        self.wait(lambda: canvas.is_settled)

    def canvas_picture(self, size: QSize = SIZE) -> QPixmap:
        """Return the middle of the canvas."""
        return self.middle_of(self.page.canvas, size)

    def middle_of(self, widget: QWidget, size: QSize) -> QPixmap:
        """Return the middle of a part of the window."""
        corner = widget.mapTo(self.window, widget.rect().center())
        rect = QRect(corner - QPoint(size.width() // 2, size.height() // 2), size)
        return self.photograph(rect)

    def widget_picture(self, widget: QWidget) -> QPixmap:
        """Return a dialog or a dock."""
        self.pause(0.4)
        return widget.grab()

    def dock_picture(self, name: str) -> QPixmap:
        """Return a dock, by its name."""
        dock = next(dock for dock in self.window.docks if dock.objectName() == name)
        dock.raise_()
        return self.widget_picture(dock)

    def layers_picture(self) -> QPixmap:
        """Return the Layers dock, with room for its rows."""
        restore, layers, history = self.window.docks[:3]
        for dock in (restore, history):
            dock.hide()
        layers.setMaximumHeight(SIZE.height())
        picture = self.dock_picture("layers")
        layers.setMaximumHeight(_NO_LIMIT_PX)
        for dock in (restore, history):
            dock.show()
        return picture

    def pen_stroke(self, way: Sequence[tuple[float, float, float]]) -> None:
        """Lead a pen through document points, pressed so firmly at each, 0..1."""
        canvas, none = self.page.canvas, Qt.MouseButton.NoButton
        kinds = [QEvent.Type.TabletPress] + [QEvent.Type.TabletMove] * len(way)
        for kind, (x, y, pressure) in zip(kinds, [*way, (*way[-1][:2], 0.0)], strict=True):
            kind = kind if pressure else QEvent.Type.TabletRelease
            at = QPointF(self.place(Point(x, y)))
            button = none if kind == QEvent.Type.TabletMove else LEFT
            event = QTabletEvent(
                kind, _PEN, at, canvas.mapToGlobal(at), pressure, 0, 0, 0, 0, 0, NONE, button,
                LEFT if pressure else none,
            )  # fmt: skip
            QApplication.sendEvent(canvas, event)
            self.pause(0.004)

    def work_in_colour(self, size_px: float) -> None:
        """Let brush and eraser work on retouch, with a brush of a size."""
        self.page.target.choose(is_color=True)
        toolbox = self.window.tool_commands.toolbox
        toolbox.set_current(toolbox.current.sized(size_px))

    def fill_losses(self, scale: float, places: Sequence[tuple[float, float]]) -> None:
        """Mark losses and have them restored."""
        self.choose("brush", 150)
        for x, y in places:
            self.look_at((x, y), scale)
            self.stroke([(x - 30, y - 40), (x - 20, y + 10), (x + 40, y + 20)])
        history = self.page.session.document.history
        self.wait(lambda: self.window.restore_dock.can_restore)
        self.window.actions_["restore"].trigger()
        self.wait(lambda: history.position == len(places) + 1)

    def begin_anew(self) -> None:
        """Give up a gesture under way, undo everything."""
        self.key(Qt.Key.Key_Escape)
        for name in ("split", "origins"):
            if self.window.actions_[name].isChecked():
                self.window.actions_[name].trigger()
        self.page.canvas.set_upright()
        document = self.page.session.document
        document.go_to(0)
        self.page.target.choose(is_color=False)
        self.pause(0.1)

    def settle_mask(self) -> None:
        """Wait for searches and mask edits."""
        self.wait(lambda: not self.page.canvas.masking.is_busy)


def beside(pictures: Sequence[QPixmap]) -> QPixmap:
    """Lay pictures side by side."""
    whole = QPixmap(
        sum(one.width() for one in pictures) + _GAP_PX * (len(pictures) - 1),
        max(one.height() for one in pictures),
    )
    whole.fill(_GROUND)
    painter, x = QPainter(whole), 0
    for one in pictures:
        painter.drawPixmap(x, 0, one)
        x += one.width() + _GAP_PX
    painter.end()
    return whole


def labelled(pictures: Sequence[QPixmap], texts: Sequence[str], columns: int) -> QPixmap:
    """Lay pictures of one size in rows, each with a word below it."""
    width, height = pictures[0].width() + _GAP_PX, pictures[0].height() + _LABEL_PX
    rows = -(-len(pictures) // columns)
    whole = QPixmap(width * columns - _GAP_PX, height * rows)
    whole.fill(_GROUND)
    painter = QPainter(whole)
    painter.setPen(_WORDS)
    for number, (one, text) in enumerate(zip(pictures, texts, strict=True)):
        x, y = number % columns * width, number // columns * height
        painter.drawPixmap(x, y, one)
        place = QRect(x, y + one.height(), one.width(), _LABEL_PX)
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return whole


def below(pictures: Sequence[QPixmap]) -> QPixmap:
    """Lay pictures below each other."""
    whole = QPixmap(max(one.width() for one in pictures), sum(one.height() for one in pictures))
    whole.fill(_GROUND)
    painter, y = QPainter(whole), 0
    for one in pictures:
        painter.drawPixmap(whole.width() - one.width(), y, one)
        y += one.height()
    painter.end()
    return whole


def write(picture: QPixmap, path: Path) -> None:
    """Write a picture as WebP, as good as its size allows."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    image = Image.open(io.BytesIO(buffer.data().data())).convert("RGB")
    for quality in range(82, 40, -4):
        image.save(path, quality=quality, method=6)
        if path.stat().st_size <= _MOST_BYTES:
            break
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")
