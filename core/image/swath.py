"""The dabs of one move, small ones laid together before they come to the tiles."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from core.image.dab import Print
from core.image.geometry import Rect
from core.image.surface import U8

# Larger dabs cost more to lay twice than to take to their tiles one by one.
_MOST_SIDE_PX = 700
# A dab or two of these cover a tile; of smaller ones none does.
_LEAST_FILLING_PX = 360
_MOST_PX = 1 << 18

Dab = tuple[int, int, Print]
"""Column and row of a print's corner, and the print."""


class Swath(NamedTuple):
    """A rectangle of values 0..level: at each pixel the greatest of some dabs."""

    pixels: U8
    level: int
    dabs: tuple[Dab, ...]

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.pixels.shape[0])

    def values(self, left: int, top: int, right: int, bottom: int) -> U8:
        """Return the values of a part; right and bottom are excluded."""
        return self.pixels[top:bottom, left:right]

    def fills(self, left: int, top: int, right: int, bottom: int) -> bool:
        """Whether all values of a part are surely `level`."""
        return any(
            dab.level == self.level and dab.fills(left - x, top - y, right - x, bottom - y)
            for x, y, dab in self.dabs
        )


def swaths(dabs: Iterable[Dab]) -> Iterator[tuple[int, int, Print | Swath]]:
    """Yield column and row of the corner, and the values, of what covers as these dabs do.

    As long as the strongest dab counts at each pixel, the result is the same to the bit: each
    tile is come to once or twice in a move, not once for each dab.
    """
    for near in neighbours(dabs):
        if len(near) == 1 or near[0][2].side > _MOST_SIDE_PX:
            yield from near
        else:
            yield _laid(near)


def marks(values: U8) -> bool:
    """Whether any of (h, w) values, not none themselves, is above 0."""
    # Nearly always the one in the middle is.
    return bool(values[values.shape[0] >> 1, values.shape[1] >> 1]) or bool(values.any())


def neighbours(dabs: Iterable[Dab]) -> Iterator[list[Dab]]:
    """Yield dabs, in their order, in lists of those that lie in one small rectangle."""
    near: list[Dab] = []
    left = top = right = bottom = 0
    for x, y, dab in dabs:
        # Written out: a small brush moved fast lays hundreds of dabs in a move.
        side = dab.side
        x1, y1 = x + side, y + side
        wider_left, higher_top = (x if x < left else left), (y if y < top else top)
        wider_right, higher_bottom = (x1 if x1 > right else right), (y1 if y1 > bottom else bottom)
        area = (wider_right - wider_left) * (higher_bottom - higher_top)
        if near and area > _MOST_PX and area > 2 * side * side:
            yield near
            near = []
        if near:
            left, top, right, bottom = wider_left, higher_top, wider_right, higher_bottom
        else:
            left, top, right, bottom = x, y, x1, y1
        near.append((x, y, dab))
    if near:
        yield near


def bounds(dabs: list[Dab]) -> Rect:
    """Return the smallest Rect that holds some dabs."""
    return Rect.from_edges(
        min(x for x, _, _ in dabs),
        min(y for _, y, _ in dabs),
        max(x + dab.side for x, _, dab in dabs),
        max(y + dab.side for _, y, dab in dabs),
    )


def _laid(dabs: list[Dab]) -> tuple[int, int, Swath]:
    rect = bounds(dabs)
    pixels = np.zeros((rect.height, rect.width), np.uint8)
    level = 0
    filling = []
    for left, top, dab in dabs:
        side, x, y = dab.side, left - rect.x, top - rect.y
        part = pixels[y : y + side, x : x + side]
        np.maximum(part, dab.values(0, 0, side, side), out=part)
        level = max(level, dab.level)
        if side >= _LEAST_FILLING_PX:
            filling.append((x, y, dab))
    return rect.x, rect.y, Swath(pixels, level, tuple(filling))
