from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColorSpace
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from core.image.color import ColorProfile
from desktop.display_color import DisplayColor
from desktop.rating.rating_window import RatingWindow
from desktop.rating.request import read_request
from desktop.rating.scores import ScoreSheet

METHODS = ("sharp-net", "soft-net")
Key = Qt.Key


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for shade, method in enumerate(METHODS):
        for name in ("a.png", "b.png"):
            path = tmp_path / "set" / method / name
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), np.full((60, 80, 3), 60 + 50 * shade, np.uint8))
    loss = np.zeros((60, 80), np.uint8)
    loss[20:30, 20:30] = 255
    (tmp_path / "set" / "mask").mkdir()
    for name in ("a.png", "b.png"):
        cv2.imwrite(str(tmp_path / "set" / "mask" / name), loss)
    return tmp_path / "set"


Open = Callable[..., RatingWindow]


@pytest.fixture
def open_rating(qtbot: QtBot, themed: QApplication, folder: Path) -> Iterator[Open]:
    shown: list[RatingWindow] = []

    def make(*arguments: str) -> RatingWindow:
        request = read_request([str(folder), *arguments])
        window = RatingWindow(request, ScoreSheet(request.scores))
        qtbot.addWidget(window)
        window.show()
        qtbot.waitExposed(window)
        shown.append(window)
        return window

    yield make
    for window in shown:
        window.close()


@pytest.fixture
def judge(qtbot: QtBot) -> Callable[[RatingWindow, int, int], None]:
    def give(window: RatingWindow, local: int, whole: int) -> None:
        await_fill(qtbot, window)
        qtbot.keyClick(window.page.local, digit(local))
        qtbot.keyClick(window.page.local, Key.Key_Tab)
        qtbot.keyClick(window.page.whole, digit(whole))
        qtbot.keyClick(window.page.whole, Key.Key_Return)

    return give


Judge = Callable[[RatingWindow, int, int], None]


def digit(score: int) -> Qt.Key:
    return Qt.Key(Key.Key_0.value + score % 10)


def await_fill(qtbot: QtBot, window: RatingWindow) -> None:
    qtbot.waitUntil(lambda: window.page.isVisible() and window.page.skip.isEnabled())


def texts(window: QWidget) -> str:
    """Return all that a rater can read or hear at the moment."""
    seen = [child for child in window.findChildren(QWidget) if child.isVisible()]
    shown = [child.text() for child in seen if isinstance(child, QLabel | QPushButton)]
    heard = [f"{child.accessibleName()} {child.toolTip()}" for child in (window, *seen)]
    return "\n".join([window.windowTitle(), *shown, *heard])


def begin(qtbot: QtBot, window: RatingWindow) -> None:
    qtbot.mouseClick(window.start.begin, Qt.MouseButton.LeftButton)
    await_fill(qtbot, window)


def test_a_rating_runs_by_keys_alone_and_names_methods_only_at_the_end(
    qtbot: QtBot, open_rating: Open, judge: Judge
) -> None:
    window = open_rating()
    assert not window.start.begin.isEnabled()
    qtbot.keyClicks(window.start.name, "Ada")
    qtbot.keyClick(window.start.name, Key.Key_Return)
    for number in range(4):
        await_fill(qtbot, window)
        assert window.page.progress_text.startswith(f"{number} of 4")
        assert not any(method in texts(window) for method in METHODS)
        judge(window, 10 - number, number + 1)
    qtbot.waitUntil(lambda: all(method in texts(window) for method in METHODS))
    scores = ScoreSheet(window._sheet.path).scores
    assert len({score.key for score in scores}) == 4
    assert [(score.local_score, score.global_score) for score in scores] == [
        (10, 1), (9, 2), (8, 3), (7, 4)
    ]  # fmt: skip
    assert {score.rater for score in scores} == {"Ada"}
    assert all(score.seconds >= 0 for score in scores)


