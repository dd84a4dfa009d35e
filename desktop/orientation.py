"""How a picture is turned and mirrored on the screen: one of eight ways."""

from dataclasses import dataclass

from core.image.geometry import Point

_QUARTERS = ((1, 0), (0, 1), (-1, 0), (0, -1))
"""Where the way to the right goes, turned clockwise step by step."""


@dataclass(frozen=True)
class Orientation:
    """A matrix of −1, 0 and 1: what is seen at (xx·x + xy·y, yx·x + yy·y) lies at (x, y)."""

    xx: int = 1
    xy: int = 0
    yx: int = 0
    yy: int = 1

    @property
    def is_upright(self) -> bool:
        """Whether it is seen as it is."""
        return self == UPRIGHT

    @property
    def is_mirrored(self) -> bool:
        """Whether it is seen from behind."""
        return self.xx * self.yy - self.xy * self.yx < 0

    @property
    def is_sideways(self) -> bool:
        """Whether its columns lie along the screen's rows."""
        return self.xx == 0

    @property
    def degrees(self) -> int:
        """How far it is turned clockwise, 0..270, before left and right may be swapped."""
        turned = self.mirrored() if self.is_mirrored else self
        return 90 * _QUARTERS.index((turned.xx, turned.yx))

    def turned(self, quarters: int) -> "Orientation":
        """Return it with what is seen turned clockwise by quarters of a circle."""
        xx, xy, yx, yy = self.xx, self.xy, self.yx, self.yy
        for _ in range(quarters % 4):
            xx, xy, yx, yy = -yx, -yy, xx, xy
        return Orientation(xx, xy, yx, yy)

    def mirrored(self) -> "Orientation":
        """Return it with left and right of what is seen swapped."""
        return Orientation(-self.xx, -self.xy, self.yx, self.yy)

    def seen(self, x: float, y: float) -> Point:
        """Return where a point is seen."""
        return Point(self.xx * x + self.xy * y, self.yx * x + self.yy * y)

    def unseen(self, x: float, y: float) -> Point:
        """Return which point is seen somewhere: the matrix's inverse is its transpose."""
        return Point(self.xx * x + self.yx * y, self.xy * x + self.yy * y)


UPRIGHT = Orientation()
