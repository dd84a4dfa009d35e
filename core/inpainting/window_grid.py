"""Where windows lie: on a grid of their generator's own multiples, and how long ones are cut."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from core.image.geometry import Rect
from core.image.surface import F32
from core.inpainting.loss_map import CELL

# Neighbouring windows of one loss are cross-faded over this width (at their own scale).
OVERLAP_PX: Final = 32
# Where a window's context has its largest share, a third is left for the loss, which may be cut;
# then no more than two pieces may meet anywhere.
_LEAST_ROOM_PX: Final = 3 * 3 * OVERLAP_PX


class WindowGrid(NamedTuple):
    """What windows of a picture may be: begun on multiples, no side above a limit.

    A net that halves its picture sees other groups of samples from each place it begins at:
    `atelier-crack` filled a crack differently by up to 73/1023. So all windows begin on multiples
    of its `multiple_of`, and end there or at the picture's edge.
    """

    picture: Rect
    multiple_of: int
    limit: int

    @classmethod
    def of(cls, picture: Rect, multiple_of: int, side_max: int) -> "WindowGrid":
        """Return the grid of windows up to side_max, or more where multiples are large."""
        least = multiple_of + -(-_LEAST_ROOM_PX // multiple_of) * multiple_of
        return cls(picture, multiple_of, max(least, side_max // multiple_of * multiple_of))

    @property
    def context_max(self) -> int:
        """The widest rim that leaves room for a loss, in samples of a window."""
        return (self.limit - self.multiple_of) // 3

    def certain(self, scale: int) -> int:
        """Return the longest side, in pixels, that fits into a window wherever it lies."""
        return (self.limit - self.multiple_of) * scale + 1

    def fits(self, reach: Rect, scale: int) -> bool:
        """Whether a rectangle fits into a window of a scale."""
        laid = self._laid(reach, scale)
        return max(laid.width, laid.height) <= self.limit * scale

    def cost(self, reach: Rect, scale: int) -> int:
        """Return how many samples a generator is given to see a rectangle."""
        return self._laid(reach, scale).area // scale**2

    def window(self, reach: Rect, scale: int) -> Rect:
        """Return the smallest window that holds what of a rectangle lies in the picture."""
        return self._laid(reach, scale).intersection(self.picture)

    def side(self, context_px: int, scale: int) -> int:
        """Return how long pieces of a loss may be, whole cells, with a rim around each."""
        return (self.certain(scale) - 2 * context_px) // CELL * CELL

    def _laid(self, reach: Rect, scale: int) -> Rect:
        return reach.intersection(self.picture).aligned(self.multiple_of * scale)


class Span(NamedTuple):
    """A piece of one axis: its start and length, how much of that no later piece shares.

    weights: (length,) float32; those of all pieces add up to 1 everywhere.
    """

    start: int
    length: int
    final: int
    weights: F32


def spans(length: int, side: int, overlap: int) -> Iterator[Span]:
    """Yield the pieces of an axis, none longer than side, overlapping; lengths are whole cells."""
    if length <= side:
        yield Span(0, length, length, np.ones(length, np.float32))
        return
    count = -(-(length - overlap) // (side - overlap))
    step = -(-(length - overlap) // (count * CELL)) * CELL
    starts = list(range(0, length - overlap, step))
    # Raised cosine; the next piece rises by exactly what this one falls.
    phase = (np.arange(overlap, dtype=np.float32) + np.float32(0.5)) / overlap
    rising = ((1 - np.cos(np.pi * phase)) / 2).astype(np.float32)
    for start in starts:
        is_last = start == starts[-1]
        end = length if is_last else start + step + overlap
        weights = np.ones(end - start, np.float32)
        if start > 0:
            weights[:overlap] = rising
        if not is_last:
            weights[-overlap:] = 1 - rising
        yield Span(start, end - start, (end if is_last else start + step) - start, weights)
