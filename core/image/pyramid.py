"""Reduced levels of a painting, built in one pass and kept within a byte budget."""

import threading
from collections.abc import Callable, Iterator
from typing import Protocol

import cv2
import numpy as np

from core.errors import Cancelled
from core.image.geometry import TILE_SIZE, Rect, tiles_touching
from core.image.reduction import area_mean, halved
from core.image.surface import U16
from core.image.tile_cache import TileCache

__all__ = ["LevelZeroSource", "Pyramid", "TileCache"]

# Level 2 and up weigh 1/12 of the picture; a finer one is read from the file when it is shown.
_FINEST_KEPT = 2
# Bands come on this grid, so every level up to 8 can be reduced from a band alone.
_GRID = TILE_SIZE
_GRID_LEVEL = 8
# Larger reads go past the cache: an export must not drive the screen's tiles out.
_CACHED_TILES = 16
_BLOCK_PX = 4 << 20
_SKETCH_SIDE = 1024
_TOP_SIDE = 256
_UNKNOWN = 0x8000


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


class Pyramid:
    """A PixelSource with all levels over a picture file.

    Reduced levels are held whole, from the finest that fits half of the cache's budget; they
    come with `build`, which one worker thread runs while any other thread reads. Finer ones
    are read when asked for, and kept in the cache as tiles. Each level is rounded from the one
    below: a sample of level L is within (L + 1) / 2 of its exact mean, of 65535.
    """

    def __init__(self, source: LevelZeroSource, cache: TileCache) -> None:
        self.width = source.width
        self.height = source.height
        self.channels = source.channels
        self._source = source
        self._cache = cache
        self._token = object()
        self._picture = Rect(0, 0, self.width, self.height)
        grid = self._picture.at_level(_GRID_LEVEL)
        # From this level on the picture is a single sample.
        self._last = max(self.width - 1, self.height - 1).bit_length()
        self._is_done = np.zeros((grid.height, grid.width), bool)
        self._is_built = False
        self._sketch: tuple[int, U16] | None = None
        self._kept = self._pinned_levels()
        self._building = threading.Lock()

    @property
    def levels(self) -> int:
        """Number of levels worth showing: the last one's longer side is at most 256."""
        longer = max(self.width, self.height)
        return 1 + max(0, (-(-longer // _TOP_SIDE) - 1).bit_length())

    @property
    def is_built(self) -> bool:
        """Whether `build` has run to its end."""
        return self._is_built

    def read(self, rect: Rect, level: int = 0) -> U16:
        """Return (h, w, channels) uint16 of `rect.at_level(level)`, to be read only.

        Quick where `has` says so; else the file is read. Raises ImageReadError if that fails,
        ValueError if the rectangle reaches beyond the picture.
        """
        if rect.is_empty or level < 0 or not self._picture.contains(rect):
            raise ValueError(f"{rect} at level {level} is not inside the picture")
        level = min(level, self._last)
        kept = self._kept.get(level)
        if kept is not None and self._covers(rect, level):
            part = kept[rect.at_level(level).slices(self._picture.at_level(level))]
            part.flags.writeable = False
            return part
        area = rect.at_level(level)
        if self._is_large(area):
            return self._read_reduced(area, level)
        return self._read_tiles(area, level)

    def has(self, rect: Rect, level: int = 0) -> bool:
        """Whether `read` would answer from memory."""
        level = min(level, self._last)
        if level in self._kept and self._covers(rect, level):
            return True
        area = rect.at_level(level)
        return not self._is_large(area) and all(
            (self._token, level, key) in self._cache for key in tiles_touching(area)
        )

    def coarse(self, rect: Rect, level: int = 0) -> U16:
        """Return the best that is in memory for `rect.at_level(level)`, scaled from another level.

        Never reads the file: what is not known at all yet is mid-grey.
        """
        area = rect.at_level(level)
        if self.has(rect, level):
            return self.read(rect, level)
        for kept_level, pixels in sorted(self._kept.items()):
            if kept_level > level and self._covers(rect, kept_level):
                return _rescaled(pixels, kept_level, area, level)
        if self._sketch is not None:
            return _rescaled(self._sketch[1], self._sketch[0], area, level)
        return np.full((area.height, area.width, self.channels), _UNKNOWN, np.uint16)

    def sketch(self) -> bool:
        """Take a quick decimated picture for `coarse`; False if the file cannot give one quickly.

        `build` does it first; call it before for a first view.
        """
        if self._sketch is None:
            level = max(0, (-(-max(self.width, self.height) // _SKETCH_SIDE) - 1).bit_length())
            pixels = self._source.sample(level)
            self._sketch = None if pixels is None else (level, pixels)
        return self._sketch is not None

    def build(
        self,
        progress: Callable[[float], None] | None = None,
        is_cancelled: Callable[[], bool] | None = None,
    ) -> None:
        """Fill the kept levels in one pass over the file; parts are usable as they come.

        progress: called with 0..1. Raises Cancelled (what is built so far stays usable),
        ImageReadError if the file fails.
        """
        with self._building:
            if self._is_built:
                return
            self.sketch()
            done_px = 0
            for rect, pixels in self._source.bands():
                if is_cancelled is not None and is_cancelled():
                    raise Cancelled("Reading the painting was stopped.")
                self._add_band(rect, pixels)
                done_px += rect.area
                if progress is not None:
                    progress(done_px / self._picture.area)
            self._add_top()
            self._is_built = True

    def close(self) -> None:
        """Give the memory back to the cache; the pyramid still reads, from the file."""
        self._kept = {}
        self._sketch = None
        self._cache.unpin(self._token)

    def _pinned_levels(self) -> dict[int, U16]:
        levels = range(_FINEST_KEPT, self._last + 1)
        areas = {level: self._picture.at_level(level) for level in levels}
        for finest in areas:
            fitting = {level: area for level, area in areas.items() if level >= finest}
            nbytes = sum(area.area for area in fitting.values()) * self.channels * 2
            if self._cache.pin(self._token, nbytes):
                # Zeros are not real memory before something is written.
                return {
                    level: np.zeros((area.height, area.width, self.channels), np.uint16)
                    for level, area in fitting.items()
                }
        return {}

    def _covers(self, rect: Rect, level: int) -> bool:
        if self._is_built:
            return True
        if level > _GRID_LEVEL:
            return False
        tiles = rect.at_level(level).from_level(level).intersection(self._picture)
        rows, columns = tiles.at_level(_GRID_LEVEL).slices(self._picture.at_level(_GRID_LEVEL))
        return bool(self._is_done[rows, columns].all())

    def _add_band(self, rect: Rect, pixels: U16) -> None:
        if rect.aligned(_GRID).intersection(self._picture) != rect:
            raise ValueError(f"the band {rect} is not on the grid of {_GRID}")
        below = -1
        for level, kept in self._kept.items():
            if level > _GRID_LEVEL:
                break
            pixels = area_mean(pixels, level) if below < 0 else halved(pixels, rect, below)
            kept[rect.at_level(level).slices(self._picture.at_level(level))] = pixels
            below = level
        self._is_done[rect.at_level(_GRID_LEVEL).slices(self._picture.at_level(_GRID_LEVEL))] = True

    def _add_top(self) -> None:
        # Above the grid a sample draws on several bands.
        for level, kept in self._kept.items():
            if level > _GRID_LEVEL and level - 1 in self._kept:
                kept[...] = halved(self._kept[level - 1], self._picture, level - 1)
            elif level > _GRID_LEVEL:
                kept[...] = self._read_reduced(self._picture.at_level(level), level)

    @staticmethod
    def _is_large(area: Rect) -> bool:
        tiles = area.aligned(TILE_SIZE)
        return tiles.area > _CACHED_TILES * TILE_SIZE**2

    def _read_tiles(self, area: Rect, level: int) -> U16:
        picture = self._picture.at_level(level)
        out = np.empty((area.height, area.width, self.channels), np.uint16)
        for key in tiles_touching(area):
            rect = key.rect.intersection(picture)
            name = (self._token, level, key)
            tile = self._cache.get(name)
            if tile is None:
                tile = self._read_reduced(rect, level)
                self._cache.put(name, tile)
            if rect == area:
                return tile
            part = area.intersection(rect)
            out[part.slices(area)] = tile[part.slices(rect)]
        return out

    def _read_reduced(self, area: Rect, level: int) -> U16:
        """Read and reduce from the file, a bounded block at a time."""
        if level == 0:
            return np.ascontiguousarray(self._source.read(area))
        out = np.empty((area.height, area.width, self.channels), np.uint16)
        side = max(1, int(_BLOCK_PX**0.5) >> level)
        for y in range(area.y, area.bottom, side):
            for x in range(area.x, area.right, side):
                block = Rect(x, y, side, side).intersection(area)
                source_rect = block.from_level(level).intersection(self._picture)
                pixels = area_mean(self._source.read(source_rect), level)
                out[block.slices(area)] = pixels
        return out


def _rescaled(pixels: U16, level: int, area: Rect, target_level: int) -> U16:
    """Return `area` of target_level, interpolated from the whole picture at another level."""
    ratio = 2.0 ** (target_level - level)
    left, top = area.x * ratio, area.y * ratio
    height, width = pixels.shape[:2]
    part = Rect.from_edges(
        max(0, int(left) - 1),
        max(0, int(top) - 1),
        min(width, int(area.right * ratio) + 2),
        min(height, int(area.bottom * ratio) + 2),
    )
    # A pixel's centre lies half a pixel in, in either level.
    matrix = np.array(
        [
            [ratio, 0.0, left + ratio / 2 - 0.5 - part.x],
            [0.0, ratio, top + ratio / 2 - 0.5 - part.y],
        ]
    )
    scaled = cv2.warpAffine(
        pixels[part.y : part.bottom, part.x : part.right],
        matrix,
        (area.width, area.height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(scaled, np.uint16).reshape(area.height, area.width, pixels.shape[2])
