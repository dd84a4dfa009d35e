from collections.abc import Sequence
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from core.inpainting.backends import DeviceStatus
from core.inpainting.card import MASK_KINDS, GeneratorCard
from core.inpainting.engines import EngineStatus
from core.inpainting.recommend import Suited
from desktop.engine_choice import EngineChoice
from desktop.panels.restore_panel import RestorePanel

NO_SHA = "0" * 64
TRAINED = GeneratorCard(
    "net",
    "Net",
    "A small net.",
    "onnx",
    version="3",
    source="Report of lines, Table 2",
    parameters=800_000,
    crop_px=128,
    thickness_px=24,
    is_trained=True,
    licence="CC0",
    limits="Blurs wide losses.",
    files={"model.onnx": NO_SHA},
    training={"paintings": 6532, "crops": 86408, "minutes": 86.0, "hardware": "AMD EPYC"},
    metrics={
        "I2": {"psnr_hole_db": 21.0},
        "L": {"psnr_hole_db": 31.25, "classical_psnr_hole_db": 29.5, "pd": 0.125},
        "S64": {"psnr_hole_db": 19.0, "classical_psnr_hole_db": 19.5},
        "odd": {"psnr_hole_db": 20.0},
    },
)
TORCH = replace(
    TRAINED,
    id="torch-net",
    name="Heavy",
    summary="Large.",
    source="",
    files={"model.safetensors": NO_SHA},
)
CLASSICAL = GeneratorCard("telea", "Telea", "Carries colours inwards.", "classical")
CPU = DeviceStatus("cpu", "CPU", 16 << 30)
ONNX = EngineStatus("onnx", True, "", (CPU,))
NO_TORCH = EngineStatus("torch", False, "PyTorch is not installed.", ())


@pytest.fixture
def panel(qtbot: QtBot) -> RestorePanel:
    panel = RestorePanel()
    qtbot.addWidget(panel)
    panel.set_cards([TRAINED, CLASSICAL, TORCH], "telea")
    panel.show_choice(EngineChoice((ONNX, NO_TORCH), device="cpu"))
    panel.resize(340, 560)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def many() -> list[GeneratorCard]:
    figures = {"psnr_hole_db": 28.18, "classical_psnr_hole_db": 27.63, "pd": 2.0297,
               "classical_pd": 2.1642}  # fmt: skip
    metrics = dict.fromkeys(MASK_KINDS, figures)
    return [replace(TRAINED, id=f"n{n}", name=f"Net {n}", metrics=metrics) for n in range(17)]


def texts(panel: RestorePanel) -> str:
    return " | ".join(label.text() for label in panel._details._content.findChildren(QLabel))


def buttons(panel: RestorePanel) -> dict[str, QPushButton]:
    return {button.text(): button for button in panel.findChildren(QPushButton)}


def listed(panel: RestorePanel) -> list[str]:
    return [row.card.id for row in panel._list.listed]


def search_field(panel: RestorePanel) -> QLineEdit:
    (field,) = panel._filter.findChildren(QLineEdit)
    return field


def choose_in_menu(panel: RestorePanel, text: str) -> None:
    (action,) = [one for one in panel._filter._menu.actions() if one.text() == text]
    action.trigger()


def suited(*cards: GeneratorCard) -> list[Suited]:
    return [Suited(card, f"Losses up to 9 px: reason of {card.name}.") for card in cards]


def spoken(panel: RestorePanel) -> list[object]:
    model = panel._list.model()
    role = Qt.ItemDataRole.AccessibleTextRole
    return [model.index(row, 0).data(role) for row in range(model.rowCount())]


def test_the_generator_of_last_time_is_chosen(panel: RestorePanel) -> None:
    assert panel.card == CLASSICAL
    assert panel.obstacle == ""


def test_an_unknown_generator_gives_the_first(panel: RestorePanel) -> None:
    panel.select("gone")
    assert panel.card == TRAINED


def test_a_card_tells_what_it_is_good_at_and_how_it_was_made(panel: RestorePanel) -> None:
    assert "Classical method" in texts(panel)
    panel.select("net")
    shown = texts(panel)
    for part in (
        "A small net.",
        "Trained network, version 3",
        "0.8 million parameters",
        "runs with ONNX Runtime",
        "up to 24 px wide",
        "Thin cracks: 31.2 dB in the loss, 1.8 above the best classical fill.",
        "Worse than the classical fills: squares of 64 px.",
        "Blurs wide losses.",
        "Trained on 6,532 paintings · 86,408 crops of 128 px · 86 minutes · AMD EPYC",
        "Report of lines, Table 2",
        "Licence: CC0",
        "31.2 (29.5)",
        "0.125",
        "strokes, 10–20 %",
        "odd",
        "–",
    ):
        assert part in shown
    table = shown[shown.rindex("Measured on") :]
    assert table.index("thin cracks") < table.index("strokes") < table.index("odd")


