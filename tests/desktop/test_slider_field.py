import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDoubleSpinBox, QSlider
from pytestqt.qtbot import QtBot

from desktop.slider_field import SliderField


@pytest.fixture
def field(qtbot: QtBot, themed: QApplication) -> SliderField:
    field = SliderField("Size", 1, 5000, " px", is_logarithmic=True)
    qtbot.addWidget(field)
    field.show()
    return field


def box(field: SliderField) -> QDoubleSpinBox:
    (found,) = field.findChildren(QDoubleSpinBox)
    return found


def slider(field: SliderField) -> QSlider:
    (found,) = field.findChildren(QSlider)
    return found


def test_setting_a_value_shows_it_and_emits_nothing(field: SliderField) -> None:
    heard: list[float] = []
    field.changed.connect(heard.append)
    field.settled.connect(heard.append)
    field.set_value(250)
    assert field.value == 250
    assert heard == []


def test_the_number_can_be_read(qtbot: QtBot, field: SliderField) -> None:
    field.set_value(250)
    qtbot.waitExposed(field)
    edit = box(field).lineEdit()
    assert edit.width() >= edit.fontMetrics().horizontalAdvance("5000 px")


def test_the_slider_goes_by_proportion(field: SliderField) -> None:
    heard: list[float] = []
    field.changed.connect(heard.append)
    slider(field).setValue(500)
    assert heard == [pytest.approx(5000**0.5, rel=1e-6)]


def test_typing_counts_when_it_is_complete(qtbot: QtBot, field: SliderField) -> None:
    heard: list[float] = []
    entered: list[bool] = []
    field.changed.connect(heard.append)
    field.entered.connect(lambda: entered.append(True))
    box(field).setFocus()
    box(field).selectAll()
    qtbot.keyClicks(box(field), "320")
    assert heard == []
    qtbot.keyClick(box(field), Qt.Key.Key_Return)
    assert heard == [320.0]
    assert entered == [True]


def test_both_controls_have_names_for_a_screen_reader(field: SliderField) -> None:
    assert box(field).accessibleName() == slider(field).accessibleName() == "Size"
