from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from core.document.document import Document
from core.document.layer import LayerKind, LayerStack
from core.document.patch import Patch, Provenance
from core.image.color import ColorProfile
from core.image.geometry import Point, Rect
from desktop.canvas import Canvas
from desktop.origin_mark import Found, found_at
from desktop.status_bar import StatusBar

MADE = Provenance("telea", "Telea", "1", "classical", "cpu", False)
FILL = Rect(60, 60, 40, 40)


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


def ring_and_rest(canvas: Canvas, before: QImage, origin: Point) -> tuple[bool, bool]:
    """Return whether something changed near the origin, and far from the line to it."""
    after, changed = picture(canvas), []
    for y in range(after.height()):
        changed += [(x, y) for x in range(after.width()) if after.pixel(x, y) != before.pixel(x, y)]
    at = canvas.view.to_device(origin)
    near = [c for c in changed if abs(c[0] - at.x) < 14 and abs(c[1] - at.y) < 14]
    far = [c for c in changed if abs(c[1] - at.y) > 14]
    return bool(near), bool(far)


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
