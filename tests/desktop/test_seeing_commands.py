"""The View menu's new commands, in the window."""

from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColorSpace
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from desktop.dialogs.dimensions_dialog import DimensionsDialog
from desktop.look import PLAIN, Look
from desktop.main_window import MainWindow
from desktop.orientation import UPRIGHT
from desktop.painting_page import PaintingPage
from desktop.preferences import Preferences

WritePainting = Callable[..., Path]
OpenIn = Callable[..., PaintingPage]


@pytest.fixture
def page(window: MainWindow, write_painting: WritePainting, open_in: OpenIn) -> PaintingPage:
    return open_in(window, write_painting())


def test_rulers_grid_and_unit_hold_for_all_paintings_and_the_next_start(
    qtbot: QtBot, window: MainWindow, page: PaintingPage, write_painting: WritePainting,
    open_in: OpenIn,
) -> None:  # fmt: skip
    assert not page.frame.has_rulers
    for name in ("rulers", "grid", "unit_cm"):
        window.actions_[name].trigger()
    assert page.frame.has_rulers
    assert page.canvas.looking.has_grid
    other = open_in(window, write_painting("other.tif"))
    assert other.frame.has_rulers
    assert other.frame._corner.text() == "cm"
    window.close()
    again = MainWindow(Preferences(window.preferences.places))
    qtbot.addWidget(again)
    assert again.actions_["rulers"].isChecked()
    assert again.actions_["unit_cm"].isChecked()
    again.close()


