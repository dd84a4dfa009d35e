import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from core.document.layer import LayerKind
from core.image.geometry import Rect
from desktop.dialogs.export_dialog import ExportDialog
from desktop.main_window import MainWindow
from desktop.painting_page import PaintingPage

WritePainting = Callable[..., Path]
OpenIn = Callable[..., PaintingPage]
LEFT = Qt.MouseButton.LeftButton
CHANGED = Rect(20, 30, 5, 4)


@pytest.fixture
def page(window: MainWindow, write_painting: WritePainting, open_in: OpenIn) -> PaintingPage:
    """Open a painting with a few pixels of opaque retouch."""
    page = open_in(window, write_painting())
    document = page.session.document
    stack = document.stack.adding(LayerKind.RETOUCH, "Retouch")
    pixels = np.zeros((CHANGED.height, CHANGED.width, 4), np.uint16)
    pixels[..., 3] = 65535
    surface = stack.layers[-1].pixels.writing(CHANGED, pixels)
    document.do("Retouch", stack.with_surface(stack.layers[-1].id, surface))
    return page


@pytest.fixture
def dialog(
    qtbot: QtBot, window: MainWindow, page: PaintingPage, tmp_path: Path
) -> Iterator[ExportDialog]:
    dialog = ExportDialog(page.session, tmp_path / "out.tif", "zstd", window)
    qtbot.addWidget(dialog)
    dialog.open()
    yield dialog
    dialog.reject()


def button(dialog: ExportDialog, text: str) -> QPushButton:
    return next(b for b in dialog.findChildren(QPushButton) if b.text() == text)


def export(qtbot: QtBot, dialog: ExportDialog) -> None:
    qtbot.mouseClick(button(dialog, "Export"), LEFT)
    qtbot.waitUntil(lambda: dialog._job is None, timeout=10_000)


def test_an_export_ends_with_its_proof(qtbot: QtBot, dialog: ExportDialog, tmp_path: Path) -> None:
    export(qtbot, dialog)
    assert dialog.message.startswith("Verified: 60 samples changed, all others bit-identical.")
    before = tifffile.imread(tmp_path / "painting.tif")
    after = tifffile.imread(tmp_path / "out.tif")
    differs = (before != after).any(axis=2)
    assert differs.sum() == CHANGED.area
    assert differs[CHANGED.slices(Rect(0, 0, 300, 200))].all()


def test_the_painting_itself_is_refused(
    qtbot: QtBot, dialog: ExportDialog, page: PaintingPage
) -> None:
    before = page.session.path.read_bytes()
    dialog._path.setText(str(page.session.path))
    export(qtbot, dialog)
    assert dialog.report is None
    assert "painting" in dialog.message
    assert page.session.path.read_bytes() == before
    assert button(dialog, "Export").isEnabled()


def test_a_file_that_will_be_replaced_is_named_before(dialog: ExportDialog, tmp_path: Path) -> None:
    (tmp_path / "old.tif").write_bytes(b"old")
    dialog._path.setText(str(tmp_path / "old.tif"))
    assert "will be replaced" in dialog.message
    dialog._path.setText("  ")
    assert not button(dialog, "Export").isEnabled()


def test_a_folder_that_is_not_there_is_told(qtbot: QtBot, dialog: ExportDialog) -> None:
    dialog._path.setText("/nowhere/at/all/out.tif")
    export(qtbot, dialog)
    assert "no folder" in dialog.message


def test_the_window_may_close_while_it_exports(
    qtbot: QtBot, window: MainWindow, dialog: ExportDialog, tmp_path: Path
) -> None:
    dialog.start()
    dialog.reject()
    qtbot.waitUntil(lambda: dialog._job is None, timeout=10_000)
    assert list(tmp_path.glob("*.part")) == []


def test_the_restoration_is_recorded_unless_unticked(
    qtbot: QtBot, dialog: ExportDialog, tmp_path: Path
) -> None:
    assert dialog._record.isChecked()
    QTest.mouseClick(dialog._record, LEFT, pos=QPoint(8, dialog._record.height() // 2))
    assert not dialog._record.isChecked()
    export(qtbot, dialog)
    with tifffile.TiffFile(tmp_path / "out.tif") as file:
        assert 700 not in file.pages[0].tags


def test_a_painting_that_changed_is_told_before_it_is_exported(
    qtbot: QtBot, window: MainWindow, page: PaintingPage, tmp_path: Path
) -> None:
    os.utime(page.session.path, (0, 0))
    dialog = ExportDialog(page.session, tmp_path / "out.tif", "none", window)
    qtbot.addWidget(dialog)
    dialog.open()
    qtbot.waitUntil(lambda: "changed by another program" in dialog.message)
    assert dialog.message.endswith("The painting's own file is never written to.")
    assert window.notices.texts[0] in dialog.message
    assert button(dialog, "Export").isEnabled(), "the user judges"
    for one in (dialog._path, dialog._browse):
        assert one.height() >= one.minimumSizeHint().height(), "nothing is squeezed"
    assert page.session.document.history.position == 1
    dialog.reject()
