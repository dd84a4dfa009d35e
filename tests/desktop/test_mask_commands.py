import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from core.document.layer import LayerKind
from core.image.geometry import Point, Rect
from core.image.morphology import feathered, grown, shrunk
from core.image.surface import U8, Surface
from desktop import mask_commands
from desktop.main_window import MainWindow
from desktop.painting_page import PaintingPage

WHERE = Rect(100, 60, 80, 50)
PICTURE = Rect(0, 0, 300, 200)
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


def start() -> Surface:
    """Return the mask as the page has it at first."""
    values = np.full((WHERE.height, WHERE.width), 255, np.uint8)
    return Surface.mask().writing(WHERE, values)


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
    assert np.array_equal(marked(page), grown(start(), 10.0, PICTURE).read(PICTURE))
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


@pytest.mark.parametrize(
    ("name", "label", "change"),
    [
        ("shrink_mask", "Shrink mask by 7 px", shrunk),
        ("feather_mask", "Feather mask by 7 px", feathered),
        ("feather_mask", "Feather mask by 7 px", partial(feathered, is_outward=True)),
    ],
    ids=["shrink", "feather inward", "feather outward"],
)
def test_each_change_of_the_edge_is_seen_and_done_sample_for_sample(
    window, page, qtbot: QtBot, name: str, label: str, change: Callable[..., Surface]
) -> None:
    window.actions_[name].trigger()
    dialog = window.mask_commands.dialog
    if isinstance(change, partial):
        QTest.mouseClick(dialog._outward, LEFT)
    dialog.set_radius_px(7)
    expected = change(start(), 7.0, PICTURE).read(PICTURE)
    qtbot.waitUntil(lambda: np.array_equal(marked(page, is_shown=True), expected))
    assert last(page) == "Mark"
    dialog.accept()
    qtbot.waitUntil(lambda: last(page) == label)
    assert np.array_equal(marked(page), expected)


def test_only_what_is_enclosed_is_filled(window, page, qtbot: QtBot) -> None:
    document = page.session.document
    values = np.zeros((200, 300), np.uint8)
    values[40:160, 50:250] = 255
    values[60:90, 80:120] = 0
    values[100:110, 150:155] = 120
    values[120:, 200:210] = 0
    mask = document.stack.of_kind(LayerKind.MASK)[0]
    document.do("Ring", document.stack.with_surface(mask.id, mask.pixels.writing(PICTURE, values)))
    window.actions_["fill_holes"].trigger()
    qtbot.waitUntil(lambda: last(page) == "Fill holes")
    values[60:90, 80:120] = values[100:110, 150:155] = 255
    assert np.array_equal(marked(page), values), "the bay at the foot is open"


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


RETOUCHED = Rect(150, 70, 100, 40)


@pytest.fixture
def retouched(page: PaintingPage) -> PaintingPage:
    """Return the page with a retouch layer that covers RETOUCHED, chosen."""
    document, layers = page.session.document, page.session.layers
    layers.add(LayerKind.RETOUCH)
    pixels = np.full((RETOUCHED.height, RETOUCHED.width, 4), 65535, np.uint16)
    surface = layers.selected.pixels.writing(RETOUCHED, pixels)
    document.do("Retouch", document.stack.with_surface(layers.selected_id, surface))
    return page


