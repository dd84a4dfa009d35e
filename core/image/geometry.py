"""Points, rectangles and the tile grid they fall on."""

from collections.abc import Iterator
from typing import NamedTuple

TILE_SIZE = 256


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
        return cls(left, top, max(0, right - left), max(0, bottom - top))

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

    def intersection(self, other: "Rect") -> "Rect":
        """Return the pixels in both; an empty Rect where there are none."""
        return Rect.from_edges(
            max(self.x, other.x),
            max(self.y, other.y),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def union(self, other: "Rect") -> "Rect":
        """Return the smallest Rect that holds both; empty ones do not count."""
        if self.is_empty:
            return other
        if other.is_empty:
            return self
        return Rect.from_edges(
            min(self.x, other.x),
            min(self.y, other.y),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

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
        return Rect(self.x + dx, self.y + dy, self.width, self.height)

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
        step = 1 << level
        return Rect.from_edges(
            self.x // step, self.y // step, -(-self.right // step), -(-self.bottom // step)
        )

    def from_level(self, level: int) -> "Rect":
        """Return the level-0 pixels under these pixels of the level reduced by 2**level."""
        step = 1 << level
        return Rect(self.x * step, self.y * step, self.width * step, self.height * step)

    def slices(self, origin: "Rect") -> tuple[slice, slice]:
        """Return (rows, columns) of this Rect inside an array whose pixels are `origin`'s."""
        return (
            slice(self.y - origin.y, self.bottom - origin.y),
            slice(self.x - origin.x, self.right - origin.x),
        )


EMPTY_RECT = Rect(0, 0, 0, 0)


def tiles_touching(rect: Rect) -> Iterator[TileKey]:
    """Yield the keys of all tiles that hold a pixel of `rect`, row by row."""
    if rect.is_empty:
        return
    for ty in range(rect.y // TILE_SIZE, (rect.bottom - 1) // TILE_SIZE + 1):
        for tx in range(rect.x // TILE_SIZE, (rect.right - 1) // TILE_SIZE + 1):
            yield TileKey(tx, ty)
