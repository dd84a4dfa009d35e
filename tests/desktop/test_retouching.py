"""The colour tools on a canvas, by mouse and pen: what is laid, and what is seen of it."""

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.document.composite import composite
from core.document.document import Document
from core.document.layer import LayerKind
from core.errors import ImageReadError
from core.image.blend_modes import BlendMode
from core.image.geometry import Point, Rect
from core.image.heal import HealStroke
from core.image.surface import U8, U16
from desktop.canvas import Canvas
from desktop.retouch_settings import RetouchSettings
from desktop.tools import BrushSettings, ToolName

LEFT = Qt.MouseButton.LeftButton
NONE, SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier
RED = (60000, 5000, 9000)
VIEW = Rect(100, 50, 400, 300)
PEN = QPointingDevice(
    "pen",
    1500,
    QInputDevice.DeviceType.Stylus,
    QPointingDevice.PointerType.Pen,
    QInputDevice.Capability.Position | QInputDevice.Capability.Pressure,
    1,
    3,
)


@pytest.fixture
def document(make_document: Callable[..., Document]) -> Document:
    return make_document(700, 500)


@pytest.fixture
def canvas(document: Document, make_canvas: Callable[..., Canvas]) -> Canvas:
    """A canvas of 400 × 300 at 100 % from document (100, 50) on, a hard 20-px brush of red."""
    canvas = make_canvas(document)
    canvas.zoom_to(1.0)
    canvas.pan_by(-100 - canvas.view.left, -50 - canvas.view.top)
    canvas.set_retouch(True, None)
    canvas.set_brush(BrushSettings(20.0, hardness=1.0))
    canvas.retouching.colors.use(RED)
    canvas.retouching.layer_made.connect(lambda layer_id: canvas.set_retouch(True, layer_id))
    return canvas


def drag(canvas: Canvas, *points: tuple[int, int], keys: Qt.KeyboardModifier = NONE) -> None:
    places = [QPoint(*point) for point in points]
    QTest.mousePress(canvas, LEFT, keys, places[0])
    for place in places[1:]:
        QTest.mouseMove(canvas, place)
    QTest.mouseRelease(canvas, LEFT, keys, places[-1])


def retouch(document: Document) -> U16:
    return document.stack.of_kind(LayerKind.RETOUCH)[0].pixels.read(document.stack.rect)


def source(document: Document) -> U16:
    found = document.stack.layers[0].source
    assert found is not None
    return found.read(document.stack.rect)


def seen(document: Document) -> U16:
    return composite(document.shown, document.stack.rect)


def grabbed(canvas: Canvas) -> U8:
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    image = canvas.grab().toImage()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return rows[:, : image.width(), 2::-1].copy()


def is_shown_right(canvas: Canvas, document: Document, margin: int = 0) -> bool:
    expected = np.rint(seen(document)[VIEW.slices(document.stack.rect)] / 257)
    return bool(np.abs(grabbed(canvas) - expected).max() <= 1 + margin)


