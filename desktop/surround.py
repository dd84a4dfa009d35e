"""What is seen around the picture: neutral grey, and a frame for judging colours."""

import math

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QRegion

from core.image.geometry import Point, Rect
from desktop.device_painting import rects_of
from desktop.view import View

# No lighter than 20 % of display white, and without hue (ISO 3664): sRGB 43 has 2.4 % of white's
# luminance, 119 (L* 50) has 18.4 %.
SURROUND = QColor(43, 43, 43)
ASSESSMENT_SURROUND = QColor(119, 119, 119)
_FRAME = QColor(255, 255, 255)
_FRAME_PX = 4


def paint_surround(
    painter: QPainter, view: View, picture: Rect, device: Rect, ratio: float, is_assessing: bool
) -> None:
    """Fill what of `device` lies beside the picture; the painter's unit is the device pixel.

    Around a picture whose edges do not lie along the screen's all is filled: before it is drawn.
    """
    if not view.orientation.is_straight:
        _paint_under(painter, view, picture, device, ratio, is_assessing)
        return
    inside = _whole_pixels(view, picture)
    around = QRegion(QRect(*device)) - QRegion(inside)
    if is_assessing:
        width = round(_FRAME_PX * ratio)
        framed = inside.adjusted(-width, -width, width, width)
        for rect in rects_of(around & QRegion(framed)):
            painter.fillRect(rect, _FRAME)
        around -= QRegion(framed)
    for rect in rects_of(around):
        painter.fillRect(rect, ASSESSMENT_SURROUND if is_assessing else SURROUND)


def _paint_under(
    painter: QPainter, view: View, picture: Rect, device: Rect, ratio: float, is_assessing: bool
) -> None:
    painter.fillRect(QRect(*device), ASSESSMENT_SURROUND if is_assessing else SURROUND)
    if is_assessing:
        painter.save()
        painter.setClipRect(QRect(*device), Qt.ClipOperation.IntersectClip)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        join = Qt.PenJoinStyle.MiterJoin
        painter.setPen(QPen(_FRAME, 2 * round(_FRAME_PX * ratio), j=join))
        painter.drawPolygon(view.outline(picture))
        painter.restore()


def _whole_pixels(view: View, picture: Rect) -> QRect:
    """Return the pixels that the picture fills: its origin lies on a whole one, its end may not."""
    corners = [view.to_device(Point(0, 0)), view.to_device(Point(picture.width, picture.height))]
    left, right = sorted(corner.x for corner in corners)
    top, bottom = sorted(corner.y for corner in corners)
    x, y = math.ceil(left - 1e-6), math.ceil(top - 1e-6)
    return QRect(x, y, math.floor(right + 1e-6) - x, math.floor(bottom + 1e-6) - y)
