"""What hangs together across tiles: a loss at a point, and holes in a mask."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import Cancelled
from core.image.geometry import TILE_SIZE, Point, Rect, TileKey, tiles_touching
from core.image.morphology import MARKED_ABOVE
from core.image.selection import shared
from core.image.surface import U8, Surface, Tile

Labels = NDArray[np.int32]
Alike = NDArray[np.bool_]
Cancel = Callable[[], bool]

# What stands for a tile all of whose pixels count: most of the ground around scattered marks.
_ALL = np.full(1, 255, np.uint8)
_ONE_LABEL = np.ones((TILE_SIZE, TILE_SIZE), np.int32)

# Around a hole that is filled, the soft edge of what surrounded it is filled as well.
_RIM_PX = 3


class Node(NamedTuple):
    """One connected part of one tile."""

    key: TileKey
    label: int


class _Border(NamedTuple):
    """The labels along one side of a tile, and the step to the tile beyond."""

    dx: int
    dy: int
    labels: Labels


@dataclass
class Parts:
    """The connected parts of tiles, found when asked for; sides touch, corners do not.

    alike(key) gives the pixels of a tile that count, (TILE_SIZE, TILE_SIZE) bool, or None for
    none. Of each tile visited at most 10 kB are kept. For one thread.
    """

    alike: Callable[[TileKey], Alike | None]
    is_cancelled: Cancel | None = None
    _packed: dict[TileKey, NDArray[np.uint8] | None] = field(default_factory=dict)
    _borders: dict[TileKey, tuple[_Border, ...]] = field(default_factory=dict)

    def at(self, x: int, y: int) -> Node | None:
        """Return the part at a pixel, if that counts."""
        key = TileKey(x // TILE_SIZE, y // TILE_SIZE)
        labels = self.labels(key)
        label = 0 if labels is None else int(labels[y % TILE_SIZE, x % TILE_SIZE])
        return Node(key, label) if label else None

    def spread(self, seeds: Iterable[Node]) -> Mapping[TileKey, set[int]]:
        """Return all parts that hang together with the seeds, by tile. Raises Cancelled."""
        found: dict[TileKey, set[int]] = {}
        frontier = list(seeds)
        while frontier:
            node = frontier.pop()
            labels = found.setdefault(node.key, set())
            if node.label not in labels:
                labels.add(node.label)
                frontier.extend(self._beside(node))
        return found

    def pixels(self, key: TileKey, chosen: set[int], *, is_rest: bool = False) -> Alike | None:
        """Return the pixels of some parts of a tile, or of the rest; None where there are none."""
        labels = self.labels(key)
        if labels is None:
            return None
        if labels is _ONE_LABEL:
            return None if (1 in chosen) == is_rest else labels > 0
        is_chosen = np.zeros(int(labels.max()) + 1, np.bool_)
        is_chosen[list(chosen)] = True
        if is_rest:
            is_chosen = ~is_chosen
        is_chosen[0] = False
        return is_chosen[labels] if is_chosen.any() else None

    def labels(self, key: TileKey) -> Labels | None:
        """Return the label of each pixel's part, 0 for none; None for a tile without any."""
        if key not in self._packed:
            self._visit(key)
        packed = self._packed[key]
        if packed is None or packed is _ALL:
            return None if packed is None else _ONE_LABEL
        return _labelled(np.unpackbits(packed).reshape(TILE_SIZE, TILE_SIZE))

    def _visit(self, key: TileKey) -> None:
        if self.is_cancelled is not None and self.is_cancelled():
            raise Cancelled("The search was given up; nothing was changed.")
        alike = self.alike(key)
        if alike is None or not alike.any():
            self._packed[key], self._borders[key] = None, ()
            return
        is_whole = bool(alike.all())
        self._packed[key] = _ALL if is_whole else np.packbits(alike)
        labels = _ONE_LABEL if is_whole else _labelled(alike.astype(np.uint8))
        self._borders[key] = (
            _Border(-1, 0, _row(labels.T, 0)),
            _Border(1, 0, _row(labels.T, -1)),
            _Border(0, -1, _row(labels, 0)),
            _Border(0, 1, _row(labels, -1)),
        )

    def _beside(self, node: Node) -> Iterator[Node]:
        for dx, dy, labels in self._borders[node.key]:
            is_here = labels == node.label
            if not is_here.any():
                continue
            key = TileKey(node.key.tx + dx, node.key.ty + dy)
            if key not in self._packed:
                self._visit(key)
            for border in self._borders[key]:
                if (border.dx, border.dy) == (-dx, -dy):
                    for label in np.unique(border.labels[is_here]):
                        if label:
                            yield Node(key, int(label))


