"""The colours of a painting's palette: samples of its own profile, and how they look here."""

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QColorSpace

from core.image.color import ColorProfile, ColorTransform
from core.image.surface import U16
from desktop.display_color import DisplayColor

RECENT_COLORS = 5
_MIDDLE = 32768

Samples = tuple[int, ...]


class PaintColors(QObject):
    """The colour to paint with and those painted with before. GUI thread only.

    changed: there is another one, or they look different.
    """

    changed = Signal()

    def __init__(
        self, profile: ColorProfile, icc: bytes | None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.profile = profile
        self._display = DisplayColor(profile, icc)
        self._exact = ColorTransform(profile)
        self.current: Samples = (_MIDDLE,) * profile.channels
        self.recent: tuple[Samples, ...] = ()

    def use(self, samples: Samples) -> None:
        """Paint with a colour from now on."""
        if samples != self.current:
            self.current = samples
            self.changed.emit()

    def remember(self) -> None:
        """Put the colour at the head of the recent ones: it was painted with."""
        rest = [samples for samples in self.recent if samples != self.current]
        recent = (self.current, *rest)[:RECENT_COLORS]
        if recent != self.recent:
            self.recent = recent
            self.changed.emit()

    def shown(self, samples: Samples) -> QColor:
        """Return how samples look on this display."""
        return QColor(self._display.to_display(_pixel(samples)).pixel(0, 0))

    def set_monitor(self, space: QColorSpace) -> None:
        """Show colours for another monitor."""
        self._display = self._display.with_monitor(space)
        self.changed.emit()

    def lab(self, samples: Samples) -> tuple[float, float, float]:
        """Return the CIE L*a*b* (D50) of samples."""
        lightness, a, b = self._exact.to_lab(_pixel(samples))[0, 0].tolist()
        return lightness, a, b


def _pixel(samples: Samples) -> U16:
    return np.array(samples, np.uint16).reshape(1, 1, -1)
