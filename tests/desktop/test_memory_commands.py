"""The dialog about memory and disk, in the window, with paintings that need a store."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from core.image.memory import MemoryBudget
from desktop.dialogs.memory_dialog import MemoryDialog
from desktop.main_window import MainWindow
from desktop.painting_page import PaintingPage
from desktop.settings import load_settings

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, open_in: Callable[..., PaintingPage]
) -> PaintingPage:
    """Return a page whose painting, in compressed strips, has been prepared on the disk."""
    path = tmp_path / "strips.tif"
    pixels = np.random.default_rng(0).integers(0, 65536, (900, 1200, 3), np.uint16)
    tifffile.imwrite(path, pixels, photometric="rgb", compression="zlib", rowsperstrip=900)
    shown = open_in(window, path)
    store = shown.session.opened.store
    assert store is not None
    qtbot.waitUntil(lambda: store.is_complete, timeout=20_000)
    return shown


@pytest.fixture
def dialog(qtbot: QtBot, window: MainWindow, page: PaintingPage) -> MemoryDialog:
    window.actions_["memory"].trigger()
    shown = window.memory_commands.dialog
    assert shown is not None
    qtbot.waitExposed(shown)
    return shown


def texts(dialog: MemoryDialog) -> str:
    return " | ".join(label.text() for label in dialog.findChildren(QLabel))


def button(dialog: MemoryDialog, text: str) -> QPushButton:
    return next(one for one in dialog.findChildren(QPushButton) if one.text() == text)


def test_it_says_what_is_used_now_and_what_the_default_is(window, dialog) -> None:
    used = window.files.caches.nbytes
    assert used > 0
    assert f"{used / 1e6:.0f} MB in use now" in texts(dialog)
    assert "in use now, for one painting" in texts(dialog)
    assert dialog.default.isChecked()
    assert "¼ of this computer’s memory" in dialog.default.text()
    assert not dialog.memory.isEnabled()
    assert dialog.memory.value() == pytest.approx(MemoryBudget.of().total_bytes / 1e6, abs=0.5)
    assert not dialog.isModal()
    window.actions_["memory"].trigger()
    assert window.memory_commands.dialog is dialog, "there is one"


def test_other_amounts_count_at_once_and_are_remembered(qtbot: QtBot, window, page, dialog) -> None:
    QTest.mouseClick(dialog.default, LEFT, pos=dialog.default.rect().center() * 0.2)
    dialog.memory.setFocus()
    dialog.memory.selectAll()
    QTest.keyClicks(dialog.memory, "200")
    dialog.disk.setValue(3.5)
    caches = window.files.caches
    assert caches.stores.budget_bytes == 20_000_000_000, "nothing before it is chosen"
    qtbot.mouseClick(button(dialog, "Use"), LEFT)
    budget = MemoryBudget.of(200_000_000)
    assert caches.pixels.budget_bytes == budget.levels_bytes
    assert caches.display.budget_bytes == budget.display_bytes
    assert caches.display.reduced.budget_bytes == budget.reduced_bytes
    assert caches.nbytes <= 200_000_000
    assert caches.stores.budget_bytes == 3_500_000_000
    assert window.memory_commands.dialog is None
    window.preferences.save()
    settings, _ = load_settings(window.preferences.places.settings)
    assert (settings.memory_mb, settings.tiles_gb) == (200.0, 3.5)


def test_giving_up_changes_nothing(qtbot: QtBot, window, dialog) -> None:
    before = window.preferences.settings
    dialog.disk.setValue(0)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert window.preferences.settings == before
    assert window.memory_commands.dialog is None


def test_clearing_spares_the_open_painting_and_removes_it_once_closed(
    qtbot: QtBot, window, page, dialog
) -> None:
    stores, store = window.files.caches.stores, page.session.opened.store
    qtbot.mouseClick(button(dialog, "Clear Prepared Tiles"), LEFT)
    QTest.qWait(100)
    assert store.is_complete
    assert stores.count() == 1
    window.close_painting(page)
    qtbot.mouseClick(button(dialog, "Clear Prepared Tiles"), LEFT)
    qtbot.waitUntil(lambda: "0 MB in use now, for 0 paintings" in texts(dialog))
    assert not button(dialog, "Clear Prepared Tiles").isEnabled()
    assert list(stores.folder.iterdir()) == []


def test_no_disk_at_all_takes_away_what_is_not_open(qtbot: QtBot, window, page, dialog) -> None:
    stores = window.files.caches.stores
    window.close_painting(page)
    dialog.disk.setValue(0)
    assert dialog.disk.text() == "none"
    qtbot.mouseClick(button(dialog, "Use"), LEFT)
    qtbot.waitUntil(lambda: stores.count() == 0)
