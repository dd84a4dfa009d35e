"""Masks from retouch, and retouch limited to a mask."""

from collections.abc import Callable, Iterator

import numpy as np

from core.errors import Cancelled
from core.image.blend import scaled
from core.image.geometry import TileKey
from core.image.surface import Surface, Tile

_TO_16_BIT = 257
_TILES_PER_REPORT = 32

Cancel = Callable[[], bool]
Report = Callable[[float], None]


def mask_of_retouch(
    retouch: Surface, is_cancelled: Cancel | None = None, report: Report | None = None
) -> Surface:
    """Return as a mask how densely a retouch surface covers each pixel: its alpha, 8 bit.

    Alpha of 1/65535 upward marks at least faintly, so that the mask holds every retouched pixel.
    report hears how far it is, 0..1. Raises Cancelled.
    """
    tiles: dict[TileKey, Tile | None] = {}
    for key, tile in _walked(retouch, is_cancelled, report):
        alpha = tile[..., -1].astype(np.uint32)
        values = (alpha + _TO_16_BIT // 2) // _TO_16_BIT
        tiles[key] = np.maximum(values, alpha > 0).astype(np.uint8)
    return Surface.mask().with_tiles(tiles)


def retouch_within(
    retouch: Surface,
    mask: Surface,
    is_cancelled: Cancel | None = None,
    report: Report | None = None,
) -> Surface:
    """Return a retouch surface times a mask: unchanged where it is 255, gone where it is 0.

    Tiles that the mask covers wholly are the surface's own. Otherwise as `mask_of_retouch`.
    """
    changes: dict[TileKey, Tile | None] = {}
    for key, tile in _walked(retouch, is_cancelled, report):
        values = mask.tiles.get(key)
        if values is None:
            changes[key] = None
        elif values.min() < 255:
            weights = values.astype(np.uint16) * np.uint16(_TO_16_BIT)
            changes[key] = scaled(tile, weights[..., None])
    return retouch.with_tiles(changes)


def _walked(
    surface: Surface, is_cancelled: Cancel | None, report: Report | None
) -> Iterator[tuple[TileKey, Tile]]:
    """Yield the tiles; between them it can be given up, and is told how far it is."""
    count = len(surface.tiles)
    for number, (key, tile) in enumerate(surface.tiles.items()):
        if is_cancelled is not None and is_cancelled():
            raise Cancelled("The mask was given up; nothing was changed.")
        if report is not None and number % _TILES_PER_REPORT == 0:
            report(number / count)
        yield key, tile
