"""The folder of tile stores: one for each file that needs it, within a budget on the disk."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from core.image.file_lock import FileLock
from core.image.tile_store import INDEX, LOCK, TILES, TileStore

# Left free for everything else: other programs, the project's strokes, an export.
_RESERVE_BYTES = 2 << 30
_NAME_LENGTH = 64


class TileStores:
    """Opens stores, and removes those used longest ago to stay within the budget.

    A store in use, by whatever process, is never removed.
    """

    def __init__(self, folder: Path, budget_bytes: int) -> None:
        self.folder = folder
        self.budget_bytes = budget_bytes

    def open(self, identity: str, size: tuple[int, int, int]) -> tuple[TileStore | None, str]:
        """Return the store of a file of (width, height, channels), or None and a sentence why.

        identity: see `file_identity`. The sentence is empty where the user wants no stores, or
        another window has this one.
        """
        if self.budget_bytes <= 0:
            return None, ""
        try:
            return self._opened(identity, size)
        except OSError:
            return None, (
                "The painting is not prepared for fast viewing: nothing can be kept in "
                f"{self.folder}."
            )

    def nbytes(self) -> int:
        """Return what all stores take on the disk."""
        return sum(_nbytes(store) for store in self._stores())

    def count(self) -> int:
        """Return for how many files tiles are kept."""
        return sum(_nbytes(store) > 0 for store in self._stores())

    def clear(self) -> None:
        """Remove all stores that are not in use."""
        for store in self._stores():
            _removed(store)

    def evict(self, needed_bytes: int, keep: Path | None = None) -> bool:
        """Remove stores, those used longest ago first, until so much fits; return whether it does.

        keep: the store that needs it; what it has already counts as needed.
        """
        if needed_bytes > self.budget_bytes:
            # Nobody's store is removed for what cannot be.
            return False
        stores = [store for store in self._stores() if store != keep]
        total = sum(_nbytes(store) for store in stores)
        for store in sorted(stores, key=_last_use):
            if total + needed_bytes <= self.budget_bytes:
                break
            nbytes = _nbytes(store)
            if _removed(store):
                total -= nbytes
        return total + needed_bytes <= self.budget_bytes

    def _opened(self, identity: str, size: tuple[int, int, int]) -> tuple[TileStore | None, str]:
        folder = self.folder / identity
        needed = _needed(size)
        self.folder.mkdir(parents=True, exist_ok=True)
        is_new = not folder.exists()
        if not self.evict(needed, folder):
            return None, (
                f"The painting is not prepared for fast viewing: that takes up to "
                f"{needed / 1e9:.1f} GB, more than is set aside for it on the disk."
            )
        free = shutil.disk_usage(self.folder).free
        if free < needed - _nbytes(folder) + _RESERVE_BYTES:
            return None, (
                f"The painting is not prepared for fast viewing: the disk has only "
                f"{free / 1e9:.1f} GB left."
            )
        folder.mkdir(exist_ok=True)
        lock = FileLock.acquire(folder / LOCK)
        if lock is None:
            return None, ""
        try:
            os.utime(folder)
            return TileStore(folder, identity, size, lock), ""
        except OSError:
            lock.release()
            if is_new:
                _removed(folder)
            raise

    def _stores(self) -> list[Path]:
        with suppress(OSError):
            return [place for place in self.folder.iterdir() if len(place.name) == _NAME_LENGTH]
        return []


def _needed(size: tuple[int, int, int]) -> int:
    """Return the most bytes a store can take: level 0 as it is, and a third of it for the rest."""
    width, height, channels = size
    return width * height * channels * 2 * 4 // 3 + (1 << 20)


def _nbytes(store: Path) -> int:
    total = 0
    for name in (INDEX, TILES):
        with suppress(OSError):
            total += (store / name).stat().st_size
    return total


def _last_use(store: Path) -> float:
    with suppress(OSError):
        return store.stat().st_mtime
    return 0.0


def _removed(store: Path) -> bool:
    """Remove a store nobody uses; only the files that are a store's."""
    try:
        lock = FileLock.acquire(store / LOCK)
        if lock is None:
            return False
        try:
            for name in (INDEX, TILES):
                (store / name).unlink(missing_ok=True)
            lock.remove(store / LOCK)
        finally:
            lock.release()
    except OSError:
        return False
    # What else lies there is somebody's.
    with suppress(OSError):
        store.rmdir()
    return True
