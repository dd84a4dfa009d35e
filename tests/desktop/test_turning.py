"""A view turned by any angle: by hand, keys, menu and fingers, drawn and painted on."""

import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QImage,
    QInputDevice,
    QMouseEvent,
    QNativeGestureEvent,
    QPointingDevice,
    QTabletEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDoubleSpinBox

from core.document.document import Document
from core.document.layer import LayerKind
from core.image.geometry import Point
from core.image.surface import U8
from desktop.canvas import Canvas
from desktop.dialogs.turn_dialog import TurnDialog
from desktop.main_window import MainWindow
from desktop.orientation import UPRIGHT
from desktop.painting_page import PaintingPage
from desktop.tools import BrushSettings
from desktop.units import Unit, Units

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
SURROUND = (43, 43, 43)
ANGLES = (1, 15, 33.3, 45, 101.5, 270.2)
MakeDocument = Callable[..., Document]
MakeCanvas = Callable[..., Canvas]
Settle = Callable[[Canvas], None]


def grabbed(canvas: Canvas) -> U8:
    """Return the canvas's pixels, (height, width, 3), without the brush's outline."""
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    canvas.looking._badge.hide()
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return rows[:, : image.width(), 2::-1].copy()


def move(canvas: Canvas, x: int, y: int, modifiers: Qt.KeyboardModifier = NONE) -> None:
    at = QPointF(x, y)
    event = QMouseEvent(
        QEvent.Type.MouseMove, at, canvas.mapToGlobal(at), Qt.MouseButton.NoButton, LEFT, modifiers
    )
    QApplication.sendEvent(canvas, event)


def drag(canvas: Canvas, *places: tuple[int, int], modifiers=NONE) -> None:
    QTest.mousePress(canvas, LEFT, modifiers, QPoint(*places[0]))
    for place in places[1:]:
        move(canvas, *place, modifiers)
    QTest.mouseRelease(canvas, LEFT, modifiers, QPoint(*places[-1]))


@pytest.fixture
def document(make_document: MakeDocument) -> Document:
    return make_document(700, 500)


@pytest.fixture
def canvas(document: Document, make_canvas: MakeCanvas) -> Canvas:
    """A canvas of 400 × 300 at fit."""
    return make_canvas(document)


class TestByHand:
    def test_a_drag_with_r_held_turns_about_the_middle_and_paints_nothing(self, canvas, document):
        canvas.zoom_to(1.0)
        fixed = canvas.view.to_document(Point(200, 150))
        QTest.keyPress(canvas, Qt.Key.Key_R)
        assert canvas.cursor().shape() == Qt.CursorShape.OpenHandCursor
        drag(canvas, (300, 150), (290, 200), (200, 250))
        QTest.keyRelease(canvas, Qt.Key.Key_R)
        assert canvas.orientation == UPRIGHT.turned(1)
        drag_again = (
            (300, 150),
            (200 + round(100 * math.cos(0.5)), 150 + round(100 * math.sin(0.5))),
        )
        QTest.keyPress(canvas, Qt.Key.Key_R)
        drag(canvas, *drag_again)
        QTest.keyRelease(canvas, Qt.Key.Key_R)
        assert canvas.orientation.degrees == pytest.approx(90 + math.degrees(0.5), abs=0.5)
        assert canvas.view.to_device(fixed) == pytest.approx((200, 150), abs=1)
        assert document.history.position == 0
        assert canvas.cursor().shape() == Qt.CursorShape.BitmapCursor

    def test_shift_keeps_to_steps_of_15_degrees(self, canvas):
        QTest.keyPress(canvas, Qt.Key.Key_R, SHIFT)
        drag(canvas, (300, 150), (292, 188), modifiers=SHIFT)
        QTest.keyRelease(canvas, Qt.Key.Key_R)
        assert canvas.orientation.degrees == 15, "the pointer went by 22.4°"

    def test_mirrored_it_follows_the_hand_too(self, canvas):
        canvas.mirror()
        corner = canvas.view.to_document(Point(300, 150))
        QTest.keyPress(canvas, Qt.Key.Key_R)
        drag(canvas, (300, 150), (280, 210))
        QTest.keyRelease(canvas, Qt.Key.Key_R)
        seen = canvas.view.to_device(corner)
        assert math.atan2(seen.y - 150, seen.x - 200) == pytest.approx(math.atan2(60, 80), abs=0.02)

    def test_escape_turns_back(self, canvas):
        QTest.keyPress(canvas, Qt.Key.Key_R)
        QTest.mousePress(canvas, LEFT, NONE, QPoint(300, 150))
        move(canvas, 290, 210)
        assert canvas.orientation != UPRIGHT
        QTest.keyClick(canvas, Qt.Key.Key_Escape)
        assert canvas.orientation == UPRIGHT

    def test_two_fingers_turn_about_their_place(self, canvas):
        canvas.zoom_to(1.0)
        at = QPointF(150, 100)
        fixed = canvas.view.to_document(Point(150, 100))
        pad = QPointingDevice(
            "pad", 78, QInputDevice.DeviceType.TouchPad, QPointingDevice.PointerType.Finger,
            QInputDevice.Capability.Position, 2, 0,
        )  # fmt: skip
        event = QNativeGestureEvent(
            Qt.NativeGestureType.RotateNativeGesture, pad, 2, at, at, canvas.mapToGlobal(at), 12.5,
            QPointF(),
        )  # fmt: skip
        QApplication.sendEvent(canvas, event)
        assert event.isAccepted()
        assert canvas.orientation.degrees == 12.5
        assert canvas.view.to_device(fixed) == pytest.approx((150, 100), abs=0.51)


