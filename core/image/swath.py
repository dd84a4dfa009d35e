"""The dabs of one move, small ones laid together before they come to the tiles."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from core.image.dab import Print
from core.image.surface import U8

# Larger dabs cost more to lay twice than to take to their tiles one by one.
_MOST_SIDE_PX = 700
# A dab or two of these cover a tile; of smaller ones none does.
_LEAST_FILLING_PX = 360
_MOST_PX = 1 << 18


class Swath(NamedTuple):
    """A rectangle of values 0..level: at each pixel the greatest of some dabs."""

    pixels: U8
    level: int
    dabs: tuple[tuple[int, int, Print], ...]

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


def swaths(dabs: Iterable[tuple[int, int, Print]]) -> Iterator[tuple[int, int, Print | Swath]]:
    """Yield column and row of the corner, and the values, of what covers as these dabs do.

    As long as the strongest dab counts at each pixel, the result is the same to the bit: each
    tile is come to once or twice in a move, not once for each dab.
    """
    near: list[tuple[int, int, Print]] = []
    left = top = right = bottom = 0
    for x, y, dab in dabs:
        side = dab.side
        if near:
            wide = max(right, x + side) - min(left, x)
            high = max(bottom, y + side) - min(top, y)
            if side > _MOST_SIDE_PX or wide * high > max(_MOST_PX, 2 * side * side):
                yield _laid(near, left, top, right, bottom)
                near = []
        if side > _MOST_SIDE_PX:
            yield x, y, dab
            continue
        if not near:
            left, top, right, bottom = x, y, x + side, y + side
        near.append((x, y, dab))
        left, top = min(left, x), min(top, y)
        right, bottom = max(right, x + side), max(bottom, y + side)
    if near:
        yield _laid(near, left, top, right, bottom)


def _laid(
    dabs: list[tuple[int, int, Print]], left: int, top: int, right: int, bottom: int
) -> tuple[int, int, Print | Swath]:
    if len(dabs) == 1:
        return dabs[0]
    pixels = np.zeros((bottom - top, right - left), np.uint8)
    level = 0
    filling = []
    for x, y, dab in dabs:
        side = dab.side
        part = pixels[y - top : y - top + side, x - left : x - left + side]
        np.maximum(part, dab.values(0, 0, side, side), out=part)
        level = max(level, dab.level)
        if side >= _LEAST_FILLING_PX:
            filling.append((x - left, y - top, dab))
    return left, top, Swath(pixels, level, tuple(filling))
