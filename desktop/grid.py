"""A grid over the picture, in the rulers' unit; for the eye only."""

import math

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPen

from core.image.geometry import Point, Rect
from desktop.units import Unit, Units, multiples, stepped_length
from desktop.view import View

LEAST_PX = 64.0
"""Ticks with a number, and lines of the grid, stand at least so far apart on the screen."""
_DARK, _LIGHT = QColor(0, 0, 0, 110), QColor(255, 255, 255, 110)


def tick_step(units: Units, is_down: bool, scale: float, ratio: float) -> float:
    """Return the distance of numbered ticks along an axis, in the shown unit."""
    return least_step(units, LEAST_PX * ratio / scale / units.px_per_unit(is_down))


def least_step(units: Units, least: float) -> float:
    """Return a round distance that is not less than so many of the shown units."""
    step = stepped_length(least)
    return max(1.0, step) if units.shown is Unit.PX else step


def draw_grid(
    painter: QPainter, view: View, picture: Rect, device: Rect, units: Units, ratio: float
) -> None:
    """Draw the lines in a device rectangle; the painter's unit is the device pixel."""
    device = device.intersection(view.device_rect(picture))
    part = view.document_rect(device.expanded(2), picture)
    width = max(1, round(ratio))
    is_straight, is_sideways = view.orientation.is_straight, view.orientation.is_sideways
    for is_down in (False, True):
        px_per_unit = units.px_per_unit(is_down)
        step_px = tick_step(units, is_down, view.scale, ratio) * px_per_unit
        low, high = (part.y, part.bottom) if is_down else (part.x, part.right)
        for number in multiples(step_px, low, high):
            at = number * step_px
            seen = view.to_device(Point(0.0, at) if is_down else Point(at, 0.0))
            if not is_straight:
                start = Point(part.x, at) if is_down else Point(at, part.y)
                end = Point(part.right, at) if is_down else Point(at, part.bottom)
                _draw_tilted(painter, view.to_device(start), view.to_device(end), width)
            elif is_down == is_sideways:
                x = math.floor(seen.x)
                painter.fillRect(x - width, device.y, width, device.height, _DARK)
                painter.fillRect(x, device.y, width, device.height, _LIGHT)
            else:
                y = math.floor(seen.y)
                painter.fillRect(device.x, y - width, device.width, width, _DARK)
                painter.fillRect(device.x, y, device.width, width, _LIGHT)


def _draw_tilted(painter: QPainter, start: Point, end: Point, width: int) -> None:
    """Draw a line that is neither level nor upright, the dark one along the light one's side."""
    length = math.dist(start, end) or 1.0
    aside = QPointF((end.y - start.y) / length, (start.x - end.x) / length) * width
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for color, moved in ((_DARK, aside), (_LIGHT, QPointF())):
        painter.setPen(QPen(color, width))
        painter.drawLine(QPointF(*start) + moved, QPointF(*end) + moved)
    painter.restore()