def connected_loss(
    mask: Surface, point: Point, picture: Rect, is_cancelled: Cancel | None = None
) -> Surface:
    """Return the connected loss under a point, its soft edge included; empty where none is.

    A loss is what is marked at all, however faintly. Raises Cancelled.
    """

    def marked(key: TileKey) -> Alike | None:
        tile = mask.tiles.get(key)
        return None if tile is None else tile > 0

    x, y = int(np.floor(point.x)), int(np.floor(point.y))
    if not picture.contains(Rect(x, y, 1, 1)):
        return Surface.mask()
    parts = Parts(marked, is_cancelled)
    seed = parts.at(x, y)
    if seed is None:
        return Surface.mask()
    tiles: dict[TileKey, Tile | None] = {}
    for key, chosen in parts.spread([seed]).items():
        is_ours, tile = parts.pixels(key, chosen), mask.tiles[key]
        if is_ours is not None:
            # A tile with nothing else in it is the mask's own.
            tiles[key] = tile if is_ours[tile > 0].all() else tile * is_ours
    return Surface.mask().with_tiles(tiles)


def without_holes(mask: Surface, picture: Rect, is_cancelled: Cancel | None = None) -> Surface:
    """Mark every place from which the picture's edge cannot be reached over unmarked pixels.

    Unmarked is what is at most half strong. Memory is that of the mask's own tiles.
    Raises Cancelled.
    """
    bounds = mask.bounds().expanded(1).intersection(picture)
    if bounds.is_empty:
        return mask

    def unmarked(key: TileKey) -> Alike | None:
        inside = key.rect.intersection(bounds)
        if inside.is_empty:
            return None
        alike = np.zeros((TILE_SIZE, TILE_SIZE), np.bool_)
        tile = mask.tiles.get(key)
        at = inside.slices(key.rect)
        alike[at] = True if tile is None else tile[at] <= MARKED_ABOVE
        return alike

    # The frame around the bounds is open ground, or the picture's edge, which is outside too.
    outside = Parts(unmarked, is_cancelled)
    reached = outside.spread(_along(bounds, outside))
    holes: dict[TileKey, Alike] = {}
    for key in tiles_touching(bounds):
        is_hole = outside.pixels(key, reached.get(key, set()), is_rest=True)
        if is_hole is not None:
            holes[key] = is_hole
    changes = {key: _filled(mask, key, holes) for key in _with_neighbours(holes)}
    changes = {key: tile for key, tile in changes.items() if tile is not mask.tiles.get(key)}
    return mask.with_tiles(changes) if changes else mask


def _filled(mask: Surface, key: TileKey, holes: Mapping[TileKey, Alike]) -> Tile | None:
    """Return a tile with its holes marked, and the soft rims of them and of its neighbours'."""
    old = mask.tiles.get(key)
    area = key.rect.expanded(_RIM_PX)
    around = np.zeros((area.height, area.width), np.uint8)
    for other in _with_neighbours((key,)):
        if other in holes:
            part = area.intersection(other.rect)
            around[part.slices(area)] = holes[other][part.slices(other.rect)]
    side = 2 * _RIM_PX + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    rim = np.asarray(cv2.dilate(around, disc), np.uint8)[key.rect.slices(area)] > 0
    tile = np.zeros((TILE_SIZE, TILE_SIZE), np.uint8) if old is None else old.copy()
    is_filled = rim & (tile > 0)
    if key in holes:
        is_filled |= holes[key]
    if not (is_filled & (tile < 255)).any():
        return old
    tile[is_filled] = 255
    return shared(tile)


def _along(bounds: Rect, parts: Parts) -> Iterator[Node]:
    """Yield the parts that touch a rectangle's edge."""
    right, bottom = bounds.right - 1, bounds.bottom - 1
    for key in tiles_touching(bounds):
        inside = key.rect.intersection(bounds)
        is_inner = inside.x > bounds.x and inside.y > bounds.y
        if is_inner and inside.right <= right and inside.bottom <= bottom:
            continue
        labels = parts.labels(key)
        if labels is None:
            continue
        values = labels[inside.slices(key.rect)]
        lines = [values[0]] * (inside.y == bounds.y) + [values[-1]] * (inside.bottom > bottom)
        lines += [values[:, 0]] * (inside.x == bounds.x) + [values[:, -1]] * (inside.right > right)
        for label in np.unique(np.concatenate(lines)):
            if label:
                yield Node(key, int(label))


def _with_neighbours(keys: Iterable[TileKey]) -> set[TileKey]:
    steps = (-1, 0, 1)
    return {TileKey(tx + dx, ty + dy) for tx, ty in keys for dx in steps for dy in steps}


def _row(labels: Labels, at: int) -> Labels:
    # A view of the one label costs nothing; of others it would keep the whole tile alive.
    is_one = labels is _ONE_LABEL or labels.base is _ONE_LABEL
    line: Labels = labels[at] if is_one else labels[at].copy()
    return line


def _labelled(alike: U8) -> Labels:
    _, labels = cv2.connectedComponents(alike, connectivity=4, ltype=cv2.CV_32S)
    return np.asarray(labels, np.int32)
