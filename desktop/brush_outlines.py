"""The outlines over the canvas: the brush's own, and where a clone takes its paint from."""

from collections.abc import Callable

from PySide6.QtGui import QPainter

from core.image.geometry import Point, Rect
from desktop.brush_cursor import Outline
from desktop.easels import Easels
from desktop.view import View


class BrushOutlines:
    """GUI thread only; places in device pixels."""

    def __init__(self, easels: Easels, update: Callable[[Rect], None]) -> None:
        self._easels = easels
        self._brush = Outline(update)
        self._source = Outline(update, has_cross=True)

    def show(self, centre: Point | None, view: View) -> None:
        """Show the brush at a place of a view; None hides it."""
        brush = self._easels.brush
        radius_px = brush.size_px / 2 * view.scale
        self._brush.show(centre, radius_px, brush.hardness)
        source = None if centre is None else self._easels.source_at(view.to_document(centre))
        self._source.show(None if source is None else view.to_device(source), radius_px)

    def draw(self, painter: QPainter, device: Rect) -> None:
        """Draw what lies in a device rectangle; the painter's unit is the device pixel."""
        self._source.draw(painter, device)
        self._brush.draw(painter, device)
