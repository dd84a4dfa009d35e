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
from core.image.surface import U16, Surface

# What lies across the way is left behind once a step: wider ones make ribs of a crack.
_STEP, _LEAST_STEP_PX = 0.04, 1.0


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
        for left, top, dab in self._path.to(point, pressure):
            changed = changed.union(self._drag(left, top, dab))
        return () if changed.is_empty else (changed,)

    def finish(self) -> Surface:
        """End the stroke and return the painted surface as a value, as `Stroke.finish`."""
        self._is_finished = True
        return self._tiles.settled()

    def _drag(self, left: int, top: int, dab: Print) -> Rect:
        square = Rect(left, top, dab.side, dab.side)
        inside = square.intersection(self._picture)
        if inside.is_empty:
            self._carried = None
            return EMPTY_RECT
        carried, seen = self._carried, self._read(inside)
        self._carried = _squared(seen, inside, square)
        if carried is None:
            return EMPTY_RECT
        at = inside.slices(square)
        alpha = dab.values(0, 0, dab.side, dab.side)[at].astype(np.uint16)
        alpha *= np.uint16(FULL // 255)
        if self._limit is not None:
            alpha = scaled(alpha, self._limit(inside).astype(np.uint16) * np.uint16(FULL // 255))
        if not alpha.any():
            return EMPTY_RECT
        planes = cv2.split(_resized(carried, dab.side)[at])
        colors = cv2.merge([*planes, np.full(alpha.shape, FULL, np.uint16)])
        paint = scaled(np.asarray(colors, np.uint16), alpha[..., None])
        smeared = over(paint, seen)
        self._lay(inside, paint, smeared)
        self._carried = _squared(smeared, inside, square)
        return inside

    def _lay(self, rect: Rect, paint: U16, smeared: U16) -> None:
        for key in tiles_touching(rect):
            part = rect.intersection(key.rect)
            at, above = part.slices(key.rect), paint[part.slices(rect)]
            if above[..., -1].any():
                target = self._tiles.take(key)[at]
                target[...] = over(above, target)
                self._tiles.change(key, part.translated(-key.rect.x, -key.rect.y))
                self._seen_tile(key)[at] = smeared[part.slices(rect)]

    def _read(self, rect: Rect) -> U16:
        """Return what is seen in a rectangle, (h, w, C)."""
        out = np.empty((rect.height, rect.width, self._tiles.before.channels - 1), np.uint16)
        for key in tiles_touching(rect):
            part = rect.intersection(key.rect)
            out[part.slices(rect)] = self._seen_tile(key)[part.slices(key.rect)]
        return out

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


def _squared(pixels: U16, inside: Rect, square: Rect) -> U16:
    """Return the pixels of the part of a square that is inside, its edge going on outside."""
    if inside == square:
        return pixels
    return _bordered(
        pixels,
        inside.y - square.y,
        square.bottom - inside.bottom,
        inside.x - square.x,
        square.right - inside.right,
    )


def _resized(pixels: U16, side: int) -> U16:
    """Return a square of another side about the same middle: cut, or its edge going on."""
    more = (side - pixels.shape[0]) // 2
    if more < 0:
        return pixels[-more:more, -more:more]
    return pixels if more == 0 else _bordered(pixels, more, more, more, more)


def _bordered(pixels: U16, top: int, bottom: int, left: int, right: int) -> U16:
    out = cv2.copyMakeBorder(pixels, top, bottom, left, right, cv2.BORDER_REPLICATE)
    return np.asarray(out, np.uint16).reshape(*out.shape[:2], pixels.shape[2])
