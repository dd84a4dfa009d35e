"""Brushes, the dabs along a stroke's path, and a stroke onto a mask surface."""

import math
from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass, replace

import numpy as np

from core.image.bounds import bounds_of
from core.image.dab import DabCache, Print
from core.image.geometry import EMPTY_RECT, TILE_SIZE, Point, Rect, TileKey
from core.image.private_tiles import PrivateTiles
from core.image.surface import U8, Surface
from core.image.swath import Swath, marks, swaths

# A hard edge drawn by round dabs is scalloped. Dabs closer than this leave scallops of less
# than 0.05 px, which no pixel shows, and only cost time.
_SCALLOP_PX = 0.05
# Moves end where the next begins; rounding must neither lose nor double the dab between them.
_EPSILON_PX = 1e-6
_LEAST_RADIUS_PX = 0.25
# A dab wider than this touches many tiles with one move that changes few of them.
_WIDE_PX = 512
# Pressure gives a brush this many sizes, so that its dabs can be kept.
_SIZES = 64


@dataclass(frozen=True)
class Brush:
    """A round brush.

    radius_px: in document pixels. hardness: 0 (fades from the centre on) … 1 (hard edge,
    antialiased). opacity: 0..1, of the whole stroke. spacing: from dab to dab, as a fraction of
    the diameter. pressure_size, pressure_opacity: what the pen's pressure scales. flow: 0..1,
    how much of its opacity a stroke of retouch gains with each dab; masks know only 1.
    scallop_px: the depth of scallops up to which dabs are laid farther apart than that.
    """

    radius_px: float
    hardness: float = 0.8
    opacity: float = 1.0
    spacing: float = 0.05
    pressure_size: bool = False
    pressure_opacity: bool = False
    flow: float = 1.0
    scallop_px: float = _SCALLOP_PX

    def __post_init__(self) -> None:
        if not (math.isfinite(self.radius_px) and self.radius_px > 0):
            raise ValueError("radius_px is above 0")
        if not (0.0 <= self.hardness <= 1.0 and 0.0 <= self.opacity <= 1.0):
            raise ValueError("hardness and opacity are 0..1")
        if not 0.0 < self.flow <= 1.0:
            raise ValueError("flow is above 0 and at most 1")
        if not 0.0 < self.spacing <= 1.0:
            raise ValueError("spacing is above 0 and at most 1")

    def radius_at(self, pressure: float) -> float:
        """Return the dab's radius in px under a pressure of 0..1."""
        return self.radius_px * pressure if self.pressure_size else self.radius_px

    def opacity_at(self, pressure: float) -> float:
        """Return the dab's opacity under a pressure of 0..1."""
        return self.opacity * pressure if self.pressure_opacity else self.opacity

    def step_at(self, pressure: float) -> float:
        """Return the distance in px from a dab of this pressure to the next."""
        radius = max(self.radius_at(pressure), _LEAST_RADIUS_PX)
        return max(self.spacing * 2 * radius, math.sqrt(8 * self.scallop_px * radius))

    def at_level(self, level: int) -> "Brush":
        """Return the brush that lays the same dabs on the picture reduced by 2**level."""
        shrink = 0.5**level
        return replace(self, radius_px=self.radius_px * shrink, scallop_px=self.scallop_px * shrink)


@dataclass(frozen=True)
class MaskPaint:
    """Mark as loss: the greater of the mask and the stroke's coverage × opacity."""


@dataclass(frozen=True)
class Erase:
    """Unmark: the lesser of the mask and 255 − the stroke's coverage × opacity."""


class DabPath:
    """Lays dabs by distance along a path, whatever the number of moves it comes in."""

    def __init__(
        self,
        brush: Brush,
        level_at: Callable[[float], int],
        step_at: Callable[[float], float] | None = None,
    ) -> None:
        """level_at: the strength 0..255 of a dab under a pressure of 0..1.

        step_at: the distance in px to the next one, if not the brush's own.
        """
        self._brush = brush
        self._level_at = level_at
        self._step_at = brush.step_at if step_at is None else step_at
        self._dabs = DabCache(brush.hardness)
        self._last: tuple[Point, float] | None = None
        self._until_next = 0.0

    def to(self, point: Point, pressure: float) -> Iterator[tuple[int, int, Print]]:
        """Yield the dabs on the way to a point: column and row of the print's corner, the print.

        The first call yields the one at the point itself. Raises ValueError if point or pressure
        are not finite.
        """
        if not math.isfinite(point.x + point.y + pressure):
            raise ValueError(f"{point}, {pressure} is no place for a brush")
        for x, y, dab_pressure in self._places(point, min(max(pressure, 0.0), 1.0)):
            level = self._level_at(dab_pressure)
            radius = self._brush.radius_at(math.floor(dab_pressure * _SIZES + 0.501) / _SIZES)
            if level > 0 and radius > 0:
                yield self._dabs.dab(x, y, max(radius, _LEAST_RADIUS_PX), level)

    def _places(self, point: Point, pressure: float) -> Iterator[tuple[float, float, float]]:
        if self._last is None:
            self._last = (point, pressure)
            self._until_next = self._step_at(pressure)
            yield point.x, point.y, pressure
            return
        (start, start_pressure), self._last = self._last, (point, pressure)
        length = math.hypot(point.x - start.x, point.y - start.y)
        at = self._until_next
        while at <= length + _EPSILON_PX and length > 0:
            share = min(max(at / length, 0.0), 1.0)
            dab_pressure = start_pressure + (pressure - start_pressure) * share
            yield (
                start.x + (point.x - start.x) * share,
                start.y + (point.y - start.y) * share,
                dab_pressure,
            )
            at += self._step_at(dab_pressure)
        self._until_next = at - length


