"""A stroke of retouch: a coverage that dabs build up, laid in 16 bit over what was there."""

from collections.abc import Callable, Iterable, Iterator, Set
from dataclasses import dataclass
from itertools import chain

import cv2
import numpy as np
from numpy.typing import NDArray

from core.image.blend import FULL, over, scaled
from core.image.bounds import bounds_of
from core.image.brush import Brush, DabPath, Erase
from core.image.dab import Print
from core.image.geometry import EMPTY_RECT, TILE_SIZE, Point, Rect, TileKey
from core.image.paint import FlatPaint, Paint
from core.image.private_tiles import PrivateTiles
from core.image.read_ahead import ReadAhead
from core.image.surface import F32, U8, U16, Surface, Tile
from core.image.swath import Swath, marks, swaths

ReadMask = Callable[[Rect], U8]
"""Gives (h, w) of how much of each pixel of a rectangle may be painted on, 0..255."""


@dataclass
class _Wet:
    """A tile under the brush.

    coverage: what the dabs have reached, of 255 or 65535; laid: what of it is painted already.
    colors: what full coverage lays, None for a single colour. limit: where painting is allowed,
    of 65535, None for everywhere. left, top, right, bottom: what the latest dabs touched of it.
    """

    key: TileKey
    tile: U16
    coverage: Tile
    laid: Tile
    colors: U16 | None
    limit: U16 | None
    left: int = TILE_SIZE
    top: int = TILE_SIZE
    right: int = 0
    bottom: int = 0

    def touch(self, left: int, top: int, right: int, bottom: int) -> None:
        """Add to what was touched."""
        self.left, self.top = min(self.left, left), min(self.top, top)
        self.right, self.bottom = max(self.right, right), max(self.bottom, bottom)

    def take_touched(self) -> Rect:
        """Return what was touched, and forget it."""
        touched = Rect.from_edges(self.left, self.top, self.right, self.bottom)
        self.left = self.top = TILE_SIZE
        self.right = self.bottom = 0
        return touched


