import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QEnterEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from core.document.composite import composite
from core.document.layer import LayerKind
from core.image.geometry import Point, Rect
from core.image.heal import HealStroke
from core.image.surface import U8, Surface
from desktop.main_window import MainWindow
from desktop.painting_page import PaintingPage
from desktop.places import Places
from desktop.preferences import Preferences
from desktop.tools import ToolName

WritePainting = Callable[..., Path]
OpenIn = Callable[..., PaintingPage]
LEFT = Qt.MouseButton.LeftButton


def pixels(widget: QWidget) -> U8:
    image = widget.grab().toImage()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return rows[:, : image.width(), 2::-1].copy()


def hueful(widget: QWidget) -> int:
    """Return the greatest difference between the channels of a widget's pixels."""
    found = pixels(widget).astype(int)
    return int((found.max(axis=2) - found.min(axis=2)).max())


def test_the_first_window_fits_the_screen(qtbot: QtBot, tmp_path: Path) -> None:
    window = MainWindow(Preferences(Places.under(tmp_path)))
    qtbot.addWidget(window)
    room = window.screen().availableSize().expandedTo(window.minimumSizeHint())
    assert window.size() == window.size().boundedTo(room)


def stroke(page: PaintingPage, dy: int = 0) -> None:
    """Paint a stroke near the middle of the canvas."""
    middle = page.canvas.rect().center() + QPoint(0, dy)
    QTest.mousePress(page.canvas, LEFT, pos=middle)
    for step in range(1, 6):
        QTest.mouseMove(page.canvas, middle + QPoint(8 * step, 0))
    QTest.mouseRelease(page.canvas, LEFT, pos=middle + QPoint(40, 0))


@pytest.fixture
def page(window: MainWindow, write_painting: WritePainting, open_in: OpenIn) -> PaintingPage:
    return open_in(window, write_painting())


def test_it_begins_with_the_welcome_page_alone(window: MainWindow) -> None:
    assert window.welcome.isVisible()
    assert not window.options.isVisible()
    assert not any(dock.isVisible() for dock in window.docks)
    assert not window.actions_["brush"].isEnabled()
    assert window.windowTitle() == "Lacuna"


def test_a_painting_opens_ready_to_brush(window: MainWindow, page: PaintingPage) -> None:
    assert window.windowTitle() == "painting.tif — Lacuna"
    assert page.canvas.tool is ToolName.BRUSH
    stroke(page)
    assert page.session.document.history.position == 1
    assert window.actions_["undo"].isEnabled()
    assert window.actions_["undo"].text() == "&Undo Paint mask"


def test_the_welcome_page_has_no_hue(window: MainWindow) -> None:
    window.welcome.set_recent(["/nowhere/painting.tif"])
    assert hueful(window) == 0


