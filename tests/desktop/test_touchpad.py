"""Wheels zoom; fingers on a touchpad pan and pinch."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtWidgets import QApplication

from core.document.document import Document
from core.image.geometry import Point
from desktop.canvas import Canvas

NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
UPDATE, NO_PHASE = Qt.ScrollPhase.ScrollUpdate, Qt.ScrollPhase.NoScrollPhase
ABILITIES = QInputDevice.Capability.Position | QInputDevice.Capability.PixelScroll
TOUCHPAD = QPointingDevice(
    "touchpad",
    77,
    QInputDevice.DeviceType.TouchPad,
    QPointingDevice.PointerType.Finger,
    ABILITIES,
    2,
    0,
)
AT = QPointF(150, 100)


@pytest.fixture
def canvas(make_document: Callable[..., Document], make_canvas: Callable[..., Canvas]) -> Canvas:
    """A canvas at 100 %, its corner at the document's (100, 100)."""
    canvas = make_canvas(make_document(700, 500))
    canvas.zoom_to(1.0)
    canvas.pan_by(-100 - canvas.view.left, -100 - canvas.view.top)
    return canvas


def scroll(
    canvas: Canvas,
    pixels: QPoint,
    angle: QPoint,
    phase: Qt.ScrollPhase,
    modifiers: Qt.KeyboardModifier = NONE,
    device: QPointingDevice | None = None,
) -> None:
    place = canvas.mapToGlobal(AT)
    buttons, source = Qt.MouseButton.NoButton, Qt.MouseEventSource.MouseEventNotSynthesized
    event = QWheelEvent(
        AT, place, pixels, angle, buttons, modifiers, phase, False, source,
        device or QPointingDevice.primaryPointingDevice(),
    )  # fmt: skip
    QApplication.sendEvent(canvas, event)


def gesture(canvas: Canvas, kind: Qt.NativeGestureType, value: float, delta: QPointF) -> bool:
    event = QNativeGestureEvent(kind, TOUCHPAD, 2, AT, AT, canvas.mapToGlobal(AT), value, delta)
    QApplication.sendEvent(canvas, event)
    return event.isAccepted()


def test_two_fingers_pan_by_their_pixels_in_any_direction(canvas: Canvas) -> None:
    scroll(canvas, QPoint(-13, 7), QPoint(-104, 56), UPDATE)
    assert (canvas.scale, canvas.view.left, canvas.view.top) == (1.0, -113, -93)


def test_a_touchpad_that_tells_no_pixels_pans_too(canvas: Canvas) -> None:
    scroll(canvas, QPoint(), QPoint(0, -120), NO_PHASE, device=TOUCHPAD)
    assert (canvas.scale, canvas.view.left, canvas.view.top) == (1.0, -100, -160)


def test_a_wheel_zooms_at_the_pointer(canvas: Canvas) -> None:
    fixed = canvas.view.to_document(Point(150, 100))
    scroll(canvas, QPoint(), QPoint(0, 120), NO_PHASE)
    assert canvas.scale == pytest.approx(2**0.25)
    assert canvas.view.to_device(fixed) == pytest.approx((150, 100), abs=1)


def test_two_fingers_with_ctrl_zoom(canvas: Canvas) -> None:
    scroll(canvas, QPoint(0, 60), QPoint(0, 240), UPDATE, CTRL)
    assert canvas.scale == pytest.approx(2**0.5)


def test_a_pinch_zooms_at_the_fingers(canvas: Canvas) -> None:
    fixed = canvas.view.to_document(Point(150, 100))
    assert gesture(canvas, Qt.NativeGestureType.BeginNativeGesture, 0.0, QPointF())
    for _ in range(3):
        assert gesture(canvas, Qt.NativeGestureType.ZoomNativeGesture, 0.1, QPointF())
    assert canvas.scale == pytest.approx(1.1**3)
    assert canvas.view.to_device(fixed) == pytest.approx((150, 100), abs=2)


@pytest.mark.parametrize("value", [-5.0, float("nan"), float("inf")])
def test_a_mad_pinch_does_no_harm(canvas: Canvas, value: float) -> None:
    gesture(canvas, Qt.NativeGestureType.ZoomNativeGesture, value, QPointF())
    assert 0.0 < canvas.scale < 64.0


def test_a_pan_gesture_pans(canvas: Canvas) -> None:
    assert gesture(canvas, Qt.NativeGestureType.PanNativeGesture, 0.0, QPointF(9, -4))
    assert (canvas.view.left, canvas.view.top) == (-91, -104)


def test_a_double_tap_goes_between_fit_and_100_percent(canvas: Canvas) -> None:
    gesture(canvas, Qt.NativeGestureType.SmartZoomNativeGesture, 0.0, QPointF())
    assert canvas.is_fitting
    gesture(canvas, Qt.NativeGestureType.SmartZoomNativeGesture, 0.0, QPointF())
    assert canvas.scale == 1.0


def test_fingers_lifted_in_the_middle_leave_nothing_behind(canvas: Canvas) -> None:
    scroll(canvas, QPoint(-13, 7), QPoint(-104, 56), Qt.ScrollPhase.ScrollBegin)
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.WindowDeactivate))
    scroll(canvas, QPoint(), QPoint(), Qt.ScrollPhase.ScrollEnd)
    assert (canvas.view.left, canvas.view.top) == (-113, -93)
