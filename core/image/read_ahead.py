"""Tiles read in a thread before the brush comes to them."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from core.image.geometry import TileKey
from core.image.surface import U16

_AROUND = [(dx, dy) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if (dx, dy) != (0, 0)]


class ReadAhead:
    """Gives tiles by key, each once; whoever takes one is likely to take those around it next.

    To be used by one thread. What it reads with must be safe in two.
    """

    def __init__(
        self, read: Callable[[TileKey], U16], is_wanted: Callable[[TileKey], bool]
    ) -> None:
        """is_wanted: whether a tile is there to be read; asked in the thread that takes."""
        self._read = read
        self._is_wanted = is_wanted
        self._begun: dict[TileKey, Future[U16]] = {}
        self._taken: set[TileKey] = set()
        self._pool = ThreadPoolExecutor(1, "read ahead")

    def take(self, key: TileKey) -> U16:
        """Return a tile. Raises what reading it raises."""
        future = self._begun.pop(key, None)
        self._taken.add(key)
        tile = self._read(key) if future is None or future.cancel() else future.result()
        for dx, dy in _AROUND:
            near = TileKey(key.tx + dx, key.ty + dy)
            if near not in self._begun and near not in self._taken and self._is_wanted(near):
                self._begun[near] = self._pool.submit(self._read, near)
        return tile

    def close(self) -> None:
        """Read nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._begun.clear()
