"""Where the losses are: masks reduced to cells of 8 px, so that no whole-picture mask is needed."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from core.document.layer import Layer, LayerKind, LayerStack
from core.image.geometry import TILE_SIZE, Rect, TileKey
from core.image.surface import U8, Surface

CELL: Final = 8
_CELLS = TILE_SIZE // CELL

Cells = NDArray[np.bool_]
# A disc this wide always holds a whole cell; thinner losses may hold none.
_THIN_PX = 24
# Distances inside a tile with this margin measure losses of up to twice the margin exactly.
_MARGIN_PX = 32


@dataclass(frozen=True, eq=False)
class LossMap:
    """Which cells of CELL² pixels hold a loss, and which hold nothing else.

    bounds: level-0 pixels the arrays cover, on the cell grid, maybe beyond the picture's edge.
    occupied, solid: (bounds.height / CELL, bounds.width / CELL) bool: any pixel, every pixel.
    """

    picture: Rect
    bounds: Rect
    occupied: Cells
    solid: Cells

    @property
    def is_empty(self) -> bool:
        """Whether no pixel is marked."""
        return not self.occupied.any()

    @property
    def is_full(self) -> bool:
        """Whether every pixel of the picture is marked."""
        return self.bounds.contains(self.picture) and bool(self.solid.all())

    def depth(self) -> NDArray[np.float32]:
        """Return each cell's distance (in cells) to the nearest one with sound paint."""
        # One cell of sound paint around, but beyond the picture's edge there is none to use.
        depth = cv2.distanceTransform(
            np.pad(self.solid, self._frame(), constant_values=False).astype(np.uint8),
            cv2.DIST_L2,
            cv2.DIST_MASK_PRECISE,
        )
        # Without any sound cell OpenCV gives an arbitrary huge number.
        depth = np.minimum(depth, max(self.solid.shape))
        (top, bottom), (left, right) = self._frame()
        rows, columns = depth.shape
        return np.asarray(depth[top : rows - bottom, left : columns - right], np.float32)

    def _frame(self) -> tuple[tuple[int, int], tuple[int, int]]:
        inner, outer = self.bounds, self.picture
        return (
            (int(inner.y > outer.y), int(inner.bottom < outer.bottom)),
            (int(inner.x > outer.x), int(inner.right < outer.right)),
        )


def thickness_of(depth: NDArray[Any] | float) -> NDArray[Any]:
    """Return the widest a loss of this depth (in cells) can be, in px; never too small."""
    depth = np.asarray(depth)
    return np.where(depth > 0, np.ceil(2 * CELL * (depth + 1.5)), _THIN_PX).astype(np.int64)


def masks_of(layers: LayerStack, mask_ids: Collection[int] | None = None) -> list[Layer]:
    """Return the visible MASK layers, or those named by mask_ids, visible or not."""
    if mask_ids is None:
        return list(layers.seen(LayerKind.MASK))
    return [layer for layer in layers.of_kind(LayerKind.MASK) if layer.id in mask_ids]


def map_losses(surfaces: Sequence[Surface], picture: Rect) -> LossMap:
    """Reduce masks (their maximum; any value above 0 is loss) to cells, tile by tile."""
    bounds = Rect(0, 0, 0, 0)
    for surface in surfaces:
        bounds = bounds.union(surface.bounds())
    bounds = bounds.intersection(picture.aligned(CELL))
    occupied = np.zeros((bounds.height // CELL, bounds.width // CELL), np.bool_)
    solid = np.zeros_like(occupied)
    for key, tile in _tiles(surfaces, picture):
        part = key.rect.intersection(bounds)
        within = tuple(_of_cells(part.slices(key.rect)))
        target = tuple(_of_cells(part.slices(bounds)))
        occupied[target] = _reduced(_within(tile, key, picture, 0), np.maximum)[within] > 0
        solid[target] = _reduced(_within(tile, key, picture, 255), np.minimum)[within] > 0
    return LossMap(picture, bounds, occupied, solid)


def loss_thickness(layers: LayerStack, mask_ids: Collection[int] | None = None) -> int:
    """Return the diameter in px of the largest disc inside any marked loss; 0 where none is.

    To a pixel up to 40 px, beyond that up to 40 px too large: enough to choose a generator.
    """
    surfaces = [layer.pixels for layer in masks_of(layers, mask_ids)]
    losses = map_losses(surfaces, layers.rect)
    if losses.is_empty:
        return 0
    deepest = float(losses.depth().max())
    if (deepest + 1.5) * CELL > _MARGIN_PX:
        return int(thickness_of(deepest))
    widest = 0.0
    for key, _ in _tiles(surfaces, layers.rect):
        area = key.rect.expanded(_MARGIN_PX).intersection(layers.rect)
        hole = np.zeros((area.height, area.width), np.uint8)
        for surface in surfaces:
            np.maximum(hole, surface.read(area), out=hole)
        distance = cv2.distanceTransform(np.pad(hole, 1), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        widest = max(widest, float(distance.max()))
    return max(1, round(2 * widest - 1))


def _tiles(surfaces: Sequence[Surface], picture: Rect) -> Iterator[tuple[TileKey, U8]]:
    """Yield the tiles that touch the picture, those of several surfaces by their maximum."""
    for key in sorted({key for surface in surfaces for key in surface.tiles}):
        if key.rect.intersection(picture).is_empty:
            continue
        tiles = [surface.tiles[key] for surface in surfaces if key in surface.tiles]
        yield key, tiles[0] if len(tiles) == 1 else np.maximum.reduce(tiles)


def _within(tile: U8, key: TileKey, picture: Rect, outside: int) -> U8:
    inside = key.rect.intersection(picture)
    if inside == key.rect:
        return tile
    framed = np.full_like(tile, outside)
    framed[inside.slices(key.rect)] = tile[inside.slices(key.rect)]
    return framed


def _reduced(tile: U8, extreme: np.ufunc) -> U8:
    # Rows first: contiguous runs of 256 samples are reduced 20 times faster than runs of 8.
    rows = extreme.reduce(tile.reshape(_CELLS, CELL, TILE_SIZE), axis=1)
    return np.asarray(extreme.reduce(rows.reshape(_CELLS, _CELLS, CELL), axis=2), np.uint8)


def _of_cells(slices: tuple[slice, slice]) -> Iterator[slice]:
    for one in slices:
        yield slice(one.start // CELL, one.stop // CELL)
