from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QListWidget, QPushButton
from pytestqt.qtbot import QtBot

from desktop.welcome import Welcome

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def welcome(qtbot: QtBot) -> Welcome:
    welcome = Welcome()
    qtbot.addWidget(welcome)
    welcome.resize(900, 700)
    welcome.show()
    qtbot.waitExposed(welcome)
    return welcome


def recent(welcome: Welcome) -> QListWidget:
    (found,) = welcome.findChildren(QListWidget)
    return found


def click(welcome: Welcome, row: int) -> None:
    place = recent(welcome).visualItemRect(recent(welcome).item(row)).center()
    QTest.mouseClick(recent(welcome).viewport(), LEFT, pos=place)


def test_without_recent_paintings_there_is_no_empty_list(welcome: Welcome) -> None:
    welcome.set_recent([])
    assert not recent(welcome).isVisible()


def test_a_recent_painting_is_opened_by_a_click(welcome: Welcome, tmp_path: Path) -> None:
    painting = tmp_path / "here.tif"
    painting.write_bytes(b"II")
    chosen: list[str] = []
    welcome.chosen.connect(chosen.append)
    welcome.set_recent([str(painting)])
    click(welcome, 0)
    assert chosen == [str(painting)]


def test_one_that_is_gone_says_so_and_is_forgotten_by_a_click(
    welcome: Welcome, tmp_path: Path
) -> None:
    gone = str(tmp_path / "gone.tif")
    forgotten: list[str] = []
    welcome.forgotten.connect(forgotten.append)
    welcome.chosen.connect(forgotten.append)
    welcome.set_recent([gone])
    assert recent(welcome).item(0).text() == "gone.tif — no longer there"
    click(welcome, 0)
    assert forgotten == [gone]


def test_the_buttons_ask_for_a_painting_and_for_the_sample(qtbot: QtBot, welcome: Welcome) -> None:
    asked: list[str] = []
    welcome.open_asked.connect(lambda: asked.append("open"))
    welcome.sample_asked.connect(lambda: asked.append("sample"))
    for button in welcome.findChildren(QPushButton):
        qtbot.mouseClick(button, LEFT)
    assert asked == ["open", "sample"]