@pytest.mark.parametrize(
    "told", [{}, {"minutes": "long", "hardware": 3, "crops": None}, {"paintings": True}]
)
def test_a_card_that_tells_nonsense_of_its_training_tells_nothing(
    panel: RestorePanel, told: dict[str, object]
) -> None:
    panel.set_cards([replace(TRAINED, training=told, metrics={"L": 3})], "net")  # type: ignore
    assert "Trained on" not in texts(panel)
    assert "Measured on" not in texts(panel)


@pytest.mark.parametrize(("width", "height"), [(300, 260), (300, 400), (340, 560)])
def test_seventeen_cards_fit_a_narrow_dock(
    qtbot: QtBot, panel: RestorePanel, width: int, height: int
) -> None:
    cards = many()
    panel.set_cards(cards, cards[3].id)
    panel.recommend(suited(*cards))
    # As a dock is dragged: each step may be smaller than the last allowed.
    for step_px in range(550, height, -50):
        panel.resize(width, step_px)
        qtbot.wait(5)
    panel.resize(width, height)
    qtbot.wait(5)
    assert panel.minimumSizeHint().width() <= 300
    assert (panel.width(), panel.height()) == (width, height)
    # The chosen one is in view, whole, and the button below is too.
    chosen = panel._list.visualRect(panel._list.currentIndex())
    assert panel._list.viewport().rect().contains(chosen)
    restore = buttons(panel)["Restore"]
    assert panel.rect().contains(restore.mapTo(panel, restore.rect().bottomRight()))
    assert panel._details.minimumSizeHint().width() <= width - 25


def test_in_a_low_dock_the_details_take_the_place_of_the_list(
    qtbot: QtBot, panel: RestorePanel
) -> None:
    details = next(
        b for b in panel.findChildren(QToolButton) if b.accessibleName() == "Show details"
    )
    assert panel._list.isVisible()
    assert panel._scroll.isVisible()
    panel.resize(300, 300)
    assert panel._list.isVisible()
    assert not panel._scroll.isVisible()
    qtbot.mouseClick(details, Qt.MouseButton.LeftButton)
    assert not panel._list.isVisible()
    assert panel._scroll.isVisible()
    panel.resize(300, 600)
    assert panel._list.isVisible()
    assert panel._scroll.isVisible()


def test_a_search_lists_the_cards_with_every_word_and_keeps_the_choice(
    qtbot: QtBot, panel: RestorePanel
) -> None:
    heard: list[str] = []
    panel.generator_chosen.connect(heard.append)
    field = search_field(panel)
    qtbot.keyClicks(field, "LINES net")
    assert listed(panel) == ["net"]
    assert panel.card == CLASSICAL
    qtbot.keyClicks(field, " nowhere")
    assert listed(panel) == []
    field.clear()
    assert listed(panel) == ["net", "telea", "torch-net"]
    assert panel.card == CLASSICAL
    assert panel._list.currentIndex().row() == 1
    assert heard == []


def test_trained_ones_or_classical_ones_can_be_listed_alone(panel: RestorePanel) -> None:
    choose_in_menu(panel, "Trained")
    assert listed(panel) == ["net", "torch-net"]
    button = panel._filter._button
    assert "Trained" in button.accessibleName()
    assert button.isChecked()
    choose_in_menu(panel, "Classical")
    assert listed(panel) == ["telea"]
    choose_in_menu(panel, "All")
    assert listed(panel) == ["net", "telea", "torch-net"]
    assert not button.isChecked()


def test_those_suited_to_the_mask_come_first_or_all_come_by_name(panel: RestorePanel) -> None:
    panel.recommend(suited(CLASSICAL, TRAINED))
    assert listed(panel) == ["telea", "net", "torch-net"]
    choose_in_menu(panel, "By name")
    assert listed(panel) == ["torch-net", "net", "telea"]
    choose_in_menu(panel, "Suited to this mask first")
    assert listed(panel) == ["telea", "net", "torch-net"]
    assert panel.card == CLASSICAL


