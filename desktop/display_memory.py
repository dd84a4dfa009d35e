"""The memory for display tiles, shared by all canvases."""

from typing import Protocol
from weakref import WeakSet

from core.image.tile_cache import TileCache

DISPLAY_BYTES, REDUCED_BYTES = 256 << 20, 64 << 20


class Holder(Protocol):
    """Somebody who keeps display tiles."""

    @property
    def nbytes(self) -> int:
        """Bytes of the tiles kept."""

    def forget_hidden(self) -> None:
        """Drop all tiles if nobody sees them."""

    def __hash__(self) -> int: ...


class DisplayMemory:
    """GUI thread only, but for `reduced`. The one who asks last gets what the others leave."""

    def __init__(
        self, budget_bytes: int = DISPLAY_BYTES, reduced_bytes: int = REDUCED_BYTES
    ) -> None:
        self.budget_bytes = budget_bytes
        self.reduced = TileCache(reduced_bytes)
        self._holders: WeakSet[Holder] = WeakSet()

    @property
    def nbytes(self) -> int:
        """Bytes of all tiles kept."""
        return sum(holder.nbytes for holder in self._holders)

    def resize(self, budget_bytes: int, reduced_bytes: int) -> None:
        """Keep to other budgets from now on: hidden canvases at once, others as they draw."""
        self.budget_bytes = budget_bytes
        self.reduced.resize(reduced_bytes)
        if self.nbytes > budget_bytes:
            for holder in self._holders:
                holder.forget_hidden()

    def join(self, holder: Holder) -> None:
        """Count somebody's tiles from now on, as long as he lives."""
        self._holders.add(holder)

    def room_for(self, holder: Holder) -> int:
        """Return how many bytes somebody may keep; hidden canvases make room if it is little."""
        if self.nbytes > self.budget_bytes:
            for other in self._holders:
                if other is not holder:
                    other.forget_hidden()
        return max(0, self.budget_bytes - self.nbytes + holder.nbytes)
