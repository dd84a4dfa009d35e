"""Selections: shapes as mask surfaces, how they are combined with a mask, and its inverse."""

import math
from collections.abc import Collection, Iterator, Sequence
from enum import Enum

import numpy as np

from core.image.geometry import TILE_SIZE, Point, Rect, TileKey, tiles_touching
from core.image.polygon import polygon_tiles
from core.image.surface import U8, Surface, Tile

# An ellipse is drawn as a polygon that departs from it by no more than this.
_SAGITTA_PX = 0.01


def _marked_all() -> U8:
    tile = np.full((TILE_SIZE, TILE_SIZE), 255, np.uint8)
    tile.flags.writeable = False
    return tile


FULL_TILE = _marked_all()
"""The one tile that stands wherever a selection marks all of it."""


class Mode(Enum):
    """What a selection does to a mask. The value is what settings store."""

    ADD = "add"
    SUBTRACT = "subtract"
    INTERSECT = "intersect"
    REPLACE = "replace"


def rectangle(one: Point, other: Point, picture: Rect) -> Surface:
    """Mark the rectangle between two corners, rounded to whole pixels."""
    left, right = sorted((round(one.x), round(other.x)))
    top, bottom = sorted((round(one.y), round(other.y)))
    corners = ((left, top), (right, top), (right, bottom), (left, bottom))
    return polygon([Point(*corner) for corner in corners], picture)


def ellipse(one: Point, other: Point, picture: Rect) -> Surface:
    """Mark the ellipse that fills the rectangle between two corners; its edge is antialiased."""
    return polygon(ellipse_points(one, other), picture)


def ellipse_points(one: Point, other: Point, sagitta_px: float = _SAGITTA_PX) -> list[Point]:
    """Return the corners of a polygon that departs from an ellipse by at most `sagitta_px`."""
    middle_x, middle_y = (one.x + other.x) / 2, (one.y + other.y) / 2
    radius_x, radius_y = abs(one.x - other.x) / 2, abs(one.y - other.y) / 2
    radius = max(radius_x, radius_y, 1.0)
    count = max(16, math.ceil(math.pi / math.acos(max(0.0, 1.0 - sagitta_px / radius))))
    turns = [2 * math.pi * index / count for index in range(count)]
    return [
        Point(middle_x + radius_x * math.cos(turn), middle_y + radius_y * math.sin(turn))
        for turn in turns
    ]


def polygon(points: Sequence[Point], picture: Rect) -> Surface:
    """Mark what a closed polygon winds around inside the picture; its edge is antialiased.

    Raises ValueError if a point is not finite.
    """
    return Surface.mask().with_tiles(dict(polygon_tiles(points, picture, FULL_TILE)))


def combined(
    mask: Surface, selection: Surface, mode: Mode, keys: Collection[TileKey] | None = None
) -> Surface:
    """Return a mask with a selection added, taken away, or as its limit; or the selection itself.

    Tiles that do not change are the mask's own. keys: only these tiles are combined.
    """
    changes: dict[TileKey, Tile | None] = {}
    for key in _concerned(mask, selection, mode):
        if keys is None or key in keys:
            old = mask.tiles.get(key)
            new = _combined(old, selection.tiles.get(key), mode)
            if new is not old and not (
                new is not None and old is not None and np.array_equal(new, old)
            ):
                changes[key] = new
    return mask.with_tiles(changes) if changes else mask


def inverted(mask: Surface, picture: Rect) -> Surface:
    """Mark within the picture what was not, and as much less as it was; nothing beyond it."""
    tiles: dict[TileKey, Tile | None] = dict.fromkeys(mask.tiles)
    edges: dict[tuple[int, int], U8] = {}
    for key in tiles_touching(picture):
        inside = key.rect.intersection(picture)
        old = mask.tiles.get(key)
        size = (inside.width, inside.height)
        if inside != key.rect and size not in edges:
            edges[size] = _partly_full(key, inside)
        whole = edges.get(size, FULL_TILE)
        tiles[key] = whole if old is None else None if old is whole else whole - (old & whole)
    return Surface.mask().with_tiles(tiles)


def shared(tile: Tile) -> Tile:
    """Return FULL_TILE for a tile that marks all, else the tile itself."""
    return FULL_TILE if tile.all() and tile.min() == 255 else tile


def _concerned(mask: Surface, selection: Surface, mode: Mode) -> Iterator[TileKey]:
    """Yield the tiles that a combination may change."""
    if mode is Mode.ADD:
        yield from selection.tiles
    elif mode is Mode.SUBTRACT:
        yield from mask.tiles.keys() & selection.tiles.keys()
    elif mode is Mode.INTERSECT:
        yield from mask.tiles
    else:
        yield from mask.tiles.keys() | selection.tiles.keys()


def _combined(old: Tile | None, selected: Tile | None, mode: Mode) -> Tile | None:
    if mode is Mode.REPLACE:
        return selected
    if mode is Mode.SUBTRACT:
        if old is None or selected is FULL_TILE:
            return None
        return old if selected is None else np.minimum(old, ~selected)
    if mode is Mode.INTERSECT:
        if old is None or selected is FULL_TILE:
            return old
        return None if selected is None else np.minimum(old, selected)
    if selected is None or old is FULL_TILE:
        return old
    return selected if old is None or selected is FULL_TILE else np.maximum(old, selected)


def _partly_full(key: TileKey, inside: Rect) -> U8:
    tile = np.zeros((TILE_SIZE, TILE_SIZE), np.uint8)
    tile[inside.slices(key.rect)] = 255
    return tile
