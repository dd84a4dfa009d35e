"""Where clone and heal take their paint from."""

from core.image.geometry import Point


class CloneSource:
    """A place chosen by the user, and how far from the brush a stroke keeps it. GUI thread only."""

    def __init__(self) -> None:
        self.point: Point | None = None
        self.offset = (0, 0)
        self._is_fixed = False
        self._is_painting = False

    def choose(self, point: Point) -> None:
        """Take paint from here: the next stroke begins there."""
        self.point = point
        self._is_fixed = False

    def begin(self, start: Point, is_aligned: bool) -> None:
        """Begin a stroke: an aligned one keeps the distance of the one before.

        The distance is whole pixels, so that samples are copied as they are.
        """
        if self.point is not None and not (is_aligned and self._is_fixed):
            self.offset = round(self.point.x - start.x), round(self.point.y - start.y)
            self._is_fixed = True
        self._is_painting = True

    def end(self) -> None:
        """End a stroke."""
        self._is_painting = False

    def at(self, brush: Point, is_aligned: bool) -> Point | None:
        """Return the place that paint comes from while the brush is at a point."""
        if self.point is None:
            return None
        if self._is_painting or (is_aligned and self._is_fixed):
            return Point(brush.x + self.offset[0], brush.y + self.offset[1])
        return self.point
