"""Painting a widget in device pixels: its unit, and its origin on a whole one."""

import logging
import math
from collections.abc import Callable, Iterable
from typing import cast

from PySide6.QtCore import QPointF, QRect
from PySide6.QtGui import QPainter, QRegion, QTransform
from PySide6.QtWidgets import QWidget

from core.image.geometry import Point, Rect

log = logging.getLogger(__name__)


def viewport_of(widget: QWidget) -> Rect:
    """Return a widget's device pixels."""
    ratio = widget.devicePixelRatioF()
    return Rect(0, 0, max(1, round(widget.width() * ratio)), max(1, round(widget.height() * ratio)))


def device_point(widget: QWidget, position: QPointF) -> Point:
    """Return the device pixels of a position in the widget."""
    ratio = widget.devicePixelRatioF()
    return Point(position.x() * ratio, position.y() * ratio)


def paint_in_device_pixels(
    widget: QWidget, region: QRegion, paint: Callable[[QPainter, Rect], None]
) -> None:
    """Call `paint` for each rectangle of the region, in device pixels; a failure is logged."""
    painter = QPainter(widget)
    try:
        ratio = widget.devicePixelRatioF()
        # From here on the unit is the device pixel, the origin a whole one: with a ratio of
        # 1.5 a widget's corner may lie between two, and every sample would be blurred.
        to_device = painter.deviceTransform()
        corner = QTransform.fromTranslate(round(to_device.dx()), round(to_device.dy()))
        in_device_pixels = corner * to_device.inverted()[0]
        for rect in rects_of(region):
            # Clipped to one rectangle Qt copies pixels about 5 times faster than to several.
            painter.resetTransform()
            painter.setClipRect(rect)
            painter.setWorldTransform(in_device_pixels)
            paint(painter, _scaled_out(rect, ratio).intersection(viewport_of(widget)))
    except Exception:
        log.exception("the picture could not be painted")
    finally:
        painter.end()


def widget_rect(widget: QWidget, device: Rect) -> QRect:
    """Return the widget's own pixels that device pixels touch, and one more on each side."""
    ratio = widget.devicePixelRatioF()
    left, top = math.floor(device.x / ratio) - 1, math.floor(device.y / ratio) - 1
    right, bottom = math.ceil(device.right / ratio) + 1, math.ceil(device.bottom / ratio) + 1
    return QRect(left, top, right - left, bottom - top)


def rects_of(region: QRegion) -> Iterable[QRect]:
    """Return a region's rectangles: it is iterable, which its type stub does not know."""
    return cast("Iterable[QRect]", region)


def _scaled_out(rect: QRect, ratio: float) -> Rect:
    """Return the device pixels that a widget's rectangle touches."""
    return Rect.from_edges(
        math.floor(rect.x() * ratio) - 1,
        math.floor(rect.y() * ratio) - 1,
        math.ceil((rect.x() + rect.width()) * ratio) + 1,
        math.ceil((rect.y() + rect.height()) * ratio) + 1,
    )
