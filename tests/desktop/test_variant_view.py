import math
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.document.document import Document
from core.image.color import ColorProfile
from core.image.geometry import Point, Rect
from desktop.heat import Heat
from desktop.orientation import UPRIGHT, Orientation
from desktop.variant_view import VariantView

LEFT = Qt.MouseButton.LeftButton
Views = tuple[VariantView, VariantView]


@pytest.fixture
def views(qtbot: QtBot, make_document: Callable[..., Document]) -> Iterator[Views]:
    made = []
    for _ in range(2):
        view = VariantView(make_document(), ColorProfile.of(None, 3), None)
        qtbot.addWidget(view)
        view.resize(400, 300)
        view.show()
        qtbot.waitExposed(view)
        made.append(view)
    first, second = made
    first.looked.connect(lambda: second.follow(first))
    second.looked.connect(lambda: first.follow(second))
    yield first, second
    for view in made:
        view.detach()


def drag(view: VariantView, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(view, LEFT, pos=start)
    for step in range(1, 6):
        QTest.mouseMove(view, start + (end - start) * step / 5)
    QTest.mouseRelease(view, LEFT, pos=end)


def test_both_look_where_either_is_dragged_zoomed_or_fitted_to(views: Views) -> None:
    first, second = views
    fitted = first.view
    assert second.view == fitted
    QApplication.sendEvent(
        first,
        QWheelEvent(
            QPointF(100, 80), QPointF(100, 80), QPoint(), QPoint(0, 240),
            Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase, False,
        ),
    )  # fmt: skip
    assert first.scale == pytest.approx(2 * fitted.scale)
    assert second.view == first.view
    before = second.view
    drag(second, QPoint(200, 150), QPoint(170, 140))
    assert (second.view.left, second.view.top) == (before.left - 30, before.top - 10)
    assert first.view == second.view
    first.fit()
    assert second.view == first.view == fitted
    assert second.is_fitting


def test_a_click_tells_the_documents_point_and_a_drag_does_not(views: Views) -> None:
    first, _ = views
    heard: list[Point] = []
    first.clicked.connect(heard.append)
    place = first.view.to_device(Point(350, 250))
    QTest.mouseClick(first, LEFT, pos=QPoint(round(place.x), round(place.y)))
    (point,) = heard
    assert point.x == pytest.approx(350, abs=2)
    assert point.y == pytest.approx(250, abs=2)
    drag(first, QPoint(100, 100), QPoint(150, 100))
    QTest.mouseClick(first, Qt.MouseButton.MiddleButton, pos=QPoint(100, 100))
    assert len(heard) == 1


def test_heat_and_frames_lie_over_their_losses(
    qtbot: QtBot, views: Views, settle: Callable[[VariantView], None]
) -> None:
    first, _ = views
    settle(first)
    before = first.grab().toImage()
    red = QImage(4, 4, QImage.Format.Format_ARGB32_Premultiplied)
    red.fill(QColor(255, 0, 0))
    rect = Rect(300, 200, 100, 100)
    first.set_heat([Heat(rect, red)])
    first.set_framed([rect])
    after = first.grab().toImage()
    middle, corner = first.view.to_device(Point(350, 250)), first.view.to_device(Point(300, 200))
    assert after.pixelColor(int(middle.x), int(middle.y)) == QColor(255, 0, 0)
    assert before.pixelColor(int(middle.x), int(middle.y)) != QColor(255, 0, 0)
    left, top = int(corner.x) - 4, int(corner.y) + 20
    assert after.pixelColor(left, top) == QColor(255, 255, 255)
    assert after.pixelColor(left - 1, top) == QColor(0, 0, 0)
    first.set_heat(())
    first.set_framed(())
    assert first.grab().toImage() == before


@pytest.mark.parametrize("orientation", [UPRIGHT.turned(1), UPRIGHT.turned(3).mirrored()])
def test_turned_heat_and_frames_still_lie_over_their_losses(
    views: Views, settle: Callable[[VariantView], None], orientation: Orientation
) -> None:
    first, _ = views
    first.orient(orientation)
    settle(first)
    halves = QImage(4, 4, QImage.Format.Format_ARGB32_Premultiplied)
    halves.fill(QColor(0, 0, 255))
    for y in range(4):
        for x in range(2):
            halves.setPixelColor(x, y, QColor(255, 0, 0))
    rect = Rect(300, 200, 100, 100)
    first.set_heat([Heat(rect, halves)])
    first.set_framed([rect])
    shown = first.grab().toImage()
    for x, color in ((310, QColor(255, 0, 0)), (390, QColor(0, 0, 255))):
        at = first.view.to_device(Point(x, 250))
        assert shown.pixelColor(int(at.x), int(at.y)) == color
    frame = first.view.device_rect(rect).expanded(4)
    assert shown.pixelColor(frame.x, frame.y + 20) == QColor(255, 255, 255)
    assert shown.pixelColor(frame.right, frame.y + 20) == QColor(255, 255, 255)


def test_tilted_a_frame_stands_around_its_loss(
    views: Views, settle: Callable[[VariantView], None]
) -> None:
    first, _ = views
    first.orient(UPRIGHT.turned_by(30))
    settle(first)
    before = first.grab().toImage()
    rect = Rect(300, 200, 100, 100)
    first.set_framed([rect])
    after = first.grab().toImage()
    middle = first.view.to_device(Point(350, 250))
    assert after.pixelColor(int(middle.x), int(middle.y)) == before.pixelColor(
        int(middle.x), int(middle.y)
    )
    gap = math.ceil(4 / first.scale)
    edge = first.view.to_device(Point(300 - gap, 250))
    near = {
        after.pixelColor(int(edge.x) + x, int(edge.y) + y).name()
        for x in (-1, 0, 1)
        for y in (-1, 0, 1)
    }
    assert "#ffffff" in near
