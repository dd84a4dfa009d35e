import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from core.document.layer import LayerKind
from core.document.project import Project
from core.image.geometry import Rect
from desktop import session as session_module
from desktop.main_window import MainWindow
from desktop.painting_page import PaintingPage
from desktop.session import Obstacle

WritePainting = Callable[..., Path]
OpenIn = Callable[..., PaintingPage]


@pytest.fixture
def page(window: MainWindow, write_painting: WritePainting, open_in: OpenIn) -> PaintingPage:
    return open_in(window, write_painting())


def stroke(page: PaintingPage) -> None:
    middle = page.canvas.rect().center()
    QTest.mousePress(page.canvas, Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseMove(page.canvas, middle + QPoint(30, 0))
    QTest.mouseRelease(page.canvas, Qt.MouseButton.LeftButton, pos=middle + QPoint(30, 0))


def test_it_says_what_keeps_a_restoration_from_starting(qtbot: QtBot, page: PaintingPage) -> None:
    session, layers = page.session, page.session.layers
    assert session.obstacle is Obstacle.EMPTY_MASK
    stroke(page)
    qtbot.waitUntil(lambda: session.obstacle is Obstacle.NONE)
    assert layers.mask_id is not None
    layers.set_visible(layers.mask_id, False)
    assert session.obstacle is Obstacle.HIDDEN_MASK
    layers.delete()
    assert session.obstacle is Obstacle.NO_MASK


def test_everything_marked_leaves_nothing_to_fill_from(qtbot: QtBot, page: PaintingPage) -> None:
    session = page.session
    page.canvas.set_brush(page.canvas.brush.sized(2000))
    stroke(page)
    qtbot.waitUntil(lambda: session.obstacle is Obstacle.FULL_MASK, timeout=5000)


def test_a_project_that_cannot_be_kept_is_told_and_work_goes_on(
    qtbot: QtBot, window: MainWindow, write_painting: WritePainting, open_in: OpenIn
) -> None:
    projects = window.preferences.places.projects
    projects.parent.mkdir(parents=True, exist_ok=True)
    projects.write_text("a file where the folder should be")
    page = open_in(window, write_painting())
    assert page.session.project is None
    assert "not kept on disk" in window.notices.texts[0]
    stroke(page)
    assert page.session.document.history.position == 1
    assert window.status.safety == "Strokes are not kept on disk"


def test_a_painting_that_was_exchanged_is_opened_with_earlier_work_only_when_asked(
    qtbot: QtBot, window: MainWindow, write_painting: WritePainting, open_in: OpenIn
) -> None:
    path = write_painting()
    page = open_in(window, path)
    stroke(page)
    assert window.close_painting(page)
    data = bytearray(path.read_bytes())
    data[-1] ^= 0xFF
    path.write_bytes(bytes(data) + b"\0")
    window.files.open(path)
    qtbot.waitUntil(lambda: bool(window.notices.texts), timeout=10_000)
    assert window.page is None
    window.files.open(path, allow_changed=True)
    qtbot.waitUntil(lambda: window.page is not None, timeout=10_000)
    assert window.page is not None
    assert window.page.session.document.history.position == 1


def test_a_project_open_elsewhere_is_not_opened_twice(
    qtbot: QtBot, window: MainWindow, write_painting: WritePainting, page: PaintingPage
) -> None:
    other = MainWindow(window.preferences)
    qtbot.addWidget(other)
    other.files.open(page.session.path)
    qtbot.waitUntil(lambda: bool(other.notices.texts), timeout=10_000)
    assert other.page is None
    other.close()


def test_strokes_that_cannot_be_saved_are_told_and_closing_asks_first(
    qtbot: QtBot, window: MainWindow, page: PaintingPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = page.session
    assert session.project is not None
    monkeypatch.setattr(Project, "pending", property(lambda self: 2))
    monkeypatch.setattr(Project, "flush", lambda self, timeout_s=0: False)
    session._unsafe.emit("The disk is full.")
    qtbot.waitUntil(lambda: window.status.safety == "2 strokes not saved")
    assert window.notices.texts[0] == "The disk is full."
    answered: list[str] = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        answered.append(box.text())
        next(b for b in box.buttons() if b.text() == "Keep It Open").click()

    job = session.jobs.create("at work meanwhile", lambda work: work.is_cancelled())
    QTimer.singleShot(200, answer)
    with qtbot.waitSignal(job.succeeded) as ended:
        job.start()
        assert not window.close_painting(page)
    assert ended.args == [False]
    assert "2 strokes on painting.tif" in answered[0]
    assert window.page is page
    monkeypatch.undo()


def test_layers_of_a_reopened_painting_keep_its_choice_sound(
    window: MainWindow, page: PaintingPage, open_in: OpenIn
) -> None:
    page.session.layers.add(LayerKind.RETOUCH)
    path = page.session.path
    window.close_painting(page)
    again = open_in(window, path)
    assert again.session.layers.mask_id is not None
    assert len(again.session.document.stack.layers) == 3


def slow_painting(path: Path, rows: int = 64) -> np.ndarray:
    """Write a painting in compressed strips so wide that it is worth a store."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 65536, (1100, 4200, 3), np.uint16)
    tifffile.imwrite(
        path, pixels, photometric="rgb", compression="lzw", rowsperstrip=rows, metadata=None
    )
    return pixels


def test_a_slow_painting_is_prepared_and_opens_prepared_the_next_time(
    qtbot: QtBot,
    window: MainWindow,
    tmp_path: Path,
    open_in: OpenIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(session_module, "_QUIET_S", 0.0)
    path = tmp_path / "slow.tif"
    pixels = slow_painting(path)
    told: list[str] = []
    show = window.status.show_preparing

    def shown(share: float | None) -> None:
        show(share)
        told.extend(label.text() for label in window.status.findChildren(QLabel))

    monkeypatch.setattr(window.status, "show_preparing", shown)
    page = open_in(window, path)
    store = page.session.opened.store
    assert store is not None
    qtbot.waitUntil(lambda: store.is_complete and page.session.preparing is None, timeout=20_000)
    assert any(text.startswith("Preparing the painting for fast viewing, ") for text in told)
    assert window.notices.texts == []
    assert window.close_painting(page)
    page = open_in(window, path)
    store = page.session.opened.store
    assert store is not None
    assert store.is_complete
    source = page.session.document.stack.layers[0].source
    assert source is not None
    assert np.array_equal(source.read(Rect(0, 0, 4200, 1100)), pixels)


def test_preparing_can_be_stopped_and_closing_does_not_wait_for_it(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, open_in: OpenIn
) -> None:
    path = tmp_path / "slow.tif"
    slow_painting(path)
    page = open_in(window, path)
    page.session.stop_preparing()
    qtbot.waitUntil(lambda: page.session._preparation is None, timeout=10_000)
    assert window.close_painting(page)
    page = open_in(window, path)
    start = time.monotonic()
    assert window.close_painting(page)
    assert time.monotonic() - start < 1.0


def test_where_no_store_can_be_kept_the_painting_is_read_from_its_file(
    window: MainWindow, tmp_path: Path, open_in: OpenIn
) -> None:
    path = tmp_path / "slow.tif"
    pixels = slow_painting(path)
    window.preferences.places.tiles.parent.mkdir(parents=True, exist_ok=True)
    window.preferences.places.tiles.write_text("a file where the folder should be")
    page = open_in(window, path)
    assert page.session.opened.store is None
    assert "nothing can be kept" in window.notices.texts[0]
    source = page.session.document.stack.layers[0].source
    assert source is not None
    assert np.array_equal(source.read(Rect(0, 0, 300, 300)), pixels[:300, :300])
