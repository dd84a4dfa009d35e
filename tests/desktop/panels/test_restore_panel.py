from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from core.inpainting.card import MASK_KINDS, GeneratorCard
from desktop.panels.generator_list import GeneratorList
from desktop.panels.restore_panel import RestorePanel

TRAINED = GeneratorCard(
    "net",
    "Net",
    "A small net.",
    "onnx",
    version="3",
    parameters=800_000,
    thickness_px=24,
    is_trained=True,
    licence="CC0",
    metrics={
        "I2": {"psnr_hole_db": 21.0},
        "L": {"psnr_hole_db": 31.25, "classical_psnr_hole_db": 29.5, "pd": 0.125},
        "odd": {"psnr_hole_db": 20.0},
    },
)
CLASSICAL = GeneratorCard("telea", "Telea", "Carries colours inwards.", "classical")


@pytest.fixture
def panel(qtbot: QtBot) -> RestorePanel:
    panel = RestorePanel()
    qtbot.addWidget(panel)
    panel.set_cards([TRAINED, CLASSICAL], "telea", "cpu")
    panel.resize(340, 520)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def texts(panel: RestorePanel) -> str:
    return " | ".join(label.text() for label in panel._details.findChildren(QLabel))


def buttons(panel: RestorePanel) -> dict[str, QPushButton]:
    return {button.text(): button for button in panel.findChildren(QPushButton)}


def test_the_generator_and_device_of_last_time_are_chosen(panel: RestorePanel) -> None:
    assert panel.card == CLASSICAL
    assert panel.device == "cpu"


def test_an_unknown_generator_gives_the_first(panel: RestorePanel) -> None:
    panel.select("gone")
    assert panel.card == TRAINED


def test_a_card_tells_what_it_is_and_how_it_measured(panel: RestorePanel) -> None:
    assert "Classical method" in texts(panel)
    panel.select("net")
    shown = texts(panel)
    for part in (
        "A small net.",
        "Trained network, version 3",
        "0.8 million parameters",
        "up to 24 px wide",
        "CC0",
        "thin cracks",
        "31.2 (29.5)",
        "0.125",
        "strokes, 10–20 %",
        "odd",
        "–",
    ):
        assert part in shown  # fmt: skip
    assert shown.index("thin cracks") < shown.index("strokes") < shown.index("odd")


def test_a_card_with_all_figures_fits_the_dock(panel: RestorePanel) -> None:
    figures = {"psnr_hole_db": 28.18, "classical_psnr_hole_db": 27.63, "pd": 2.0297,
               "classical_pd": 2.1642}  # fmt: skip
    panel.set_cards([replace(TRAINED, metrics=dict.fromkeys(MASK_KINDS, figures))], "net", "cpu")
    assert panel._details.minimumSizeHint().width() <= 275


def test_a_recommendation_is_seen_and_heard(panel: RestorePanel) -> None:
    (cards,) = panel.findChildren(GeneratorList)
    panel.recommend("net")
    spoken = cards.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Net. Trained. A small net.. Recommended"
    spoken = cards.model().index(1, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "Recommended" not in spoken


def test_restore_is_offered_only_when_it_is_possible(panel: RestorePanel) -> None:
    panel.show_idle("Nothing is marked yet: brush over the losses.")
    assert not buttons(panel)["Restore"].isEnabled()
    assert panel.message == "Nothing is marked yet: brush over the losses."
    panel.show_idle(can_restore=True)
    assert buttons(panel)["Restore"].isEnabled()
    assert panel.message == ""


def test_while_it_runs_only_cancel_is_offered(qtbot: QtBot, panel: RestorePanel) -> None:
    asked: list[bool] = []
    panel.cancel_asked.connect(lambda: asked.append(True))
    panel.show_running(0.25, "Filling window 2 of 4")
    assert not buttons(panel)["Restore"].isVisible()
    assert panel._bar.value() == panel._bar.maximum() // 4
    qtbot.mouseClick(buttons(panel)["Cancel"], Qt.MouseButton.LeftButton)
    assert asked == [True]
    panel.show_cancelling()
    assert not buttons(panel)["Cancel"].isEnabled()


def test_nothing_jumps_when_a_restoration_begins(qtbot: QtBot, panel: RestorePanel) -> None:
    panel.show_idle(can_restore=True)
    qtbot.wait(20)
    before = panel._list.geometry(), buttons(panel)["Restore"].geometry()
    panel.show_running(0.5, "Filling window 2 of 4")
    qtbot.wait(20)
    assert (panel._list.geometry(), buttons(panel)["Cancel"].geometry()) == before