class TestBrush:
    def test_the_first_stroke_makes_a_layer_in_the_same_step(self, canvas, document):
        drag(canvas, (100, 100), (200, 100))
        assert [layer.name for layer in document.stack] == ["painting", "Losses", "Hand retouch"]
        assert document.history.position == 1
        pixels = retouch(document)
        assert tuple(pixels[150, 250]) == (*RED, 65535)
        assert not pixels[150, 320].any()
        assert canvas.retouching.layer_id == document.stack.layers[-1].id
        drag(canvas, (100, 200), (200, 200))
        assert len(document.stack.layers) == 3
        assert document.history.position == 2

    def test_undo_gives_the_very_same_tiles_back(self, canvas, document):
        drag(canvas, (100, 100), (200, 100))
        before = document.stack
        drag(canvas, (100, 120), (200, 140))
        document.undo()
        assert document.stack is before
        document.undo()
        assert not document.stack.of_kind(LayerKind.RETOUCH)

    def test_paint_is_seen_while_it_is_laid_and_by_no_worker(self, canvas, document, settle):
        settle(canvas)
        QTest.mousePress(canvas, LEFT, NONE, QPoint(100, 100))
        for x in (150, 200):
            QTest.mouseMove(canvas, QPoint(x, 120))
            assert is_shown_right(canvas, document), "at once"
        QTest.mouseRelease(canvas, LEFT, NONE, QPoint(200, 120))
        assert is_shown_right(canvas, document)
        settle(canvas)
        assert is_shown_right(canvas, document)

    def test_the_original_is_held_without_the_stroke_under_way(self, canvas, document, settle):
        settle(canvas)
        before = grabbed(canvas)
        QTest.mousePress(canvas, LEFT, NONE, QPoint(100, 100))
        QTest.mouseMove(canvas, QPoint(150, 100))
        canvas.grab()
        canvas.set_show_original(True)
        assert np.array_equal(grabbed(canvas), before)
        QTest.mouseRelease(canvas, LEFT, NONE, QPoint(150, 100))

    def test_it_is_seen_under_a_mask_and_at_other_zooms(self, canvas, document, settle):
        mask = np.full((60, 60), 255, np.uint8)
        stack = document.stack
        surface = stack.layer(2).pixels.writing(Rect(200, 130, 60, 60), mask)
        document.do("Mark", stack.with_surface(2, surface))
        canvas.set_retouch_options(RetouchSettings(stays_inside=False))
        canvas.zoom_to(0.5)
        settle(canvas)
        QTest.mousePress(canvas, LEFT, NONE, QPoint(100, 100))
        QTest.mouseMove(canvas, QPoint(220, 180))
        live = grabbed(canvas)
        QTest.mouseRelease(canvas, LEFT, NONE, QPoint(220, 180))
        settle(canvas)
        assert np.abs(grabbed(canvas).astype(int) - live).max() <= 1

    def test_a_stroke_given_up_leaves_nothing(self, canvas, document, settle):
        settle(canvas)
        before = grabbed(canvas)
        QTest.mousePress(canvas, LEFT, NONE, QPoint(100, 100))
        QTest.mouseMove(canvas, QPoint(180, 120))
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        settle(canvas)
        assert document.history.position == 0
        assert not document.is_previewing
        assert np.array_equal(grabbed(canvas), before)

    def test_alt_click_picks_what_is_shown(self, canvas, document):
        drag(canvas, (100, 100), (120, 100))
        canvas.retouching.colors.use((1, 2, 3))
        QTest.mouseClick(canvas, LEFT, ALT, QPoint(110, 100))
        assert canvas.retouching.colors.current == RED
        QTest.mouseClick(canvas, LEFT, ALT, QPoint(300, 200))
        assert canvas.retouching.colors.current == tuple(source(document)[250, 400])
        assert document.history.position == 1, "nothing was painted"

    def test_a_picked_colour_may_be_the_mean_of_a_square(self, canvas, document):
        canvas.set_retouch_options(RetouchSettings(sample_px=15))
        QTest.mouseClick(canvas, LEFT, ALT, QPoint(300, 200))
        square = source(document)[243:258, 393:408]
        assert canvas.retouching.colors.current == pytest.approx(square.mean((0, 1)), abs=0.51)

    def test_colours_painted_with_are_the_recent_ones(self, canvas):
        colors = canvas.retouching.colors
        for red in range(9):
            colors.use((red, 0, 0))
            drag(canvas, (100 + 20 * red, 100), (110 + 20 * red, 100))
        assert [samples[0] for samples in colors.recent] == [8, 7, 6, 5, 4]

    @pytest.mark.parametrize("mode", list(BlendMode))
    def test_modes_work_against_what_is_shown_below(self, canvas, document, mode):
        canvas.set_retouch_options(RetouchSettings(mode=mode))
        drag(canvas, (100, 100), (200, 100))
        ground, now = source(document)[150, 250] / 65535, seen(document)[150, 250] / 65535
        red = np.array(RED) / 65535
        luma = np.array([0.3, 0.59, 0.11])
        if mode is BlendMode.NORMAL:
            assert now == pytest.approx(red, abs=1e-4)
        elif mode is BlendMode.MULTIPLY:
            assert now == pytest.approx(red * ground, abs=1e-4)
        elif mode is BlendMode.SCREEN:
            assert now == pytest.approx(red + ground - red * ground, abs=1e-4)
        else:
            kept = ground if mode is BlendMode.COLOR else red
            assert now @ luma == pytest.approx(kept @ luma, abs=1e-3)

    def test_opacity_and_flow(self, canvas, document):
        canvas.set_brush(BrushSettings(20.0, hardness=1.0, opacity=0.5))
        drag(canvas, (100, 100), (200, 100))
        assert retouch(document)[150, 250, 3] == 32768
        canvas.set_brush(BrushSettings(20.0, hardness=1.0, opacity=0.5, flow=0.1))
        drag(canvas, (100, 200), (103, 200))
        assert 0 < retouch(document)[250, 201, 3] < 12000

    def test_shift_click_draws_a_straight_line(self, canvas, document):
        drag(canvas, (100, 100), (101, 100))
        QTest.mouseClick(canvas, LEFT, SHIFT, QPoint(250, 100))
        assert retouch(document)[150, 250, 3] == 65535

    def test_a_hidden_layer_is_not_painted_on(self, canvas, document):
        hints = []
        canvas.retouching.hinted.connect(hints.append)
        drag(canvas, (100, 100), (200, 100))
        layer = document.stack.layers[-1]
        document.do("Hide", document.stack.replacing(replace(layer, is_visible=False)))
        drag(canvas, (100, 150), (200, 150))
        assert document.history.position == 2
        assert "hidden" in hints[0]

    def test_grey_paintings_are_painted_in_grey(self, make_document, make_canvas, settle):
        pixels = np.full((300, 400, 1), 20000, np.uint16)
        document = make_document(pixels=pixels)
        canvas = make_canvas(document)
        canvas.set_retouch(True, None)
        canvas.retouching.colors.use((50000,))
        settle(canvas)
        drag(canvas, (150, 100), (200, 120))
        assert seen(document).max() == 50000


