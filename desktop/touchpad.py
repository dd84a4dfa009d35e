"""Wheel and touchpad: a wheel zooms, two fingers pan and pinch."""

import math

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QInputDevice, QNativeGestureEvent, QWheelEvent

from desktop.picture_view import PictureView

_WHEEL_UNITS_PER_DOUBLING = 480.0
"""Four notches of a common wheel; finer ones zoom in finer steps."""
_PIXELS_PER_UNIT = 0.5
"""Of a touchpad that tells no pixels: a notch's 120 units move the picture by 60."""


def follow_wheel(view: PictureView, event: QWheelEvent) -> None:
    """Zoom at the pointer, 100 % never jumped over; or pan, by two fingers.

    Ctrl (which Windows and X11 send for a pinch) always zooms.
    """
    is_zooming = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    if _is_touchpad(event) and not is_zooming:
        moved = QPointF(event.pixelDelta())
        if moved.isNull():
            moved = QPointF(event.angleDelta()) * _PIXELS_PER_UNIT
        ratio = view.devicePixelRatioF()
        if not moved.isNull():
            view.pan_by(moved.x() * ratio, moved.y() * ratio)
        return
    units = event.angleDelta().y() or event.pixelDelta().y()
    if units:
        _zoom(view, 2.0 ** (units / _WHEEL_UNITS_PER_DOUBLING), event.position())


def follow_fingers(view: PictureView, event: QNativeGestureEvent) -> bool:
    """Zoom by a pinch, pan and turn by two fingers, fit or 100 % by a double tap.

    Return whether it was one of these.
    """
    kind, gesture = event.gestureType(), Qt.NativeGestureType
    if kind is gesture.ZoomNativeGesture:
        if math.isfinite(event.value()):
            _zoom(view, max(0.2, 1.0 + event.value()), event.position())
    elif kind is gesture.PanNativeGesture:
        ratio = view.devicePixelRatioF()
        view.pan_by(event.delta().x() * ratio, event.delta().y() * ratio)
    elif kind is gesture.RotateNativeGesture:
        if math.isfinite(event.value()):
            view.orient(view.orientation.turned_by(event.value()), event.position())
    elif kind is gesture.SmartZoomNativeGesture:
        if view.is_fitting:
            view.zoom_to(1.0, event.position())
        else:
            view.fit()
    else:
        return kind in (gesture.BeginNativeGesture, gesture.EndNativeGesture)
    return True


def _zoom(view: PictureView, factor: float, at: QPointF) -> None:
    scale = view.scale * factor
    if (scale - 1.0) * (view.scale - 1.0) < 0.0:
        scale = 1.0
    view.zoom_to(scale, at)


def _is_touchpad(event: QWheelEvent) -> bool:
    """Whether fingers scroll: their events come in phases, or from a device that says so."""
    if event.phase() != Qt.ScrollPhase.NoScrollPhase:
        return True
    return event.deviceType() is QInputDevice.DeviceType.TouchPad
