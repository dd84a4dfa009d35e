"""Dabs: the print of a round brush at a place, antialiased to the fraction of a pixel."""

import math
from collections import OrderedDict
from typing import NamedTuple

import cv2
import numpy as np

from core.image.geometry import Rect
from core.image.surface import F32, U8

_CACHE_BYTES = 16 << 20
# Dabs above this are not printed as a whole but tile by tile: an 8000-px brush would take 64 MB.
_WHOLE_REACH_PX = 1100
# Below this the pixel grid shows: the share of each pixel that the disc covers is averaged from
# 8 × 8 samples. The distance of pixel centres alone would let a 1-px brush vanish between two.
_SMALL_RADIUS_PX = 4.0
_SAMPLES = 8
# Rounds to the nearest phase; the odd end keeps whole and half pixels away from the edge between
# two phases, where the last bit of a sum would decide.
_ROUNDING = 0.5001


class Profile(NamedTuple):
    """How a dab fades with the distance from its centre: full to `inner`, nothing from `outer`."""

    inner: float
    outer: float
    samples: int

    @classmethod
    def of(cls, radius_px: float, hardness: float) -> "Profile":
        """Return the profile of a brush. A hard edge is as wide as what samples it: 1 px, or ⅛."""
        samples = _SAMPLES if radius_px < _SMALL_RADIUS_PX else 1
        inner = min(hardness * radius_px, radius_px - 0.5 / samples)
        return cls(inner, max(radius_px, inner + 1.0 / samples), samples)

    @property
    def reach(self) -> int:
        """Pixels from the centre's to the farthest that can be covered."""
        return math.ceil(self.outer) + 1

    def printed(self, x: float, y: float, rect: Rect) -> U8:
        """Return the values 0..255 of the pixels of `rect`, the dab's centre being (x, y)."""
        rows = _offsets(rect.y, rect.bottom, y, self.samples)
        columns = _offsets(rect.x, rect.right, x, self.samples)
        coverage = self._coverage(rows, columns)
        if self.samples > 1:
            blocks = (rect.height, self.samples, rect.width, self.samples)
            coverage = coverage.reshape(blocks).mean((1, 3))
        coverage *= np.float32(255)
        coverage += np.float32(0.5)
        return coverage.astype(np.uint8)

    def whole(self, center_x: float, center_y: float) -> U8:
        """Return the values of the whole square of a print."""
        side = 2 * self.reach + 1
        if (center_x, center_y) != (self.reach, self.reach):
            return self.printed(center_x, center_y, Rect(0, 0, side, side))
        # On a pixel's corner the four quarters mirror one another; nothing reaches the last row.
        quarter = self.printed(center_x, center_y, Rect(0, 0, self.reach, self.reach))
        out = np.zeros((side, side), np.uint8)
        out[:-1, :-1] = np.block(
            [[quarter, quarter[:, ::-1]], [quarter[::-1], quarter[::-1, ::-1]]]
        )
        return out

    def _coverage(self, rows: F32, columns: F32) -> F32:
        squares: F32 = np.add.outer(rows * rows, columns * columns)
        fade: F32 = np.sqrt(squares, out=squares)
        fade *= np.float32(-1.0 / (self.outer - self.inner))
        fade += np.float32(self.outer / (self.outer - self.inner))
        np.clip(fade, 0.0, 1.0, out=fade)
        # The smooth step 3t² − 2t³ has no visible edge at either end.
        slope = fade * np.float32(-2.0)
        slope += np.float32(3.0)
        fade *= fade
        fade *= slope
        return fade


