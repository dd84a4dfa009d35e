"""The tiles that a stroke paints on: its own copies, until they are a surface again."""

from collections.abc import Set
from types import MappingProxyType

import numpy as np

from core.image.geometry import Rect, TileKey
from core.image.live_reduction import LiveReduction
from core.image.surface import Surface, Tile


class PrivateTiles:
    """A surface of which single tiles are copied once, then written in place. For one thread.

    A tile is writeable until `settled`, by which readers know it as not yet settled. The surface
    given is never written.
    """

    def __init__(self, before: Surface) -> None:
        self.before = before
        self._own: dict[TileKey, Tile] = {}
        self._shown = before
        self._shown_count = 0
        self._live = LiveReduction()

    @property
    def surface(self) -> Surface:
        """The surface as painted so far; its own tiles go on changing."""
        if len(self._own) != self._shown_count:
            # Another mapping, not the same one grown: whoever reads the former is not disturbed.
            tiles: dict[TileKey, Tile] = {**self.before.tiles, **self._own}
            channels, dtype = self.before.channels, self.before.dtype
            self._shown = Surface(channels, dtype, MappingProxyType(tiles), self._live)
            self._shown_count = len(self._own)
        return self._shown

    @property
    def keys(self) -> Set[TileKey]:
        """The tiles that were copied."""
        return self._own.keys()

    def get(self, key: TileKey) -> Tile | None:
        """Return a tile that was copied before, None if it was not."""
        return self._own.get(key)

    def take(self, key: TileKey) -> Tile:
        """Return a tile to write on: a copy of the surface's, zeros where it has none."""
        tile = self._own.get(key)
        if tile is None:
            old = self.before.tiles.get(key)
            if old is None:
                tile = np.zeros(self.before.tile_shape, self.before.dtype)
            else:
                tile = old.copy()
            self._own[key] = tile
        return tile

    def change(self, key: TileKey, part: Rect) -> None:
        """Note that pixels of a tile taken, counted from its corner, were written."""
        self._live.change(key, part)

    def settled(self) -> Surface:
        """Freeze the tiles and return the painted surface as a value.

        Tiles whose samples did not change are those of the surface given; if none did, it is
        that very surface.
        """
        changes: dict[TileKey, Tile | None] = {}
        for key, tile in self._own.items():
            tile.flags.writeable = False
            old = self.before.tiles.get(key)
            if not (np.array_equal(tile, old) if old is not None else not tile.any()):
                changes[key] = tile
        self._shown = self.before.with_tiles(changes) if changes else self.before
        self._shown_count = len(self._own)
        return self._shown