class RetouchStroke:
    """One stroke of a brush over a retouch surface, from press to release.

    With a flow of 1 only the strongest dab counts at each pixel; with less, each dab adds that
    share of what is still lacking. The brush's opacity is the most that a stroke can reach. What
    is shown is always the coverage laid over the surface as it was before the stroke, so that
    16-bit samples are rounded once, however many dabs there are.

    To be used by one thread; tiles as in `Stroke`. Costs by the pixels whose coverage changes.
    """

    def __init__(
        self,
        brush: Brush,
        surface: Surface,
        paint: Paint | Erase,
        picture: Rect,
        limit: ReadMask | None = None,
    ) -> None:
        """Begin a stroke that changes nothing outside `picture`, nor where `limit` gives 0.

        paint and limit are asked once for each tile; paint in another thread as well, for tiles
        that the brush may come to. Raises TypeError if the surface is no
        retouch.
        """
        if surface.channels not in (2, 4) or surface.dtype != np.uint16:
            raise TypeError("paint goes on retouch surfaces")
        self._tiles = PrivateTiles(surface)
        self._paint = paint
        self._picture = picture
        self._limit = limit
        self._flow = brush.flow
        self._depth = np.dtype(np.uint8 if brush.flow == 1 else np.uint16)
        most = 255 if brush.flow == 1 else FULL
        self._alphas: U16 = np.rint(np.arange(most + 1) * (brush.opacity * FULL / most)).astype(
            np.uint16
        )
        self._flat: Tile | None = None
        self._flat_covered: Tile | None = None
        if isinstance(paint, FlatPaint):
            self._flat = _flat_table(paint.color)
            self._flat_covered = self._flat[self._alphas]
        self._ahead = ReadAhead(self._colors, self._is_ahead)
        self._wet: dict[TileKey, _Wet | None] = {}
        # As in the masks' `Stroke`; with a flow no tile is ever full.
        self._filled: dict[TileKey, int] = {}
        is_soft = brush.pressure_opacity
        self._path = DabPath(brush, lambda pressure: round(255 * pressure) if is_soft else 255)
        self._is_finished = False

    @property
    def surface(self) -> Surface:
        """The surface as painted so far; its touched tiles change with the next `to`."""
        return self._tiles.surface

    @property
    def touched(self) -> Set[TileKey]:
        """The tiles this stroke has made its own."""
        return self._tiles.keys

    def tile(self, key: TileKey) -> Tile | None:
        """Return a tile as painted so far, which changes with the next `to`; None where empty."""
        own = self._tiles.get(key)
        return self._tiles.before.tiles.get(key) if own is None else own

    def to(self, point: Point, pressure: float = 1.0) -> tuple[Rect, ...]:
        """Move the brush to a point (the first call sets it down) and return what changed.

        One rectangle for each tile. Raises ValueError after `finish`, or if point or pressure
        are not finite; what paint and limit raise.
        """
        return self.along([(point, pressure)])

    def along(self, touches: Iterable[tuple[Point, float]]) -> tuple[Rect, ...]:
        """Do `to` for several points and pressures at once: the same samples in less time."""
        if self._is_finished:
            raise ValueError("the stroke is finished")
        touched: dict[TileKey, _Wet] = {}
        dabs = chain.from_iterable(self._path.to(*touch) for touch in touches)
        # With a flow dabs add up.
        for left, top, swath in swaths(dabs) if self._flow == 1 else dabs:
            for wet in self._lay(left, top, swath):
                touched[wet.key] = wet
        changed = [self._blend(wet) for wet in touched.values()]
        return tuple(rect for rect in changed if not rect.is_empty)

    def finish(self) -> Surface:
        """End the stroke and return the painted surface as a value.

        Tiles whose samples did not change are those of the surface given; if none did, it is
        that very surface.
        """
        self.close()
        return self._tiles.settled()

    def close(self) -> None:
        """End the stroke without a result; what is painted can still be looked at."""
        self._is_finished = True
        self._ahead.close()

    # For strokes that go over their work again at the end.

    def _alpha(self, wet: _Wet) -> U16:
        """Return how densely each pixel of a tile is painted: (256, 256), of 65535."""
        alpha = self._alphas[wet.coverage]
        return alpha if wet.limit is None else scaled(alpha, wet.limit)

    def _wet_tiles(self) -> list[_Wet]:
        return [wet for wet in self._wet.values() if wet is not None]

    def _recolor(self, wet: _Wet, colors: U16) -> None:
        """Lay other colours with the same coverage."""
        wet.colors = colors
        wet.laid[...] = 0
        wet.touch(*_TILE)
        self._blend(wet)

    # Dabs to coverage, coverage to samples.

    def _lay(self, left: int, top: int, swath: Print | Swath) -> Iterator[_Wet]:
        # Plain numbers, as in the masks' `Stroke`: with Rects this takes four times as long.
        picture = self._picture
        x0, x1 = max(left, picture.x), min(left + swath.width, picture.right)
        y0, y1 = max(top, picture.y), min(top + swath.height, picture.bottom)
        if x0 >= x1 or y0 >= y1:
            return
        for ty in range(y0 // TILE_SIZE, (y1 - 1) // TILE_SIZE + 1):
            tile_y = ty * TILE_SIZE
            upper, lower = max(y0, tile_y), min(y1, tile_y + TILE_SIZE)
            for tx in range(x0 // TILE_SIZE, (x1 - 1) // TILE_SIZE + 1):
                key = TileKey(tx, ty)
                if self._filled.get(key, 0) >= swath.level:
                    continue
                tile_x = tx * TILE_SIZE
                start, stop = max(x0, tile_x), min(x1, tile_x + TILE_SIZE)
                values = swath.values(start - left, upper - top, stop - left, lower - top)
                wet = self._wet_tile(key) if marks(values) else None
                if wet is None:
                    continue
                is_whole = self._flow == 1 and stop - start == TILE_SIZE == lower - upper
                if is_whole and swath.fills(start - left, upper - top, stop - left, lower - top):
                    self._filled[key] = swath.level
                rows = slice(upper - tile_y, lower - tile_y)
                columns = slice(start - tile_x, stop - tile_x)
                self._cover(wet.coverage[rows, columns], values)
                wet.touch(columns.start, rows.start, columns.stop, rows.stop)
                yield wet

    def _cover(self, coverage: Tile, values: U8) -> None:
        if self._flow == 1:
            np.maximum(coverage, values, out=coverage)
            return
        gain: F32 = values * np.float32(self._flow / 255)
        gain *= FULL - coverage
        coverage += np.rint(gain).astype(np.uint16)

    def _blend(self, wet: _Wet) -> Rect:
        """Paint what the latest dabs added; return it, in the picture."""
        area = wet.take_touched()
        at = area.slices(_TILE)
        is_new: NDArray[np.bool_] = wet.coverage[at] != wet.laid[at]
        bounds = bounds_of(is_new)
        if bounds.is_empty:
            return EMPTY_RECT
        # Of a large brush moved a little only a crescent is new: its pixels alone are computed.
        is_new = is_new[bounds.slices(Rect(0, 0, area.width, area.height))]
        area = bounds.translated(area.x, area.y)
        at = area.slices(_TILE)
        wet.laid[at] = wet.coverage[at]
        self._tiles.change(wet.key, area)
        old = self._tiles.before.tiles.get(wet.key)
        if old is None and wet.limit is None and self._flow == 1 and self._flat_covered is not None:
            _packed(wet.tile)[at] = _looked_up(self._flat_covered, wet.coverage[at])
        else:
            below = None if old is None else _pixels(old[at], is_new)
            _packed(wet.tile)[at][is_new] = _packed(self._laid(wet, at, is_new, below))[:, 0]
        return area.translated(wet.key.tx * TILE_SIZE, wet.key.ty * TILE_SIZE)

    def _laid(
        self, wet: _Wet, at: tuple[slice, slice], is_new: NDArray[np.bool_], below: U16 | None
    ) -> U16:
        """Return the new pixels, (n, 1, C+1), that the coverage makes of those below."""
        coverage = wet.coverage[at][is_new]
        if wet.limit is None and self._flat_covered is not None:
            paint = _unpacked(np.take(self._flat_covered, coverage))
            return paint if below is None else over(paint, below)
        alpha = np.take(self._alphas, coverage)
        if wet.limit is not None:
            alpha = scaled(alpha, wet.limit[at][is_new])
        if self._flat is not None:
            paint = _unpacked(np.take(self._flat, alpha))
        elif wet.colors is not None:
            paint = scaled(_pixels(wet.colors[at], is_new), alpha[:, None, None])
        else:
            # An eraser, which has no colours, comes to no tile that is empty.
            assert below is not None
            return scaled(below, (FULL - alpha)[:, None, None])
        return paint if below is None else over(paint, below)

    def _wet_tile(self, key: TileKey) -> _Wet | None:
        """Return a tile as it is under the brush; None where nothing can be changed."""
        if key not in self._wet:
            self._wet[key] = self._wetted(key)
        return self._wet[key]

    def _wetted(self, key: TileKey) -> _Wet | None:
        if isinstance(self._paint, Erase) and key not in self._tiles.before.tiles:
            return None
        limit = _whole(self._limit, key.rect.intersection(self._picture))
        if limit is not None and not limit.any():
            return None
        has_colors = self._flat is None and not isinstance(self._paint, Erase)
        colors = self._ahead.take(key) if has_colors else None
        shape = (TILE_SIZE, TILE_SIZE)
        coverage, laid = np.zeros(shape, self._depth), np.zeros(shape, self._depth)
        return _Wet(key, self._tiles.take(key), coverage, laid, colors, limit)

    def _is_ahead(self, key: TileKey) -> bool:
        return key not in self._wet and not key.rect.intersection(self._picture).is_empty

    def _colors(self, key: TileKey) -> U16:
        if isinstance(self._paint, Erase):
            raise TypeError("an eraser has no colours")
        inside = key.rect.intersection(self._picture)
        found = self._paint.colors(inside)
        if inside == key.rect:
            return found
        colors = np.zeros(self._tiles.before.tile_shape, np.uint16)
        colors[inside.slices(key.rect)] = found
        return colors


_TILE = Rect(0, 0, TILE_SIZE, TILE_SIZE)


def _whole(read: ReadMask | None, inside: Rect) -> U16 | None:
    """Return a tile of what a limit allows, of 65535; None where that is everything."""
    if read is None:
        return None
    values = read(inside)
    if values.size and values.min() == 255:
        return None
    limit = np.zeros((TILE_SIZE, TILE_SIZE), np.uint16)
    limit[: inside.height, : inside.width] = values
    limit *= np.uint16(FULL // 255)
    return limit


def _flat_table(color: tuple[int, ...]) -> Tile:
    """Return a colour as premultiplied packed pixels at each alpha: (65536,)."""
    alphas = np.arange(FULL + 1, dtype=np.uint16)
    planes = [scaled(alphas, int(sample)) for sample in color]
    return _packed(np.stack([*planes, alphas], axis=-1))


def _looked_up(table: Tile, values: U8) -> Tile:
    """Return the packed pixels of (256,) for each value: all of them, faster than to pick some."""
    # OpenCV copies them, whatever they mean as floats; NumPy takes four times as long.
    as_floats = table.view(np.float64 if table.itemsize == 8 else np.float32)
    return np.asarray(cv2.LUT(values, as_floats)).view(table.dtype)


def _packed(pixels: U16) -> Tile:
    """Return pixels of 2 or 4 samples as one number each: picking these is ten times faster."""
    wide = np.uint64 if pixels.shape[-1] == 4 else np.uint32
    return pixels.view(wide)[..., 0]


def _unpacked(wide: Tile) -> U16:
    """Return packed pixels, (n,), as samples: (n, 1, C)."""
    return wide.view(np.uint16).reshape(len(wide), 1, -1)


def _pixels(pixels: U16, is_wanted: NDArray[np.bool_]) -> U16:
    """Return the wanted pixels, (n, 1, C)."""
    return _unpacked(_packed(pixels)[is_wanted])
