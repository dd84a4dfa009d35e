"""How a picture is turned and mirrored on the screen, by any angle."""

import math
from dataclasses import dataclass
from functools import cached_property

from core.image.geometry import Point

_QUARTERS = ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))
"""Cosine and sine of whole quarters, exactly: a sample shall fill exactly one pixel there too."""
_DIGITS = 6
"""Angles are kept so finely: a millionth of a degree is far below a pixel on any screen."""


@dataclass(frozen=True)
class Orientation:
    """Turned clockwise by degrees, 0 ≤ degrees < 360, and then perhaps left and right swapped."""

    degrees: float = 0
    is_mirrored: bool = False

    @property
    def is_upright(self) -> bool:
        """Whether it is seen as it is."""
        return self == UPRIGHT

    @property
    def is_straight(self) -> bool:
        """Whether the picture's edges lie along the screen's."""
        return self.degrees % 90 == 0

    @property
    def is_sideways(self) -> bool:
        """Whether its columns lie along the screen's rows."""
        return self.degrees % 180 == 90

    def turned(self, quarters: int) -> "Orientation":
        """Return it with what is seen turned clockwise by quarters of a circle."""
        return self.turned_by(90 * quarters)

    def turned_by(self, degrees: float) -> "Orientation":
        """Return it with what is seen turned clockwise by any angle."""
        return self.at(self.seen_degrees + degrees)

    def at(self, seen_degrees: float) -> "Orientation":
        """Return it with what is seen turned clockwise by so much in all."""
        own = -seen_degrees if self.is_mirrored else seen_degrees
        return Orientation(round(own % 360, _DIGITS) % 360, self.is_mirrored)

    @property
    def seen_degrees(self) -> float:
        """How far what is seen is turned clockwise: mirrored, the other way round."""
        return -self.degrees % 360 if self.is_mirrored else self.degrees

    def mirrored(self) -> "Orientation":
        """Return it with left and right of what is seen swapped."""
        return Orientation(self.degrees, not self.is_mirrored)

    def seen(self, x: float, y: float) -> Point:
        """Return where a point is seen."""
        xx, xy, yx, yy = self.matrix
        return Point(xx * x + xy * y, yx * x + yy * y)

    def unseen(self, x: float, y: float) -> Point:
        """Return which point is seen somewhere: the matrix's inverse is its transpose."""
        xx, xy, yx, yy = self.matrix
        return Point(xx * x + yx * y, xy * x + yy * y)

    @cached_property
    def matrix(self) -> tuple[float, float, float, float]:
        """xx, xy, yx, yy: what is seen at (xx·x + xy·y, yx·x + yy·y) lies at (x, y)."""
        if self.is_straight:
            cos, sin = _QUARTERS[int(self.degrees) // 90]
        else:
            angle = math.radians(self.degrees)
            cos, sin = math.cos(angle), math.sin(angle)
        return (-cos, sin, sin, cos) if self.is_mirrored else (cos, -sin, sin, cos)


UPRIGHT = Orientation()
