import pytest
from PySide6.QtWidgets import QLabel, QMainWindow
from pytestqt.qtbot import QtBot

from core.image.geometry import Point
from desktop.status_bar import StatusBar
from desktop.units import Unit, Units


@pytest.fixture
def status(qtbot: QtBot) -> StatusBar:
    status = StatusBar()
    qtbot.addWidget(status)
    return status


def texts(status: StatusBar) -> list[str]:
    return [label.text() for label in status.findChildren(QLabel) if label.text()]


@pytest.mark.parametrize(
    ("pending", "error", "is_kept", "text"),
    [
        (0, "", True, "All strokes safe"),
        (1, "", True, "1 stroke pending"),
        (3, "", True, "3 strokes pending"),
        (2, "The disk is full.", True, "2 strokes not saved"),
        (0, "", False, "Strokes are not kept on disk"),
    ],
)
def test_it_tells_the_truth_about_the_strokes(
    status: StatusBar, pending: int, error: str, is_kept: bool, text: str
) -> None:
    status.show_safety(pending, error, is_kept)
    assert status.safety == text


def test_samples_are_the_documents_own_16_bit(status: StatusBar) -> None:
    status.show_readout(Point(12.7, 3.2), (65535, 0, 300), (52.04, -0.02, 3.96))
    assert texts(status) == [
        "12, 3",
        "R 65535  G     0  B   300",
        "8-bit 255   0   1",
        "L*  52.0  a*   0.0  b*   4.0",
    ]
    status.show_readout(Point(1, 1), (777,))
    assert texts(status) == ["1, 1", "K 777", "8-bit   3"]
    status.show_readout(Point(1, 1), None)
    assert "…" in texts(status)
    status.show_readout(None, None)
    assert texts(status) == []


def test_positions_are_told_in_the_chosen_unit(status: StatusBar) -> None:
    status.set_units(Units(Unit.MM, (254.0, 508.0)))
    status.show_readout(Point(125.0, 90.0), None)
    assert "12.5, 4.5 mm" in texts(status)
    status.set_units(Units(Unit.MM, None))
    status.show_readout(Point(125.0, 90.0), None)
    assert "125, 90" in texts(status), "without a resolution only pixels can be told"


def test_zoom_is_told_in_percent(status: StatusBar) -> None:
    status.show_zoom(1.0)
    assert "100 %" in texts(status)
    status.show_zoom(0.031)
    assert "3.1 %" in texts(status)


def test_where_room_is_short_facts_are_left_away_and_none_is_cut(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    status = StatusBar(window)
    window.setStatusBar(status)
    window.resize(1024, 200)
    window.show()
    status.show_readout(Point(1500, 380), (65535, 65535, 65535), (100.0, -100.0, -100.0))
    status.show_preparing(0.42)
    status.show_device("NVIDIA GeForce RTX 4090")
    status.show_safety(0, "", True)
    qtbot.wait(20)
    assert window.width() == 1024, "the window does not grow for it"
    for label in status.findChildren(QLabel):
        if label.isVisible():
            assert label.width() >= label.sizeHint().width(), label.text()
    assert not status._eight.isVisible()
    status.show_preparing(None)
    window.resize(1600, 200)
    qtbot.waitUntil(status._eight.isVisible)