class TestMask:
    @pytest.fixture(autouse=True)
    def marked(self, document):
        """Mark the document's columns 200..260."""
        stack = document.stack
        values = np.full((500, 60), 255, np.uint8)
        surface = stack.layer(2).pixels.writing(Rect(200, 0, 60, 500), values)
        document.do("Mark", stack.with_surface(2, surface))

    @pytest.mark.parametrize(
        "tool", [ToolName.BRUSH, ToolName.CLONE, ToolName.HEAL, ToolName.SMUDGE]
    )
    @pytest.mark.parametrize("is_shown", [True, False])
    def test_no_tool_paints_outside_the_mask(self, canvas, document, tool, is_shown):
        mask = replace(document.stack.layer(2), is_visible=is_shown)
        document.do("Show", document.stack.replacing(mask))
        canvas.set_tool(tool)
        canvas.retouching.source.choose(Point(400, 250))
        drag(canvas, (50, 100), (250, 110))
        canvas.end_stroke()
        pixels = retouch(document)
        assert pixels[:, 200:260].any()
        pixels[:, 200:260] = 0
        assert not pixels.any()

    def test_a_stroke_outside_makes_no_step_and_says_why(self, canvas, document):
        hints = []
        canvas.retouching.hinted.connect(hints.append)
        drag(canvas, (300, 100), (350, 110))
        assert document.history.position == 1
        assert "outside the mask" in hints[0]
        assert not document.is_previewing

    def test_it_may_be_left_on_purpose(self, canvas, document):
        canvas.set_retouch_options(RetouchSettings(stays_inside=False))
        drag(canvas, (300, 100), (350, 110))
        assert retouch(document).any()


class TestClone:
    def test_alt_click_sets_the_source_and_samples_are_copied_exactly(self, canvas, document):
        canvas.set_tool(ToolName.CLONE)
        QTest.mouseClick(canvas, LEFT, ALT, QPoint(300, 200))
        drag(canvas, (100, 100), (150, 100))
        assert document.history.commands[-1].label == "Clone"
        assert np.array_equal(seen(document)[150, 200:250], source(document)[250, 400:450])

    def test_without_a_source_it_says_what_to_do(self, canvas, document):
        hints = []
        canvas.retouching.hinted.connect(hints.append)
        canvas.set_tool(ToolName.CLONE)
        drag(canvas, (100, 100), (150, 100))
        assert document.history.position == 0
        assert "Alt-click" in hints[0]

    @pytest.mark.parametrize("is_aligned", [True, False])
    def test_aligned_or_from_the_same_place_again(self, canvas, document, is_aligned):
        canvas.set_retouch_options(RetouchSettings(is_aligned=is_aligned))
        canvas.set_tool(ToolName.CLONE)
        QTest.mouseClick(canvas, LEFT, ALT, QPoint(300, 200))
        drag(canvas, (100, 100), (110, 100))
        drag(canvas, (50, 150), (60, 150))
        there = source(document)[300, 350] if is_aligned else source(document)[250, 400]
        assert np.array_equal(seen(document)[200, 150], there)

    def test_from_the_painting_or_from_what_is_seen(self, canvas, document):
        drag(canvas, (300, 200), (310, 200))
        for is_composite in (True, False):
            canvas.set_retouch_options(RetouchSettings(is_composite=is_composite))
            canvas.set_tool(ToolName.CLONE)
            QTest.mouseClick(canvas, LEFT, ALT, QPoint(300, 200))
            drag(canvas, (100, 100), (101, 100))
            expected = RED if is_composite else tuple(source(document)[250, 400])
            assert tuple(seen(document)[150, 200]) == expected

    def test_a_second_cursor_shows_the_source(self, canvas, settle):
        settle(canvas)
        canvas.set_tool(ToolName.CLONE)
        QTest.mouseClick(canvas, LEFT, ALT, QPoint(300, 200))
        plain = grabbed(canvas)
        QTest.mouseMove(canvas, QPoint(100, 100))
        image = canvas.grab().toImage()
        assert image.pixelColor(300, 200).lightness() > 240, "its cross"
        assert image.pixelColor(300, 209).rgb() != image.pixelColor(300, 205).rgb(), "its circle"
        assert np.array_equal(grabbed(canvas), plain), "gone with the pointer"