def test_strokes_become_safe_and_the_status_says_so(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    stroke(page)
    qtbot.waitUntil(lambda: window.status.safety == "All strokes safe", timeout=5000)
    assert page.session.pending == 0


def test_a_stroke_still_being_laid_is_pending_and_can_be_undone(
    qtbot: QtBot, window: MainWindow, page: PaintingPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, finish = threading.Event(), HealStroke.finish

    def finish_late(stroke: HealStroke) -> Surface:
        assert gate.wait(10)
        return finish(stroke)

    monkeypatch.setattr(HealStroke, "finish", finish_late)
    window.actions_["heal"].trigger()
    page.canvas.retouching.source.choose(Point(50, 50))
    stroke(page)
    assert window.status.safety == "1 stroke pending"
    assert window.actions_["undo"].isEnabled()
    threading.Timer(0.05, gate.set).start()
    window.actions_["undo"].trigger()
    assert page.session.document.history.position == 0
    assert page.session.document.history.can_redo
    assert not window.actions_["undo"].isEnabled()
    qtbot.waitUntil(lambda: window.status.safety == "All strokes safe", timeout=5000)


def test_work_is_there_again_when_the_painting_is_opened_again(
    qtbot: QtBot, window: MainWindow, page: PaintingPage, open_in: OpenIn
) -> None:
    stroke(page)
    stroke(page, dy=90)
    path, mask = page.session.path, page.session.document.stack.of_kind(LayerKind.MASK)[0]
    painted = mask.pixels.read(page.session.document.stack.rect)
    assert window.close_painting(page)
    assert window.page is None
    again = open_in(window, path)
    stack = again.session.document.stack
    assert np.array_equal(stack.of_kind(LayerKind.MASK)[0].pixels.read(stack.rect), painted)
    assert again.session.document.history.position == 2
    window.actions_["undo"].trigger()
    window.actions_["undo"].trigger()
    assert not again.session.document.history.can_undo


def test_each_tab_has_its_own_layers_and_history(
    window: MainWindow, write_painting: WritePainting, open_in: OpenIn
) -> None:
    one = open_in(window, write_painting("one.tif"))
    two = open_in(window, write_painting("two.tif"))
    stroke(two)
    window.tabs.setCurrentWidget(one)
    assert window.session is one.session
    assert not window.actions_["undo"].isEnabled()
    assert one.session.document.history.position == 0
    window.tabs.setCurrentWidget(two)
    assert window.actions_["undo"].isEnabled()


def test_a_painting_is_open_only_once(
    qtbot: QtBot, window: MainWindow, page: PaintingPage, write_painting: WritePainting,
    open_in: OpenIn,
) -> None:  # fmt: skip
    other = open_in(window, write_painting("other.tif"))
    assert window.page is other
    window.files.open(page.session.path)
    assert window.page is page
    assert len(window.tabs.pages) == 2


def test_files_are_opened_by_dropping_them(
    qtbot: QtBot, window: MainWindow, write_painting: WritePainting
) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(write_painting(name))) for name in ("a.tif", "b.tif")])
    event = QDropEvent(
        QPointF(50, 50), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier
    )
    window.dropEvent(event)
    qtbot.waitUntil(lambda: len(window.tabs.pages) == 2, timeout=10_000)


