"""The transform between a document and the screen, as a value."""

import math
from dataclasses import dataclass

from core.image.geometry import Point, Rect

MAX_SCALE = 64.0
_OCTAVE_PARTS = 2
"""Zoom steps per doubling: 100 %, 141 %, 200 % …"""


@dataclass(frozen=True)
class View:
    """Where a picture lies in a viewport. All lengths on the screen are device pixels.

    scale: device pixels per document pixel. left, top: where the picture's outer corner lies in
    the viewport: whole device pixels, so that at 100 % each sample fills exactly one of them.
    """

    scale: float = 1.0
    left: int = 0
    top: int = 0

    @classmethod
    def fitted(cls, picture: Rect, width: int, height: int, margin: int) -> "View":
        """Return the view that shows the whole picture in the middle of the viewport."""
        room = max(1, width - 2 * margin), max(1, height - 2 * margin)
        scale = min(room[0] / picture.width, room[1] / picture.height, MAX_SCALE)
        return cls(
            scale,
            round((width - picture.width * scale) / 2),
            round((height - picture.height * scale) / 2),
        )

    def to_document(self, device: Point) -> Point:
        """Return the document point under a point of the viewport."""
        return Point((device.x - self.left) / self.scale, (device.y - self.top) / self.scale)

    def to_device(self, point: Point) -> Point:
        """Return where a document point lies in the viewport."""
        return Point(self.left + point.x * self.scale, self.top + point.y * self.scale)

    def zoomed(self, scale: float, anchor: Point) -> "View":
        """Return the view at another scale in which the point under `anchor` stays there."""
        fixed = self.to_document(anchor)
        return View(scale, round(anchor.x - fixed.x * scale), round(anchor.y - fixed.y * scale))

    def panned(self, dx: float, dy: float) -> "View":
        """Return the view with the picture moved by so many device pixels."""
        return View(self.scale, self.left + round(dx), self.top + round(dy))

    def kept_in_sight(self, picture: Rect, width: int, height: int) -> "View":
        """Return the nearest view in which the viewport's middle lies on the picture."""
        return View(
            self.scale,
            _clamped(self.left, width / 2 - picture.width * self.scale, width / 2),
            _clamped(self.top, height / 2 - picture.height * self.scale, height / 2),
        )

    def level(self, max_level: int) -> int:
        """Return the coarsest level whose samples are not magnified: scale · 2**level ≤ 1."""
        if self.scale >= 1.0:
            return 0
        return min(max_level, math.floor(-math.log2(self.scale) + 1e-9))

    def device_rect(self, rect: Rect) -> Rect:
        """Return the device pixels that a document rectangle touches."""
        return Rect.from_edges(
            math.floor(self.left + rect.x * self.scale),
            math.floor(self.top + rect.y * self.scale),
            math.ceil(self.left + rect.right * self.scale),
            math.ceil(self.top + rect.bottom * self.scale),
        )

    def document_rect(self, device: Rect, picture: Rect) -> Rect:
        """Return the document pixels, inside the picture, under a rectangle of the viewport."""
        return Rect.from_edges(
            math.floor((device.x - self.left) / self.scale),
            math.floor((device.y - self.top) / self.scale),
            math.ceil((device.right - self.left) / self.scale),
            math.ceil((device.bottom - self.top) / self.scale),
        ).intersection(picture)


def stepped(scale: float, direction: int) -> float:
    """Return the next half-octave scale above (+1) or below (−1); 100 % is one of them."""
    position = math.log2(scale) * _OCTAVE_PARTS
    step = math.floor(position + 1e-6) + 1 if direction > 0 else math.ceil(position - 1e-6) - 1
    return float(2.0 ** (step / _OCTAVE_PARTS))


def _clamped(value: int, low: float, high: float) -> int:
    return round(min(max(value, low), high))
