"""What a pyramid is made from: a picture file, and levels that lie ready somewhere."""

from collections.abc import Iterator
from typing import Protocol, runtime_checkable

from core.image.geometry import Rect
from core.image.surface import U16


class LevelZeroSource(Protocol):
    """What a picture file gives: level 0, and the two quick ways through the whole of it."""

    @property
    def width(self) -> int:
        """Columns, upright."""

    @property
    def height(self) -> int:
        """Rows, upright."""

    @property
    def channels(self) -> int:
        """1 (grey) or 3 (RGB)."""

    def read(self, rect: Rect) -> U16:
        """Return (h, w, channels) of a rectangle inside the picture."""

    def sample(self, level: int) -> U16 | None:
        """Return one sample of each 2**level square, or None where that cannot be quick."""

    def bands(self) -> Iterator[tuple[Rect, U16]]:
        """Yield the whole picture once; inner edges are multiples of 256."""


@runtime_checkable
class Decoded(Protocol):
    """A picture file whose decoded samples are held, and may be let go of."""

    def forget(self) -> None:
        """Give them back until a sample is asked for again."""


class StoredLevels(Protocol):
    """Levels that lie ready somewhere: in the painting's file, or in a store of tiles."""

    @property
    def levels(self) -> frozenset[int]:
        """Which."""

    @property
    def is_complete(self) -> bool:
        """Whether all of them are there by now, but for what may be damaged."""

    def read(self, area: Rect, level: int) -> U16 | None:
        """Return (h, w, channels) of an area in the level's pixels; None where it is not there."""
