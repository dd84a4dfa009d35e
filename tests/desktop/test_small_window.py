"""The window on a small screen: nothing is cut, and no tool is out of sight."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.actions import TOOLS
from desktop.main_window import MainWindow
from desktop.painting_page import PaintingPage

FRAME_PX = 26
"""What a screen of 640 rows needs for the frame that the system draws around a window."""


@pytest.fixture
def page(
    window: MainWindow, write_painting: Callable[..., Path], open_in: Callable[..., PaintingPage]
) -> PaintingPage:
    return open_in(window, write_painting())


def laid_out(qtbot: QtBot, options: QWidget, name: str) -> None:
    """Wait until no option is cut; fail with those that are."""

    def none_is_cut() -> None:
        assert cut(options) == [], name

    qtbot.waitUntil(none_is_cut)


def cut(area: QWidget) -> list[str]:
    """Return the texts in sight that have less room than they need."""
    found = []
    for widget in area.findChildren(QWidget):
        if not isinstance(widget, QLabel | QAbstractButton | QComboBox) or not widget.isVisible():
            continue
        text = widget.currentText() if isinstance(widget, QComboBox) else widget.text()
        is_narrow = widget.width() < widget.minimumSizeHint().width()
        right = widget.mapTo(area, widget.rect().topRight()).x()
        if text and (is_narrow or right > area.width()):
            found.append(text)
    return found


def test_it_fits_a_screen_of_1024_by_640(window: MainWindow, page: PaintingPage) -> None:
    least = window.minimumSizeHint()
    assert least.width() <= 1024
    assert least.height() <= 640 - FRAME_PX


@pytest.mark.parametrize("size", [(1280, 720), (1024, 640)])
def test_no_option_of_any_tool_is_cut(
    qtbot: QtBot, window: MainWindow, page: PaintingPage, size: tuple[int, int]
) -> None:
    window.resize(*size)
    qtbot.waitUntil(lambda: window.size() == QSize(*size))
    for is_color in (False, True):
        for name in TOOLS:
            window.actions_[name].trigger()
            button = window.options._targets.button(int(is_color))
            if button.isVisible():
                button.click()
            # The layout follows in a moment, on a busy machine in a later one.
            laid_out(qtbot, window.options, name)


def test_wider_again_all_is_there_again(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    window.actions_["clone"].trigger()
    hint = window.options.retouch._hint
    window.resize(1024, 640)
    qtbot.waitUntil(lambda: not hint.isVisible())
    window.resize(1500, 900)
    qtbot.waitUntil(hint.isVisible)


@pytest.mark.parametrize("size", [(1280, 720), (1024, 640)])
def test_every_tool_is_in_sight(
    qtbot: QtBot, window: MainWindow, page: PaintingPage, size: tuple[int, int]
) -> None:
    window.resize(*size)
    qtbot.waitUntil(lambda: window.size() == QSize(*size))
    qtbot.wait(20)
    for name in TOOLS:
        button = window.tools.widgetForAction(window.actions_[name])
        assert isinstance(button, QToolButton)
        assert button.isVisible(), name
        assert button.geometry().bottom() <= window.tools.height(), name
