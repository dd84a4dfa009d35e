"""The stage for the guide's pictures: a window with the sample, a camera, and a darkroom."""

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QWidget
from window_driver import WindowDriver

from core.image.geometry import Point
from desktop.main_window import MainWindow

SIZE = QSize(560, 330)
_GAP_PX = 8
_GROUND = QColor(0x2B, 0x2B, 0x2B)
_MOST_BYTES = 60_000


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

    def canvas_picture(self) -> QPixmap:
        """Return the middle of the canvas."""
        canvas = self.page.canvas
        corner = canvas.mapTo(self.window, canvas.rect().center())
        rect = QRect(corner - QPoint(SIZE.width() // 2, SIZE.height() // 2), SIZE)
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

    def begin_anew(self) -> None:
        """Give up a gesture under way, undo everything."""
        self.key(Qt.Key.Key_Escape)
        if self.window.actions_["split"].isChecked():
            self.window.actions_["split"].trigger()
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
