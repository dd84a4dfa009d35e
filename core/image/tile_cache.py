"""A thread-safe cache of read-only arrays with a budget in bytes."""

import threading
import weakref
from collections import OrderedDict
from collections.abc import Hashable
from typing import NamedTuple

from core.image.surface import Tile


class _Entry(NamedTuple):
    array: Tile
    owner: "weakref.ref[Tile] | None"


class TileCache:
    """Arrays by key; the least recently used fall out when `budget_bytes` is reached.

    Any thread may call any method. Arrays are frozen when put and given out as they are, never
    copied. Pinned ones count but stay until they are unpinned.
    """

    def __init__(self, budget_bytes: int) -> None:
        if budget_bytes < 0:
            raise ValueError("budget_bytes is 0 or more")
        self.budget_bytes = budget_bytes
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._pinned: dict[Hashable, int] = {}
        self._pinned_bytes = 0
        self._nbytes = 0
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        """Bytes held now, pinned ones included; never above `budget_bytes`, but where pins of
        before a `resize` alone exceed it.
        """
        return self._nbytes

    def __contains__(self, key: Hashable) -> bool:
        return key in self._entries

    def get(self, key: Hashable, owner: Tile | None = None) -> Tile | None:
        """Return the array put under a key, or None.

        owner: the array it was put for, where its `id` is part of the key: an id used again by
        another array gives None.
        """
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            if entry.owner is not None and entry.owner() is not owner:
                self._drop(key)
                return None
            self._entries.move_to_end(key)
            return entry.array

    def put(self, key: Hashable, array: Tile, owner: Tile | None = None) -> None:
        """Keep an array (frozen from now on) until others need its room.

        owner: held weakly; when it is gone, the entry is dead. What exceeds the whole free
        budget is not kept.
        """
        array.flags.writeable = False
        with self._lock:
            self._drop(key)
            if self._make_room(array.nbytes):
                reference = None if owner is None else weakref.ref(owner)
                self._entries[key] = _Entry(array, reference)
                self._nbytes += array.nbytes

    def resize(self, budget_bytes: int) -> None:
        """Keep to another budget from now on; what is pinned stays pinned."""
        if budget_bytes < 0:
            raise ValueError("budget_bytes is 0 or more")
        with self._lock:
            self.budget_bytes = budget_bytes
            self._shrink_to(budget_bytes)

    def pin(self, key: Hashable, nbytes: int) -> bool:
        """Count bytes that the caller holds itself until `unpin`; False if they do not fit.

        Pins together may take half of the budget, so that tiles always find room.
        """
        with self._lock:
            before = self._pinned.get(key, 0)
            if self._pinned_bytes - before + nbytes > self.budget_bytes // 2:
                return False
            self._count_pinned(key, nbytes)
            self._make_room(0)
            return True

    def unpin(self, key: Hashable) -> None:
        """Give pinned bytes back; unknown keys are ignored."""
        with self._lock:
            self._count_pinned(key, 0)

    def _count_pinned(self, key: Hashable, nbytes: int) -> None:
        change = nbytes - self._pinned.pop(key, 0)
        self._nbytes += change
        self._pinned_bytes += change
        if nbytes:
            self._pinned[key] = nbytes

    def _drop(self, key: Hashable) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._nbytes -= entry.array.nbytes

    def _make_room(self, nbytes: int) -> bool:
        if nbytes > self.budget_bytes - self._pinned_bytes:
            return False
        self._shrink_to(self.budget_bytes - nbytes)
        return True

    def _shrink_to(self, nbytes: int) -> None:
        while self._nbytes > nbytes and self._entries:
            self._nbytes -= self._entries.popitem(last=False)[1].array.nbytes
