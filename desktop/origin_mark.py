"""Where in the painting the brushwork under the pointer was copied from: a line and a ring."""

import math
from typing import NamedTuple

from PySide6.QtGui import QPainter

from core.document.layer import LayerKind, LayerStack
from core.document.origins import origin_of
from core.image.geometry import Point, Rect
from desktop.draft import Draft
from desktop.picture_view import PictureView

_RING_PX = 9.0
_CORNERS = 24


class Found(NamedTuple):
    """What is known of the fill at a point; origin: None where it was not copied."""

    point: Point
    origin: Point | None


class OriginMark:
    """Follows the pointer while it is shown. GUI thread only."""

    def __init__(self, draft: Draft, view: PictureView) -> None:
        self._draft = draft
        self._view = view
        self._found: Found | None = None
        self.is_shown = False

    def show(self, is_shown: bool) -> None:
        """Show it from now on, or no more."""
        self.is_shown = is_shown
        if not is_shown:
            self.follow(None, None)

    def follow(self, layers: LayerStack | None, point: Point | None) -> Found | None:
        """Show where the topmost retouch at a point came from; return what is known of it."""
        found = None
        if self.is_shown and layers is not None and point is not None:
            found = found_at(layers, point)
        self._found = found
        self.refresh()
        return found

    def refresh(self) -> None:
        """Draw it anew: the ring is as large on the screen at any scale."""
        found = self._found
        if found is None or found.origin is None:
            if not self._draft.is_empty:
                self._draft.clear()
            return
        self._draft.show(
            _outline(found.point, found.origin, _RING_PX / self._view.view.scale), False
        )

    def draw(self, painter: QPainter, device: Rect) -> None:
        """Draw it; the painter's unit is the device pixel."""
        self._draft.draw(painter, device)


def found_at(layers: LayerStack, point: Point) -> Found | None:
    """Return what is known of the topmost retouch that is seen at a point; None without any."""
    pixel = Rect(math.floor(point.x), math.floor(point.y), 1, 1)
    for layer in reversed(layers.seen(LayerKind.RETOUCH)):
        if layers.opacity_of(layer) > 0 and layer.pixels.read(pixel)[0, 0, -1] > 0:
            return Found(point, origin_of(layer.origins, point))
    return None


def _outline(point: Point, origin: Point, radius: float) -> list[Point]:
    """Return a line from a point to a ring about its origin, and around that."""
    start = math.atan2(point.y - origin.y, point.x - origin.x)
    turns = [start + 2 * math.pi * corner / _CORNERS for corner in range(_CORNERS + 1)]
    ring = [
        Point(origin.x + radius * math.cos(turn), origin.y + radius * math.sin(turn))
        for turn in turns
    ]
    is_far = math.dist(point, origin) > radius
    return [point, *ring] if is_far else ring