class Print(NamedTuple):
    """A dab's values over a square of `side` pixels, its centre near the middle.

    The strongest value is `level`. `whole` holds them all, or is None for a huge dab: then they
    are computed where asked for.
    """

    profile: Profile
    center_x: float
    center_y: float
    side: int
    level: int
    whole: U8 | None

    @classmethod
    def of(cls, profile: Profile, phase_x: float, phase_y: float) -> "Print":
        """Print a dab of full strength whose centre is a fraction of a pixel off the middle."""
        reach = profile.reach
        center_x, center_y, side = reach + phase_x, reach + phase_y, 2 * reach + 1
        is_huge = reach > _WHOLE_REACH_PX
        whole = None if is_huge else profile.whole(center_x, center_y)
        return cls(profile, center_x, center_y, side, 255, whole)

    @property
    def width(self) -> int:
        """Columns."""
        return self.side

    @property
    def height(self) -> int:
        """Rows."""
        return self.side

    def at_level(self, level: int) -> "Print":
        """Return this print of full strength at another strength of 1..255."""
        whole = None if self.whole is None else _scaled(self.whole, level)
        return self._replace(level=level, whole=whole)

    def values(self, left: int, top: int, right: int, bottom: int) -> U8:
        """Return the coverage 0..level of a part of the square; right and bottom are excluded."""
        if self.whole is not None:
            return self.whole[top:bottom, left:right]
        part = Rect.from_edges(left, top, right, bottom)
        return _scaled(self.profile.printed(self.center_x, self.center_y, part), self.level)

    def fills(self, left: int, top: int, right: int, bottom: int) -> bool:
        """Whether all values of a part of the square are surely `level`."""
        across = max(self.center_x - left, right - self.center_x)
        down = max(self.center_y - top, bottom - self.center_y)
        inner = self.profile.inner
        return inner > 0 and across * across + down * down <= inner * inner


class DabCache:
    """The prints of one hardness, kept by radius, phase and level. For one thread."""

    def __init__(self, hardness: float) -> None:
        self._hardness = hardness
        self._prints: OrderedDict[tuple[float, int, int, int], Print] = OrderedDict()
        self._nbytes = 0

    def dab(self, x: float, y: float, radius_px: float, level: int = 255) -> tuple[int, int, Print]:
        """Return the dab centred on a point: column and row of its print's corner, the print."""
        phases = _phases(radius_px)
        column, phase_x = divmod(math.floor(x * phases + _ROUNDING), phases)
        row, phase_y = divmod(math.floor(y * phases + _ROUNDING), phases)
        found = self._print(radius_px, phase_x, phase_y, level)
        reach = found.side >> 1
        return column - reach, row - reach, found

    def _print(self, radius_px: float, phase_x: int, phase_y: int, level: int) -> Print:
        key = (radius_px, phase_x, phase_y, level)
        found = self._prints.get(key)
        if found is not None:
            self._prints.move_to_end(key)
            return found
        if level < 255:
            # Scaling a print takes a tenth of the time of printing it.
            made = self._print(radius_px, phase_x, phase_y, 255).at_level(level)
        else:
            phases = _phases(radius_px)
            profile = Profile.of(radius_px, self._hardness)
            made = Print.of(profile, phase_x / phases, phase_y / phases)
        self._prints[key] = made
        self._nbytes += _nbytes(made)
        while self._nbytes > _CACHE_BYTES and len(self._prints) > 1:
            self._nbytes -= _nbytes(self._prints.popitem(last=False)[1])
        return made


def _scaled(values: U8, level: int) -> U8:
    if level == 255:
        return values
    table = ((np.arange(256) * level + 127) // 255).astype(np.uint8)
    return np.asarray(cv2.LUT(values, table), np.uint8)


def _nbytes(value: Print) -> int:
    return 0 if value.whole is None else value.whole.nbytes


def _offsets(start: int, stop: int, center: float, samples: int) -> F32:
    at = (np.arange(samples) + 0.5) / samples
    offsets = (np.arange(start, stop)[:, None] + at).ravel() - center
    return offsets.astype(np.float32)


def _phases(radius_px: float) -> int:
    return 4 if radius_px < 32 else 2 if radius_px < 128 else 1
