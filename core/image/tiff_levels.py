"""The reduced levels a TIFF brings along: which of its pages they are, and reading them."""

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from core.errors import ImageReadError
from core.image.bands import full_range
from core.image.byte_file import ByteFile
from core.image.geometry import Rect
from core.image.orientation import is_transposed, stored_rect, upright
from core.image.reduction import area_mean
from core.image.surface import U16
from core.image.tiff_layout import TiffLayout, level_of
from core.image.tiff_stored import SegmentCache, read_stored

# Of such levels a sample counts hardly more than the arithmetic that gave it.
_LEAST_SIDE = 16
# What may be decoded to see whether a level shows the painting.
_LOOK_PX = 4 << 20
_LOOK_SIDE, _LOOK_ROWS = 32, 128
_BLOCK = 8
# Of 65535: how far apart the means of 8 × 8 samples of a level and of what it was made from may
# be at the median. Nearest neighbours of strong grain differ by 300, other pictures by 6,000.
_LIKENESS = 2500

Read = Callable[[Rect], U16]


class TiffLevels:
    """Reduced levels of a TIFF painting, upright, for looking only: nobody checked each sample.

    levels are powers of two: `level` 3 is reduced by 8. Any thread may read.
    """

    def __init__(
        self,
        file: ByteFile,
        pages: Mapping[int, TiffLayout],
        size: tuple[int, int],
        orientation: int,
        cache: SegmentCache,
    ) -> None:
        self._file = file
        self._pages = dict(pages)
        self._picture = Rect(0, 0, *size)
        self._orientation = orientation
        self._cache = cache
        self._lock = threading.Lock()
        self._bad: set[int] = set()
        self.on_problem: list[Callable[[str], None]] = []

    @property
    def levels(self) -> frozenset[int]:
        """The levels there are."""
        return frozenset(self._pages)

    @property
    def is_complete(self) -> bool:
        """Whether all of each level is there: a file's levels are."""
        return True

    def read(self, area: Rect, level: int) -> U16 | None:
        """Return (h, w, channels) of an area in the level's pixels; None if it is damaged.

        Where the file rounded a size down, its last column or row is repeated.
        """
        page = self._pages[level]
        try:
            return self._read(page, area)
        except ImageReadError:
            self._tell(level, page)
            return None

    def without(self, level: int) -> None:
        """Do not use a level."""
        del self._pages[level]

    def _read(self, page: TiffLayout, area: Rect) -> U16:
        turned = is_transposed(self._orientation)
        width, height = (page.height, page.width) if turned else (page.width, page.height)
        x, y = min(area.x, width - 1), min(area.y, height - 1)
        there = Rect.from_edges(
            x, y, max(x + 1, min(area.right, width)), max(y + 1, min(area.bottom, height))
        )
        where = stored_rect(there, width, height, self._orientation)
        stored = read_stored(self._file, page, where, self._cache)
        pixels = full_range(upright(stored, self._orientation), page.is_min_white)
        if (there.width, there.height) == (area.width, area.height):
            return pixels
        more = ((0, area.height - there.height), (0, area.width - there.width), (0, 0))
        return np.pad(pixels, more, mode="edge")

    def _tell(self, level: int, page: TiffLayout) -> None:
        with self._lock:
            is_new = level not in self._bad
            self._bad.add(level)
        if is_new:
            sentence = (
                f"{self._file.name}: the reduced level of {page.width:,} × {page.height:,} pixels "
                "in it is damaged; what it lacks is made from the painting itself."
            )
            for listener in self.on_problem:
                listener(sentence)


def levels_among(pages: Sequence[TiffLayout], layout: TiffLayout) -> dict[int, TiffLayout]:
    """Return the pages whose size is that of a level, by level."""
    found: dict[int, TiffLayout] = {}
    for page in pages:
        level = level_of((page.width, page.height), (layout.width, layout.height))
        if level is not None and max(page.width, page.height) >= _LEAST_SIDE:
            found.setdefault(level, page)
    return found


def checked_levels(levels: TiffLevels, layout: TiffLayout, read: Read) -> list[str]:
    """Leave out levels that do not show the painting; return a sentence for each.

    Each is compared with the next finer one at three places, level 0 included, as far as those
    are quickly decoded. read: level 0 of the painting.
    """
    notices = []
    finer, finer_level = read, 0
    for level in sorted(levels.levels):
        page = levels._pages[level]
        is_cheap = _is_cheap(layout if finer_level == 0 else levels._pages[finer_level])
        if not is_cheap or _is_alike(levels, level, finer, finer_level):
            finer, finer_level = partial(_read_level, levels, level), level
            continue
        levels.without(level)
        notices.append(
            f"The reduced copy of {page.width:,} × {page.height:,} pixels in the file is damaged "
            "or shows something else than the painting; it is not used."
        )
    # Nobody listened yet.
    levels._bad.clear()
    return notices


def _read_level(levels: TiffLevels, level: int, area: Rect) -> U16:
    pixels = levels.read(area, level)
    if pixels is None:
        raise ImageReadError("A reduced level is damaged.")
    return pixels


def _is_cheap(page: TiffLayout) -> bool:
    return page.compression == "none" or page.segment_width * page.segment_height < _LOOK_PX // 4


def _is_alike(levels: TiffLevels, level: int, finer: Read, finer_level: int) -> bool:
    area = levels._picture.at_level(level)
    below = levels._picture.at_level(finer_level)
    step = level - finer_level
    side = max(_BLOCK, min(_LOOK_SIDE, _LOOK_ROWS >> step))
    differences = []
    for share in (0.5, 0.25, 0.75):
        spot = Rect(int(area.width * share), int(area.height * share), side, side)
        spot = spot.intersection(area)
        under = spot.from_level(step).intersection(below)
        if spot.is_empty or under.is_empty:
            continue
        found = levels.read(spot, level)
        if found is None:
            return False
        try:
            expected = area_mean(finer(under), step)
        except ImageReadError:
            # What is wrong there is not this level.
            continue
        differences.append(_difference(found, expected))
    return not differences or float(np.median(np.concatenate(differences))) <= _LIKENESS


def _difference(one: U16, other: U16) -> np.ndarray:
    shape = min(one.shape[0], other.shape[0]), min(one.shape[1], other.shape[1])
    blocks = [
        area_mean(np.ascontiguousarray(pixels[: shape[0], : shape[1]]), _BLOCK.bit_length() - 1)
        for pixels in (one, other)
    ]
    return np.abs(blocks[0].astype(np.int32) - blocks[1]).ravel()