def test_the_status_bar_tells_8_bit_and_lab_beside_the_samples(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    QTest.mouseMove(page.canvas, page.canvas.rect().center() / 3 * 2)
    QTest.mouseMove(page.canvas, page.canvas.rect().center())
    qtbot.waitUntil(lambda: window.status._lab.text().startswith("L* "), timeout=5000)
    samples = [int(part) for part in window.status._samples.text().split()[1::2]]
    eight = [int(part) for part in window.status._eight.text().split()[1:]]
    assert eight == [round(sample / 257) for sample in samples]
    lab = [float(part) for part in window.status._lab.text().split()[1::2]]
    exact = page._exact.to_lab(np.array([[samples]], np.uint16))[0, 0]
    assert lab == pytest.approx(exact, abs=0.06)
    window.actions_["unit_mm"].trigger()
    QTest.mouseMove(page.canvas, page.canvas.rect().center() / 2)
    qtbot.waitUntil(lambda: window.status._position.text().endswith(" mm"), timeout=5000)


def test_entered_dimensions_count_and_are_remembered(
    window: MainWindow, page: PaintingPage, open_in: OpenIn
) -> None:
    assert page.session.dpi == (300.0, 300.0)
    window.seeing_commands.set_dimensions(page, (254.0, 254.0))
    assert page.canvas.looking.units.dpi == (254.0, 254.0)
    path = page.session.path
    assert window.preferences.settings.sizes[str(path)] == "30.0000 × 20.0000"
    window.close_painting(page)
    again = open_in(window, path)
    assert again.session.dpi == pytest.approx((254.0, 254.0))
    window.seeing_commands.set_dimensions(again, None)
    assert again.session.dpi == (300.0, 300.0)
    assert window.preferences.settings.sizes == {}


@pytest.mark.parametrize("size", ["", "3", "a × b", "0 × 5", "-1 × 2", "nan × nan"])
def test_dimensions_that_make_no_sense_are_ignored(
    window: MainWindow, write_painting: WritePainting, open_in: OpenIn, size: str
) -> None:
    path = write_painting()
    window.preferences.change(sizes={str(path): size})
    assert open_in(window, path).session.dpi == (300.0, 300.0)


def test_a_monitors_profile_is_used_kept_and_can_be_given_up(
    qtbot: QtBot,
    window: MainWindow,
    page: PaintingPage,
    tmp_path: Path,
    settle: Callable[..., None],
) -> None:
    file = tmp_path / "monitor.icc"
    file.write_bytes(bytes(imagecodecs.cms_profile("adobergb")))
    settle(page.canvas)
    before = page.canvas.grab().toImage()
    window.seeing_commands.use_monitor(str(file))
    settle(page.canvas)
    assert page.canvas.grab().toImage() != before
    assert window.preferences.settings.monitor == str(file)
    window.seeing_commands.use_monitor("")
    settle(page.canvas)
    assert page.canvas.grab().toImage() == before


def test_what_is_no_monitors_profile_is_told(window: MainWindow, tmp_path: Path) -> None:
    file = tmp_path / "notes.icc"
    file.write_text("nothing")
    window.seeing_commands.use_monitor(str(file))
    assert "not the profile of a monitor" in window.notices.texts[0]
    assert window.preferences.settings.monitor == ""
    window.preferences.change(monitor=str(file))
    again = MainWindow(window.preferences)
    assert "cannot be used any more" in again.notices.texts[0]
    again.close()


def test_stretching_and_its_panel_are_of_the_painting_that_is_shown(
    window: MainWindow, page: PaintingPage, write_painting: WritePainting, open_in: OpenIn
) -> None:
    window.actions_["stretch"].trigger()
    look = page.canvas.look
    assert look.is_stretched
    other = open_in(window, write_painting("other.tif"))
    assert other.canvas.look == PLAIN
    assert window.seeing_commands.look_panel._look == PLAIN
    window.tabs.setCurrentWidget(page)
    assert window.seeing_commands.look_panel._look == look
    window.seeing_commands.look_panel.changed.emit(Look(white=0.5))
    assert page.canvas.look == Look(white=0.5)
    window.actions_["natural"].trigger()
    assert page.canvas.look == PLAIN


def test_split_and_side_by_side_are_of_each_painting(
    window: MainWindow, page: PaintingPage, write_painting: WritePainting, open_in: OpenIn
) -> None:
    window.activateWindow()
    page.canvas.setFocus()
    QTest.keyClick(page.canvas, Qt.Key.Key_Y)
    assert page.canvas.looking.split.is_shown
    window.actions_["beside"].trigger()
    assert page.frame.original_view is not None
    other = open_in(window, write_painting("other.tif"))
    assert not window.actions_["split"].isChecked()
    assert not window.actions_["beside"].isChecked()
    assert other.frame.original_view is None
    window.tabs.setCurrentWidget(page)
    assert window.actions_["split"].isChecked()
    assert window.actions_["beside"].isChecked()


def test_turning_and_mirroring_by_the_menu(window: MainWindow, page: PaintingPage) -> None:
    for name in ("turn_right", "turn_right", "turn_left", "mirror"):
        window.actions_[name].trigger()
    assert page.canvas.orientation == UPRIGHT.turned(1).mirrored()
    window.actions_["upright"].trigger()
    assert page.canvas.orientation == UPRIGHT


def test_the_navigator_follows_the_painting_that_is_shown(
    window: MainWindow, page: PaintingPage, write_painting: WritePainting, open_in: OpenIn
) -> None:
    small = window.seeing_commands.navigator.map
    assert small._canvas is page.canvas
    other = open_in(window, write_painting("other.tif"))
    assert small._canvas is other.canvas
    window.close_painting(other)
    assert small._canvas is page.canvas
    window.close_painting(page)
    assert small._canvas is None


def test_millimetres_of_a_painting_without_resolution_are_asked_for(
    qtbot: QtBot, window: MainWindow, page: PaintingPage
) -> None:
    window.actions_["unit_cm"].trigger()
    assert window.notices.texts == []
    page.session.dpi = None
    window.actions_["unit_mm"].trigger()
    assert "pixels are counted" in window.notices.texts[0]
    (enter,) = window.notices.findChildren(QPushButton)
    qtbot.mouseClick(enter, Qt.MouseButton.LeftButton)
    (dialog,) = window.findChildren(DimensionsDialog)
    dialog.reject()


def test_the_colour_well_and_the_thumbnails_are_shown_for_the_monitor_too(
    window: MainWindow, page: PaintingPage, tmp_path: Path, qtbot: QtBot
) -> None:
    colors, thumbnails = page.canvas.retouching.colors, page.session.thumbnails
    colors.use((60000, 9000, 12000))
    plain = colors.shown(colors.current)
    qtbot.waitUntil(lambda: thumbnails.is_settled)
    small = thumbnails(1)
    file = tmp_path / "monitor.icc"
    wide = QColorSpace(QColorSpace.NamedColorSpace.ProPhotoRgb)
    file.write_bytes(wide.iccProfile().data())
    window.seeing_commands.use_monitor(str(file))
    assert colors.shown(colors.current) != plain
    assert not thumbnails.is_settled
    qtbot.waitUntil(lambda: thumbnails.is_settled)
    assert thumbnails(1) != small
