"""Reduced tiles of a stroke in progress: made anew only where it has painted since."""

from dataclasses import dataclass

from core.image.geometry import Rect, TileKey
from core.image.reduction import area_mean
from core.image.surface import Tile


@dataclass
class _Kept:
    """A reduced tile; changed: the tile's own pixels that it does not show yet."""

    samples: Tile
    changed: Rect | None = None


class LiveReduction:
    """Keeps the reduced versions of tiles that are written in place. For the painting thread."""

    def __init__(self) -> None:
        self._levels: dict[int, dict[TileKey, _Kept]] = {}

    def change(self, key: TileKey, part: Rect) -> None:
        """Note that some pixels of a tile, counted from its corner, were written."""
        # A copy: the end of a stroke may be painted in another thread, while this one looks on.
        for kept_tiles in tuple(self._levels.values()):
            kept = kept_tiles.get(key)
            if kept is not None:
                kept.changed = part if kept.changed is None else kept.changed.union(part)

    def reduced(self, key: TileKey, tile: Tile, inside: Rect, level: int) -> Tile:
        """Return what `area_mean` makes of a tile; the same array is written again later.

        inside: the tile's pixels, counted from its corner, that belong to the picture.
        """
        kept_tiles = self._levels.setdefault(level, {})
        kept = kept_tiles.get(key)
        if kept is None:
            kept = kept_tiles[key] = _Kept(area_mean(tile[: inside.height, : inside.width], level))
        elif kept.changed is not None:
            blocks = kept.changed.intersection(inside).at_level(level)
            part = blocks.from_level(level).intersection(inside)
            if not part.is_empty:
                kept.samples[blocks.slices(inside)] = area_mean(tile[part.slices(inside)], level)
        kept.changed = None
        return kept.samples
