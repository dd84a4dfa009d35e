"""Retouching in the window: options, palette, target of the brush, keys."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from core.document.layer import LayerKind
from core.image.blend_modes import BlendMode
from core.image.color import ColorProfile
from core.image.geometry import Point
from desktop.clone_source import CloneSource
from desktop.color_well import ColorWell
from desktop.dialogs.paint_color_dialog import PaintColorDialog
from desktop.main_window import MainWindow
from desktop.paint_colors import PaintColors
from desktop.painting_page import PaintingPage
from desktop.preferences import Preferences
from desktop.toolbox import Toolbox
from desktop.tools import ToolName

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def page(window, open_in, write_painting) -> PaintingPage:
    return open_in(window, write_painting())


def press(window: MainWindow, text: str) -> None:
    buttons = [b for b in window.options.findChildren(QToolButton) if b.text() == text]
    QTest.mouseClick(buttons[0], LEFT)


def drag(page: PaintingPage, *points: tuple[int, int]) -> None:
    places = [QPoint(*point) for point in points]
    QTest.mousePress(page.canvas, LEFT, NONE, places[0])
    for place in places[1:]:
        QTest.mouseMove(page.canvas, place)
    QTest.mouseRelease(page.canvas, LEFT, NONE, places[-1])


def kinds(page: PaintingPage) -> list[LayerKind]:
    return [layer.kind for layer in page.session.document.stack]


class TestTarget:
    def test_the_brush_marks_a_mask_until_colour_is_chosen(self, window, page):
        middle = page.canvas.rect().center()
        drag(page, (middle.x(), middle.y()), (middle.x() + 30, middle.y()))
        assert page.session.document.history.commands[-1].label == "Paint mask"
        press(window, "Colour")
        drag(page, (middle.x(), middle.y()), (middle.x() + 30, middle.y()))
        assert page.session.document.history.commands[-1].label == "Paint retouch"
        assert page.session.layers.selected.name == "Hand retouch"
        press(window, "Mask")
        drag(page, (middle.x(), middle.y() + 20), (middle.x() + 30, middle.y() + 20))
        assert page.session.document.history.commands[-1].label == "Paint mask"
        assert page.session.layers.selected.kind is LayerKind.MASK

    def test_a_chosen_layer_says_what_the_brush_works_on(self, window, page):
        layers = page.session.layers
        layers.add(LayerKind.RETOUCH)
        assert page.target.is_color
        assert window.options.retouch.isVisible()
        layers.select(layers.stack.of_kind(LayerKind.MASK)[0].id)
        assert not page.target.is_color
        assert not window.options.retouch.isVisible()

    def test_undoing_the_first_stroke_does_not_turn_the_brush_into_a_mask_brush(self, window, page):
        press(window, "Colour")
        middle = page.canvas.rect().center()
        drag(page, (middle.x(), middle.y()), (middle.x() + 30, middle.y()))
        window.actions_["undo"].trigger()
        assert LayerKind.RETOUCH not in kinds(page)
        assert page.target.is_color
        drag(page, (middle.x(), middle.y()), (middle.x() + 30, middle.y()))
        assert kinds(page).count(LayerKind.RETOUCH) == 1

    def test_mask_brush_colour_brush_and_eraser_keep_their_own_sizes(self, window, page):
        toolbox = window.tool_commands.toolbox
        toolbox.set_current(toolbox.current.sized(33))
        press(window, "Colour")
        toolbox.set_current(toolbox.current.sized(44))
        toolbox.choose(ToolName.CLONE)
        assert page.canvas.brush.size_px == 44
        toolbox.choose(ToolName.ERASER)
        toolbox.set_current(toolbox.current.sized(55))
        toolbox.choose(ToolName.BRUSH)
        assert page.canvas.brush.size_px == 44
        press(window, "Mask")
        assert page.canvas.brush.size_px == 33


class TestOptions:
    @pytest.mark.parametrize(
        ("key", "keys", "tool"),
        [
            (Qt.Key.Key_S, NONE, ToolName.CLONE),
            (Qt.Key.Key_J, NONE, ToolName.HEAL),
            (Qt.Key.Key_S, Qt.KeyboardModifier.ShiftModifier, ToolName.SMUDGE),
        ],
    )
    def test_keys_choose_the_tools(self, window, page, key, keys, tool):
        window.activateWindow()
        QTest.keyClick(page.canvas, key, keys)
        assert page.canvas.tool is tool
        assert window.options.retouch.isVisible()

    def test_they_reach_the_canvas_and_the_next_start(self, window, page):
        press(window, "Colour")
        options = window.options.retouch
        options._mode.setCurrentIndex(1)
        options._mode.activated.emit(1)
        options._sample.setCurrentIndex(2)
        options._sample.activated.emit(2)
        options._inside.click()
        used = page.canvas.retouching.options
        assert (used.mode, used.sample_px, used.stays_inside) == (BlendMode.MULTIPLY, 15, False)
        window.options._flow._box.setValue(30)
        assert page.canvas.brush.flow == 0.3
        assert window.preferences.save()
        again = Toolbox(Preferences(window.preferences.places))
        assert (again.retouch.mode, again.retouch.sample_px) == (BlendMode.MULTIPLY, 15)
        assert again.retouch.stays_inside, "no overpaint is the rule at each start"
        assert again.hand.flow == 0.3

    def test_the_options_of_all_tools_fit_a_small_window(self, window, page):
        press(window, "Colour")
        for tool in (ToolName.BRUSH, ToolName.CLONE, ToolName.HEAL, ToolName.SMUDGE):
            window.tool_commands.toolbox.choose(tool)
            assert window.options._pages.isVisible()
            bar = window.options.rect()
            inside = window.options.retouch._inside
            corner = inside.mapTo(window.options, inside.rect().bottomRight())
            assert bar.contains(corner), tool

    def test_hints_of_the_colour_tools_offer_no_mask(self, window, page):
        window.tool_commands.toolbox.choose(ToolName.CLONE)
        drag(page, (300, 200), (310, 200))
        assert "Alt-click" in window.notices.texts[0]
        assert "New Mask" not in [b.text() for b in window.notices.findChildren(QPushButton)]


class TestPalette:
    def test_a_recent_colour_is_taken_by_a_click(self, window, page):
        press(window, "Colour")
        colors, well = page.canvas.retouching.colors, window.options.retouch.well
        middle = page.canvas.rect().center()
        for index, color in enumerate(((60000, 0, 0), (0, 60000, 0))):
            colors.use(color)
            y = middle.y() + 15 * index
            drag(page, (middle.x(), y), (middle.x() + 30, y))
        QTest.mouseClick(well, LEFT, NONE, well.recent_place(1))
        assert colors.current == (60000, 0, 0)
        well.setFocus()
        QTest.keyClick(well, Qt.Key.Key_1)
        assert colors.current == (0, 60000, 0)
        shown = well.grab().toImage().pixelColor(12, 12)
        assert shown == colors.shown(colors.current)

    def test_values_are_entered_in_the_documents_own_samples(self, window, page, qtbot: QtBot):
        press(window, "Colour")
        QTest.mouseClick(window.options.retouch.well, LEFT, NONE, QPoint(10, 10))
        (dialog,) = window.findChildren(PaintColorDialog)
        for field, value in zip(dialog._fields, (12345, 23456, 34567), strict=True):
            field._box.setValue(value)
        use = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Use")
        QTest.mouseClick(use, LEFT)
        assert page.canvas.retouching.colors.current == (12345, 23456, 34567)

    def test_a_cancelled_dialog_changes_nothing(self, window, page):
        press(window, "Colour")
        colors = page.canvas.retouching.colors
        before = colors.current
        QTest.mouseClick(window.options.retouch.well, LEFT, NONE, QPoint(10, 10))
        (dialog,) = window.findChildren(PaintColorDialog)
        dialog._fields[0]._box.setValue(7)
        dialog.reject()
        assert colors.current == before

    def test_picking_samples_also_takes_the_colour(self, window, page):
        window.tool_commands.toolbox.choose(ToolName.PICK)
        middle = page.canvas.rect().center()
        QTest.mouseClick(page.canvas, LEFT, NONE, middle)
        ratio = page.canvas.devicePixelRatioF()
        at = Point(middle.x() * ratio, middle.y() * ratio)
        expected = page.canvas.sample_at(page.canvas.view.to_document(at))
        assert page.canvas.retouching.colors.current == expected

    def test_a_grey_painting_has_one_value(self, qtbot: QtBot):
        colors = PaintColors(ColorProfile.of(None, 1), None)
        dialog = PaintColorDialog(colors)
        qtbot.addWidget(dialog)
        dialog._fields[0]._box.setValue(65535)
        dialog.accept()
        assert colors.current == (65535,)
        assert colors.shown(colors.current).lightness() == 255
        assert colors.lab(colors.current)[0] == pytest.approx(100, abs=0.1)

    def test_a_well_without_a_painting_shows_and_takes_nothing(self, qtbot: QtBot):
        well = ColorWell()
        qtbot.addWidget(well)
        well.show_colors(None)
        QTest.mouseClick(well, LEFT, NONE, well.recent_place(0))
        assert not well.isEnabled()


def test_an_aligned_source_keeps_its_distance_and_another_one_returns() -> None:
    source = CloneSource()
    assert source.at(Point(0, 0), True) is None
    source.choose(Point(100, 100))
    assert source.at(Point(7, 7), True) == Point(100, 100), "before the first stroke"
    source.begin(Point(10.3, 20), True)
    assert source.offset == (90, 80), "whole pixels"
    source.end()
    assert source.at(Point(50, 50), True) == Point(140, 130)
    assert source.at(Point(50, 50), False) == Point(100, 100)
    source.begin(Point(50, 50), False)
    assert source.offset == (50, 50)