def test_a_recommendation_is_seen_and_heard(panel: RestorePanel) -> None:
    assert panel.advice == "Mark losses to see which generator suits them."
    panel.recommend(suited(TRAINED, CLASSICAL))
    assert spoken(panel) == [
        "Net. Trained. A small net. ONNX Runtime. Recommended",
        "Telea. Classical. Carries colours inwards",
        "Heavy. Trained. Large. PyTorch. Cannot run here: PyTorch is not installed",
    ]
    assert panel.advice == "Recommended: Net. Losses up to 9 px: reason of Net."
    assert "reason of Telea" in texts(panel)
    panel.select("net")
    assert panel.advice == "Recommended. Losses up to 9 px: reason of Net."


def test_the_recommended_one_can_be_taken(qtbot: QtBot, panel: RestorePanel) -> None:
    heard: list[str] = []
    panel.generator_chosen.connect(heard.append)
    panel.recommend(suited(TRAINED, CLASSICAL))
    choose = buttons(panel)["Choose"]
    assert choose.isVisible()
    qtbot.mouseClick(choose, Qt.MouseButton.LeftButton)
    assert heard == [""]
    panel.select("net")
    assert not choose.isVisible()


def test_the_list_is_walked_with_the_keyboard(qtbot: QtBot, panel: RestorePanel) -> None:
    heard: list[str] = []
    panel.generator_chosen.connect(heard.append)
    panel._list.setFocus()
    QTest.keyClick(panel._list, Qt.Key.Key_Down)
    QTest.keyClick(panel._list, Qt.Key.Key_Home)
    assert heard == ["torch-net", "net"]
    assert panel.card == TRAINED


def test_a_generator_that_cannot_run_is_readable_and_says_why(panel: RestorePanel) -> None:
    panel.select("torch-net")
    assert panel.card == TORCH
    assert panel.obstacle == "PyTorch is not installed."
    assert "PyTorch is not installed." in texts(panel)
    tip = panel._list.currentIndex().data(Qt.ItemDataRole.ToolTipRole)
    assert "PyTorch is not installed." in tip
    panel.show_choice(EngineChoice((ONNX, replace(NO_TORCH, is_available=True, devices=(CPU,)))))
    assert panel.obstacle == ""


def test_what_is_not_there_is_greyed_with_the_reason(qtbot: QtBot, panel: RestorePanel) -> None:
    engine, device = panel._engines.findChildren(QComboBox)
    assert [engine.itemText(row) for row in range(engine.count())] == [
        "Automatic",
        "ONNX Runtime",
        "PyTorch – PyTorch is not installed.",
    ]
    assert [engine.model().item(row).isEnabled() for row in range(3)] == [True, True, False]  # type: ignore
    assert engine.itemData(2, Qt.ItemDataRole.ToolTipRole) == "PyTorch is not installed."
    assert device.currentText() == "Processor (CPU) · 16 GB"
    panel.show_choice(EngineChoice((ONNX, NO_TORCH), is_probed=True))
    assert device.itemText(2) == "Graphics card (CUDA) – No CUDA device was found."
    assert not device.model().item(2).isEnabled()  # type: ignore[attr-defined]
    heard: list[str] = []
    panel.engine_chosen.connect(heard.append)
    engine.setFocus()
    QTest.keyClick(engine, Qt.Key.Key_Down)
    QTest.keyClick(engine, Qt.Key.Key_Down)
    assert heard == ["onnx"]


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


def pictures(panel: RestorePanel) -> Sequence[bool]:
    model = panel._list.model()
    role = Qt.ItemDataRole.DecorationRole
    return [not model.index(row, 0).data(role).isNull() for row in range(model.rowCount())]


def test_classical_fills_show_their_picture_others_without_one_a_neutral_frame(
    panel: RestorePanel,
) -> None:
    assert pictures(panel) == [False, True, False]
    frame = panel._list.grab().toImage()
    place = panel._list.visualRect(panel._list.model().index(0, 0)).topLeft() + QPoint(20, 20)
    color = frame.pixelColor(place)
    assert color.red() == color.green() == color.blue()


def hues(panel: RestorePanel) -> int:
    image = panel._list.grab().toImage()
    seen = (image.pixelColor(x, y) for x in range(0, image.width(), 3) for y in range(0, 160, 3))
    return sum(color.saturation() > 20 for color in seen)


def test_pictures_have_their_colours_only_where_somebody_looks(
    qtbot: QtBot, panel: RestorePanel
) -> None:
    panel.activateWindow()
    search_field(panel).setFocus()
    # Without a screen the pointer is anywhere.
    QApplication.sendEvent(panel._list.viewport(), QEvent(QEvent.Type.Leave))
    assert hues(panel) == 0
    panel._list.setFocus()
    assert hues(panel) > 50
