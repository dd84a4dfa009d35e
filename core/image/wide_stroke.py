"""A wide stroke seen from afar: painted small for the eye at once, in full behind the hand."""

from collections.abc import Iterator

import numpy as np

from core.image.geometry import Point, Rect, tiles_touching
from core.image.reduction import reduced, rescaled
from core.image.retouch_stroke import RetouchStroke
from core.image.surface import Surface, Tile
from core.image.trailing import Trailing

_LEAST_LEVEL = 2
_LEAST_RADIUS_PX = 64
# Narrower ones would look thinner than they are.
_LEAST_SKETCHED_PX = 2.0


def is_wide(radius_px: float, level: int) -> bool:
    """Whether a brush had better be seen as a sketch at the level that is looked at."""
    is_seen_small = level >= _LEAST_LEVEL and radius_px >= _LEAST_RADIUS_PX
    return is_seen_small and radius_px * 0.5**level >= _LEAST_SKETCHED_PX


class WideStroke:
    """A stroke whose every sample is laid in a thread, and a sketch of it at a reduced level.

    The result is the stroke's own, to the bit; until `finish` the sketch is seen in its place.
    To be used by one thread; `finish` by another one, if that is the last call to change it.
    """

    def __init__(
        self,
        stroke: RetouchStroke,
        sketch: RetouchStroke,
        surface: Surface,
        level: int,
        picture: Rect,
    ) -> None:
        """surface: what `stroke` paints on. sketch: on the same at `level`, by the same brush."""
        self.level = level
        self._trailing = Trailing(stroke)
        self._sketch = sketch
        self._picture = picture
        self._surface = Surface(surface.channels, surface.dtype, surface.tiles, sketch=self)

    @property
    def surface(self) -> Surface:
        """The surface as it was before, but for what is seen of it: the sketch."""
        return self._surface

    def to(self, point: Point, pressure: float = 1.0) -> tuple[Rect, ...]:
        """Move the brush to a point and return what is seen to change, in level-0 pixels.

        Raises as `RetouchStroke.to`, at a later move.
        """
        self._trailing.to(point, pressure)
        shrink = 0.5**self.level
        changed = self._sketch.to(Point(point.x * shrink, point.y * shrink), pressure)
        return tuple(part.from_level(self.level).intersection(self._picture) for part in changed)

    def in_full(self) -> RetouchStroke:
        """Wait until all is laid; return the stroke, to be led without a sketch from now on."""
        self._sketch.close()
        return self._trailing.caught_up()

    def finish(self) -> Surface:
        """Wait until all is laid, and return the painted surface as a value.

        Raises what laying it raised.
        """
        self._sketch.close()
        return self._trailing.finish()

    def drop(self) -> None:
        """Give the stroke up."""
        self._sketch.close()
        self._trailing.drop()

    # What is seen of it.

    def parts(self, rect: Rect, level: int) -> Iterator[tuple[Rect, Tile]]:
        """Yield the sketch of a level-0 rectangle, at any level: interpolated at finer ones."""
        area = rect.at_level(level)
        if area.is_empty:
            return
        if level == self.level:
            yield from self._parts(area)
        elif level > self.level:
            whole = area.from_level(level).intersection(self._picture)
            pixels = self._pixels(whole.at_level(self.level))
            yield area, reduced(pixels, whole, self.level, level)
        else:
            finer = self.level - level
            near = area.at_level(finer).expanded(2)
            near = near.intersection(self._picture.at_level(self.level))
            here = area.translated(-near.x << finer, -near.y << finer)
            yield area, rescaled(self._pixels(near), self.level, here, level)

    def _parts(self, area: Rect) -> Iterator[tuple[Rect, Tile]]:
        for key in tiles_touching(area):
            tile = self._sketch.tile(key)
            if tile is not None:
                part = area.intersection(key.rect)
                yield part, tile[part.slices(key.rect)]

    def _pixels(self, area: Rect) -> Tile:
        out = np.zeros(self._surface.shape_of(area.height, area.width), self._surface.dtype)
        for part, samples in self._parts(area):
            out[part.slices(area)] = samples
        return out
