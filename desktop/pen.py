"""How a pen's pressure and tilt are felt."""

import math
from dataclasses import dataclass

from PySide6.QtGui import QTabletEvent

_FLAT_DEGREES = 60.0
"""Pens tell tilts up to about this."""


@dataclass(frozen=True)
class PenFeel:
    """firmness: above 1 it takes a firmer hand for the same pressure. tilt: 0..1, how much a pen
    laid flat adds to its pressure, as the side of a pencil draws broader.
    """

    firmness: float = 1.0
    tilt: float = 0.0

    def pressed(self, event: QTabletEvent) -> float:
        """Return the pressure that counts, 0..1."""
        pressure = math.pow(min(max(event.pressure(), 0.0), 1.0), self.firmness)
        if pressure == 0.0 or self.tilt == 0.0:
            return pressure
        lean = min(math.hypot(event.xTilt(), event.yTilt()) / _FLAT_DEGREES, 1.0)
        return min(1.0, pressure * (1.0 + self.tilt * lean))
