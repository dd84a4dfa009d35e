import math
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.document.document import Document
from core.document.layer import LayerKind
from core.image.flood import Flood
from core.image.geometry import Point, Rect
from core.image.selection import Mode, ellipse, polygon
from core.image.surface import U8
from desktop.canvas import Canvas
from desktop.selection_tools import SelectionSettings
from desktop.tools import BrushSettings, ToolName

MakeDocument = Callable[..., Document]
MakeCanvas = Callable[..., Canvas]
Settle = Callable[[Canvas], None]
LEFT = Qt.MouseButton.LeftButton
NONE, SHIFT, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
PRESS, MOVE, RELEASE = (
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.MouseButtonRelease,
)
# The canvas shows the document from (100, 50) on at 100 %.
AT = Point(100, 50)


def picture() -> np.ndarray:
    """Return a brown ground with a blue disc, a paler one, and a thin dark crack."""
    pixels = np.empty((500, 700, 3), np.uint16)
    pixels[:] = (30000, 22000, 15000)
    rows, columns = np.mgrid[:500, :700]
    pixels[np.hypot(columns - 300, rows - 200) < 60] = (9000, 14000, 40000)
    pixels[np.hypot(columns - 450, rows - 300) < 30] = (9000, 14000, 40000)
    crack = np.abs(rows - (420 + 25 * np.sin(columns / 40))) < 1.5
    pixels[crack] = (4000, 3500, 3000)
    grain = np.random.default_rng(0).integers(0, 900, pixels.shape, np.uint16)
    return pixels + grain


@pytest.fixture
def document(make_document: MakeDocument) -> Document:
    return make_document(pixels=picture())


@pytest.fixture
def canvas(document: Document, make_canvas: MakeCanvas) -> Canvas:
    canvas = make_canvas(document)
    canvas.zoom_to(1.0)
    canvas.pan_by(-AT.x - canvas.view.left, -AT.y - canvas.view.top)
    return canvas


def send(
    canvas: Canvas, kind: QEvent.Type, x: float, y: float, keys: Qt.KeyboardModifier = NONE
) -> None:
    """Send a mouse event at a document point."""
    at = QPointF(x - AT.x, y - AT.y)
    button = Qt.MouseButton.NoButton if kind == MOVE else LEFT
    buttons = Qt.MouseButton.NoButton if kind == RELEASE else LEFT
    event = QMouseEvent(kind, at, canvas.mapToGlobal(at), button, buttons, keys)
    QApplication.sendEvent(canvas, event)


def drag(canvas: Canvas, *points: tuple[float, float], keys: Qt.KeyboardModifier = NONE) -> None:
    send(canvas, PRESS, *points[0], keys)
    for point in points[1:]:
        send(canvas, MOVE, *point, keys)
    send(canvas, RELEASE, *points[-1], keys)


def click(canvas: Canvas, x: float, y: float, keys: Qt.KeyboardModifier = NONE) -> None:
    drag(canvas, (x, y), keys=keys)


def hover(canvas: Canvas, x: float, y: float) -> None:
    at = QPointF(x - AT.x, y - AT.y)
    none = Qt.MouseButton.NoButton
    event = QMouseEvent(MOVE, at, canvas.mapToGlobal(at), none, none, NONE)
    QApplication.sendEvent(canvas, event)


def marked(document: Document) -> U8:
    return document.stack.of_kind(LayerKind.MASK)[0].pixels.read(document.stack.rect)


def labels(document: Document) -> list[str]:
    return [step.label for step in document.history.commands]


def seen(canvas: Canvas) -> U8:
    image = canvas.grab().toImage()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return rows[:, : image.width(), 2::-1].copy()


