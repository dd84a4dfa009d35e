"""The main job, whole: open, brush, restore, undo, redo, export; and what must not change."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from core.document.composite import composite
from core.document.layer import LayerKind
from core.resources import sample_painting
from desktop.dialogs.export_dialog import ExportDialog
from desktop.main_window import MainWindow
from desktop.painting_page import PaintingPage
from desktop.places import Places
from desktop.preferences import Preferences
from desktop.theme import apply_theme

LEFT = Qt.MouseButton.LeftButton
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[MainWindow]:
    apply_theme(qapp)
    window = MainWindow(Preferences(Places.under(tmp_path / "home")))
    qtbot.addWidget(window)
    window.resize(1300, 850)
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    yield window
    window.close()


def brush(page: PaintingPage, *points: QPoint) -> None:
    """Paint one stroke with the mouse."""
    QTest.mousePress(page.canvas, LEFT, pos=points[0])
    for point in points[1:]:
        QTest.mouseMove(page.canvas, point)
    QTest.mouseRelease(page.canvas, LEFT, pos=points[-1])


def button(parent: MainWindow | ExportDialog, text: str) -> QPushButton:
    return next(b for b in parent.findChildren(QPushButton) if b.text() == text and b.isVisible())


def test_open_brush_restore_undo_redo_export(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    # Open the sample from the welcome page.
    qtbot.mouseClick(button(window, "Open the Sample"), LEFT)
    qtbot.waitUntil(lambda: window.page is not None, timeout=20_000)
    page = window.page
    assert page is not None
    document = page.session.document
    untouched = composite(document.stack, document.stack.rect)

    # Brush two losses with a small brush.
    page.canvas.set_brush(page.canvas.brush.sized(24))
    middle = page.canvas.rect().center()
    brush(page, middle, middle + QPoint(20, 5), middle + QPoint(45, 8))
    brush(page, middle - QPoint(120, 90), middle - QPoint(90, 80))
    assert [step.label for step in document.history.commands] == ["Paint mask"] * 2
    marked = document.stack.of_kind(LayerKind.MASK)[0].pixels.read(document.stack.rect) > 0
    assert marked.any()

    # Restore by keyboard.
    qtbot.waitUntil(lambda: window.restore_dock.can_restore)
    qtbot.keyClick(page.canvas, Qt.Key.Key_Return, CTRL)
    # It waits for the recommendation for the last stroke.
    qtbot.waitUntil(lambda: page.session.restoring.is_running)
    qtbot.waitUntil(lambda: not page.session.restoring.is_running, timeout=120_000)
    assert window.notices.texts == []
    assert document.history.position == 3
    restored = composite(document.stack, document.stack.rect)
    assert (restored != untouched).any(axis=2)[marked].any()
    assert np.array_equal(restored[~marked], untouched[~marked])

    # Back and forth again.
    for _ in range(3):
        qtbot.keyClick(page.canvas, Qt.Key.Key_Z, CTRL)
    assert document.history.position == 0
    assert np.array_equal(composite(document.stack, document.stack.rect), untouched)
    for _ in range(3):
        qtbot.keyClick(page.canvas, Qt.Key.Key_Z, CTRL | SHIFT)
    assert np.array_equal(composite(document.stack, document.stack.rect), restored)

    # Export.
    window.files.export(page.session)
    (dialog,) = window.findChildren(ExportDialog)
    dialog._path.setText(str(tmp_path / "restored.tif"))
    qtbot.mouseClick(button(dialog, "Export"), LEFT)
    qtbot.waitUntil(lambda: dialog.report is not None, timeout=60_000)
    assert "all others bit-identical" in dialog.message
    qtbot.waitUntil(lambda: dialog._job is None)
    dialog.reject()
    _check_export(tmp_path / "restored.tif", marked)

    # Everything is safe, and the painting's own file as it was.
    qtbot.waitUntil(lambda: window.status.safety == "All strokes safe", timeout=10_000)


def _check_export(exported: Path, marked: np.ndarray) -> None:
    """Compare the files themselves: outside the mask nothing differs, nor in profile and dpi."""
    with tifffile.TiffFile(sample_painting()) as before, tifffile.TiffFile(exported) as after:
        one, other = before.asarray(), after.asarray()
        assert other.dtype == one.dtype == np.uint16
        assert np.array_equal(other[~marked], one[~marked])
        assert (other != one).any()
        for tag in ("InterColorProfile", "XResolution", "YResolution", "ResolutionUnit"):
            assert before.pages[0].tags[tag].value == after.pages[0].tags[tag].value
