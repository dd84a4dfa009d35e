"""What becomes of a painting's file under our hands is told, once, and nothing is lost by it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from core.document.project_painting import PaintingChange
from desktop.main_window import MainWindow
from desktop.painting_page import PaintingPage
from desktop.painting_watch import earlier_sentence

WritePainting = Callable[..., Path]
OpenIn = Callable[..., PaintingPage]


@pytest.fixture
def page(window: MainWindow, write_painting: WritePainting, open_in: OpenIn) -> PaintingPage:
    return open_in(window, write_painting())


def stroke(page: PaintingPage) -> None:
    at = page.canvas.rect().center()
    QTest.mousePress(page.canvas, Qt.MouseButton.LeftButton, pos=at)
    QTest.mouseMove(page.canvas, at + QPoint(30, 10))
    QTest.mouseRelease(page.canvas, Qt.MouseButton.LeftButton, pos=at + QPoint(30, 10))


def come_back(qtbot: QtBot, qapp: QApplication, page: PaintingPage) -> None:
    """Do as the system does when the user returns from another program; wait for the look."""
    qapp.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    jobs = page.session.jobs
    assert "look" in [job.name for job in jobs.running]
    qtbot.waitUntil(lambda: "look" not in [job.name for job in jobs.running])


def put_another(path: Path) -> None:
    """Write another content of the same size, later."""
    data = bytearray(path.read_bytes())
    data[-1] ^= 0xFF
    path.write_bytes(bytes(data))
    os.utime(path, (2_000_000_000, 2_000_000_000))


def test_a_painting_that_is_untouched_is_not_spoken_of(
    qtbot: QtBot, qapp: QApplication, window: MainWindow, page: PaintingPage
) -> None:
    come_back(qtbot, qapp, page)
    assert window.notices.texts == []


def test_a_change_while_it_is_open_is_told_once(
    qtbot: QtBot, qapp: QApplication, window: MainWindow, page: PaintingPage
) -> None:
    put_another(page.session.path)
    for _ in range(2):
        come_back(qtbot, qapp, page)
        (text,) = window.notices.texts
        assert text.startswith("painting.tif was changed by another program while it is open")
        assert "close it and open it again" in text
    page.session.path.unlink()
    come_back(qtbot, qapp, page)
    assert len(window.notices.texts) == 2
    assert window.notices.texts[0].startswith("painting.tif was moved or removed")
    assert str(page.session.path.parent) in window.notices.texts[0]


def test_work_taken_up_on_another_file_says_what_to_check(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    stroke(page)
    project = page.session.project
    assert project is not None
    qtbot.waitUntil(lambda: project._hasher.is_alive() is False)
    assert window.close_painting(page)
    put_another(page.session.path)
    window.files.open(page.session.path)
    qtbot.waitUntil(lambda: bool(window.notices.texts))
    assert window.page is None
    (anyway,) = (
        button
        for button in window.notices.findChildren(QPushButton)
        if button.text() == "Use the Earlier Work Anyway"
    )
    QTest.mouseClick(anyway, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.page is not None)
    sentence = earlier_sentence(PaintingChange.CHANGED)
    assert window.notices.texts == [f"painting.tif: {sentence}"]
    assert window.session is not None
    assert window.session.document.history.position == 1


def test_a_file_written_to_before_its_content_was_known_is_told_as_such(
    qtbot: QtBot,
    window: MainWindow,
    write_painting: WritePainting,
    open_in: OpenIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.document.project.hash_file", lambda *_: None)
    page = open_in(window, write_painting())
    stroke(page)
    assert window.close_painting(page)
    put_another(page.session.path)
    open_in(window, page.session.path)
    assert window.notices.texts == [f"painting.tif: {earlier_sentence(PaintingChange.UNCERTAIN)}"]
    assert "check that masks and fills lie where they belong" in window.notices.texts[0]