class TestShapes:
    def test_a_rectangle_marks_whole_pixels_in_one_step(self, canvas, document, finished):
        canvas.set_tool(ToolName.RECTANGLE)
        drag(canvas, (150, 80), (200, 90), (260, 170))
        finished()
        expected = np.zeros((500, 700), np.uint8)
        expected[80:170, 150:260] = 255
        assert np.array_equal(marked(document), expected)
        assert labels(document) == ["Mark rectangle"]
        document.undo()
        assert not marked(document).any()

    def test_its_outline_is_seen_while_it_is_dragged_and_gone_at_the_end(
        self, canvas, document, settle, finished
    ):
        settle(canvas)
        canvas.set_tool(ToolName.RECTANGLE)
        hover(canvas, 150, 80)
        before = seen(canvas)
        send(canvas, PRESS, 150, 80)
        send(canvas, MOVE, 260, 170)
        during = seen(canvas)
        changed = np.argwhere((during != before).any(2))
        assert changed.min(0).tolist() == [30, 50]
        assert changed.max(0).tolist() == [120, 160]
        assert len(changed) < 2 * (110 + 90) + 20, "only the outline"
        assert document.history.position == 0
        send(canvas, RELEASE, 260, 170)
        finished()
        document.undo()
        assert np.array_equal(seen(canvas), before)

    def test_shift_pressed_during_the_drag_makes_a_circle(self, canvas, document, finished):
        canvas.set_tool(ToolName.ELLIPSE)
        send(canvas, PRESS, 150, 80)
        send(canvas, MOVE, 250, 140)
        QTest.keyPress(canvas, Qt.Key.Key_Shift, NONE)
        send(canvas, MOVE, 250, 140, SHIFT)
        send(canvas, RELEASE, 250, 140, SHIFT)
        finished()
        expected = ellipse(Point(150, 80), Point(250, 180), document.stack.rect)
        assert np.array_equal(marked(document), expected.read(document.stack.rect))
        assert labels(document) == ["Mark ellipse"]

    def test_alt_pressed_during_the_drag_draws_from_the_middle(self, canvas, document, finished):
        canvas.set_tool(ToolName.RECTANGLE)
        send(canvas, PRESS, 200, 150)
        send(canvas, MOVE, 220, 180)
        QTest.keyPress(canvas, Qt.Key.Key_Alt, NONE)
        send(canvas, RELEASE, 220, 180, ALT)
        finished()
        rows, columns = np.nonzero(marked(document))
        assert (columns.min(), columns.max(), rows.min(), rows.max()) == (180, 219, 120, 179)

    def test_keys_held_at_the_press_add_take_away_and_intersect(self, canvas, document, finished):
        canvas.set_tool(ToolName.RECTANGLE)
        drag(canvas, (150, 80), (250, 180))
        drag(canvas, (200, 80), (300, 180), keys=SHIFT)
        finished()
        assert marked(document).sum() == 255 * 150 * 100
        drag(canvas, (150, 80), (170, 180), keys=ALT)
        finished()
        assert marked(document).sum() == 255 * 130 * 100
        drag(canvas, (200, 100), (400, 120), keys=SHIFT | ALT)
        finished()
        assert marked(document).sum() == 255 * 100 * 20
        assert labels(document)[2:] == ["Unmark rectangle", "Keep only in rectangle"]

    def test_the_options_choose_what_a_press_without_keys_does(self, canvas, document, finished):
        canvas.set_tool(ToolName.RECTANGLE)
        drag(canvas, (150, 80), (250, 180))
        canvas.set_selection(SelectionSettings(Mode.REPLACE))
        drag(canvas, (300, 100), (310, 110))
        finished()
        assert marked(document).sum() == 255 * 100

    def test_a_click_and_escape_mark_nothing(self, canvas, document, finished, settle):
        settle(canvas)
        canvas.set_tool(ToolName.ELLIPSE)
        hover(canvas, 150, 80)
        before = seen(canvas)
        click(canvas, 150, 80)
        send(canvas, PRESS, 150, 80)
        send(canvas, MOVE, 250, 180)
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        send(canvas, RELEASE, 250, 180)
        finished()
        assert document.history.position == 0
        assert np.array_equal(seen(canvas), before)