class TestDrawing:
    @pytest.mark.parametrize("degrees", ANGLES)
    @pytest.mark.parametrize("scale", [0.35, 1.0, 3.0])
    def test_tiles_have_no_seams(self, make_document, make_canvas, settle, degrees, scale):
        plain = np.full((900, 1200, 3), 40000, np.uint16)
        canvas = make_canvas(make_document(pixels=plain))
        canvas.zoom_to(scale)
        canvas.centre_on(Point(512, 512))
        canvas.turn_by(degrees)
        settle(canvas)
        middle = grabbed(canvas)[100:200, 150:250].reshape(-1, 3)
        assert np.unique(middle, axis=0).tolist() == [[156, 156, 156]]

    @pytest.mark.parametrize("degrees", ANGLES)
    def test_each_place_shows_what_lies_there(self, make_document, make_canvas, settle, degrees):
        document = make_document(pixels=gradient_of(900, 700))
        canvas = make_canvas(document)
        canvas.zoom_to(1.0)
        settle(canvas)
        upright = grabbed(canvas).astype(float)
        canvas.turn_by(degrees)
        settle(canvas)
        turned = grabbed(canvas).astype(float)
        wanted = cv2.warpAffine(
            upright, cv2.getRotationMatrix2D((199.5, 149.5), -degrees, 1.0), (400, 300)
        )
        middle = slice(60, 240), slice(110, 290)
        assert np.abs(turned[middle] - wanted[middle]).max() <= 2.0

    def test_at_fit_the_whole_picture_is_seen_in_the_surround(self, canvas, settle):
        canvas.turn_by(30)
        settle(canvas)
        assert canvas.is_fitting
        pixels = grabbed(canvas)
        corners = [canvas.view.to_device(Point(x, y)) for x in (0, 700) for y in (0, 500)]
        assert all(0 <= corner.x <= 400 and 0 <= corner.y <= 300 for corner in corners)
        for edge in (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]):
            assert (edge == SURROUND).all()

    def test_the_assessment_frame_is_as_wide_at_any_angle(self, make_canvas, document, settle):
        canvas = make_canvas(document, 600, 500)
        canvas.set_assessment(True)
        canvas.turn_by(45)
        settle(canvas)
        row = grabbed(canvas)[250]
        assert len(np.flatnonzero((row == 255).all(1))) == pytest.approx(2 * 4 * 2**0.5, abs=4)
        assert (row[0] == 119).all()

    def test_the_grid_lies_along_the_painting(self, canvas, settle):
        canvas.zoom_to(1.0)
        canvas.turn_by(30)
        canvas.looking.set_units(Units(Unit.MM, (254.0, 254.0)))
        settle(canvas)
        bare = grabbed(canvas).astype(int)
        canvas.looking.set_grid(True)
        lined = np.abs(grabbed(canvas) - bare).sum(2)
        on, off = [], []
        for y in range(50, 250, 7):
            for x in range(50, 350, 7):
                point = canvas.view.to_document(Point(x + 0.5, y + 0.5))
                far = min(abs((v + 50) % 100 - 50) for v in point)
                (on if far < 0.4 else off if far > 3 else []).append(lined[y, x])
        assert min(on) > 0
        assert max(off) == 0

    def test_the_side_by_side_original_is_turned_too(
        self, window, write_painting, open_in, settle, qtbot
    ):
        page: PaintingPage = open_in(window, write_painting())
        page.frame.set_beside(True)
        original = page.frame.original_view
        assert original is not None
        qtbot.waitUntil(lambda: original.width() == page.canvas.width())
        page.canvas.turn_by(20)
        settle(page.canvas)
        mine, other = page.canvas.grab().toImage(), original.grab().toImage()
        x, y = page.canvas.width() // 2, page.canvas.height() // 2
        assert mine.pixel(x, y) == other.pixel(x, y)


