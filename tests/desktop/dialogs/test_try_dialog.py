import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QPushButton, QSpinBox
from pytestqt.qtbot import QtBot

from core.inpainting.classical import classical_cards
from core.inpainting.recommend import Suited
from desktop.dialogs.try_dialog import MOST, TryDialog

LEFT = Qt.MouseButton.LeftButton
SUITED = [Suited(card, f"Reason {n}.") for n, card in enumerate(classical_cards() * 3)]


@pytest.fixture
def dialog(qtbot: QtBot) -> TryDialog:
    dialog = TryDialog(SUITED)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def start(dialog: TryDialog) -> QPushButton:
    (button,) = [b for b in dialog.findChildren(QPushButton) if b.text() == "Try Them"]
    return button


def test_the_best_suited_are_ticked_and_tried_in_order(qtbot: QtBot, dialog: TryDialog) -> None:
    boxes = dialog.findChildren(QCheckBox)
    assert [box.isChecked() for box in boxes] == [True] * 3 + [False] * (len(SUITED) - 3)
    heard: list[object] = []
    dialog.chosen.connect(heard.append)
    boxes[0].click()
    boxes[3].click()
    QTest.mouseClick(start(dialog), LEFT)
    (attempts,) = heard
    assert [attempt.card.id for attempt in attempts] == ["exemplar", "navier-stokes", "telea"]


def test_seeds_are_asked_for_where_lots_are_drawn(dialog: TryDialog) -> None:
    (seeds,) = dialog.findChildren(QSpinBox)
    assert seeds.isEnabled()
    seeds.setValue(3)
    assert [(a.card.id, a.seed) for a in dialog.attempts] == [
        ("diffusion", 0), ("exemplar", 0), ("exemplar", 1), ("exemplar", 2), ("navier-stokes", 0),
    ]  # fmt: skip
    dialog.findChildren(QCheckBox)[1].click()
    assert not seeds.isEnabled()
    assert len(dialog.attempts) == 2


def test_none_and_too_many_cannot_be_tried(dialog: TryDialog) -> None:
    boxes = dialog.findChildren(QCheckBox)
    for box in boxes[:3]:
        box.click()
    assert not start(dialog).isEnabled()
    for box in boxes:
        box.click()
    assert len(dialog.attempts) > MOST
    assert not start(dialog).isEnabled()
    for box in boxes[: len(boxes) - MOST]:
        box.click()
    assert start(dialog).isEnabled()