class TestOutlines:
    CORNERS = ((150, 80), (300, 100), (260, 220), (170, 200))

    def expected(self, document: Document) -> U8:
        points = [Point(*corner) for corner in self.CORNERS]
        return polygon(points, document.stack.rect).read(document.stack.rect)

    @pytest.mark.parametrize("end", ["enter", "double click", "first corner"])
    def test_a_polygon_is_clicked_and_closed(self, canvas, document, finished, end):
        canvas.set_tool(ToolName.POLYGON)
        for corner in self.CORNERS:
            click(canvas, *corner)
        assert document.history.position == 0
        if end == "enter":
            QTest.keyClick(canvas, Qt.Key.Key_Return)
        elif end == "first corner":
            click(canvas, 152, 82)
        else:
            send(canvas, QEvent.Type.MouseButtonDblClick, *self.CORNERS[-1])
            send(canvas, RELEASE, *self.CORNERS[-1])
        finished()
        assert np.array_equal(marked(document), self.expected(document))
        assert labels(document) == ["Mark polygon"]

    def test_backspace_takes_a_corner_back_and_escape_all(self, canvas, document, finished, settle):
        settle(canvas)
        canvas.set_tool(ToolName.POLYGON)
        hover(canvas, 390, 300)
        before = seen(canvas)
        for corner in (*self.CORNERS, (400, 320)):
            click(canvas, *corner)
        hover(canvas, 390, 300)
        assert not np.array_equal(seen(canvas), before)
        QTest.keyClick(canvas, Qt.Key.Key_Backspace)
        QTest.keyClick(canvas, Qt.Key.Key_Return)
        finished()
        assert np.array_equal(marked(document), self.expected(document))
        document.undo()
        for corner in self.CORNERS:
            click(canvas, *corner)
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        assert np.array_equal(seen(canvas), before)
        QTest.keyClick(canvas, Qt.Key.Key_Return)
        assert document.history.position == 0

    def test_a_polygon_survives_panning_and_goes_with_another_tool(self, canvas, document):
        canvas.set_tool(ToolName.POLYGON)
        for corner in self.CORNERS:
            click(canvas, *corner)
        QTest.mousePress(canvas, Qt.MouseButton.MiddleButton, NONE, QPoint(50, 50))
        QTest.mouseRelease(canvas, Qt.MouseButton.MiddleButton, NONE, QPoint(80, 50))
        assert len(canvas._draft.points) == 4
        canvas.set_tool(ToolName.BRUSH)
        assert canvas._draft.is_empty
        assert document.history.position == 0

    def test_a_lasso_marks_what_it_goes_around(self, canvas, document, finished):
        canvas.set_tool(ToolName.LASSO)
        turns = np.linspace(0, 2 * np.pi, 80)
        points = [(300 + 90 * math.cos(turn), 200 + 60 * math.sin(turn)) for turn in turns]
        drag(canvas, *points)
        finished()
        assert labels(document) == ["Mark lasso"]
        assert marked(document).sum() / 255 == pytest.approx(math.pi * 90 * 60, rel=0.01)
        assert marked(document)[200, 300] == 255

    def test_shapes_drawn_quickly_one_after_the_other_all_count(self, canvas, document, finished):
        canvas.set_tool(ToolName.RECTANGLE)
        for x in range(150, 400, 50):
            drag(canvas, (x, 100), (x + 20, 120))
        finished()
        assert marked(document).sum() == 255 * 5 * 400
        assert document.history.position == 5


