"""The navigator beside a canvas."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.document.document import Document
from core.image.geometry import Point
from core.image.surface import U8
from desktop.canvas import Canvas
from desktop.panels.navigator_panel import NavigatorMap, NavigatorPanel

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def canvas(make_document: Callable[..., Document], make_canvas: Callable[..., Canvas]) -> Canvas:
    return make_canvas(make_document(700, 500))


@pytest.fixture
def small(qtbot: QtBot, canvas: Canvas) -> Iterator[NavigatorMap]:
    panel = NavigatorPanel()
    qtbot.addWidget(panel)
    panel.resize(252, 194)
    panel.show()
    panel.show_canvas(canvas)
    yield panel.map
    panel.hide()


def pixels(small: NavigatorMap) -> U8:
    image = small.grab().toImage()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return rows[:, : image.width(), 2::-1].copy()


def at(small: NavigatorMap, x: float, y: float) -> QPoint:
    view = small.small_view
    assert view is not None
    device = view.to_device(Point(x, y))
    return QPoint(round(device.x), round(device.y))


def test_it_shows_the_whole_painting(small: NavigatorMap, canvas: Canvas) -> None:
    drawn = pixels(small).astype(int)
    dark, light = at(small, 20, 20), at(small, 680, 480)
    assert drawn[dark.y(), dark.x(), 0] < 40
    assert drawn[light.y(), light.x(), 0] > 210
    assert drawn[light.y(), light.x(), 1] > 170


def test_the_frame_is_what_the_canvas_shows(small: NavigatorMap, canvas: Canvas) -> None:
    canvas.zoom_to(2.0)
    canvas.centre_on(Point(300, 200))
    frame, view = small.frame, small.small_view
    assert view is not None
    assert frame.width() == pytest.approx(200 * view.scale, abs=0.1)
    assert frame.height() == pytest.approx(150 * view.scale, abs=0.1)
    centre = view.to_document(Point(frame.center().x(), frame.center().y()))
    assert centre == pytest.approx((300, 200), abs=1)


def test_outside_the_frame_it_is_darker(small: NavigatorMap, canvas: Canvas) -> None:
    whole = pixels(small).astype(int)
    canvas.zoom_to(2.0)
    canvas.centre_on(Point(200, 150))
    part = pixels(small).astype(int)
    inside, outside = at(small, 210, 160), at(small, 600, 400)
    assert (part[inside.y(), inside.x()] == whole[inside.y(), inside.x()]).all()
    assert part[outside.y(), outside.x()].sum() < 0.7 * whole[outside.y(), outside.x()].sum()


def test_a_drag_pans_the_canvas(small: NavigatorMap, canvas: Canvas) -> None:
    canvas.zoom_to(3.0)
    middle = Point(canvas.width() / 2, canvas.height() / 2)
    QTest.mousePress(small, LEFT, pos=at(small, 200, 150))
    assert canvas.view.to_document(middle) == pytest.approx((200, 150), abs=4)
    QTest.mouseMove(small, at(small, 500, 300))
    QTest.mouseRelease(small, LEFT, pos=at(small, 500, 300))
    assert canvas.view.to_document(middle) == pytest.approx((500, 300), abs=4)


def test_a_turned_canvas_is_turned_here_too(small: NavigatorMap, canvas: Canvas) -> None:
    canvas.turn(1)
    canvas.mirror()
    canvas.zoom_to(3.0)
    QTest.mouseClick(small, LEFT, pos=at(small, 500, 100))
    middle = Point(canvas.width() / 2, canvas.height() / 2)
    assert canvas.view.to_document(middle) == pytest.approx((500, 100), abs=4)


def test_wheel_and_keys_zoom_and_pan(small: NavigatorMap, canvas: Canvas) -> None:
    scale = canvas.scale
    place = QPointF(50, 50)
    event = QWheelEvent(
        place, small.mapToGlobal(place), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(small, event)
    assert canvas.scale == pytest.approx(scale * 2**0.5)
    QTest.keyClick(small, "+")
    assert canvas.scale == 1.0
    left = canvas.view.left
    QTest.keyClick(small, Qt.Key.Key_Right)
    assert canvas.view.left == left - 100


def test_what_is_painted_is_seen_a_moment_later(
    small: NavigatorMap, canvas: Canvas, qtbot: QtBot, settle: Callable[[Canvas], None]
) -> None:
    before = pixels(small)
    middle = canvas.rect().center()
    QTest.mousePress(canvas, LEFT, pos=middle)
    QTest.mouseMove(canvas, middle + QPoint(60, 0))
    QTest.mouseRelease(canvas, LEFT, pos=middle + QPoint(60, 0))
    canvas.zoom_to(0.25)
    settle(canvas)
    canvas.fit()
    settle(canvas)
    qtbot.waitUntil(lambda: not np.array_equal(pixels(small), before), timeout=3000)


def test_without_a_painting_it_is_empty_and_harmless(small: NavigatorMap) -> None:
    small.parentWidget().show_canvas(None)
    assert small.frame.isNull()
    assert len(np.unique(pixels(small)[5:-5, 5:-5])) == 1
    QTest.mouseClick(small, LEFT, pos=QPoint(20, 20))
    QTest.keyClick(small, "+")
