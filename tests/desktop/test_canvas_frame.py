"""Rulers along the canvas, and the original beside it."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.document.document import Document
from core.image.color import ColorProfile
from core.image.geometry import Point
from core.image.surface import U8
from desktop.canvas import Canvas
from desktop.canvas_frame import CanvasFrame
from desktop.ruler import Ruler
from desktop.tools import BrushSettings
from desktop.units import Unit, Units

LEFT = Qt.MouseButton.LeftButton


def pixels(widget: QWidget) -> U8:
    image = widget.grab().toImage()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return rows[:, : image.width(), 2::-1].copy()


@pytest.fixture
def document(make_document: Callable[..., Document]) -> Document:
    return make_document(700, 500)


@pytest.fixture
def frame(
    qtbot: QtBot, document: Document, settle: Callable[[Canvas], None]
) -> Iterator[CanvasFrame]:
    canvas = Canvas(document, ColorProfile.of(None, 3), None)
    frame = CanvasFrame(canvas)
    qtbot.addWidget(frame)
    frame.resize(600, 400)
    frame.show()
    qtbot.waitExposed(frame)
    settle(canvas)
    yield frame
    canvas.detach()


def places(ruler: Ruler) -> dict[str, float]:
    """Return where a ruler's numbers stand."""
    return {number: place for place, number in ruler.ticks()}


def corner_at(frame: CanvasFrame, x: int, y: int) -> None:
    """Bring a document point to the canvas's corner, at 100 %."""
    canvas = frame._canvas
    canvas.zoom_to(1.0)
    canvas.pan_by(-x - canvas.view.left, -y - canvas.view.top)


class TestRulers:
    def test_ticks_stand_over_the_pixels_they_name(self, frame):
        frame.set_rulers(True)
        corner_at(frame, 130, 40)
        ticks = places(frame._across)
        assert ticks["200"] == 70
        assert ticks["300"] == 170
        assert places(frame._down)["100"] == 60

    def test_they_count_in_millimetres_by_the_resolution(self, frame):
        frame.set_rulers(True)
        frame.set_units(Units(Unit.MM, (254.0, 508.0)))
        corner_at(frame, 100, 40)
        assert places(frame._across)["20"] == 100
        assert places(frame._down)["10"] == 160
        assert frame._corner.text() == "mm"

    def test_a_turned_picture_is_measured_along_its_own_sides(self, frame):
        frame.set_rulers(True)
        corner_at(frame, 0, 0)
        frame._canvas.turn(1)
        view = frame._canvas.view
        for place, number in frame._across.ticks():
            assert place == int(view.to_device(Point(0, float(number))).x)
        for place, number in frame._down.ticks():
            assert place == int(view.to_device(Point(float(number), 0)).y)

    def test_the_pointers_place_is_marked(self, frame, qtbot):
        frame.set_rulers(True)
        corner_at(frame, 0, 0)
        before = pixels(frame._across)
        QTest.mouseMove(frame._canvas, QPoint(157, 33))
        changed = np.flatnonzero((pixels(frame._across) != before).any((0, 2)))
        assert changed.tolist() == [157]
        changed = np.argwhere((pixels(frame._down) == 255).all(2))
        assert set(changed[:, 0]) == {33}

    def test_the_corner_asks_for_the_next_unit(self, frame, qtbot):
        frame.set_rulers(True)
        frame.set_units(Units(Unit.CM, (300.0, 300.0)))
        with qtbot.waitSignal(frame.unit_asked) as asked:
            QTest.mouseClick(frame._corner, LEFT)
        assert asked.args == [Unit.PX]

    @pytest.mark.parametrize("scale", [0.02, 0.3, 1.0, 7.0, 64.0])
    def test_there_are_neither_too_many_ticks_nor_none(self, frame, scale):
        frame.set_rulers(True)
        frame._canvas.zoom_to(scale)
        assert 1 <= len(frame._across.ticks()) <= frame._across.width() / 64 + 1


class TestBeside:
    @pytest.fixture
    def beside(self, frame, settle):
        frame.set_beside(True)
        frame.resize(903, 400)
        frame._canvas.set_brush(BrushSettings(40.0, hardness=1.0))
        QTest.qWait(20)
        settle(frame._canvas)
        return frame.original_view

    def test_both_are_as_wide_and_show_the_same_place(self, frame, beside, settle):
        assert abs(beside.width() - frame._canvas.width()) <= 1
        frame._canvas.zoom_to(1.0)
        settle(frame._canvas)
        rows = np.s_[20:300, 10:400]
        assert np.array_equal(pixels(beside)[rows], pixels(frame._canvas)[rows])

    def test_the_original_stays_as_it_was_when_one_paints(self, frame, beside, settle):
        before = pixels(beside)
        canvas = frame._canvas
        middle = canvas.rect().center()
        QTest.mousePress(canvas, LEFT, pos=middle)
        QTest.mouseMove(canvas, middle + QPoint(60, 0))
        QTest.mouseRelease(canvas, LEFT, pos=middle + QPoint(60, 0))
        QTest.mouseMove(canvas, QPoint(3, 3))
        settle(canvas)
        here = np.s_[150:250, 100:400]
        assert np.array_equal(pixels(beside)[here], before[here])
        assert not np.array_equal(pixels(canvas)[here], before[here])

    def test_a_drag_on_the_original_pans_both(self, frame, beside):
        canvas = frame._canvas
        canvas.zoom_to(2.0)
        left, top = canvas.view.left, canvas.view.top
        QTest.mousePress(beside, LEFT, pos=QPoint(200, 200))
        QTest.mouseMove(beside, QPoint(170, 220))
        QTest.mouseRelease(beside, LEFT, pos=QPoint(170, 220))
        QTest.mouseMove(beside, QPoint(100, 100))
        assert (canvas.view.left, canvas.view.top) == (left - 30, top + 20)

    def test_a_cross_stands_where_the_pointer_is_on_the_other(self, frame, beside):
        before = pixels(beside)
        QTest.mouseMove(frame._canvas, QPoint(200, 150))
        rows, columns, _ = np.nonzero(pixels(beside) != before)
        assert (rows.min() + rows.max()) / 2 == pytest.approx(150, abs=1)
        assert (columns.min() + columns.max()) / 2 == pytest.approx(200, abs=1)

    def test_the_canvas_can_stand_alone_again(self, frame, beside):
        frame.set_beside(False)
        QTest.qWait(1)
        assert frame.original_view is None
        assert frame._canvas.width() == 903
        frame._canvas.pan_by(5, 5)
