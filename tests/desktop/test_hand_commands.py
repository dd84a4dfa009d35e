"""Keys, menu and keyboard alone, in the window."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QMenu,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop.canvas import Canvas
from desktop.main_window import MainWindow
from desktop.painting_page import PaintingPage
from desktop.pen import PenFeel
from desktop.preferences import Preferences
from desktop.tools import ToolName


@pytest.fixture
def page(
    window: MainWindow, write_painting: Callable[..., Path], open_in: Callable[..., PaintingPage]
) -> PaintingPage:
    page = open_in(window, write_painting())
    window.activateWindow()
    page.canvas.setFocus()
    return page


def test_every_action_is_reached_by_keys_or_through_a_menu(
    window: MainWindow, page: PaintingPage
) -> None:
    def listed(menu: QMenu) -> Iterator[str]:
        for action in menu.actions():
            inner = action.menu()
            yield from listed(inner) if isinstance(inner, QMenu) else (action.objectName(),)

    in_menus = {
        name
        for top in window.menuBar().actions()
        for name in listed(top.menu())  # type: ignore[arg-type]
    }
    for action in window.actions_:
        assert action.shortcuts() or action.objectName() in in_menus
    titles = [top.text() for top in window.menuBar().actions()]
    keys = [title[title.index("&") + 1].lower() for title in titles]
    assert len(set(keys)) == len(keys), "Alt and a letter opens one menu"


def test_f6_goes_through_all_areas_and_back_to_the_canvas(
    window: MainWindow, page: PaintingPage
) -> None:
    seen: list[QWidget] = []
    for _ in range(12):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_F6)
        focus = QApplication.focusWidget()
        assert focus is not None
        seen.append(focus)
        if focus is page.canvas:
            break
    assert seen[-1] is page.canvas
    for area in (window.options, *window.docks[:2]):
        assert any(area.isAncestorOf(widget) for widget in seen), area.objectName()


def test_keys_given_away_work_at_once_and_after_a_restart(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    commands = window.hand_commands
    commands.set_keymap(commands.keymap.giving("eraser", "B").giving("hold_pan", "F3"))
    QTest.keyClick(page.canvas, Qt.Key.Key_B)
    assert page.canvas.tool is ToolName.ERASER
    QTest.keyPress(page.canvas, Qt.Key.Key_F3)
    assert page.canvas.cursor().shape() == Qt.CursorShape.OpenHandCursor
    QTest.keyRelease(page.canvas, Qt.Key.Key_F3)
    assert window.actions_["brush"].shortcuts() == []
    window.close()
    again = MainWindow(Preferences(window.preferences.places))
    qtbot.addWidget(again)
    assert [key.toString() for key in again.actions_["eraser"].shortcuts()] == ["B"]
    again.hand_commands.set_keymap(again.hand_commands.keymap.resetting("brush"))
    assert [key.toString() for key in again.actions_["brush"].shortcuts()] == ["B"]
    assert again.actions_["eraser"].shortcuts() == []
    again.close()


def test_smoothing_and_pen_reach_the_canvas_and_the_settings(
    window: MainWindow, page: PaintingPage
) -> None:
    window.hand_commands.set_hand(50.0, PenFeel(2.0, 0.5))
    assert page.canvas._string_px == 40.0
    assert page.canvas._pen_feel == PenFeel(2.0, 0.5)
    assert window.preferences.settings.smoothing == 50.0
    window.preferences.change(pen_firmness=0.0, pen_tilt=99.0)
    assert window.hand_commands.feel == PenFeel(1 / 3, 1.0)


class TestMenu:
    def opened(self, canvas: Canvas, reason: QContextMenuEvent.Reason) -> QMenu:
        at = QPoint(60, 60)
        QApplication.sendEvent(canvas, QContextMenuEvent(reason, at, canvas.mapToGlobal(at)))
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        return menu

    def inner(self, menu: QMenu, title: str) -> QMenu:
        (found,) = [action.menu() for action in menu.actions() if action.text() == title]
        assert isinstance(found, QMenu)
        return found

    def test_the_right_button_opens_it_and_paints_nothing(self, window, page):
        QTest.mouseClick(page.canvas, Qt.MouseButton.RightButton, pos=QPoint(60, 60))
        menu = self.opened(page.canvas, QContextMenuEvent.Reason.Mouse)
        assert page.session.document.history.position == 0
        texts = [action.text() for action in menu.actions()]
        for text in ("Tool", "Brush Size", "Layer", "Zoom &In", "&Restore Losses"):
            assert text in texts
        menu.close()

    def test_tool_size_and_layer_are_chosen_there(self, window, page):
        menu = self.opened(page.canvas, QContextMenuEvent.Reason.Keyboard)
        window.actions_["eraser"].trigger()
        sizes = self.inner(menu, "Brush Size").actions()
        (half,) = [action for action in sizes if action.text().startswith("50 px")]
        assert half.text() == "50 px (4.2 mm)"
        half.trigger()
        assert page.canvas.brush.size_px == 50.0
        (painting,) = [
            action for action in self.inner(menu, "Layer").actions() if "painting" in action.text()
        ]
        painting.trigger()
        assert page.session.layers.selected_id == page.session.document.stack.layers[0].id
        menu.close()

    def test_in_the_middle_of_a_stroke_there_is_none(self, window, page):
        canvas = page.canvas
        middle = canvas.rect().center()
        QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle)
        reason = QContextMenuEvent.Reason.Mouse
        QApplication.sendEvent(
            canvas, QContextMenuEvent(reason, middle, canvas.mapToGlobal(middle))
        )
        assert QApplication.activePopupWidget() is None
        QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=middle)
        assert page.session.document.history.position == 1