class TestPainting:
    @pytest.mark.parametrize("degrees", ANGLES)
    @pytest.mark.parametrize("is_mirrored", [False, True])
    def test_a_dab_lands_exactly_under_the_pointer(
        self, canvas, document, settle, degrees, is_mirrored
    ):
        canvas.set_brush(BrushSettings(30.0, hardness=1.0))
        canvas.zoom_to(1.0)
        if is_mirrored:
            canvas.mirror()
        canvas.turn_by(degrees)
        settle(canvas)
        before = grabbed(canvas)
        drag(canvas, (170, 130))
        during = grabbed(canvas)
        red = np.argwhere((during != before).any(2))
        assert red.mean(0) + 0.5 == pytest.approx((130, 170), abs=0.6)
        mask = document.stack.of_kind(LayerKind.MASK)[0].pixels.read(document.stack.rect)
        y, x = np.argwhere(mask > 127).mean(0) + 0.5
        assert canvas.view.to_device(Point(x, y)) == pytest.approx((170, 130), abs=0.5)
        settle(canvas)
        assert np.array_equal(grabbed(canvas), during), "drawn anew it looks the same"

    def test_a_pen_paints_where_it_points(self, canvas, document, settle):
        canvas.set_brush(BrushSettings(20.0, hardness=1.0, pressure_size=False))
        canvas.zoom_to(2.0)
        canvas.turn_by(-62)
        settle(canvas)
        for kind, pressure in ((QEvent.Type.TabletPress, 0.8), (QEvent.Type.TabletRelease, 0.0)):
            at = QPointF(220, 90)
            QApplication.sendEvent(
                canvas,
                QTabletEvent(
                    kind, QPointingDevice.primaryPointingDevice(), at, canvas.mapToGlobal(at),
                    pressure, 0, 0, 0, 0, 0, NONE, LEFT, LEFT,
                ),
            )  # fmt: skip
        mask = document.stack.of_kind(LayerKind.MASK)[0].pixels.read(document.stack.rect)
        y, x = np.argwhere(mask > 127).mean(0) + 0.5
        assert canvas.view.to_device(Point(x, y)) == pytest.approx((220, 90), abs=1.0)


class TestInTheWindow:
    @pytest.fixture
    def page(self, window: MainWindow, write_painting: Callable[..., Path], open_in):
        return open_in(window, write_painting())

    def test_menu_and_keys_turn_by_steps_and_back(self, window, page):
        for _ in range(3):
            window.actions_["turn_right_step"].trigger()
        window.actions_["turn_left_step"].trigger()
        assert page.canvas.orientation.degrees == 30
        assert page.canvas.looking.words == "For viewing only: turned by 30°"
        window.actions_["upright"].trigger()
        assert page.canvas.orientation == UPRIGHT
        keys = {window.actions_[name].shortcut().toString() for name in ("upright",)}
        assert keys == {"Ctrl+Alt+0"}

    def test_an_angle_is_entered_and_cancel_turns_back(self, window, page, qtbot):
        page.canvas.turn(1)
        window.actions_["turn_by"].trigger()
        dialog = window.findChild(TurnDialog)
        box = dialog.findChild(QDoubleSpinBox)
        assert box.value() == 90
        box.setValue(-12.5)
        assert page.canvas.orientation.degrees == 347.5
        dialog.reject()
        assert page.canvas.orientation == UPRIGHT.turned(1)

    @pytest.mark.parametrize("unit", list(Unit))
    @pytest.mark.parametrize("is_mirrored", [False, True])
    def test_on_a_tilted_view_the_rulers_tell_distances_along_themselves(
        self, page, unit, is_mirrored
    ):
        units = Units(unit, (254.0, 508.0))
        page.frame.set_rulers(True)
        page.frame.set_units(units)
        canvas, (across, down) = page.canvas, (page.frame._across, page.frame._down)
        assert across.toolTip() == ""
        if is_mirrored:
            canvas.mirror()
        canvas.turn_by(33)
        assert "distances along itself" in across.toolTip()
        corner = canvas.view.to_device(Point(0, 0))
        for ruler, direction in ((across, (1, 0)), (down, (0, 1))):
            ticks = ruler.ticks()
            assert len(ticks) > 2
            for place, number in ticks:
                # From the corner's place along the ruler to the tick's, on the painting.
                along = place - (corner.x if ruler is across else corner.y)
                end = Point(corner.x + along * direction[0], corner.y + along * direction[1])
                x, y = canvas.view.to_document(end)
                if unit is Unit.PX:
                    length = math.hypot(x, y)
                else:
                    length = math.hypot(x / 10, y / 20) / (10 if unit is Unit.CM else 1)
                pixel = abs(length / along) if along else 0
                assert abs(float(number)) == pytest.approx(length, abs=1.01 * pixel)
                assert float(number) * along >= 0


def gradient_of(width: int, height: int) -> np.ndarray:
    """Return soft waves that tell every place from its neighbours at any angle."""
    y, x = np.mgrid[:height, :width].astype(float)
    planes = [30000 + 20000 * np.sin(x / 37), 30000 + 20000 * np.cos(y / 41), 20000 + 20 * (x + y)]
    return np.stack(planes, -1).astype(np.uint16)
