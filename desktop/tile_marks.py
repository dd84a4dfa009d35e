"""What of the display tiles kept and asked for is of an older state than the layers."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.image.geometry import EMPTY_RECT, Rect, tiles_touching
from desktop.display_tile import DisplayKey, DisplayTile, keys_touching
from desktop.tile_shelf import TileShelf


@dataclass
class Pending:
    """A tile asked for, and what has changed since the layers it will be made of.

    is_painted: a brush was on it meanwhile, and what it did was drawn.
    """

    dirty: Rect = EMPTY_RECT
    is_stale: bool = False
    is_painted: bool = False

    def is_outdone_by(self, former: DisplayTile) -> bool:
        """Whether the tile that is there is the better one."""
        is_older = self.is_stale or not former.is_stale
        return self.is_painted and is_older and not former.is_coarse


class TileMarks:
    """Notes it on the tiles of a shelf and in `pending`. GUI thread only."""

    def __init__(self, shelf: TileShelf, picture: Rect, max_level: int) -> None:
        self.pending: dict[DisplayKey, Pending] = {}
        self._shelf = shelf
        self._tiles = shelf.tiles
        self._picture = picture
        self._levels = range(max_level + 1)

    def part(self, key: DisplayKey, rect: Rect) -> Rect:
        """Return the pixels of a tile, at its level, that show a level-0 rectangle."""
        return key.within(self._picture).intersection(rect.at_level(key.level))

    def mark(
        self,
        dirty: Rect,
        has_new_base: bool,
        is_live: bool = False,
        parts: Sequence[Rect] = (),
        seen_level: int = 0,
    ) -> None:
        """Note that level-0 pixels have changed.

        has_new_base: under the masks too, so that a worker must make them anew; is_live: there,
        and they cannot wait for a worker. parts: what alone of the pixels that is, if it is known
        more closely; a matter of the level that is looked at.
        """
        for level in self._levels:
            for part in parts if parts and level == seen_level else (dirty,):
                self._mark_at(level, part.at_level(level), has_new_base, is_live)

    def drop_grounds(self, dirty: Rect) -> None:
        """Forget what lies below the layer that a brush is on, where it has changed.

        And the masks' overlay with it.
        """
        for level in self._levels:
            for key in keys_touching(dirty, level):
                tile = self._tiles.get(key)
                if tile is not None:
                    self._shelf.nbytes -= tile.nbytes
                    tile.ground = tile.overlay = None
                    self._shelf.nbytes += tile.nbytes

    def _mark_at(self, level: int, dirty: Rect, has_new_base: bool, is_live: bool) -> None:
        dirty = dirty.intersection(self._picture.at_level(level))
        for tx, ty in tiles_touching(dirty):
            key = DisplayKey(level, tx, ty)
            tile, pending = self._tiles.get(key), self.pending.get(key)
            if tile is None and pending is None:
                continue
            part = dirty.intersection(key.square)
            for record in (tile, pending):
                if record is not None:
                    record.dirty = record.dirty.union(part)
                    record.is_stale |= has_new_base
            if tile is not None and is_live:
                tile.live = tile.live.union(part)
            if pending is not None and is_live:
                pending.is_painted = tile is not None
