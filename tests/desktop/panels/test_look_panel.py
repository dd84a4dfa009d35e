import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop.look import PLAIN, Look, Tint
from desktop.panels.look_panel import LookPanel


@pytest.fixture
def panel(qtbot: QtBot) -> LookPanel:
    panel = LookPanel()
    qtbot.addWidget(panel)
    panel.show()
    return panel


def test_what_the_user_changes_is_told(panel: LookPanel) -> None:
    told: list[Look] = []
    panel.changed.connect(told.append)
    panel._black._box.setValue(20.0)
    QTest.keyClick(panel._tint, Qt.Key.Key_Down)
    assert told == [Look(black=0.2), Look(Tint.TONES, black=0.2)]
    QTest.mouseClick(panel._reset, Qt.MouseButton.LeftButton)
    assert told[-1] == PLAIN
    assert not panel._reset.isEnabled()


def test_black_and_white_never_cross(panel: LookPanel) -> None:
    told: list[Look] = []
    panel.changed.connect(told.append)
    panel._white._box.setValue(40.0)
    panel._black._box.setValue(70.0)
    assert (told[-1].black, told[-1].white) == (0.7, 0.71)
    panel._white._box.setValue(10.0)
    assert (told[-1].black, told[-1].white) == (0.09, 0.1)


def test_showing_a_look_tells_nothing(panel: LookPanel) -> None:
    told: list[Look] = []
    panel.changed.connect(told.append)
    panel.show_look(Look(Tint.CLIPPED, 0.1, 0.9, 2.0))
    assert told == []
    assert panel._tint.currentText() == "Clipped samples"
    assert panel._gamma.value == pytest.approx(2.0)
