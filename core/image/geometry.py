"""Points, rectangles and the tile grid they fall on."""

from collections.abc import Iterator
from typing import NamedTuple

TILE_SIZE = 256
# A named tuple's own constructor is a Python function, which takes three times as long.
_new = tuple.__new__


class Point(NamedTuple):
    """A position in document pixels; (0, 0) is the outer corner of the first pixel."""

    x: float
    y: float


class TileKey(NamedTuple):
    """Column and row of a tile in the grid of TILE_SIZE squares."""

    tx: int
    ty: int

    @property
    def rect(self) -> "Rect":
        """The pixels of this tile."""
        return Rect(self.tx * TILE_SIZE, self.ty * TILE_SIZE, TILE_SIZE, TILE_SIZE)


class Rect(NamedTuple):
    """Whole pixels: columns x … x+width−1, rows y … y+height−1. Empty where a side is ≤ 0."""

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def from_edges(cls, left: int, top: int, right: int, bottom: int) -> "Rect":
        """Build from edges; right and bottom are excluded. Crossed edges give an empty Rect."""
        width, height = right - left, bottom - top
        return _new(cls, (left, top, width if width > 0 else 0, height if height > 0 else 0))

    @property
    def right(self) -> int:
        """First column beyond the rectangle."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """First row beyond the rectangle."""
        return self.y + self.height

    @property
    def area(self) -> int:
        """Number of pixels."""
        return 0 if self.is_empty else self.width * self.height

    @property
    def is_empty(self) -> bool:
        """Whether it holds no pixel."""
        return self.width <= 0 or self.height <= 0

    # One brush move asks for hundreds of these: written out they take a quarter of the time.

    def intersection(self, other: "Rect") -> "Rect":
        """Return the pixels in both; an empty Rect where there are none."""
        x, y, width, height = self
        other_x, other_y, other_width, other_height = other
        left = x if x > other_x else other_x
        top = y if y > other_y else other_y
        right, other_right = x + width, other_x + other_width
        bottom, other_bottom = y + height, other_y + other_height
        width = (right if right < other_right else other_right) - left
        height = (bottom if bottom < other_bottom else other_bottom) - top
        return _new(Rect, (left, top, width if width > 0 else 0, height if height > 0 else 0))

    def union(self, other: "Rect") -> "Rect":
        """Return the smallest Rect that holds both; empty ones do not count."""
        x, y, width, height = self
        other_x, other_y, other_width, other_height = other
        if width <= 0 or height <= 0:
            return other
        if other_width <= 0 or other_height <= 0:
            return self
        left = x if x < other_x else other_x
        top = y if y < other_y else other_y
        right, other_right = x + width, other_x + other_width
        bottom, other_bottom = y + height, other_y + other_height
        right = right if right > other_right else other_right
        bottom = bottom if bottom > other_bottom else other_bottom
        return _new(Rect, (left, top, right - left, bottom - top))

    def contains(self, other: "Rect") -> bool:
        """Whether every pixel of the other lies inside; an empty Rect lies in any."""
        return other.is_empty or self.intersection(other) == other

    def expanded(self, margin: int) -> "Rect":
        """Grow (or shrink, if negative) by a margin on all four sides."""
        return Rect.from_edges(
            self.x - margin, self.y - margin, self.right + margin, self.bottom + margin
        )

    def translated(self, dx: int, dy: int) -> "Rect":
        """Move by whole pixels."""
        x, y, width, height = self
        return _new(Rect, (x + dx, y + dy, width, height))

    def aligned(self, step: int) -> "Rect":
        """Grow outwards until all edges are multiples of `step`."""
        return Rect.from_edges(
            self.x // step * step,
            self.y // step * step,
            -(-self.right // step) * step,
            -(-self.bottom // step) * step,
        )

    def at_level(self, level: int) -> "Rect":
        """Return the pixels of the level reduced by 2**level that this Rect touches."""
        x, y, width, height = self
        left, top = x >> level, y >> level
        right, bottom = -(-(x + width) >> level), -(-(y + height) >> level)
        width, height = right - left, bottom - top
        return _new(Rect, (left, top, width if width > 0 else 0, height if height > 0 else 0))

    def from_level(self, level: int) -> "Rect":
        """Return the level-0 pixels under these pixels of the level reduced by 2**level."""
        step = 1 << level
        return Rect(self.x * step, self.y * step, self.width * step, self.height * step)

    def slices(self, origin: "Rect") -> tuple[slice, slice]:
        """Return (rows, columns) of this Rect inside an array whose pixels are `origin`'s."""
        x, y, width, height = self
        x, y = x - origin[0], y - origin[1]
        return slice(y, y + height), slice(x, x + width)


EMPTY_RECT = Rect(0, 0, 0, 0)


def tiles_touching(rect: Rect) -> Iterator[TileKey]:
    """Yield the keys of all tiles that hold a pixel of `rect`, row by row."""
    if rect.is_empty:
        return
    for ty in range(rect.y // TILE_SIZE, (rect.bottom - 1) // TILE_SIZE + 1):
        for tx in range(rect.x // TILE_SIZE, (rect.right - 1) // TILE_SIZE + 1):
            yield TileKey(tx, ty)
