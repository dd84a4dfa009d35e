from pytestqt.qtbot import QtBot

from desktop.dialogs.hand_dialog import HandDialog
from desktop.pen import PenFeel


def test_every_change_is_told_at_once(qtbot: QtBot) -> None:
    dialog = HandDialog(20.0, PenFeel(1.5, 0.25))
    qtbot.addWidget(dialog)
    told: list[tuple[float, PenFeel]] = []
    dialog.changed.connect(lambda smoothing, feel: told.append((smoothing, feel)))
    dialog._smoothing._box.setValue(60.0)
    assert told == [(60.0, PenFeel(1.5, 0.25))]
    dialog._tilt._box.setValue(80.0)
    assert told[-1] == (60.0, PenFeel(1.5, 0.8))
