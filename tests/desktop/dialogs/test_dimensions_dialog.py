import pytest
from pytestqt.qtbot import QtBot

from desktop.dialogs.dimensions_dialog import DimensionsDialog


def test_width_height_and_resolution_follow_each_other(qtbot: QtBot) -> None:
    dialog = DimensionsDialog((3000, 2000), None, None)
    qtbot.addWidget(dialog)
    assert dialog.dpi is None
    dialog._width.setValue(300.0)
    assert dialog.dpi == pytest.approx((254.0, 254.0))
    assert dialog._height.value() == pytest.approx(200.0)
    dialog._dpi.setValue(508.0)
    assert dialog._width.value() == pytest.approx(150.0)
    dialog._height.setValue(400.0)
    assert dialog.dpi == pytest.approx((127.0, 127.0))


def test_what_the_file_states_comes_back(qtbot: QtBot) -> None:
    dialog = DimensionsDialog((3000, 2000), (127.0, 127.0), (300.0, 300.0))
    qtbot.addWidget(dialog)
    assert dialog._dpi.value() == 127.0
    dialog.reset.click()
    assert dialog.dpi == (300.0, 300.0)
    assert dialog._width.value() == pytest.approx(254.0)


def test_nought_means_that_nothing_is_known(qtbot: QtBot) -> None:
    dialog = DimensionsDialog((3000, 2000), (127.0, 127.0), None)
    qtbot.addWidget(dialog)
    dialog._dpi.setValue(0.0)
    assert dialog.dpi is None
    assert dialog._width.value() == 0.0
