from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColorSpace
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from core.document.layer import LayerKind
from core.image.geometry import Rect
from core.inpainting.classical import classical_cards
from desktop.dialogs.gallery_dialog import GalleryDialog
from desktop.dialogs.try_dialog import TryDialog
from desktop.main_window import MainWindow
from desktop.orientation import UPRIGHT
from desktop.painting_page import PaintingPage
from desktop.shortcuts import HOLD_ORIGINAL
from desktop.trying import Attempt

WritePainting = Callable[..., Path]
OpenIn = Callable[..., PaintingPage]
LEFT = Qt.MouseButton.LeftButton
LOSS = Rect(100, 60, 30, 20)
CARDS = {card.id: card for card in classical_cards()}
ATTEMPTS = (Attempt(CARDS["diffusion"]), Attempt(CARDS["telea"]))


@pytest.fixture
def page(
    qtbot: QtBot, window: MainWindow, write_painting: WritePainting, open_in: OpenIn
) -> PaintingPage:
    """Open a painting with one loss marked."""
    page = open_in(window, write_painting())
    document = page.session.document
    mask = document.stack.of_kind(LayerKind.MASK)[0]
    marks = np.full((LOSS.height, LOSS.width), 255, np.uint8)
    document.do("Mark", document.stack.with_surface(2, mask.pixels.writing(LOSS, marks)))
    qtbot.waitUntil(lambda: window.restore_dock.can_restore)
    return page


def gallery_of(qtbot: QtBot, window: MainWindow) -> GalleryDialog:
    qtbot.waitUntil(lambda: bool(window.findChildren(GalleryDialog)))
    return window.findChildren(GalleryDialog)[-1]


def test_from_the_dock_to_a_placed_fill_in_one_step(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    document = page.session.document
    before = document.stack
    (several,) = [
        b for b in window.restore_panel.findChildren(QPushButton) if b.text() == "Try Several…"
    ]
    QTest.mouseClick(several, LEFT)
    qtbot.waitUntil(lambda: bool(window.findChildren(TryDialog)))
    (dialog,) = window.findChildren(TryDialog)
    assert dialog.attempts
    dialog.reject()
    window.try_commands.start(page, ATTEMPTS)
    gallery = gallery_of(qtbot, window)
    qtbot.waitUntil(lambda: not gallery.is_trying, timeout=60_000)
    assert sorted(gallery.variants) == [0, 1]
    assert document.stack is before
    gallery.choose_all(1)
    gallery.accept()
    assert document.history.commands[-1].label == "Restore with Telea, chosen of 2"
    (fill,) = document.stack.of_kind(LayerKind.RETOUCH)
    assert fill.pixels.read(LOSS)[..., -1].all()
    document.undo()
    assert document.stack is before


def test_there_is_one_gallery_per_painting_and_none_without_marks(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    action = window.actions_["try_several"]
    assert action.isEnabled()
    action.trigger()
    action.trigger()
    qtbot.waitUntil(lambda: bool(window.findChildren(TryDialog)))
    assert len(window.findChildren(TryDialog)) == 1
    window.findChildren(TryDialog)[0].reject()
    page.session.document.undo()
    qtbot.waitUntil(lambda: not action.isEnabled())
    window.try_commands.ask()
    window.try_commands.start(page, ATTEMPTS)
    assert not any(dialog.isVisible() for dialog in window.findChildren(TryDialog))
    assert not window.findChildren(GalleryDialog)


@pytest.mark.parametrize("is_window", [True, False])
def test_closing_in_the_middle_ends_cleanly(
    qtbot: QtBot, window: MainWindow, page: PaintingPage, is_window: bool
) -> None:
    before = page.session.document.stack
    window.try_commands.start(page, ATTEMPTS)
    gallery = gallery_of(qtbot, window)
    assert gallery.is_trying
    qtbot.wait(100)
    assert window.close() if is_window else window.close_painting(page)
    assert not gallery.isVisible()
    assert page.session.document.stack is before
    qtbot.wait(50)


def test_cancelling_the_gallery_ends_the_work_and_changes_nothing(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    before = page.session.document.stack
    window.try_commands.start(page, ATTEMPTS)
    gallery = gallery_of(qtbot, window)
    gallery.reject()
    qtbot.waitUntil(
        lambda: not any(job.name == "try several" for job in page.session.jobs.running),
        timeout=2000,
    )
    assert page.session.document.stack is before


def test_generators_are_ordered_by_what_was_marked_a_moment_ago(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    document = page.session.document
    loss = Rect(20, 100, 90, 90)
    mask = document.stack.layer(2).pixels
    marks = np.full((loss.height, loss.width), 255, np.uint8)
    document.do("Mark more", document.stack.with_surface(2, mask.writing(loss, marks)))
    window.actions_["try_several"].trigger()
    qtbot.waitUntil(lambda: bool(window.findChildren(TryDialog)))
    (dialog,) = window.findChildren(TryDialog)
    thickness_px = page.session.watch.marked.thickness_px
    assert thickness_px > LOSS.height
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert any(f"up to {thickness_px} px" in text for text in texts)
    dialog.reject()


def test_what_was_ticked_is_tried_although_another_painting_is_shown_by_then(
    qtbot: QtBot,
    window: MainWindow,
    page: PaintingPage,
    write_painting: WritePainting,
    open_in: OpenIn,
) -> None:
    window.actions_["try_several"].trigger()
    qtbot.waitUntil(lambda: bool(window.findChildren(TryDialog)))
    (dialog,) = window.findChildren(TryDialog)
    open_in(window, write_painting("other.tif"))
    dialog.accept()
    gallery_of(qtbot, window).reject()
    del page


def test_the_gallery_shows_colours_for_the_same_monitor(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    monitor = QColorSpace(QColorSpace.NamedColorSpace.AdobeRgb)
    page.canvas.set_monitor(monitor)
    window.try_commands.start(page, ATTEMPTS)
    gallery = gallery_of(qtbot, window)
    assert [cell.view.monitor for cell in gallery.cells] == [monitor, monitor]
    srgb = QColorSpace(QColorSpace.NamedColorSpace.SRgb)
    page.canvas.set_monitor(srgb)
    assert [cell.view.monitor for cell in gallery.cells] == [srgb, srgb]
    gallery.reject()
    page.canvas.set_monitor(monitor)


def test_the_gallery_is_turned_and_mirrored_as_the_painting_is(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    page.canvas.turn(1)
    page.canvas.mirror()
    window.try_commands.start(page, ATTEMPTS)
    gallery = gallery_of(qtbot, window)
    turned = UPRIGHT.turned(1).mirrored()
    assert [cell.view.orientation for cell in gallery.cells] == [turned, turned]
    window.actions_["turn_right_step"].trigger()
    turned = turned.turned_by(15)
    assert [cell.view.orientation for cell in gallery.cells] == [turned, turned]
    gallery.reject()
    page.canvas.set_upright()


def test_the_key_that_shows_the_original_is_named_as_it_is_now(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    window.try_commands.start(page, ATTEMPTS[1:])
    gallery = gallery_of(qtbot, window)
    qtbot.waitUntil(lambda: bool(gallery.variants), timeout=60_000)
    gallery.accept()
    assert window.restore_panel.message == "Filled. Hold \\ to see the original."
    commands = window.hand_commands
    commands.set_keymap(commands.keymap.giving(HOLD_ORIGINAL, "O"))
    window.restore_dock.update()
    assert window.restore_panel.message == "Filled. Hold O to see the original."