def test_what_cannot_be_opened_is_told_above_the_canvas(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.tif"
    empty.write_bytes(b"")
    window.files.open(empty)
    qtbot.waitUntil(lambda: bool(window.notices.texts), timeout=5000)
    assert "empty" in window.notices.texts[0]
    assert window.page is None


def test_a_click_in_the_history_goes_there(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    stroke(page)
    stroke(page, dy=90)
    window.history_panel.chosen.emit(0)
    assert page.session.document.history.position == 0
    window.history_panel.chosen.emit(2)
    assert page.session.document.history.position == 2


def test_tab_hides_and_shows_everything_around_the_canvas(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    window.activateWindow()
    page.canvas.setFocus()
    around = [window.options, window.tools, *window.docks]
    window.actions_["panels"].trigger()
    assert not any(part.isVisible() for part in around)
    window.actions_["panels"].trigger()
    assert all(part.isVisible() for part in around)


def test_a_hidden_mask_is_offered_to_be_shown_or_replaced(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    layers = page.session.layers
    assert layers.mask_id is not None
    layers.set_visible(layers.mask_id, False)
    stroke(page)
    assert "hidden" in window.notices.texts[0]
    offers = {button.text(): button for button in window.notices.findChildren(QPushButton)}
    qtbot.mouseClick(offers["New Mask"], LEFT)
    assert layers.mask is not None
    assert layers.mask.is_visible
    stroke(page)
    assert layers.mask.pixels.tiles


def test_tools_and_brushes_are_the_same_in_every_tab(
    window: MainWindow, page: PaintingPage, write_painting: WritePainting, open_in: OpenIn
) -> None:
    window.actions_["eraser"].trigger()
    window.actions_["larger"].trigger()
    size = window.tool_commands.toolbox.eraser.size_px
    other = open_in(window, write_painting("other.tif"))
    assert other.canvas.tool is ToolName.ERASER
    assert other.canvas.brush.size_px == size
    assert page.canvas.brush.size_px == size
    window.actions_["brush"].trigger()
    window.tabs.setCurrentWidget(page)
    assert page.canvas.tool is ToolName.BRUSH
    assert page.canvas.brush.size_px != size


def test_a_tab_that_was_away_takes_over_what_was_set_meanwhile(
    window: MainWindow, page: PaintingPage, write_painting: WritePainting, open_in: OpenIn
) -> None:
    toolbox = window.tool_commands.toolbox
    other = open_in(window, write_painting("other.tif"))
    window.actions_["eraser"].trigger()
    toolbox.set_current(toolbox.current.sized(45))
    window.actions_["brush"].trigger()
    window.tabs.setCurrentWidget(page)
    window.actions_["eraser"].trigger()
    assert page.canvas.brush.size_px == toolbox.eraser.size_px == 45
    assert other.canvas.tool is ToolName.BRUSH


def test_sizing_the_brush_on_the_canvas_is_shown_in_the_options(
    window: MainWindow, page: PaintingPage
) -> None:
    page.canvas.brush_changed.emit(page.canvas.brush.sized(77))
    assert window.tool_commands.toolbox.brush.size_px == 77
    assert window.preferences.settings.brush_size == 77


def test_the_mask_colour_can_be_changed(
    window: MainWindow, page: PaintingPage, settle: Callable[..., None]
) -> None:
    stroke(page)
    middle = page.canvas.rect().center() + QPoint(20, 0)
    window.preferences.change(overlay="#00ff00")
    settle(page.canvas)
    green = page.canvas.grab().toImage().pixelColor(middle)
    window.preferences.change(overlay="#0000ff")
    settle(page.canvas)
    blue = page.canvas.grab().toImage().pixelColor(middle)
    assert green.green() > blue.green()
    assert blue.blue() > green.blue()


def test_the_marked_area_is_told_in_pixels_percent_and_cm2(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    assert "nothing" in window.restore_panel._area.text()
    stroke(page)
    qtbot.waitUntil(lambda: "cm²" in window.restore_panel._area.text(), timeout=5000)
    marked = page.session.watch.marked
    assert f"{marked.pixels:,} px" in window.restore_panel._area.text()
    assert marked.square_cm((300.0, 300.0)) == pytest.approx(marked.pixels * (2.54 / 300) ** 2)


def test_an_empty_mask_is_told_beside_the_button(window: MainWindow, page: PaintingPage) -> None:
    assert not window.actions_["restore"].isEnabled()
    assert "Nothing is marked" in window.restore_panel.message


def test_settings_geometry_and_recent_paintings_survive(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    window.docks[2].close()
    window.close()
    again = MainWindow(Preferences(window.preferences.places))
    qtbot.addWidget(again)
    assert again.preferences.settings.recent == (str(page.session.path),)
    again.files.open(page.session.path)
    again.show()
    qtbot.waitUntil(lambda: again.page is not None, timeout=10_000)
    assert again.docks[0].isVisible()
    assert not again.docks[2].isVisible()
    again.close()


def test_closing_the_window_is_quick_and_asks_nothing(
    window: MainWindow, page: PaintingPage
) -> None:
    stroke(page)
    start = time.monotonic()
    assert window.close()
    assert time.monotonic() - start < 2.0
    assert not window.isVisible()


def test_a_letter_typed_in_a_field_chooses_no_tool(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    window.activateWindow()
    edit = window.options.findChildren(QLineEdit)[0]
    edit.setFocus()
    QTest.keyClick(edit, Qt.Key.Key_E)
    assert page.canvas.tool is ToolName.BRUSH


def test_every_control_has_a_name_for_a_screen_reader(
    window: MainWindow, page: PaintingPage
) -> None:
    for button in window.findChildren(QPushButton):
        assert button.text() or button.accessibleName()
    shortcuts = [action.shortcut() for action in window.actions_]
    assert QKeySequence("Ctrl+Return") in shortcuts


def test_the_status_bar_reads_the_samples_under_the_pointer(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    QTest.mouseMove(page.canvas, page.canvas.rect().center())
    qtbot.waitUntil(lambda: window.status._samples.text().startswith("R "), timeout=5000)
    position = window.status._position.text()
    x, y = (int(part) for part in position.split(","))
    rect = Rect(x, y, 1, 1)
    samples = composite(page.session.document.stack, rect)[0, 0]
    assert window.status._samples.text().split() == [
        "R", str(samples[0]), "G", str(samples[1]), "B", str(samples[2])
    ]  # fmt: skip
    page.canvas.hovered.emit(None)
    qtbot.waitUntil(lambda: window.status._samples.text() == "")


def test_escape_stops_a_restoration(qtbot: QtBot, window: MainWindow, page: PaintingPage) -> None:
    stroke(page)
    qtbot.waitUntil(lambda: window.restore_dock.can_restore)
    window.activateWindow()
    page.canvas.setFocus()
    QTest.keyClick(page.canvas, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: page.session.restoring.is_running)
    start = time.monotonic()
    QTest.keyClick(page.canvas, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not page.session.restoring.is_running, timeout=5000)
    assert time.monotonic() - start < 2.0
    assert page.session.document.history.position == 1
    assert window.notices.texts == []


def test_it_starts_and_paints_where_nothing_can_be_written(
    qtbot: QtBot, tmp_path: Path, write_painting: WritePainting, open_in: OpenIn
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    window = MainWindow(Preferences(Places.under(blocked / "home")))
    qtbot.addWidget(window)
    window.show()
    page = open_in(window, write_painting())
    stroke(page)
    assert page.session.document.history.position == 1
    assert window.close()


def test_the_canvas_takes_the_keyboard_when_the_pointer_comes_but_not_from_a_typist(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    window.activateWindow()
    place = QPointF(5, 5)
    window.layers_panel._list.setFocus()
    QApplication.sendEvent(page, QEnterEvent(place, place, place))
    assert QApplication.focusWidget() is page.canvas
    edit = window.options.findChildren(QLineEdit)[0]
    edit.setFocus()
    QApplication.sendEvent(page, QEnterEvent(place, place, place))
    assert QApplication.focusWidget() is not page.canvas


def test_a_locked_mask_is_offered_to_be_unlocked(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    layers = page.session.layers
    assert layers.mask_id is not None
    window.actions_["lock"].trigger()
    stroke(page)
    assert window.notices.texts[0] == "“Losses” is locked; unlock it to change it."
    assert layers.mask is not None
    assert not layers.mask.pixels.tiles
    offers = {button.text(): button for button in window.notices.findChildren(QPushButton)}
    qtbot.mouseClick(offers["Unlock “Losses”"], LEFT)
    stroke(page)
    assert layers.mask.pixels.tiles


def test_a_mask_in_a_hidden_group_is_shown_with_its_group(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    layers = page.session.layers
    window.actions_["group"].trigger()
    layers.set_visible(layers.selected_id, False)
    stroke(page)
    offers = {button.text(): button for button in window.notices.findChildren(QPushButton)}
    qtbot.mouseClick(offers["Show “Losses”"], LEFT)
    stroke(page)
    assert layers.mask is not None
    assert layers.mask.pixels.tiles


def test_a_painting_opens_in_a_low_window_without_making_it_higher(
    qtbot: QtBot, window: MainWindow, write_painting: WritePainting, open_in: OpenIn
) -> None:
    # 1280 × 720 is a screen of 1920 × 1080 at 150 %, less what the desktop's own bars take.
    window.resize(1280, 650)
    open_in(window, write_painting())
    qtbot.wait(50)
    assert window.height() == 650


def test_a_locked_retouch_layer_is_offered_to_be_unlocked(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    layers = page.session.layers
    layers.add(LayerKind.RETOUCH)
    window.actions_["lock"].trigger()
    stroke(page)
    assert window.notices.texts == ["“Retouch” is locked; unlock it to change it."]
    offers = {button.text(): button for button in window.notices.findChildren(QPushButton)}
    qtbot.mouseClick(offers["Unlock “Retouch”"], LEFT)
    stroke(page)
    assert layers.selected.pixels.tiles


def test_a_refusal_goes_once_the_layer_is_unlocked(window: MainWindow, page: PaintingPage) -> None:
    window.actions_["lock"].trigger()
    window.actions_["delete"].trigger()
    assert window.notices.texts == ["“Losses” is locked; unlock it to change it."]
    window.actions_["lock"].trigger()
    assert window.notices.texts == []
    del page
