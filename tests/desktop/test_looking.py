"""What lies over the picture: split line, grid, measure, badge; and painting a turned view."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.document.document import Document
from core.document.layer import LayerKind
from core.image.geometry import Point, Rect
from core.image.surface import U8
from desktop.canvas import Canvas
from desktop.look import Look, Tint
from desktop.orientation import UPRIGHT
from desktop.tools import BrushSettings, ToolName
from desktop.units import Unit, Units

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
MakeDocument = Callable[..., Document]
MakeCanvas = Callable[..., Canvas]
Settle = Callable[[Canvas], None]


def grabbed(canvas: Canvas) -> U8:
    """Return the canvas's pixels, without the brush's outline and without labels."""
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    image = canvas.grab().toImage()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return rows[:, : image.width(), 2::-1].copy()


def drag(canvas: Canvas, *points: tuple[int, int]) -> None:
    places = [QPoint(*point) for point in points]
    QTest.mousePress(canvas, LEFT, NONE, places[0])
    for place in places[1:]:
        QTest.mouseMove(canvas, place)
    QTest.mouseRelease(canvas, LEFT, NONE, places[-1])


def move(canvas: Canvas, x: int, y: int, modifiers: Qt.KeyboardModifier) -> None:
    at = QPointF(x, y)
    event = QMouseEvent(
        QEvent.Type.MouseMove, at, canvas.mapToGlobal(at), Qt.MouseButton.NoButton, LEFT, modifiers
    )
    QApplication.sendEvent(canvas, event)


@pytest.fixture
def document(make_document: MakeDocument) -> Document:
    return make_document(700, 500)


@pytest.fixture
def canvas(document: Document, make_canvas: MakeCanvas, settle: Settle) -> Canvas:
    """A canvas of 400 × 300 at 100 % from document (100, 50) on, with a stroke across."""
    canvas = make_canvas(document)
    canvas.zoom_to(1.0)
    canvas.pan_by(-100 - canvas.view.left, -50 - canvas.view.top)
    canvas.set_brush(BrushSettings(20.0, hardness=1.0))
    drag(canvas, (40, 100), (200, 100), (360, 100))
    settle(canvas)
    return canvas


class TestSplit:
    def test_the_original_is_left_of_the_line_and_the_work_right_of_it(self, canvas, settle):
        work = grabbed(canvas)
        canvas.set_show_original(True)
        original = grabbed(canvas)
        canvas.set_show_original(False)
        canvas.set_split(True)
        both = grabbed(canvas)
        rows = slice(80, 120)
        assert np.array_equal(both[rows, 60:190], original[rows, 60:190])
        assert np.array_equal(both[rows, 210:340], work[rows, 210:340])
        assert not np.array_equal(both[rows, 60:190], work[rows, 60:190])

    def test_the_line_is_dragged_and_nothing_is_painted(self, canvas, document):
        canvas.set_split(True)
        drag(canvas, (200, 40), (150, 60), (90, 60))
        assert canvas.looking.split.x == 90
        assert document.history.position == 1
        both = grabbed(canvas)
        canvas.set_split(False)
        work = grabbed(canvas)
        assert np.array_equal(both[80:120, 110:340], work[80:120, 110:340])

    def test_it_cannot_be_lost_beside_the_window(self, canvas):
        canvas.set_split(True)
        drag(canvas, (200, 40), (-300, 60))
        assert canvas.looking.split.x == 24
        drag(canvas, (24, 40), (900, 60))
        assert canvas.looking.split.x == 400 - 24

    def test_beside_the_line_one_paints_as_ever_and_on_it_the_cursor_says_so(
        self, canvas, document
    ):
        canvas.set_split(True)
        QTest.mouseMove(canvas, QPoint(201, 40))
        assert canvas.cursor().shape() == Qt.CursorShape.SplitHCursor
        QTest.mouseMove(canvas, QPoint(240, 40))
        assert canvas.cursor().shape() == Qt.CursorShape.BitmapCursor
        drag(canvas, (240, 200), (300, 200))
        assert document.history.position == 2


class TestGrid:
    def test_lines_stand_at_round_lengths_of_the_unit(self, canvas):
        canvas.looking.set_units(Units(Unit.MM, (254.0, 254.0)))
        bare = grabbed(canvas).astype(int)
        canvas.looking.set_grid(True)
        lined = np.abs(grabbed(canvas) - bare).sum(2) > 0
        # 10 px per mm at 1:1: every 10 mm. The view begins at document (100, 50).
        assert np.flatnonzero(lined[20] & lined[40]).tolist() == [
            0,
            99,
            100,
            199,
            200,
            299,
            300,
            399,
        ]
        assert np.flatnonzero(lined[:, 20] & lined[:, 40]).tolist() == [49, 50, 149, 150, 249, 250]
        canvas.looking.set_grid(False)
        assert np.array_equal(grabbed(canvas), bare)


class TestMeasure:
    def test_a_drag_tells_pixels_millimetres_and_the_angle(self, canvas, document):
        canvas.looking.set_units(Units(Unit.MM, (254.0, 254.0)))
        canvas.set_tool(ToolName.MEASURE)
        drag(canvas, (50, 250), (60, 240), (150, 150))
        assert canvas.looking.measuring.text == "141.4 px · 14.14 mm · 45.0°"
        assert document.history.position == 1
        canvas.looking.set_units(Units(Unit.CM, (508.0, 508.0)))
        assert canvas.looking.measuring.text == "141.4 px · 0.707 cm · 45.0°"

    def test_the_line_is_seen_until_escape(self, canvas):
        canvas.set_tool(ToolName.MEASURE)
        bare = grabbed(canvas)
        drag(canvas, (50, 200), (150, 200))
        lined = grabbed(canvas)
        assert not np.array_equal(lined[200, 50:150], bare[200, 50:150])
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        assert canvas.looking.measuring.text == ""
        assert np.array_equal(grabbed(canvas), bare)

    def test_shift_keeps_to_eighths_of_a_circle(self, canvas):
        canvas.set_tool(ToolName.MEASURE)
        QTest.mousePress(canvas, LEFT, NONE, QPoint(50, 200))
        move(canvas, 150, 215, Qt.KeyboardModifier.ShiftModifier)
        assert canvas.looking.measuring.text == "100.0 px · 0.0°"
        QTest.mouseRelease(canvas, LEFT, NONE, QPoint(150, 215))

    def test_without_a_resolution_pixels_alone_are_told(self, canvas):
        canvas.set_tool(ToolName.MEASURE)
        drag(canvas, (50, 200), (53, 204))
        assert canvas.looking.measuring.text == "5.0 px · -53.1°"

    def test_another_tool_takes_the_line_away(self, canvas):
        canvas.set_tool(ToolName.MEASURE)
        drag(canvas, (50, 200), (150, 200))
        canvas.set_tool(ToolName.BRUSH)
        assert canvas.looking.measuring.text == ""


class TestTurned:
    @pytest.mark.parametrize("quarters", range(4))
    @pytest.mark.parametrize("is_mirrored", [False, True])
    def test_a_stroke_lands_where_it_is_seen(
        self, make_canvas, document, settle, quarters, is_mirrored
    ):
        canvas = make_canvas(document)
        canvas.set_brush(BrushSettings(30.0, hardness=1.0))
        canvas.turn(quarters)
        if is_mirrored:
            canvas.mirror()
        canvas.zoom_to(1.0)
        settle(canvas)
        before = grabbed(canvas)
        drag(canvas, (120, 100), (170, 130))
        during = grabbed(canvas)
        red = np.argwhere((during != before).any(2))
        mask = document.stack.of_kind(LayerKind.MASK)[0].pixels.read(document.stack.rect)
        marked = np.argwhere(mask > 127)
        seen = [canvas.view.to_device(Point(x + 0.5, y + 0.5)) for y, x in marked]
        assert min(p.x for p in seen) - 0.5 == pytest.approx(red[:, 1].min(), abs=1)
        assert max(p.y for p in seen) - 0.5 == pytest.approx(red[:, 0].max(), abs=1)
        assert red[:, 1].min() == pytest.approx(120 - 15, abs=1)
        assert red[:, 0].max() == pytest.approx(130 + 14, abs=1)
        settle(canvas)
        assert np.array_equal(grabbed(canvas), during), "drawn anew it looks the same"

    def test_turned_at_fit_the_whole_picture_is_seen(self, make_canvas, document):
        canvas = make_canvas(document)
        canvas.turn(1)
        assert canvas.is_fitting
        assert canvas.scale == pytest.approx(276 / 700)

    def test_zoomed_in_the_middle_stays_and_upright_undoes_all(self, canvas):
        middle = Point(200, 150)
        fixed = canvas.view.to_document(middle)
        canvas.turn(1)
        canvas.mirror()
        assert canvas.view.to_document(middle) == pytest.approx(fixed, abs=1)
        canvas.set_upright()
        assert canvas.orientation == UPRIGHT

    def test_panning_follows_the_hand(self, canvas):
        canvas.turn(1)
        canvas.set_tool(ToolName.PAN)
        point = canvas.view.to_document(Point(200, 150))
        drag(canvas, (200, 150), (180, 160))
        assert canvas.view.to_device(point) == pytest.approx((180, 160), abs=1)

    def test_shift_drag_to_the_right_enlarges_the_brush(self, canvas):
        canvas.turn(2)
        QTest.mousePress(canvas, LEFT, Qt.KeyboardModifier.ShiftModifier, QPoint(100, 100))
        move(canvas, 115, 100, Qt.KeyboardModifier.ShiftModifier)
        QTest.mouseRelease(canvas, LEFT, Qt.KeyboardModifier.ShiftModifier, QPoint(115, 100))
        assert canvas.brush.size_px == 50.0

    def test_a_rectangle_is_marked_where_it_is_drawn(self, canvas, document, qtbot):
        canvas.turn(1)
        canvas.set_tool(ToolName.RECTANGLE)
        view = canvas.view
        drag(canvas, (100, 60), (150, 90), (180, 120))
        qtbot.waitUntil(lambda: document.history.position == 2, timeout=5000)
        mask = document.stack.of_kind(LayerKind.MASK)[0].pixels.read(document.stack.rect)
        rect = view.document_rect(Rect(100, 60, 80, 60), document.stack.rect)
        assert (mask[rect.slices(document.stack.rect)] == 255).all()
        assert (rect.width, rect.height) == (60, 80)

    def test_the_frame_around_a_turned_picture_is_whole(self, make_canvas, document, settle):
        canvas = make_canvas(document)
        canvas.set_assessment(True)
        canvas.turn(3)
        settle(canvas)
        column = grabbed(canvas)[150]
        assert len(np.flatnonzero((column == 255).all(1))) == 8, "4 px on either side"


class TestWords:
    def test_nothing_is_said_of_the_picture_as_it_is(self, canvas):
        assert canvas.looking.words == ""
        assert not canvas.looking._badge.isVisible()

    def test_all_that_is_unusual_is_said_over_the_picture(self, canvas):
        canvas.turn(1)
        canvas.mirror()
        canvas.set_look(Look(Tint.TONES, black=0.1))
        badge = canvas.looking._badge
        assert badge.isVisible()
        assert badge.text() == (
            "For viewing only: tones as colours, contrast stretched, turned by 90°, mirrored"
        )
        canvas.set_upright()
        canvas.set_look(Look())
        assert not badge.isVisible()


class TestLook:
    def test_stretching_changes_what_is_seen_and_no_sample(self, canvas, document, settle):
        before = grabbed(canvas)
        layers = document.stack
        sampled = canvas.sample_at(Point(300, 300))
        canvas.set_look(Look(black=0.2, white=0.6))
        settle(canvas)
        after = grabbed(canvas)
        assert document.stack is layers
        assert canvas.sample_at(Point(300, 300)) == sampled
        place = np.s_[280, 50:350]
        expected = np.clip((before[place] / 255 - 0.2) / 0.4, 0, 1) * 255
        assert np.abs(after[place] - expected).max() <= 2
        canvas.set_look(Look())
        settle(canvas)
        assert np.array_equal(grabbed(canvas), before)

    def test_what_is_in_sight_sets_the_stretch(self, canvas):
        seen = canvas.seen_samples()
        look = canvas.look.stretched_to(seen)
        assert look.black == pytest.approx(np.percentile(seen, 0.5) / 65535, abs=0.001)
        assert look.white == pytest.approx(np.percentile(seen, 99.5) / 65535, abs=0.001)
        assert 0 < look.black < look.white < 1
