"""Selecting what is coloured like a point: what hangs together with it, or all of the picture."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from core.errors import Cancelled
from core.image.color import ColorTransform
from core.image.color_difference import ciede2000
from core.image.components import Alike, Parts
from core.image.geometry import TILE_SIZE, Point, Rect, TileKey, tiles_touching
from core.image.selection import shared
from core.image.surface import F32, U16, Surface, Tile

Cancel = Callable[[], bool]
Progress = Callable[[float], None]
# The colour looked for is the mean of so many pixels around the point: paint has grain.
_SAMPLE_PX = 3


@dataclass(frozen=True)
class Flood:
    """What shall count as alike: CIEDE2000 to the point's colour up to `tolerance`.

    is_contiguous: only what hangs together with the point (pixel sides touching).
    """

    tolerance: float = 10.0
    is_contiguous: bool = True

    def __post_init__(self) -> None:
        if not (math.isfinite(self.tolerance) and self.tolerance >= 0):
            raise ValueError("tolerance is 0 or more")


def flooded(
    read: Callable[[Rect], U16],
    picture: Rect,
    point: Point,
    color: ColorTransform,
    flood: Flood,
    is_cancelled: Cancel | None = None,
    progress: Progress | None = None,
) -> Surface:
    """Mark what is coloured like the 3 × 3 pixels around a point; empty where nothing is.

    read(rect) gives document samples of level 0. Tiles are read as the selection reaches them,
    and of each 10 kB are kept beside the selection itself. progress: the share of the picture
    that was looked at. Raises Cancelled and what `read` raises.
    """
    x, y = math.floor(point.x), math.floor(point.y)
    if not picture.contains(Rect(x, y, 1, 1)):
        return Surface.mask()
    side = _SAMPLE_PX // 2
    around = Rect(x, y, 1, 1).expanded(side).intersection(picture)
    wanted: F32 = color.to_lab(read(around)).mean((0, 1))
    looked = 0

    def alike(key: TileKey) -> Alike | None:
        nonlocal looked
        inside = key.rect.intersection(picture)
        if inside.is_empty:
            return None
        looked += inside.area
        if progress is not None:
            progress(looked / picture.area)
        found = np.zeros((TILE_SIZE, TILE_SIZE), np.bool_)
        difference = ciede2000(color.to_lab(read(inside)), wanted)
        found[inside.slices(key.rect)] = difference <= flood.tolerance
        return found

    if not flood.is_contiguous:
        return _all(alike, picture, is_cancelled)
    parts = Parts(alike, is_cancelled)
    nearest = sorted(_pixels(around), key=lambda at: math.dist(at, (x, y)))
    seeds = [node for node in (parts.at(*at) for at in nearest) if node is not None]
    return _marked(parts, parts.spread(seeds[:1]))


def _marked(parts: Parts, found: Mapping[TileKey, set[int]]) -> Surface:
    tiles: dict[TileKey, Tile | None] = {}
    for key, chosen in found.items():
        pixels = parts.pixels(key, chosen)
        if pixels is not None:
            tiles[key] = _tile(pixels)
    return Surface.mask().with_tiles(tiles)


def _all(
    alike: Callable[[TileKey], Alike | None], picture: Rect, is_cancelled: Cancel | None
) -> Surface:
    tiles: dict[TileKey, Tile | None] = {}
    for key in tiles_touching(picture):
        if is_cancelled is not None and is_cancelled():
            raise Cancelled("The search was given up; nothing was changed.")
        found = alike(key)
        if found is not None and found.any():
            tiles[key] = _tile(found)
    return Surface.mask().with_tiles(tiles)


def _tile(found: Alike) -> Tile:
    return shared(found.astype(np.uint8) * np.uint8(255))


def _pixels(rect: Rect) -> list[tuple[int, int]]:
    return [(x, y) for y in range(rect.y, rect.bottom) for x in range(rect.x, rect.right)]
