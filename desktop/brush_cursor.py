"""How the pointer looks over the canvas: a fine cross, and the brush's outline at its true size."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QCursor, QPainter, QPen, QPixmap

from core.image.geometry import EMPTY_RECT, Point, Rect
from desktop.selection_tools import SELECTING
from desktop.tools import ToolName

_LEAST_RADIUS_PX = 2.5
"""An outline smaller than this would hide what it surrounds; the cross alone marks the place."""
_CROSS_PX, _GAP_PX = 15, 2
_SOURCE_RADIUS_PX = 14.0
_DARK, _LIGHT = QColor(0, 0, 0, 200), QColor(255, 255, 255, 230)
_FAINT_DARK, _FAINT_LIGHT = QColor(0, 0, 0, 120), QColor(255, 255, 255, 140)
_LEAST_GAP_PX = 4.0


class Outline:
    """A brush's outline on the canvas, which is painted anew where it was and where it is.

    GUI thread only; lengths in device pixels. has_cross: its middle is marked, since no pointer
    does: it shows where a clone is taken from.
    """

    def __init__(self, update: Callable[[Rect], None], has_cross: bool = False) -> None:
        self._update = update
        self._has_cross = has_cross
        self._centre: Point | None = None
        self._radius_px = 0.0
        self._hardness = 1.0
        self._rect = EMPTY_RECT

    def show(self, centre: Point | None, radius_px: float, hardness: float = 1.0) -> None:
        """Show it at a place; None hides it."""
        if self._has_cross:
            # Of the brush's size it would have as much painted anew as the brush itself.
            radius_px = min(radius_px, _SOURCE_RADIUS_PX)
        rect = EMPTY_RECT
        if centre is not None:
            rect = outline_rect(centre, max(radius_px, _CROSS_PX / 2 if self._has_cross else 0.0))
        is_other = rect != self._rect or (centre is not None and hardness != self._hardness)
        self._centre, self._radius_px, self._hardness = centre, radius_px, hardness
        former, self._rect = self._rect, rect
        for part in _parts(former, rect) if is_other else ():
            self._update(part)

    def draw(self, painter: QPainter, device: Rect) -> None:
        """Draw what lies in a device rectangle; the painter's unit is the device pixel."""
        if self._centre is None or self._rect.intersection(device).is_empty:
            return
        draw_outline(painter, self._centre, self._radius_px, self._hardness)
        if self._has_cross:
            _draw_cross(painter, self._centre)


def _parts(one: Rect, other: Rect) -> tuple[Rect, ...]:
    """Return what two rectangles cover: their union where they meet, else those not empty."""
    if not one.intersection(other).is_empty:
        return (one.union(other),)
    return tuple(rect for rect in (one, other) if not rect.is_empty)


def outline_rect(centre: Point, radius_px: float) -> Rect:
    """Return the pixels that an outline touches; lengths in device pixels."""
    left, top = int(centre.x - radius_px) - 3, int(centre.y - radius_px) - 3
    side = int(2 * radius_px) + 7
    return Rect(left, top, side, side)


def draw_outline(painter: QPainter, centre: Point, radius_px: float, hardness: float = 1.0) -> None:
    """Draw a circle in two tones, to be seen on light and dark paint alike.

    A finer one inside it shows how far the brush is hard.
    """
    if radius_px < _LEAST_RADIUS_PX:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, grown in ((_DARK, 0.5), (_LIGHT, -0.5)):
        radius = radius_px + grown
        painter.setPen(QPen(color, 1.0))
        painter.drawEllipse(QPointF(centre.x, centre.y), radius, radius)
    core_px = radius_px * hardness
    if core_px > _LEAST_RADIUS_PX and radius_px - core_px > _LEAST_GAP_PX:
        for color, offset in ((_FAINT_DARK, 0.0), (_FAINT_LIGHT, 3.0)):
            pen = QPen(color, 1.0, Qt.PenStyle.CustomDashLine)
            pen.setDashPattern([3.0, 3.0])
            pen.setDashOffset(offset)
            painter.setPen(pen)
            painter.drawEllipse(QPointF(centre.x, centre.y), core_px, core_px)
    painter.restore()


def _draw_cross(painter: QPainter, centre: Point) -> None:
    x, y, arm = round(centre.x), round(centre.y), _CROSS_PX // 2
    for color, grown in ((_DARK, 1), (_LIGHT, 0)):
        for width, height in ((arm, 0), (0, arm)):
            bar = QRect(x - width, y - height, 2 * width + 1, 2 * height + 1)
            painter.fillRect(bar.adjusted(-grown, -grown, grown, grown), color)


def shape_cursor(
    tool: ToolName, *, is_hand: bool, is_gripping: bool, is_on_split: bool
) -> Qt.CursorShape | None:
    """Return the cursor a tool has; None for the brush's cross."""
    if is_gripping:
        return Qt.CursorShape.ClosedHandCursor
    if is_hand:
        return Qt.CursorShape.OpenHandCursor
    if is_on_split:
        return Qt.CursorShape.SplitHCursor
    if tool in SELECTING or tool in (ToolName.PICK, ToolName.MEASURE):
        return Qt.CursorShape.CrossCursor
    return None


def brush_cursor(device_pixel_ratio: float) -> QCursor:
    """Return a fine two-tone cross that leaves its middle free."""
    side = round(_CROSS_PX * device_pixel_ratio) | 1
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    middle, gap = side // 2, round(_GAP_PX * device_pixel_ratio)
    arm = middle - gap - 1
    arms = [QRect(start, middle, arm, 1) for start in (1, middle + gap)]
    arms += [QRect(middle, start, 1, arm) for start in (1, middle + gap)]
    for rect in arms:
        painter.fillRect(rect.adjusted(-1, -1, 1, 1), _DARK)
    for rect in arms:
        painter.fillRect(rect, _LIGHT)
    painter.end()
    pixmap.setDevicePixelRatio(device_pixel_ratio)
    hot = int(middle / device_pixel_ratio)
    return QCursor(pixmap, hot, hot)
