"""The pieces a fill is finished in, and in which order: what takes long comes first."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from core.image.geometry import Rect
from core.inpainting.regions import Region
from core.inpainting.texture import REACH_PX

# Fills of reduced windows are brought back in squares of this side, to bound memory.
_PIECE_PX = 1024


class Piece(NamedTuple):
    """A part of a region's hole that is brought back to native pixels at once.

    number: the region's place among all; is_last: whether it is the last of its region.
    """

    region: Region
    rect: Rect
    number: int
    is_last: bool

    @property
    def window(self) -> Rect:
        """What is looked at to finish it."""
        if self.region.scale == 1:
            return self.region.window
        return self.rect.expanded(REACH_PX).intersection(self.region.window)

    @property
    def cost(self) -> int:
        """How many pixels it holds while it is under way."""
        return self.window.area


def largest_first(todo: Sequence[Region]) -> list[Region]:
    """Return regions such that the largest losses, which take long to finish, come first.

    Pieces of one loss fade into each other: they keep their order.
    """
    cells: Counter[int] = Counter()
    for region in todo:
        cells[region.loss] += int(region.cells.sum())
    return sorted(todo, key=lambda region: (-cells[region.loss], region.loss))


def pieces_of(region: Region, number: int) -> Iterator[Piece]:
    """Yield the hole of a native region whole, of a reduced one in squares."""
    hole = region.hole
    rects = [hole]
    if region.scale > 1:
        rects = [
            Rect(x, y, _PIECE_PX, _PIECE_PX).intersection(hole)
            for y in range(hole.y, hole.bottom, _PIECE_PX)
            for x in range(hole.x, hole.right, _PIECE_PX)
        ]
    for rect in rects:
        yield Piece(region, rect, number, is_last=rect is rects[-1])
