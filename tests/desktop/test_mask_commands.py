from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from core.document.layer import LayerKind
from core.image.geometry import Point, Rect
from core.image.surface import U8
from desktop.main_window import MainWindow
from desktop.painting_page import PaintingPage

WHERE = Rect(100, 60, 80, 50)
LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def page(
    window: MainWindow, write_painting: Callable[..., Path], open_in: Callable[..., PaintingPage]
) -> PaintingPage:
    """Return a page whose mask marks WHERE; at 300 dpi 1 mm is 11.8 px."""
    shown = open_in(window, write_painting())
    document = shown.session.document
    mask = document.stack.of_kind(LayerKind.MASK)[0]
    values = np.full((WHERE.height, WHERE.width), 255, np.uint8)
    document.do("Mark", document.stack.with_surface(mask.id, mask.pixels.writing(WHERE, values)))
    return shown


def marked(page: PaintingPage, is_shown: bool = False) -> U8:
    document = page.session.document
    stack = document.shown if is_shown else document.stack
    return stack.of_kind(LayerKind.MASK)[0].pixels.read(stack.rect)


def last(page: PaintingPage) -> str:
    return page.session.document.history.commands[-1].label


def test_invert_by_its_key_and_fill_holes_are_one_step_each(window, page, qtbot: QtBot) -> None:
    QTest.keyClick(
        page.canvas,
        Qt.Key.Key_I,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    qtbot.waitUntil(lambda: last(page) == "Invert mask")
    before = np.zeros((200, 300), np.uint8)
    before[WHERE.slices(Rect(0, 0, 300, 200))] = 255
    assert np.array_equal(marked(page), 255 - before)
    window.actions_["fill_holes"].trigger()
    qtbot.waitUntil(lambda: last(page) == "Fill holes")
    assert (marked(page) == 255).all()
    window.actions_["undo"].trigger()
    window.actions_["undo"].trigger()
    assert np.array_equal(marked(page), before)


def test_growing_is_shown_while_it_is_chosen_and_done_at_the_end(
    window, page, qtbot: QtBot
) -> None:
    window.actions_["grow_mask"].trigger()
    dialog = window.mask_commands.dialog
    assert dialog is not None
    assert not dialog.isModal()
    dialog.set_radius_px(10)
    qtbot.waitUntil(lambda: marked(page, is_shown=True)[80, 91] == 255)
    assert last(page) == "Mark"
    dialog.accept()
    qtbot.waitUntil(lambda: last(page) == "Grow mask by 10 px")
    assert not page.session.document.is_previewing
    assert marked(page)[80, 90] == 255
    assert marked(page)[80, 89] == 0
    QTest.qWait(150)
    assert not page.session.document.is_previewing, "nothing is tried out any more"
    assert page.session.document.history.position == 2


def test_shrinking_that_is_given_up_changes_nothing(window, page, qtbot: QtBot) -> None:
    before = marked(page)
    window.actions_["shrink_mask"].trigger()
    dialog = window.mask_commands.dialog
    dialog.set_radius_px(5)
    qtbot.waitUntil(lambda: marked(page, is_shown=True)[80, 103] == 0)
    dialog.reject()
    assert np.array_equal(marked(page, is_shown=True), before)
    assert page.session.document.history.position == 1
    assert window.mask_commands.dialog is None


def test_distances_can_be_given_in_mm_of_the_painting(window, page, qtbot: QtBot) -> None:
    window.actions_["grow_mask"].trigger()
    dialog = window.mask_commands.dialog
    dialog.set_radius_px(300 / 25.4)
    dialog._unit.setCurrentIndex(1)
    dialog._unit.activated.emit(1)
    assert dialog._field.value == pytest.approx(1.0)
    assert dialog.radius_px == pytest.approx(11.81, abs=0.01)
    dialog.accept()
    qtbot.waitUntil(lambda: last(page) == "Grow mask by 1 mm")
    assert marked(page)[80, 89] == 255


def test_a_stroke_while_the_dialog_is_open_counts_and_is_grown_too(
    window, page, qtbot: QtBot
) -> None:
    window.actions_["grow_mask"].trigger()
    dialog = window.mask_commands.dialog
    dialog.set_radius_px(6)
    qtbot.waitUntil(lambda: marked(page, is_shown=True)[80, 95] == 255)
    canvas = page.canvas
    at = canvas.view.to_device(Point(250, 150))
    QTest.mouseClick(canvas, LEFT, NONE, QPoint(round(at.x), round(at.y)))
    assert last(page) == "Paint mask"
    painted = np.count_nonzero(marked(page))
    qtbot.waitUntil(lambda: np.count_nonzero(marked(page, is_shown=True)) > painted + 1000)
    dialog.accept()
    qtbot.waitUntil(lambda: last(page) == "Grow mask by 6 px")
    assert page.session.document.history.position == 3


def test_masks_come_from_retouch_and_limit_it(window, page) -> None:
    document, layers = page.session.document, page.session.layers
    layers.add(LayerKind.RETOUCH)
    retouch = layers.selected
    pixels = np.full((40, 100, 4), 65535, np.uint16)
    where = Rect(150, 70, 100, 40)
    stack = document.stack.with_surface(retouch.id, retouch.pixels.writing(where, pixels))
    document.do("Retouch", stack)
    window.actions_["limit_retouch"].trigger()
    alpha = document.stack.layer(retouch.id).pixels.read(where)[..., 3]
    assert (alpha[:, :30] == 65535).all()
    assert not alpha[:, 30:].any()
    assert last(page) == "Limit “Retouch” to “Losses”"
    window.actions_["undo"].trigger()
    window.actions_["mask_from_retouch"].trigger()
    made = layers.selected
    assert (made.kind, made.name) == (LayerKind.MASK, "Retouch area")
    found = made.pixels.read(document.stack.rect)
    assert found.sum() == 255 * where.area


def test_the_mask_menu_waits_for_what_it_needs(window, page) -> None:
    assert window.actions_["grow_mask"].isEnabled()
    assert not window.actions_["limit_retouch"].isEnabled()
    page.session.layers.add(LayerKind.RETOUCH)
    assert window.actions_["limit_retouch"].isEnabled()
    page.session.layers.select(page.session.layers.mask_id)
    page.session.layers.delete()
    assert not window.actions_["grow_mask"].isEnabled()


def test_the_options_of_the_selecting_tools_reach_the_canvas(window, page, qtbot: QtBot) -> None:
    QTest.keyClick(page.canvas, Qt.Key.Key_W)
    options = window.options._selection
    assert options.isVisible()
    buttons = options.findChildren(QToolButton)
    assert all(button.accessibleName() and button.toolTip() for button in buttons)
    QTest.mouseClick(buttons[1], LEFT)
    options._tolerance._box.setValue(23.5)
    options._contiguous.click()
    settings = page.canvas._selecting.settings
    assert (settings.mode.value, settings.flood.tolerance) == ("subtract", 23.5)
    assert not settings.flood.is_contiguous
    assert window.preferences.settings.wand_tolerance == 23.5
    assert window.preferences.settings.wand_reach == "everywhere"
    QTest.keyClick(page.canvas, Qt.Key.Key_B, Qt.KeyboardModifier.ShiftModifier)
    assert not options.isVisible()
    assert window.options._snap.isVisible()
    window.options._snap.click()
    assert page.canvas._selecting.settings.is_snapping
