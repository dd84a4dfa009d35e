"""Lengths in pixels, millimetres and centimetres, by the painting's resolution."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from core.image.geometry import Point

_MM_PER_INCH = 25.4
_MM = {"mm": 1.0, "cm": 10.0}


class Unit(Enum):
    """What rulers, grid and status bar count in."""

    PX = "px"
    MM = "mm"
    CM = "cm"


@dataclass(frozen=True)
class Units:
    """A unit, and the dots per inch across and down; without them only pixels can be told."""

    unit: Unit = Unit.PX
    dpi: tuple[float, float] | None = None

    @property
    def shown(self) -> Unit:
        """The unit that can really be shown."""
        return Unit.PX if self.dpi is None else self.unit

    def px_per_unit(self, is_down: bool) -> float:
        """Return how many document pixels one shown unit is, across or down the picture."""
        if self.dpi is None or self.shown is Unit.PX:
            return 1.0
        return self.dpi[int(is_down)] / _MM_PER_INCH * _MM[self.shown.value]

    def position(self, point: Point) -> str:
        """Return a document point in words."""
        if self.shown is Unit.PX:
            return f"{int(point.x)}, {int(point.y)}"
        digits = 1 if self.shown is Unit.MM else 2
        x, y = point.x / self.px_per_unit(False), point.y / self.px_per_unit(True)
        return f"{x:.{digits}f}, {y:.{digits}f} {self.shown.value}"

    def distance_mm(self, one: Point, other: Point) -> float | None:
        """Return how far document points lie apart; None if the resolution is not known."""
        if self.dpi is None:
            return None
        dx, dy = ((b - a) / dpi for a, b, dpi in zip(one, other, self.dpi, strict=True))
        return math.hypot(dx, dy) * _MM_PER_INCH

    def between(self, one: Point, other: Point) -> float:
        """Return how far document points lie apart, in the shown unit."""
        millimetres = self.distance_mm(one, other)
        if millimetres is None or self.shown is Unit.PX:
            return math.dist(one, other)
        return millimetres / _MM[self.shown.value]

    def distance(self, one: Point, other: Point) -> str:
        """Return how far document points lie apart, in words: pixels, and the real length."""
        text = f"{math.dist(one, other):.1f} px"
        millimetres = self.distance_mm(one, other)
        if millimetres is None:
            return text
        if self.unit is Unit.CM:
            return f"{text} · {millimetres / 10:.3f} cm"
        return f"{text} · {millimetres:.2f} mm"

    def length(self, length_px: float) -> str:
        """Return a length in words, in pixels and, where it is known, in millimetres."""
        if self.dpi is None:
            return f"{length_px:.0f} px"
        millimetres = length_px / (sum(self.dpi) / 2) * _MM_PER_INCH
        return f"{length_px:.0f} px ({millimetres:.2g} mm)"


def stepped_length(least: float) -> float:
    """Return the least 1, 2 or 5 times a power of ten that is not less."""
    magnitude = 10.0 ** math.floor(math.log10(least))
    return next(
        factor * magnitude
        for factor in (1.0, 2.0, 5.0, 10.0)
        if factor * magnitude >= least * 0.999
    )


def multiples(step: float, low: float, high: float) -> Iterator[int]:
    """Yield the whole numbers whose multiple of a step lies between two values."""
    yield from range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
