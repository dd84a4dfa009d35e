"""The transform between a document and the screen, as a value."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPolygonF, QTransform

from core.image.geometry import Point, Rect
from desktop.orientation import UPRIGHT, Orientation

MAX_SCALE = 64.0
_OCTAVE_PARTS = 2
"""Zoom steps per doubling: 100 %, 141 %, 200 % …"""


@dataclass(frozen=True)
class View:
    """Where a picture lies in a viewport. All lengths on the screen are device pixels.

    scale: device pixels per document pixel. left, top: where the document's origin lies in the
    viewport: whole device pixels, so that at 100 % each sample fills exactly one of them. The
    origin is the picture's upper left corner, unless the orientation turns it elsewhere.
    """

    scale: float = 1.0
    left: int = 0
    top: int = 0
    orientation: Orientation = UPRIGHT

    @classmethod
    def fitted(
        cls,
        picture: Rect,
        width: int,
        height: int,
        margin: int,
        orientation: Orientation = UPRIGHT,
    ) -> "View":
        """Return the view that shows the whole picture in the middle of the viewport."""
        room = max(1, width - 2 * margin), max(1, height - 2 * margin)
        corners = [orientation.seen(*corner) for corner in _corners(picture)]
        across = max(x for x, _ in corners) - min(x for x, _ in corners)
        down = max(y for _, y in corners) - min(y for _, y in corners)
        scale = min(room[0] / across, room[1] / down, MAX_SCALE)
        middle = Point(picture.width / 2, picture.height / 2)
        return cls(scale, orientation=orientation).centred(middle, width, height)

    def to_document(self, device: Point) -> Point:
        """Return the document point under a point of the viewport."""
        return self.orientation.unseen(
            (device.x - self.left) / self.scale, (device.y - self.top) / self.scale
        )

    def to_device(self, point: Point) -> Point:
        """Return where a document point lies in the viewport."""
        seen = self.orientation.seen(point.x, point.y)
        return Point(self.left + seen.x * self.scale, self.top + seen.y * self.scale)

    def zoomed(self, scale: float, anchor: Point) -> "View":
        """Return the view at another scale in which the point under `anchor` stays there."""
        return replace(self, scale=scale)._holding(self.to_document(anchor), anchor)

    def oriented(self, orientation: Orientation, anchor: Point) -> "View":
        """Return the view turned otherwise in which the point under `anchor` stays there."""
        return replace(self, orientation=orientation)._holding(self.to_document(anchor), anchor)

    def centred(self, point: Point, width: int, height: int) -> "View":
        """Return the view with a document point in the viewport's middle."""
        return self._holding(point, Point(width / 2, height / 2))

    def panned(self, dx: float, dy: float) -> "View":
        """Return the view with the picture moved by so many device pixels."""
        return replace(self, left=self.left + round(dx), top=self.top + round(dy))

    def kept_in_sight(self, picture: Rect, width: int, height: int) -> "View":
        """Return the nearest view in which the viewport's middle lies on the picture."""
        middle = self.to_document(Point(width / 2, height / 2))
        nearest = Point(
            min(max(middle.x, 0.0), float(picture.width)),
            min(max(middle.y, 0.0), float(picture.height)),
        )
        return self if nearest == middle else self.centred(nearest, width, height)

    def _holding(self, point: Point, device: Point) -> "View":
        """Return the view moved so that a document point lies somewhere."""
        seen = self.orientation.seen(point.x, point.y)
        return replace(
            self,
            left=round(device.x - seen.x * self.scale),
            top=round(device.y - seen.y * self.scale),
        )

    @property
    def to_viewport(self) -> QTransform:
        """From document pixels, multiplied by the scale, to the viewport: for a painter."""
        xx, xy, yx, yy = self.orientation.matrix
        return QTransform(xx, yx, xy, yy, self.left, self.top)

    @property
    def unturned(self) -> "View":
        """The view that a painter through `to_viewport` draws with."""
        return View(self.scale)

    def level(self, max_level: int) -> int:
        """Return the coarsest level whose samples are not magnified: scale · 2**level ≤ 1."""
        if self.scale >= 1.0:
            return 0
        return min(max_level, math.floor(-math.log2(self.scale) + 1e-9))

    def outline(self, rect: Rect) -> QPolygonF:
        """Return where a document rectangle lies in the viewport."""
        return QPolygonF([QPointF(*self.to_device(corner)) for corner in _corners(rect)])

    def device_rect(self, rect: Rect) -> Rect:
        """Return the device pixels that a document rectangle touches."""
        return _around([self.to_device(corner) for corner in _corners(rect)])

    def document_rect(self, device: Rect, picture: Rect) -> Rect:
        """Return a rectangle of the picture that holds all that lies under one of the viewport."""
        under = _around([self.to_document(corner) for corner in _corners(device)])
        return under.intersection(picture)


def stepped(scale: float, direction: int) -> float:
    """Return the next half-octave scale above (+1) or below (−1); 100 % is one of them."""
    position = math.log2(scale) * _OCTAVE_PARTS
    step = math.floor(position + 1e-6) + 1 if direction > 0 else math.ceil(position - 1e-6) - 1
    return float(2.0 ** (step / _OCTAVE_PARTS))


def _corners(rect: Rect) -> tuple[Point, Point, Point, Point]:
    """Return a rectangle's corners, in the order in which its edge goes through them."""
    return (
        Point(rect.x, rect.y),
        Point(rect.right, rect.y),
        Point(rect.right, rect.bottom),
        Point(rect.x, rect.bottom),
    )


def _around(corners: Sequence[Point]) -> Rect:
    """Return the pixels touched by what lies between corners."""
    return Rect.from_edges(
        math.floor(min(x for x, _ in corners)),
        math.floor(min(y for _, y in corners)),
        math.ceil(max(x for x, _ in corners)),
        math.ceil(max(y for _, y in corners)),
    )