class TestHeal:
    def test_the_tone_is_that_of_the_place_the_grain_that_of_the_source(
        self, make_document, make_canvas, settle
    ):
        grain = np.random.default_rng(0).integers(-1500, 1500, (400, 600, 1))
        ramp = np.linspace(10000, 50000, 600)[None, :, None]
        document = make_document(pixels=np.repeat(ramp + grain, 3, 2).astype(np.uint16))
        canvas = make_canvas(document)
        canvas.zoom_to(1.0)
        canvas.pan_by(-canvas.view.left, -canvas.view.top)
        canvas.set_tool(ToolName.HEAL)
        canvas.set_brush(BrushSettings(30.0, hardness=1.0))
        QTest.mouseClick(canvas, LEFT, ALT, QPoint(300, 200))
        drag(canvas, (100, 100), (150, 100))
        canvas.end_stroke()
        assert document.history.commands[-1].label == "Heal"
        healed = seen(document)[92:108, 100:150, 0] - ramp[:, 100:150, 0]
        assert abs(healed.mean()) < 700
        taken = grain[192:208, 300:350, 0]
        assert np.corrcoef(healed.ravel(), taken.ravel())[0, 1] > 0.9

    @pytest.fixture
    def gate(self, monkeypatch, canvas):
        """The heal tool in hand; no stroke of it ends before this is set."""
        gate, finish = threading.Event(), HealStroke.finish

        def finish_late(stroke):
            assert gate.wait(10)
            return finish(stroke)

        monkeypatch.setattr(HealStroke, "finish", finish_late)
        canvas.set_tool(ToolName.HEAL)
        canvas.retouching.source.choose(Point(400, 250))
        yield gate
        gate.set()

    def test_it_is_seen_as_cloned_until_it_is_healed(self, canvas, document, gate, qtbot):
        drag(canvas, (100, 100), (150, 100))
        assert document.history.position == 0
        assert np.array_equal(seen(document)[150, 200:250], source(document)[250, 400:450])
        gate.set()
        qtbot.waitUntil(lambda: document.history.position == 1)
        assert not document.is_previewing
        assert not np.array_equal(seen(document)[150, 200:250], source(document)[250, 400:450])

    def test_the_next_stroke_comes_after_it(self, canvas, document, gate):
        drag(canvas, (100, 100), (150, 100))
        threading.Timer(0.05, gate.set).start()
        canvas.set_tool(ToolName.BRUSH)
        drag(canvas, (120, 100), (125, 100))
        labels = [command.label for command in document.history.commands]
        assert labels == ["Heal", "Paint retouch"]
        assert tuple(seen(document)[150, 222]) == RED

    def test_it_is_healed_on_what_came_in_between(self, canvas, document, gate, qtbot):
        canvas.set_tool(ToolName.BRUSH)
        drag(canvas, (200, 20), (205, 20))
        drag(canvas, (100, 100), (105, 100))
        canvas.set_tool(ToolName.HEAL)
        drag(canvas, (100, 150), (150, 150))
        canvas.set_tool(ToolName.BRUSH)
        document.undo()
        gate.set()
        qtbot.waitUntil(lambda: document.history.position == 2)
        assert document.history.commands[-1].label == "Heal"
        assert not retouch(document)[150, 203].any()
        assert retouch(document)[200, 203].any()

    @pytest.mark.parametrize("end", ["end_stroke", "detach", "hide"])
    def test_it_is_not_lost_when_the_canvas_goes(self, canvas, document, gate, end):
        drag(canvas, (100, 100), (150, 100))
        threading.Timer(0.05, gate.set).start()
        getattr(canvas, end)()
        assert document.history.position == 1

    def test_what_cannot_be_read_leaves_the_document_as_it_was(
        self, canvas, document, monkeypatch, qtbot
    ):
        def fail(stroke):
            raise ImageReadError("The file is gone.")

        monkeypatch.setattr(HealStroke, "finish", fail)
        canvas.set_tool(ToolName.HEAL)
        canvas.retouching.source.choose(Point(400, 250))
        with qtbot.waitSignal(canvas.retouching.hinted) as hint:
            drag(canvas, (100, 100), (150, 100))
        assert hint.args == ["The file is gone."]
        assert document.history.position == 0
        assert not document.is_previewing