def test_fills_are_shown_for_the_monitor(qtbot: QtBot, themed: QApplication, folder: Path) -> None:
    for method in METHODS:
        for name in ("a.png", "b.png"):
            cv2.imwrite(str(folder / method / name), np.full((60, 80, 3), (40, 60, 220), np.uint8))
    shown = []
    for named in (QColorSpace.NamedColorSpace.SRgb, QColorSpace.NamedColorSpace.AdobeRgb):
        request = read_request([str(folder)])
        monitor = QColorSpace(named)
        window = RatingWindow(request, ScoreSheet(request.scores), "Ada", monitor)
        qtbot.addWidget(window)
        window.show()
        begin(qtbot, window)
        pair = window.page.pair
        color = pair.grab().toImage().pixelColor(pair.width() // 4, pair.height() // 2)
        shown.append((color.red(), color.green(), color.blue()))
        window.close()
    display = DisplayColor(ColorProfile.of(None, 3), None).with_monitor(monitor)
    red = display.to_display(np.array([[[220, 60, 40]]], np.uint16) * 257).pixelColor(0, 0)
    assert shown == [(220, 60, 40), (red.red(), red.green(), red.blue())]
    assert shown[0] != shown[1]


def test_enter_waits_for_both_scores(qtbot: QtBot, open_rating: Open) -> None:
    window = open_rating("--rater", "Ada")
    begin(qtbot, window)
    qtbot.keyClick(window.page.local, Key.Key_5)
    qtbot.keyClick(window.page.local, Key.Key_Return)
    assert not window.page.next.isEnabled()
    assert window._sheet.scores == ()
    assert "5 of 10" in window.page.local.accessibleName()
    assert "no score yet" in window.page.whole.accessibleName()


def test_it_resumes_and_shows_what_was_given_on_the_way_back(
    qtbot: QtBot, open_rating: Open, judge: Judge
) -> None:
    first = open_rating("--rater", "Ada")
    begin(qtbot, first)
    judge(first, 3, 4)
    await_fill(qtbot, first)
    first.close()
    window = open_rating("--rater", "Ada")
    assert "1 of 4" in texts(window.start)
    begin(qtbot, window)
    assert window.page.progress_text.startswith("1 of 4")
    qtbot.keyClick(window.page.local, Key.Key_Backspace)
    await_fill(qtbot, window)
    assert (window.page.local.value, window.page.whole.value) == (3, 4)
    judge(window, 6, 4)
    await_fill(qtbot, window)
    assert [score.local_score for score in window._sheet.scores] == [6]


def test_the_damage_is_shown_and_hidden_by_a_key(qtbot: QtBot, open_rating: Open) -> None:
    window = open_rating("--rater", "Ada")
    begin(qtbot, window)
    before = window.page.pair.grab().toImage()
    qtbot.keyClick(window.page.local, Key.Key_D)
    assert window.page.pair.grab().toImage() != before
    assert "Damaged" in window.page.pair.accessibleName()
    qtbot.keyClick(window.page.local, Key.Key_D)
    assert window.page.pair.grab().toImage() == before


def test_skipped_fills_are_offered_before_the_result(
    qtbot: QtBot, open_rating: Open, judge: Judge
) -> None:
    window = open_rating("--rater", "Ada")
    begin(qtbot, window)
    qtbot.keyClick(window.page.local, Key.Key_S)
    for _ in range(3):
        judge(window, 5, 5)
    qtbot.waitUntil(lambda: "Skipped fills: 1" in texts(window))
    assert not any(method in texts(window) for method in METHODS)
    focused = QApplication.focusWidget()
    assert isinstance(focused, QPushButton)
    assert focused.text() == "Judge Them"
    qtbot.keyClick(focused, Key.Key_Space)
    judge(window, 2, 2)
    qtbot.waitUntil(lambda: "The result" in texts(window))


def test_an_unreadable_fill_is_named_and_left_out(
    qtbot: QtBot, open_rating: Open, judge: Judge, folder: Path
) -> None:
    (folder / "soft-net" / "b.png").write_bytes(b"broken")
    window = open_rating("--rater", "Ada")
    begin(qtbot, window)
    for _ in range(3):
        judge(window, 5, 5)
    qtbot.waitUntil(lambda: "cannot be read: soft-net/b.png" in texts(window))
    assert window.notices.texts == ["A fill of b.png cannot be read and is left out."]
    focused = QApplication.focusWidget()
    assert isinstance(focused, QPushButton)
    assert focused.text() == "Close"


def test_a_full_disk_loses_no_score(
    qtbot: QtBot, open_rating: Open, judge: Judge, folder: Path, tmp_path: Path
) -> None:
    sheets = tmp_path / "sheets"
    sheets.mkdir()
    window = open_rating("--rater", "Ada", "--out", str(sheets / "scores.csv"))
    begin(qtbot, window)
    sheets.rename(tmp_path / "away")
    judge(window, 5, 5)
    await_fill(qtbot, window)
    assert "cannot be written" in window.notices.texts[0]
    (tmp_path / "away").rename(sheets)
    window.close()
    assert len(ScoreSheet(sheets / "scores.csv").scores) == 1
