from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from core.document.document import Document
from core.document.layer import LayerKind, LayerStack
from core.document.patch import Patch, Provenance
from core.image.color import ColorProfile
from core.image.geometry import Point, Rect
from core.image.surface import U8
from desktop.canvas import Canvas
from desktop.main_window import MainWindow
from desktop.origin_mark import Found, found_at
from desktop.painting_page import PaintingPage
from desktop.status_bar import StatusBar
from desktop.tools import ToolName

MADE = Provenance("telea", "Telea", "1", "classical", "cpu", False)
FILL = Rect(60, 60, 40, 40)
OpenIn = Callable[..., PaintingPage]


class Painting:
    width, height, channels = 300, 200, 3

    def read(self, rect: Rect, level: int = 0) -> np.ndarray:
        small = rect.at_level(level)
        return np.full((small.height, small.width, 3), 30_000, np.uint16)


def filled(has_origins: bool = True) -> LayerStack:
    """Return a painting with a fill that was copied from 120 px further right."""
    stack = LayerStack.of(Painting(), "painting").adding(LayerKind.RETOUCH, "fill")
    rows, columns = np.mgrid[FILL.y : FILL.bottom, FILL.x : FILL.right]
    origins = np.stack([rows, columns + 120], -1).astype(np.int32) if has_origins else None
    pixels = np.full((40, 40, 3), 30_000, np.uint16)
    coverage = np.full((40, 40), 65535, np.uint16)
    return stack.placing(Patch(FILL, pixels, coverage, MADE, origins), 3)


def test_the_topmost_retouch_that_is_seen_is_asked() -> None:
    stack = filled()
    assert found_at(stack, Point(70.2, 80.7)) == Found(Point(70.2, 80.7), Point(190.5, 80.5))
    assert found_at(stack, Point(20, 20)) is None
    assert found_at(filled(has_origins=False), Point(70, 80)) == Found(Point(70, 80), None)
    hand = stack.adding(LayerKind.RETOUCH, "hand")
    paint = hand.layer(4).pixels.writing(FILL, np.full((40, 40, 4), 65535, np.uint16))
    hand = hand.with_surface(4, paint)
    assert found_at(hand, Point(70, 80)) == Found(Point(70, 80), None)
    hidden = hand.replacing(replace(hand.layer(4), is_visible=False))
    assert found_at(hidden, Point(70, 80)) == Found(Point(70, 80), Point(190.5, 80.5))


@pytest.fixture
def canvas(qtbot: QtBot) -> Canvas:
    canvas = Canvas(Document(filled()), ColorProfile.of(None, 3), None)
    qtbot.addWidget(canvas)
    canvas.resize(600, 400)
    canvas.show()
    canvas.zoom_to(2.0)
    qtbot.waitUntil(lambda: canvas.is_settled and canvas.has_picture)
    yield canvas
    canvas.detach()


def picture(canvas: Canvas) -> QImage:
    return canvas.grab().toImage()


def samples(image: QImage) -> U8:
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return rows[:, : image.width(), :3].copy()


def ring_and_rest(canvas: Canvas, before: QImage, origin: Point) -> tuple[bool, bool]:
    """Return whether something changed near the origin, and far from the line to it."""
    at = canvas.view.to_device(origin)
    y, x = np.nonzero((samples(picture(canvas)) != samples(before)).any(2))
    near = (np.abs(x - at.x) < 14) & (np.abs(y - at.y) < 14)
    return bool(near.any()), bool((np.abs(y - at.y) > 14).any())


def test_a_line_and_a_ring_show_the_origin_until_the_pointer_leaves(
    canvas: Canvas, qtbot: QtBot
) -> None:
    mark, layers = canvas.looking.origin, filled()
    before = picture(canvas)
    assert mark.follow(layers, Point(70, 80)) is None
    assert picture(canvas) == before
    mark.show(True)
    assert mark.follow(layers, Point(70, 80)) == Found(Point(70, 80), Point(190.5, 80.5))
    assert ring_and_rest(canvas, before, Point(190.5, 80.5)) == (True, False)
    mark.follow(layers, None)
    assert picture(canvas) == before
    mark.follow(layers, Point(70, 80))
    mark.show(False)
    assert picture(canvas) == before


def test_the_pointer_on_a_fill_draws_the_line_and_ring_and_tells_the_place(
    qtbot: QtBot, window: MainWindow, write_painting: Callable[..., Path], open_in: OpenIn
) -> None:
    page = open_in(window, write_painting())
    canvas, document = page.canvas, page.session.document
    stack = document.stack.adding(LayerKind.RETOUCH, "fill")
    rows, columns = np.mgrid[FILL.y : FILL.bottom, FILL.x : FILL.right]
    patch = Patch(
        FILL,
        np.full((40, 40, 3), 30_000, np.uint16),
        np.full((40, 40), 65535, np.uint16),
        MADE,
        np.stack([rows, columns + 120], -1).astype(np.int32),
    )
    document.do("Fill", stack.placing(patch, stack.layers[-1].id))
    canvas.zoom_to(2.0)
    canvas.set_tool(ToolName.PAN)
    qtbot.waitUntil(lambda: canvas.is_settled)
    before = samples(picture(canvas))
    canvas.setFocus()
    QTest.keyClick(
        canvas,
        Qt.Key.Key_O,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    place, origin = (canvas.view.to_device(at) for at in (Point(70, 80), Point(190.5, 80.5)))
    QTest.mouseMove(canvas, QPoint(round(place.x), round(place.y)))
    qtbot.waitUntil(lambda: window.status._origin.text() == "Copied from 190, 80")
    drawn = np.argwhere((samples(picture(canvas)) != before).any(2))
    line = np.abs(drawn[:, 0] - place.y) <= 3
    ring = np.abs(np.hypot(drawn[:, 1] - origin.x, drawn[:, 0] - origin.y) - 9) <= 3
    assert (line | ring).all()
    assert set(range(round(place.x) + 2, round(origin.x) - 10)) <= set(drawn[line][:, 1])
    assert len(np.unique(drawn[ring], axis=0)) > 40
    QTest.mouseMove(canvas, QPoint(5, 5))
    qtbot.waitUntil(lambda: window.status._origin.text() == "")
    assert np.array_equal(samples(picture(canvas)), before)


def test_the_ring_is_as_large_at_any_scale(canvas: Canvas) -> None:
    mark = canvas.looking.origin
    mark.show(True)
    widths = []
    for scale in (1.0, 4.0):
        canvas.zoom_to(scale)
        mark.follow(filled(), Point(70, 80))
        xs = [canvas.view.to_device(point).x for point in mark._draft.points[1:]]
        widths.append(max(xs) - min(xs))
    assert widths[0] == pytest.approx(widths[1], abs=0.5)
    assert widths[0] == pytest.approx(18, abs=0.5)


def test_the_status_bar_says_where_from(qtbot: QtBot) -> None:
    bar = StatusBar()
    qtbot.addWidget(bar)
    bar.show_origin(Found(Point(70, 80), Point(190.5, 80.5)))
    assert bar._origin.text() == "Copied from 190, 80"
    bar.show_origin(Found(Point(70, 80), None))
    assert bar._origin.text() == "Not copied"
    bar.show_origin(None)
    assert bar._origin.text() == ""
