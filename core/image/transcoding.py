"""Filling a tile store from one walk over a painting, all levels at once, while it is looked at."""

from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np

from core.errors import Cancelled
from core.image.geometry import TILE_SIZE, Rect, TileKey
from core.image.level_sources import LevelZeroSource
from core.image.pyramid import Pyramid
from core.image.reduction import halved
from core.image.surface import U16
from core.image.tile_store import TileStore

Progress = Callable[[float], None]
_FULL = (
    "The disk is too full to prepare the painting for fast viewing; it is read from its file "
    "instead."
)
_CHANGED = (
    "The painting's file was changed while it was open; what had been prepared for fast viewing "
    "is not used. Close it and open it again."
)


class SlowSource(LevelZeroSource, Protocol):
    """A picture file that is worth a store."""

    def is_unchanged(self) -> bool:
        """Whether the file is still as it was when it was opened."""

    def bands(self, known: Callable[[Rect], U16 | None] = ..., /) -> Iterator[tuple[Rect, U16]]:
        """Yield the whole picture once, from `known` where that has it."""


def prepare(
    pyramid: Pyramid,
    source: SlowSource,
    store: TileStore,
    progress: Progress | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> str:
    """Fill a store and the pyramid's levels in one walk; what is in the store is not decoded again.

    Returns a sentence if the store could not be filled, else an empty one: the pyramid is filled
    in either case. Raises Cancelled (all that was done stays), ImageReadError if the file fails.
    """
    if store.is_complete:
        pyramid.build(progress, is_cancelled)
        return ""
    writer = StoreWriter(store)
    bands = _watched(source, store, writer)
    if not pyramid.has_stored_levels:
        pyramid.build(progress, is_cancelled, bands)
        return writer.problem
    pyramid.build(None, is_cancelled)
    done_px, all_px = 0, source.width * source.height
    for rect, _ in bands:
        if is_cancelled is not None and is_cancelled():
            raise Cancelled("Preparing the painting was stopped.")
        done_px += rect.area
        if progress is not None:
            progress(done_px / all_px)
    return writer.problem


class StoreWriter:
    """Takes a picture's bands in order, and writes the tiles of all levels they complete.

    Of each level it holds at most the rows of one tile and a band. Once the disk is full it does
    nothing more; `problem` then says so.
    """

    def __init__(self, store: TileStore) -> None:
        self._store = store
        self._waiting: dict[int, U16] = {}
        self._begun: dict[int, int] = {}
        self.problem = ""

    def add(self, rect: Rect, pixels: U16) -> None:
        """Take the next band: of full width from above, or of full height from the left."""
        if self.problem:
            return
        is_turned = rect.height == self._store.height and rect.width < self._store.width
        try:
            self._feed(0, pixels.swapaxes(0, 1) if is_turned else pixels, is_turned)
        except OSError:
            self.problem = _FULL

    def stop(self, problem: str) -> None:
        """Write nothing more."""
        self.problem = problem

    def _feed(self, level: int, rows: U16, is_turned: bool) -> None:
        """Take rows (columns, if turned) of a level; pass them on, halved, by tiles."""
        if level in self._waiting and len(self._waiting[level]):
            rows = np.concatenate([self._waiting[level], rows])
        size = (self._store.width, self._store.height)
        across, down = size[::-1] if is_turned else size
        picture = Rect(0, 0, across, down)
        area = picture.at_level(level)
        start = self._begun.get(level, 0)
        while rows.shape[0] >= TILE_SIZE or start + rows.shape[0] == area.height:
            strip, rows = rows[:TILE_SIZE], rows[TILE_SIZE:]
            self._write(level, start // TILE_SIZE, strip, is_turned)
            if level + 1 in self._store.levels:
                below = Rect(0, start, area.width, strip.shape[0]).from_level(level)
                half = halved(strip, below.intersection(picture), level)
                self._feed(level + 1, half, is_turned)
            start += strip.shape[0]
            if start == area.height:
                break
        self._begun[level] = start
        self._waiting[level] = rows.copy()

    def _write(self, level: int, row: int, strip: U16, is_turned: bool) -> None:
        for column in range(-(-strip.shape[1] // TILE_SIZE)):
            tile = strip[:, column * TILE_SIZE : (column + 1) * TILE_SIZE]
            key = TileKey(row, column) if is_turned else TileKey(column, row)
            if not self._store.has(key, level):
                self._store.put(key, level, tile.swapaxes(0, 1) if is_turned else tile)


def _watched(
    source: SlowSource, store: TileStore, writer: StoreWriter
) -> Iterator[tuple[Rect, U16]]:
    """Yield a picture's bands, each written to the store first, as long as it is the same file."""
    for rect, pixels in source.bands(lambda rect: store.read(rect, 0)):
        if not writer.problem and not source.is_unchanged():
            store.discard()
            writer.stop(_CHANGED)
        writer.add(rect, pixels)
        yield rect, pixels
