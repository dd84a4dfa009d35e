from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.document.layer import LayerKind
from desktop import blinking
from desktop.main_window import MainWindow
from desktop.painting_page import PaintingPage

OpenIn = Callable[..., PaintingPage]
PERIOD_MS = 150


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the window that is made next blink quickly."""
    assert blinking.PERIOD_MS >= 500, "slow enough for everybody's eyes"
    monkeypatch.setattr(blinking, "PERIOD_MS", PERIOD_MS)


@pytest.fixture
def page(window: MainWindow, write_painting: Callable[..., Path], open_in: OpenIn) -> PaintingPage:
    page = open_in(window, write_painting())
    window.activateWindow()
    page.canvas.setFocus()
    return page


def test_k_shows_the_evidence_and_the_painting_in_turn(
    qtbot: QtBot, window: MainWindow, page: PaintingPage, settle: Callable[[object], None],
    write_painting: Callable[..., Path],
) -> None:  # fmt: skip
    canvas = page.canvas
    settle(canvas)
    painting = canvas.grab().toImage()
    evidence = write_painting("infrared.tif", 200, 300)
    window.evidence_commands.read(page.session, evidence)
    qtbot.waitUntil(lambda: page.session.layers.selected.kind is LayerKind.EVIDENCE)
    settle(canvas)
    shown = canvas.grab().toImage()
    assert shown != painting
    QTest.keyClick(canvas, Qt.Key.Key_K)
    seen = []
    for _ in range(2):
        for is_original in (True, False):
            qtbot.waitUntil(lambda is_original=is_original: canvas.is_original_shown is is_original)
            seen.append(canvas.grab().toImage())
    assert seen == [painting, shown] * 2
    QTest.keyClick(canvas, Qt.Key.Key_K)
    qtbot.wait(2 * PERIOD_MS)
    assert not canvas.is_original_shown
    assert not window.actions_["blink"].isChecked()


def test_while_somebody_paints_the_work_is_shown(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    canvas = page.canvas
    window.actions_["blink"].trigger()
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center())
    qtbot.waitUntil(lambda: not canvas.is_original_shown)
    qtbot.wait(2 * PERIOD_MS)
    assert not canvas.is_original_shown
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=canvas.rect().center())
    window.actions_["blink"].trigger()


def test_it_ends_with_another_painting_and_with_the_original_asked_for(
    window: MainWindow, page: PaintingPage, write_painting: Callable[..., Path], open_in: OpenIn
) -> None:
    window.actions_["blink"].trigger()
    window.actions_["original"].trigger()
    assert not window.actions_["blink"].isChecked()
    assert page.canvas.is_original_shown
    window.actions_["blink"].trigger()
    assert not window.actions_["original"].isChecked()
    open_in(window, write_painting("other.tif"))
    assert not window.actions_["blink"].isChecked()
    assert not page.canvas.is_original_shown