class TestSearches:
    def test_the_wand_selects_what_hangs_together_or_all(self, canvas, document, finished):
        canvas.set_tool(ToolName.WAND)
        canvas.set_selection(SelectionSettings(flood=Flood(8.0)))
        click(canvas, 300, 200)
        finished()
        blue = picture()[..., 2] > 39000
        rows, columns = np.mgrid[:500, :700]
        near = np.hypot(columns - 300, rows - 200) < 70
        assert np.array_equal(marked(document) > 0, blue & near)
        canvas.set_selection(SelectionSettings(flood=Flood(8.0, is_contiguous=False)))
        click(canvas, 300, 200)
        finished()
        assert np.array_equal(marked(document) > 0, blue)
        assert labels(document) == ["Mark like colours"] * 2

    def test_the_wand_looks_at_the_retouch_if_told_to(self, canvas, document, finished):
        stack = document.stack.adding(LayerKind.RETOUCH, "retouch")
        layer = stack.layers[-1]
        green = np.zeros((40, 40, 4), np.uint16)
        green[...] = (5000, 50000, 5000, 65535)
        surface = layer.pixels.writing(Rect(200, 100, 40, 40), green)
        document.do("Retouch", stack.with_surface(layer.id, surface))
        canvas.set_tool(ToolName.WAND)
        canvas.set_selection(SelectionSettings(flood=Flood(8.0), is_composite=True))
        click(canvas, 220, 120)
        finished()
        expected = np.zeros((500, 700), np.uint8)
        expected[100:140, 200:240] = 255
        assert np.array_equal(marked(document), expected)

    def test_a_loss_is_taken_over_from_another_mask_or_taken_away(self, canvas, document, finished):
        first = document.stack.of_kind(LayerKind.MASK)[0]
        stack = document.stack.adding(LayerKind.MASK, "found")
        second = stack.layers[-1]
        surface = second.pixels
        for x in (150, 250):
            surface = surface.writing(Rect(x, 100, 50, 60), np.full((60, 50), 255, np.uint8))
        document.do("Found", stack.with_surface(second.id, surface))
        canvas.set_tool(ToolName.LOSS)
        hints: list[str] = []
        canvas.tool_hint.connect(hints.append)
        click(canvas, 170, 120)
        finished()
        assert marked(document).sum() == 255 * 3000
        click(canvas, 170, 120)
        finished()
        assert "already" in hints[0]
        click(canvas, 400, 250)
        finished()
        assert hints[1] == "There is no marked loss under the pointer."
        canvas.set_mask_layer(second.id)
        click(canvas, 270, 120, ALT)
        finished()
        after = document.stack.layer(second.id).pixels
        assert after.read(document.stack.rect).sum() == 255 * 3000
        assert first.id != second.id

    def test_the_brush_stays_live_while_a_search_runs(self, canvas, document, finished):
        canvas.set_tool(ToolName.WAND)
        canvas.set_selection(SelectionSettings(flood=Flood(60.0)))
        click(canvas, 200, 100)
        assert canvas.masking.is_busy
        canvas.set_tool(ToolName.BRUSH)
        canvas.set_brush(BrushSettings(20.0, hardness=1.0))
        send(canvas, PRESS, 300, 200)
        send(canvas, MOVE, 310, 200)
        QTest.qWait(400)
        assert document.history.position == 0, "held back until the stroke ends"
        send(canvas, RELEASE, 310, 200)
        finished()
        assert set(labels(document)) == {"Paint mask", "Mark like colours"}
        assert marked(document)[200, 305] == 255
        assert marked(document)[100, 200] == 255

    def test_escape_gives_a_search_up(self, canvas, document, finished):
        canvas.set_tool(ToolName.WAND)
        click(canvas, 200, 100)
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        finished()
        assert document.history.position == 0


class TestLines:
    @pytest.fixture(autouse=True)
    def line(self, canvas: Canvas) -> None:
        canvas.set_tool(ToolName.LINE)
        canvas.set_brush(BrushSettings(6.0, hardness=1.0))

    def test_each_click_goes_on_from_the_last(self, canvas, document):
        click(canvas, 150, 100)
        assert document.history.position == 0
        click(canvas, 250, 100)
        click(canvas, 250, 200)
        assert labels(document) == ["Paint mask"] * 2
        assert marked(document)[100, 200] == marked(document)[150, 250] == 255
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        click(canvas, 400, 300)
        assert document.history.position == 2

    def test_the_next_line_is_seen_before_it_is_clicked(self, canvas, settle):
        settle(canvas)
        hover(canvas, 390, 300)
        click(canvas, 150, 100)
        hover(canvas, 390, 290)
        far = seen(canvas)
        hover(canvas, 390, 100)
        level = seen(canvas)
        assert (far[50, 60:280] != level[50, 60:280]).any(), "a level line runs there now"

    def test_it_follows_a_crack_between_the_clicks(self, canvas, document, finished):
        canvas.pan_by(0, -150)
        canvas.set_selection(SelectionSettings(is_snapping=True))
        y = {x: 420 + 25 * math.sin(x / 40) for x in (160, 460)}
        click(canvas, 160, y[160] - 150)
        click(canvas, 460, y[460] - 150)
        finished()
        assert labels(document) == ["Paint along a crack"]
        found = marked(document)
        for x in range(170, 450, 10):
            assert found[round(420 + 25 * math.sin(x / 40)), x] == 255
        assert np.count_nonzero(found) < 300 * 10


def test_without_a_mask_the_selecting_tools_say_so(canvas, document) -> None:
    hints: list[str] = []
    canvas.tool_hint.connect(hints.append)
    canvas.set_mask_layer(None)
    for tool in (ToolName.RECTANGLE, ToolName.LASSO, ToolName.POLYGON, ToolName.WAND):
        canvas.set_tool(tool)
        click(canvas, 150, 100)
    canvas.set_tool(ToolName.LINE)
    click(canvas, 150, 100)
    assert hints == ["Choose a mask layer to mark on."] * 5
    assert document.history.position == 0