class Gate:
    """Stands before a slow function of `mask_commands` until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        self._opened, self.calls = threading.Event(), 0
        function = getattr(mask_commands, name)

        def slow(*arguments: object) -> object:
            self.calls += 1
            assert self._opened.wait(10)
            return function(*arguments)

        monkeypatch.setattr(mask_commands, name, slow)

    def open(self) -> None:
        self._opened.set()


def test_masks_come_from_retouch_and_limit_it(window, retouched, qtbot: QtBot) -> None:
    document, layers = retouched.session.document, retouched.session.layers
    retouch = layers.selected
    window.actions_["limit_retouch"].trigger()
    qtbot.waitUntil(lambda: last(retouched) == "Limit “Retouch” to “Losses”")
    limited = document.stack.layer(retouch.id).pixels.read(PICTURE)
    expected = np.zeros_like(limited)
    expected[RETOUCHED.intersection(WHERE).slices(PICTURE)] = 65535
    assert np.array_equal(limited, expected)
    window.actions_["undo"].trigger()
    window.actions_["mask_from_retouch"].trigger()
    qtbot.waitUntil(lambda: last(retouched) == "Mask from “Retouch”")
    made = layers.selected
    assert (made.kind, made.name) == (LayerKind.MASK, "Retouch area")
    found = np.zeros((200, 300), np.uint8)
    found[RETOUCHED.slices(PICTURE)] = 255
    assert np.array_equal(made.pixels.read(PICTURE), found)


def test_retouch_painted_on_while_it_is_limited_is_limited_too(
    window, retouched, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(monkeypatch, "retouch_within")
    document, retouch = retouched.session.document, retouched.session.layers.selected
    window.actions_["limit_retouch"].trigger()
    qtbot.waitUntil(lambda: gate.calls == 1)
    assert "Working on the mask" in window.status.currentMessage()
    retouched.target.choose(is_color=True)
    canvas = retouched.canvas
    canvas.setFocus()
    for spot in (Point(110, 150), Point(120, 90)):
        at = canvas.view.to_device(spot)
        QTest.mouseClick(canvas, LEFT, NONE, QPoint(round(at.x), round(at.y)))
    labels = [step.label for step in document.history.commands]
    assert "Limit “Retouch” to “Losses”" not in labels
    painted = document.stack.layer(retouch.id).pixels.read(WHERE)[..., 3]
    assert painted[30, 20], "a dab inside the mask"
    gate.open()
    qtbot.waitUntil(lambda: last(retouched) == "Limit “Retouch” to “Losses”")
    assert gate.calls == 2
    after = document.stack.layer(retouch.id).pixels
    assert np.array_equal(after.read(WHERE)[..., 3], painted)
    assert not after.read(Rect(180, 0, 120, 200)).any()
    qtbot.waitUntil(lambda: not canvas.masking.is_busy)
    assert "Working" not in window.status.currentMessage()


@pytest.mark.parametrize("name", ["limit_retouch", "mask_from_retouch"])
def test_escape_gives_conversions_up(
    window, retouched, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    function = {"limit_retouch": "retouch_within", "mask_from_retouch": "mask_of_retouch"}[name]
    gate = Gate(monkeypatch, function)
    before = retouched.session.document.stack
    window.actions_[name].trigger()
    qtbot.waitUntil(lambda: gate.calls == 1)
    retouched.canvas.setFocus()
    QTest.keyClick(retouched.canvas, Qt.Key.Key_Escape)
    gate.open()
    qtbot.waitUntil(lambda: not retouched.canvas.masking.is_busy)
    QTest.qWait(50)
    assert retouched.session.document.stack is before


def test_locked_retouch_is_not_limited_and_says_so(window, retouched, qtbot: QtBot) -> None:
    window.actions_["lock"].trigger()
    before = retouched.session.document.stack
    window.actions_["limit_retouch"].trigger()
    assert "“Retouch” is locked" in window.notices.texts[-1]
    assert not retouched.canvas.masking.is_busy
    assert retouched.session.document.stack is before


def test_retouch_locked_or_deleted_while_it_is_limited_stays_so(
    window, retouched, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("lock", "delete"):
        with monkeypatch.context() as patch:
            gate = Gate(patch, "retouch_within")
            window.actions_["limit_retouch"].trigger()
            qtbot.waitUntil(lambda gate=gate: gate.calls == 1)
            window.actions_[name].trigger()
            before = retouched.session.document.stack
            gate.open()
            qtbot.waitUntil(lambda: not retouched.canvas.masking.is_busy)
            assert retouched.session.document.stack is before
            window.actions_["undo"].trigger()


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
