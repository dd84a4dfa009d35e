"""The smudge brush: each dab drags along what lay under the one before."""

from collections.abc import Set

import cv2
import numpy as np

from core.image.blend import FULL, over, scaled
from core.image.brush import Brush, DabPath
from core.image.dab import Print
from core.image.geometry import EMPTY_RECT, TILE_SIZE, Point, Rect, TileKey, tiles_touching
from core.image.paint import ReadPixels
from core.image.private_tiles import PrivateTiles
from core.image.retouch_stroke import ReadMask
from core.image.surface import U8, U16, Surface
from core.image.swath import Dab, bounds, neighbours

# What lies across the way is left behind once a step: wider ones make ribs of a crack.
_STEP, _LEAST_STEP_PX = 0.04, 1.0
_MOST_ALPHAS = 32
_BAND_PX = 1 << 13


class SmudgeStroke:
    """One stroke over a retouch surface that smears what is seen, the painting's own paint too.

    Each dab lays what the finger carries, by the dab's coverage × the brush's opacity, over what
    is seen; then the finger carries what is seen there. The result lies on the retouch surface
    alone: seen over its ground it is the smear. To be used by one thread; tiles as in `Stroke`.
    """

    def __init__(
        self,
        brush: Brush,
        surface: Surface,
        ground: ReadPixels,
        picture: Rect,
        limit: ReadMask | None = None,
    ) -> None:
        """ground: what lies below the surface. picture, limit: as in `RetouchStroke`."""
        if surface.channels not in (2, 4) or surface.dtype != np.uint16:
            raise TypeError("paint goes on retouch surfaces")
        self._tiles = PrivateTiles(surface)
        self._ground = ground
        self._picture = picture
        self._limit = limit
        self._seen: dict[TileKey, U16] = {}
        self._carried: U16 | None = None
        strength = brush.opacity_at
        self._path = DabPath(
            brush,
            lambda pressure: round(255 * strength(pressure)),
            lambda pressure: max(_LEAST_STEP_PX, _STEP * 2 * brush.radius_at(pressure)),
        )
        self._alphas: dict[int, tuple[U8, U16]] = {}
        self._is_finished = False

    @property
    def surface(self) -> Surface:
        """The surface as painted so far; its touched tiles change with the next `to`."""
        return self._tiles.surface

    @property
    def touched(self) -> Set[TileKey]:
        """The tiles this stroke has made its own."""
        return self._tiles.keys

    def to(self, point: Point, pressure: float = 1.0) -> tuple[Rect, ...]:
        """Move the finger to a point (the first call sets it down) and return what changed.

        Raises ValueError after `finish`, or if point or pressure are not finite; what ground and
        limit raise.
        """
        if self._is_finished:
            raise ValueError("the stroke is finished")
        changed = EMPTY_RECT
        for dabs in neighbours(self._path.to(point, pressure)):
            changed = changed.union(self._drag(dabs))
        return () if changed.is_empty else (changed,)

    def finish(self) -> Surface:
        """End the stroke and return the painted surface as a value, as `Stroke.finish`."""
        self._is_finished = True
        return self._tiles.settled()

    def _drag(self, dabs: list[Dab]) -> Rect:
        """Drag through some dabs that lie close together; return what changed."""
        near = bounds(dabs).intersection(self._picture)
        if near.is_empty:
            self._carried = None
            return EMPTY_RECT
        planes = self._read(near)
        limit = None if self._limit is None else self._limit(near).astype(np.uint16)
        if limit is not None:
            limit *= np.uint16(FULL // 255)
        changed = EMPTY_RECT
        for left, top, dab in dabs:
            square = Rect(left, top, dab.side, dab.side)
            inside = square.intersection(self._picture)
            if inside.is_empty:
                self._carried = None
                continue
            at = inside.slices(near)
            here = planes[:, at[0], at[1]]
            alpha = self._alpha(dab)[inside.slices(square)]
            if limit is not None:
                alpha = scaled(alpha, limit[at])
            if self._carried is not None and alpha.any():
                self._smear(here, alpha, _resized(self._carried, dab.side), inside.slices(square))
                changed = changed.union(inside)
            channels = self._tiles.before.channels - 1
            self._carried = _squared(here[:channels].copy(), inside, square)
        if not changed.is_empty:
            self._write(changed, near, planes)
        return changed

    @staticmethod
    def _smear(here: U16, alpha: U16, carried: U16, at: tuple[slice, slice]) -> None:
        """Lay what is carried over what is seen and over the layer: `planes` of a dab."""
        channels, (height, width) = len(carried), alpha.shape
        carried = carried[:, at[0], at[1]]
        # In bands that fit into the processor's cache, and of each what the dab covers.
        rows = max(1, _BAND_PX // width)
        for top in range(0, height, rows):
            band = slice(top, top + rows)
            left, right = _covered(alpha[band])
            if left >= right:
                continue
            part = np.s_[:, band, left:right]
            cover = alpha[part[1:]]
            paint = _weighted(carried[part], cover)
            laid = _weighted(here[part], FULL - cover)
            laid[:channels] += paint
            laid[channels : 2 * channels] += paint
            laid[-1] += cover
            here[part] = laid

    def _alpha(self, dab: Print) -> U16:
        """Return a dab's coverage, of 65535; dabs come again and again."""
        if dab.whole is None:
            return dab.values(0, 0, dab.side, dab.side) * np.uint16(FULL // 255)
        kept = self._alphas.get(id(dab.whole))
        if kept is None or kept[0] is not dab.whole:
            if len(self._alphas) >= _MOST_ALPHAS:
                self._alphas.clear()
            kept = dab.whole, dab.whole * np.uint16(FULL // 255)
            self._alphas[id(dab.whole)] = kept
        return kept[1]

    def _read(self, rect: Rect) -> U16:
        """Return what is seen in a rectangle, then the layer's samples: (2 C + 1, h, w)."""
        channels = self._tiles.before.channels - 1
        planes = np.zeros((2 * channels + 1, rect.height, rect.width), np.uint16)
        for key in tiles_touching(rect):
            part = rect.intersection(key.rect)
            at, (rows, columns) = part.slices(key.rect), part.slices(rect)
            seen, tile = self._seen_tile(key), self._tiles.surface.tiles.get(key)
            found = [*cv2.split(seen[at]), *(() if tile is None else cv2.split(tile[at]))]
            for plane, samples in zip(planes, found, strict=False):
                plane[rows, columns] = samples
        return planes

    def _write(self, changed: Rect, near: Rect, planes: U16) -> None:
        """Put back what `_read` gave of a rectangle, where it changed."""
        channels = self._tiles.before.channels - 1
        for key in tiles_touching(changed):
            part = changed.intersection(key.rect)
            at, (rows, columns) = part.slices(key.rect), part.slices(near)
            here = planes[:, rows, columns]
            shape = (part.height, part.width, -1)
            layer = np.asarray(cv2.merge(list(here[channels:])), np.uint16).reshape(shape)
            if not layer[..., -1].any():
                continue
            self._tiles.take(key)[at] = layer
            self._tiles.change(key, part.translated(-key.rect.x, -key.rect.y))
            seen = np.asarray(cv2.merge(list(here[:channels])), np.uint16).reshape(shape)
            self._seen_tile(key)[at] = seen

    def _seen_tile(self, key: TileKey) -> U16:
        seen = self._seen.get(key)
        if seen is None:
            inside = key.rect.intersection(self._picture)
            seen = np.zeros((TILE_SIZE, TILE_SIZE, self._tiles.before.channels - 1), np.uint16)
            target = seen[inside.slices(key.rect)]
            target[...] = self._ground(inside)
            old = self._tiles.before.tiles.get(key)
            if old is not None:
                target[...] = over(old[inside.slices(key.rect)], target)
            self._seen[key] = seen
        return seen


def _covered(alpha: U16) -> tuple[int, int]:
    """Return the first column that is covered at all, and the one beyond the last."""
    columns = np.asarray(alpha.any(0))
    if not columns.any():
        return 0, 0
    return int(columns.argmax()), len(columns) - int(columns[::-1].argmax())


def _weighted(planes: U16, weights: U16) -> U16:
    """Return `scaled` of planes, (n, h, w), by (h, w) weights, which broadcast at full speed."""
    product = np.multiply(planes, weights, dtype=np.uint32)
    product += np.uint32(FULL // 2)
    product //= np.uint32(FULL)
    return product.astype(np.uint16)


def _squared(planes: U16, inside: Rect, square: Rect) -> U16:
    """Return the pixels of the part of a square that is inside, its edge going on outside."""
    if inside == square:
        return planes
    return _bordered(
        planes,
        inside.y - square.y,
        square.bottom - inside.bottom,
        inside.x - square.x,
        square.right - inside.right,
    )


def _resized(planes: U16, side: int) -> U16:
    """Return a square of another side about the same middle: cut, or its edge going on."""
    more = (side - planes.shape[1]) // 2
    if more < 0:
        return planes[:, -more:more, -more:more]
    return planes if more == 0 else _bordered(planes, more, more, more, more)


def _bordered(planes: U16, top: int, bottom: int, left: int, right: int) -> U16:
    return np.pad(planes, ((0, 0), (top, bottom), (left, right)), mode="edge")
