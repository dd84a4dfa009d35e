from collections.abc import Callable
from pathlib import Path

import numpy as np
import tifffile
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from desktop.actions import TOOLS
from desktop.dialogs.turn_dialog import TurnDialog
from desktop.main_window import MainWindow
from desktop.orientation import UPRIGHT
from desktop.painting_page import PaintingPage


def test_the_chrome_has_no_hue_that_could_tint_the_eyes_judgement(
    qtbot: QtBot, window: MainWindow, open_in: Callable[..., PaintingPage], tmp_path: Path
) -> None:
    path = tmp_path / "grey.tif"
    ramp = np.linspace(0, 65535, 300).astype(np.uint16)
    tifffile.imwrite(path, np.tile(ramp, (200, 1)), photometric="minisblack", metadata=None)
    page = open_in(window, path)
    qtbot.waitUntil(lambda: page.session.thumbnails.is_settled)
    window.actions_["rulers"].trigger()
    window.notices.show_notice("A sentence.", ("Do It", lambda: None))
    for name in TOOLS:
        window.actions_[name].trigger()
        qtbot.wait(1)
        assert tinted(window) == [], name


def test_the_chrome_has_no_hue_after_a_stroke_either(
    qtbot: QtBot, window: MainWindow, open_in: Callable[..., PaintingPage], tmp_path: Path
) -> None:
    path = tmp_path / "grey.tif"
    tifffile.imwrite(path, np.full((200, 300), 30000, np.uint16), metadata=None)
    page = open_in(window, path)
    middle = page.canvas.rect().center()
    qtbot.mousePress(page.canvas, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(page.canvas, middle + QPoint(40, 0))
    qtbot.mouseRelease(page.canvas, Qt.MouseButton.LeftButton, pos=middle + QPoint(40, 0))
    qtbot.waitUntil(lambda: page.session.thumbnails.is_settled)
    # The navigator shows the mask's own colour.
    docks = [dock for dock in window.docks if dock.objectName() != "navigator"]
    for part in (window.options, window.tools, window.status, window.menuBar(), *docks):
        assert tinted(part) == [], part
    window.notices.show_notice("A sentence.", ("Do It", lambda: None))
    qtbot.waitUntil(lambda: window.notices.height() > 0)
    assert tinted(window.notices) == []


def test_dialogs_have_no_coloured_icons_either(window: MainWindow, qtbot: QtBot) -> None:
    button = QMessageBox.StandardButton
    box = QMessageBox(QMessageBox.Icon.NoIcon, "", "A question?", button.Ok | button.Cancel, window)
    for dialog in (box, TurnDialog(UPRIGHT, window)):
        qtbot.addWidget(dialog)
        dialog.show()
        assert tinted(dialog) == []


def tinted(widget: QWidget) -> list[list[int]]:
    """Return the first pixels, row and column, that are not grey."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    shown = rows[:, : image.width(), :3]
    return np.argwhere(shown.min(2) != shown.max(2))[:5].tolist()