class Stroke:
    """One stroke of a brush over a mask surface, from press to release.

    Only the strongest dab counts at each pixel ("wash"): painting twice over a place within a
    stroke does not darken it.

    To be used by one thread. Each tile touched is copied once, then written in place; it is
    writeable until `finish`, by which readers know it as not yet settled. The surface given is
    never written; to give a stroke up, drop it.
    """

    def __init__(
        self, brush: Brush, surface: Surface, paint: MaskPaint | Erase, picture: Rect
    ) -> None:
        """Begin a stroke that cannot mark anything outside `picture`.

        Raises TypeError if the surface is not a mask.
        """
        if surface.channels != 1 or surface.dtype != np.uint8:
            raise TypeError("a brush marks mask surfaces")
        self._tiles = PrivateTiles(surface)
        self._picture = picture
        self._erases = isinstance(paint, Erase)
        self._path = DabPath(brush, lambda pressure: round(255 * brush.opacity_at(pressure)))
        # Tiles that the stroke has covered throughout, and how strongly: a wide brush passes over
        # most of its tiles many times after that.
        self._filled: dict[TileKey, int] = {}
        # What the latest move changed of each tile: left, top, right, bottom.
        self._changed: dict[TileKey, tuple[int, int, int, int]] = {}
        self._is_finished = False

    @property
    def surface(self) -> Surface:
        """The surface as painted so far.

        Its touched tiles change with the next `to`: only the painting thread may rely on them.
        """
        return self._tiles.surface

    @property
    def touched(self) -> Set[TileKey]:
        """The tiles this stroke has made its own."""
        return self._tiles.keys

    def to(self, point: Point, pressure: float = 1.0) -> Rect:
        """Move the brush to a point (the first call sets it down) and return what changed.

        Raises ValueError after `finish`, or if point or pressure are not finite.
        """
        if self._is_finished:
            raise ValueError("the stroke is finished")
        self._changed.clear()
        for left, top, swath in swaths(self._path.to(point, pressure)):
            self._lay(left, top, swath)
        changed = EMPTY_RECT
        for key, edges in self._changed.items():
            part = Rect.from_edges(*edges)
            self._tiles.change(key, part)
            changed = changed.union(part.translated(key.tx * TILE_SIZE, key.ty * TILE_SIZE))
        return changed

    def finish(self) -> Surface:
        """End the stroke and return the painted surface as a value.

        Tiles whose samples did not change are those of the surface given; if none did, it is
        that very surface.
        """
        self._is_finished = True
        return self._tiles.settled()

    def _lay(self, left: int, top: int, swath: Print | Swath) -> None:
        # Plain numbers: with Rects this loop, which runs 300 times in a fast move of a small
        # brush, would take four times as long.
        picture = self._picture
        x0, x1 = max(left, picture.x), min(left + swath.width, picture.right)
        y0, y1 = max(top, picture.y), min(top + swath.height, picture.bottom)
        if x0 >= x1 or y0 >= y1:
            return
        for ty in range(y0 // TILE_SIZE, (y1 - 1) // TILE_SIZE + 1):
            tile_y = ty * TILE_SIZE
            upper, lower = max(y0, tile_y), min(y1, tile_y + TILE_SIZE)
            for tx in range(x0 // TILE_SIZE, (x1 - 1) // TILE_SIZE + 1):
                tile_x = tx * TILE_SIZE
                key = TileKey(tx, ty)
                if self._filled.get(key, 0) >= swath.level:
                    continue
                start, stop = max(x0, tile_x), min(x1, tile_x + TILE_SIZE)
                values = swath.values(start - left, upper - top, stop - left, lower - top)
                tile = self._tile(key) if marks(values) else None
                if tile is None:
                    continue
                is_whole = stop - start == TILE_SIZE == lower - upper
                if is_whole and swath.fills(start - left, upper - top, stop - left, lower - top):
                    self._filled[key] = swath.level
                target = tile[upper - tile_y : lower - tile_y, start - tile_x : stop - tile_x]
                if self._erases:
                    values = ~values
                stronger = np.minimum if self._erases else np.maximum
                x, y, right, bottom = 0, 0, stop - start, lower - upper
                if swath.width > _WIDE_PX:
                    # To tell which costs less than to reduce and draw all of them again.
                    part = bounds_of(values < target if self._erases else values > target)
                    if part.is_empty:
                        continue
                    x, y, right, bottom = part.x, part.y, part.right, part.bottom
                    at = slice(y, bottom), slice(x, right)
                    target, values = target[at], values[at]
                stronger(target, values, out=target)
                self._note(key, start - tile_x + x, upper - tile_y + y, right - x, bottom - y)

    def _note(self, key: TileKey, left: int, top: int, width: int, height: int) -> None:
        edges = self._changed.get(key)
        right, bottom = left + width, top + height
        if edges is not None:
            left, top = min(left, edges[0]), min(top, edges[1])
            right, bottom = max(right, edges[2]), max(bottom, edges[3])
        self._changed[key] = left, top, right, bottom

    def _tile(self, key: TileKey) -> U8 | None:
        """Return a tile to write on; None where there is nothing to erase."""
        if self._erases and key not in self._tiles.before.tiles:
            return None
        return self._tiles.take(key)
