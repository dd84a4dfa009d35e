"""A surface at a reduced level, as a surface of its own that is reduced where it is looked at."""

from collections.abc import Iterator, Mapping

import numpy as np

from core.image.geometry import Rect, TileKey
from core.image.reduction import surface_parts
from core.image.surface import Surface, Tile
from core.image.tile_cache import TileCache


def reduced_surface(
    surface: Surface, level: int, picture: Rect, cache: TileCache | None = None
) -> Surface:
    """Return a surface reduced by 2**level: its tiles are TILE_SIZE² pixels of that level.

    picture, cache: as in `surface_parts`. A tile is reduced when it is first asked for; to be
    used by one thread.
    """
    tiles = _ReducedTiles(surface, level, picture, cache)
    return Surface(surface.channels, surface.dtype, tiles)


class _ReducedTiles(Mapping[TileKey, Tile]):
    def __init__(
        self, surface: Surface, level: int, picture: Rect, cache: TileCache | None
    ) -> None:
        self._surface = surface
        self._level = level
        self._picture = picture
        self._cache = cache
        self._made: dict[TileKey, Tile | None] = {}

    def __getitem__(self, key: TileKey) -> Tile:
        if key not in self._made:
            self._made[key] = self._reduced(key)
        tile = self._made[key]
        if tile is None:
            raise KeyError(key)
        return tile

    def __iter__(self) -> Iterator[TileKey]:
        level = self._level
        keys = {TileKey(tx >> level, ty >> level) for tx, ty in self._surface.tiles}
        return (key for key in keys if key in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _reduced(self, key: TileKey) -> Tile | None:
        square = key.rect
        rect = square.from_level(self._level).intersection(self._picture)
        tile: Tile | None = None
        for part, samples in surface_parts(
            self._surface, rect, self._level, self._picture, self._cache
        ):
            if tile is None:
                tile = np.zeros(self._surface.tile_shape, self._surface.dtype)
            tile[part.slices(square)] = samples
        if tile is not None:
            tile.flags.writeable = False
        return tile
