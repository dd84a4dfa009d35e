"""Reduced levels of a painting, built in one pass and kept within a byte budget."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from core.errors import Cancelled, ImageReadError
from core.image.geometry import TILE_SIZE, Rect, tiles_touching
from core.image.level_sources import Decoded, LevelZeroSource, StoredLevels
from core.image.reduction import halved, reduced, rescaled
from core.image.surface import U16, FileBacked
from core.image.tile_cache import TileCache

__all__ = ["LevelZeroSource", "Pyramid", "StoredLevels", "TileCache"]

# Level 2 and up weigh 1/12 of the picture; a finer one is read from the file when it is shown.
_FINEST_KEPT = 2
# Bands come on this grid, so every level up to 8 can be reduced from a band alone.
_GRID = TILE_SIZE
_GRID_LEVEL = 8
# Larger reads go past the cache: an export must not drive the screen's tiles out.
_CACHED_TILES = 16
_BLOCK_PX = 4 << 20
# The painting's own level read for a tile two levels above it: 512 px square.
_NEAR = 1
_STORED_SKETCH_PX = 16 << 20
_SKETCH_SIDE = 1024
_TOP_SIDE = 256
_UNKNOWN = 0x8000


class Pyramid:
    """A PixelSource with all levels over a picture file.

    Where levels are stored, each is read from the nearest finer one that is, and nothing of the
    others but what is coarser than all of them is held. Level 0 is always exact: the file's own
    samples, or a store's, which are the same.

    Else reduced levels are held whole, from the finest that fits half of the cache's budget;
    they come with `build`, which one worker thread runs while any other thread reads. Finer
    ones are read when asked for, and kept in the cache as tiles. Each level is rounded from the
    one below: a sample of level L is within (L + 1) / 2 of its exact mean, of 65535. Levels a
    file brings along are as its writer made them.
    """

    def __init__(
        self, source: LevelZeroSource, cache: TileCache, stored: Sequence[StoredLevels] = ()
    ) -> None:
        self._stored = tuple(stored)
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
        self._is_interrupted = False
        self._built_from = 0
        self._sketch: tuple[int, U16] | None = None
        self._kept = self._pinned_levels()
        self._building = threading.Lock()

    @property
    def levels(self) -> int:
        """Number of levels worth showing: the last one's longer side is at most 256."""
        longer = max(self.width, self.height)
        return 1 + max(0, (-(-longer // _TOP_SIDE) - 1).bit_length())

    @property
    def is_growing(self) -> bool:
        """Whether `build` is at work."""
        return self._building.locked()

    def interrupt(self) -> None:
        """Let reads under way and to come end soon, with ImageReadError: nobody waits for them."""
        self._is_interrupted = True

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

    def read_file(self, rect: Rect) -> U16:
        """Return level 0 of a rectangle from the file itself, past all caches and stores."""
        return self._source.read(rect)

    @property
    def has_plain_rows(self) -> bool:
        """Whether `read_file` gives a few rows of the stored picture as cheaply as many."""
        return isinstance(self._source, FileBacked) and self._source.has_plain_rows

    def end_file_reads(self) -> None:
        """Let the file forget what it decoded, if all of level 0 is stored elsewhere."""
        is_stored = any(stored.is_complete and 0 in stored.levels for stored in self._stored)
        if is_stored and isinstance(self._source, Decoded):
            self._source.forget()

    def is_near(self, level: int) -> bool:
        """Whether to read a tile of a level now rather than wait for `build`."""
        level = min(level, self._last)
        return level - self._base(level) <= _NEAR or level not in self._kept

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
                return rescaled(pixels, kept_level, area, level)
        if self._sketch is not None:
            return rescaled(self._sketch[1], self._sketch[0], area, level)
        return np.full((area.height, area.width, self.channels), _UNKNOWN, np.uint16)

    def sketch(self) -> bool:
        """Take a quick decimated picture for `coarse`; False if the file cannot give one quickly.

        `build` does it first; call it before for a first view.
        """
        if self._sketch is None:
            level = max(0, (-(-max(self.width, self.height) // _SKETCH_SIDE) - 1).bit_length())
            base = self._base(level)
            found = None
            if base == 0:
                found = self._source.sample(level)
                if found is None:
                    # A coarser one is better than none.
                    base = level = min(self._complete(), default=0)
            if base > 0 and self._picture.at_level(base).area <= _STORED_SKETCH_PX:
                found = self._read_reduced(self._picture.at_level(level), level)
            self._sketch = None if found is None else (level, found)
        return self._sketch is not None

    def build(
        self,
        progress: Callable[[float], None] | None = None,
        is_cancelled: Callable[[], bool] | None = None,
        bands: Iterable[tuple[Rect, U16]] | None = None,
    ) -> None:
        """Fill the kept levels in one pass over the file; parts are usable as they come.

        Where levels are stored only those above them are filled, from the coarsest of them.
        progress: called with 0..1. bands: what the source's `bands` would give, where somebody
        else looks at them too. Raises Cancelled (what is built so far stays usable),
        ImageReadError if the file fails.
        """
        with self._building:
            if self._is_built:
                return
            self.sketch()
            self._built_from = self._coarsest_stored()
            if self._built_from > 0:
                bands = self._stored_bands(self._built_from)
            done_px = 0
            for rect, pixels in self._source.bands() if bands is None else bands:
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
        levels = range(max(_FINEST_KEPT, self._coarsest_stored() + 1), self._last + 1)
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

    @property
    def has_stored_levels(self) -> bool:
        """Whether reduced levels need not be made from level 0."""
        return self._coarsest_stored() > 0

    def _complete(self) -> set[int]:
        """Return the reduced levels that are stored whole."""
        complete = [stored.levels for stored in self._stored if stored.is_complete]
        return {level for levels in complete for level in levels if 0 < level <= self._last}

    def _coarsest_stored(self) -> int:
        return max(self._complete(), default=0)

    def _base(self, level: int) -> int:
        """Return the level from which another is read: the nearest that is stored whole."""
        return max((at for at in self._complete() if at <= level), default=0)

    def _stored_bands(self, base: int) -> Iterator[tuple[Rect, U16]]:
        """Yield the picture in bands at a level that is stored."""
        if base >= _GRID_LEVEL:
            return
        wide = max(1, self._picture.at_level(base).width)
        rows = _GRID * max(1, (_BLOCK_PX // wide << base) // _GRID)
        for y in range(0, self.height, rows):
            rect = Rect(0, y, self.width, rows).intersection(self._picture)
            yield rect, self._read_reduced(rect.at_level(base), base)

    def _add_band(self, rect: Rect, pixels: U16) -> None:
        if rect.aligned(_GRID).intersection(self._picture) != rect:
            raise ValueError(f"the band {rect} is not on the grid of {_GRID}")
        below = self._built_from
        for level, kept in self._kept.items():
            if level > _GRID_LEVEL:
                break
            pixels = reduced(pixels, rect, below, level)
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
        return self._read_from(area, level, level)

    def _read_from(self, area: Rect, level: int, finest: int) -> U16:
        """As `_read_reduced`, from what is stored of the levels up to `finest`, or the file."""
        levels = {at for stored in self._stored for at in stored.levels if at <= finest}
        base = max(levels | {0})
        rest = base - 1
        if base == level:
            pixels = self._read_base(area, base)
            return self._read_from(area, level, rest) if pixels is None else pixels
        out = np.empty((area.height, area.width, self.channels), np.uint16)
        side = max(1, int(_BLOCK_PX**0.5) >> level - base)
        for y in range(area.y, area.bottom, side):
            for x in range(area.x, area.right, side):
                if self._is_interrupted:
                    raise ImageReadError("The painting is being closed.")
                block = Rect(x, y, side, side).intersection(area)
                source_rect = block.from_level(level).intersection(self._picture)
                pixels = self._read_base(source_rect.at_level(base), base)
                if pixels is None:
                    pixels = self._read_from(block, level, rest)
                else:
                    pixels = reduced(pixels, source_rect, base, level)
                out[block.slices(area)] = pixels
        return out

    def _read_base(self, area: Rect, level: int) -> U16 | None:
        """Return an area of a stored level, level 0 at last from the file; None if not there."""
        for stored in self._stored:
            pixels = stored.read(area, level) if level in stored.levels else None
            if pixels is not None:
                return pixels
        return np.ascontiguousarray(self._source.read(area)) if level == 0 else None