class TestSmudge:
    def test_paint_is_dragged_along(self, make_document, make_canvas):
        pixels = np.full((400, 600, 3), 8000, np.uint16)
        pixels[:, 200:] = 60000
        document = make_document(pixels=pixels)
        canvas = make_canvas(document)
        canvas.zoom_to(1.0)
        canvas.pan_by(-canvas.view.left, -canvas.view.top)
        canvas.set_tool(ToolName.SMUDGE)
        canvas.set_brush(BrushSettings(30.0, hardness=0.5, opacity=0.8))
        drag(canvas, (170, 100), (230, 100))
        assert document.history.commands[-1].label == "Smudge"
        row = seen(document)[100, :, 0]
        assert row[205] < 30000
        assert (seen(document)[150] == pixels[150]).all()


class TestEraser:
    def test_it_takes_paint_away_and_keeps_its_own_size(self, canvas, document):
        drag(canvas, (100, 100), (200, 100))
        canvas.set_tool(ToolName.ERASER)
        canvas.set_brush(BrushSettings(30.0, hardness=1.0))
        drag(canvas, (150, 100), (151, 100))
        assert document.history.commands[-1].label == "Erase retouch"
        pixels = retouch(document)
        assert not pixels[150, 250].any()
        assert pixels[150, 205, 3] == 65535
        canvas.set_tool(ToolName.BRUSH)
        assert canvas.brush.size_px == 20.0

    def test_without_a_retouch_layer_it_says_so(self, canvas, document):
        hints = []
        canvas.retouching.hinted.connect(hints.append)
        canvas.set_tool(ToolName.ERASER)
        drag(canvas, (150, 100), (151, 100))
        assert document.history.position == 0
        assert hints


class TestPen:
    def test_pressure_drives_opacity_in_16_bit(self, canvas, document):
        canvas.set_brush(
            BrushSettings(30.0, hardness=1.0, pressure_size=False, pressure_opacity=True)
        )
        for kind, x, pressure in (
            (QEvent.Type.TabletPress, 100, 0.5),
            (QEvent.Type.TabletMove, 150, 0.5),
            (QEvent.Type.TabletRelease, 150, 0.0),
        ):
            at = QPointF(x, 100)
            event = QTabletEvent(
                kind, PEN, at, canvas.mapToGlobal(at), pressure, 0.0, 0.0, 0.0, 0.0, 0.0, NONE,
                LEFT, LEFT if pressure else Qt.MouseButton.NoButton,
            )  # fmt: skip
            QApplication.sendEvent(canvas, event)
        assert retouch(document)[150, 225, 3] / 65535 == pytest.approx(0.5, abs=0.01)


def test_an_edit_that_comes_in_between_is_kept(canvas, document, qtbot: QtBot) -> None:
    drag(canvas, (100, 100), (110, 100))
    layer = document.stack.layers[-1]
    QTest.mousePress(canvas, LEFT, NONE, QPoint(150, 100))
    QTest.mouseMove(canvas, QPoint(180, 100))
    patch = np.full((20, 20, 4), 65535, np.uint16)
    filled = layer.pixels.writing(Rect(230, 200, 20, 20), patch)
    document.do("Fill", document.stack.with_surface(layer.id, filled))
    QTest.mouseMove(canvas, QPoint(190, 100))
    QTest.mouseRelease(canvas, LEFT, NONE, QPoint(190, 100))
    pixels = retouch(document)
    assert (pixels[200:220, 230:250] == 65535).all(), "in the very tile that was painted on"
    assert tuple(pixels[150, 280]) == (*RED, 65535)
