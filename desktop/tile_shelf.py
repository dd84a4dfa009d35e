"""The display tiles that are kept: the latest drawn last, within what memory there is."""

from collections import OrderedDict
from collections.abc import Container

from desktop.display_memory import DisplayMemory
from desktop.display_tile import DisplayKey, DisplayTile


class TileShelf:
    """GUI thread only. nbytes: of all tiles' images. is_hidden: nobody sees them now."""

    def __init__(self, memory: DisplayMemory) -> None:
        self.tiles: OrderedDict[DisplayKey, DisplayTile] = OrderedDict()
        self.nbytes = 0
        self.is_hidden = False
        self._memory = memory
        memory.join(self)

    def keep(self, tile: DisplayTile, visible: Container[DisplayKey]) -> None:
        """Put a tile up, in place of its former state; others out of sight may have to go."""
        former = self.tiles.pop(tile.key, None)
        self.nbytes += tile.nbytes - (0 if former is None else former.nbytes)
        self.tiles[tile.key] = tile
        self.shrink_to(self._memory.room_for(self), visible)

    def give_ground(self, tile: DisplayTile, other: DisplayTile) -> None:
        """Let a tile that is up have the ground of another state of it."""
        if tile.ground is None and tile.ground_id in (None, other.ground_id):
            self.nbytes -= tile.nbytes
            tile.ground, tile.ground_id = other.ground, other.ground_id
            self.nbytes += tile.nbytes

    def shrink_to(self, budget_bytes: int, visible: Container[DisplayKey]) -> None:
        """Drop tiles out of sight, those not drawn for longest first."""
        if self.nbytes <= budget_bytes:
            return
        for key in [key for key in self.tiles if key not in visible]:
            self.nbytes -= self.tiles.pop(key).nbytes
            if self.nbytes <= budget_bytes:
                return

    def forget_hidden(self) -> None:
        """Drop all tiles, if nobody sees them."""
        if self.is_hidden:
            self.tiles.clear()
            self.nbytes = 0
