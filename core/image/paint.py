"""What a retouching brush lays: one colour, a colour blended with the ground, another place."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from core.image.blend import FULL
from core.image.blend_modes import BlendMode, blended
from core.image.geometry import Rect
from core.image.surface import U16

ReadPixels = Callable[[Rect], U16]
"""Gives (h, w, C) document samples of a rectangle inside the picture."""


class Paint(Protocol):
    """The colours that a stroke lays where it covers fully."""

    def colors(self, rect: Rect) -> U16:
        """Return (h, w, C+1) of a rectangle: samples and alpha 65535; all 0 where there is none."""


@dataclass(frozen=True)
class FlatPaint:
    """One colour, in samples of the document's profile."""

    color: tuple[int, ...]

    def __post_init__(self) -> None:
        if not all(0 <= sample <= FULL for sample in self.color):
            raise ValueError("samples are 0..65535")

    def colors(self, rect: Rect) -> U16:
        """Return the colour everywhere."""
        opaque = np.array((*self.color, FULL), np.uint16)
        return np.broadcast_to(opaque, (rect.height, rect.width, opaque.size)).copy()


@dataclass(frozen=True)
class BlendPaint:
    """A colour that meets in a blend mode what is shown before the stroke.

    ground: the composite up to and with the layer painted on. To lay the blended colour over a
    layer L whose ground is B gives (1 − a)·L + a·mode(colour, L over B): over B that looks as the
    colour blended with coverage a onto what was shown, exactly so on a layer of full opacity.
    """

    mode: BlendMode
    color: tuple[int, ...]
    ground: ReadPixels

    def colors(self, rect: Rect) -> U16:
        """Return what the mode makes of the colour and the ground."""
        flat = FlatPaint(self.color).colors(rect)
        return opaque(blended(self.mode, flat, self.ground(rect)))


@dataclass(frozen=True)
class ClonePaint:
    """What lies elsewhere: at (x + dx, y + dy), its very samples; nothing beyond the picture."""

    source: ReadPixels
    dx: int
    dy: int
    picture: Rect

    def colors(self, rect: Rect) -> U16:
        """Return the samples of the place that many pixels away."""
        wanted = rect.translated(self.dx, self.dy)
        there = wanted.intersection(self.picture)
        if there.is_empty:
            return np.zeros((rect.height, rect.width, self.source(_PIXEL).shape[2] + 1), np.uint16)
        found = opaque(self.source(there))
        if there == wanted:
            return found
        out = np.zeros((rect.height, rect.width, found.shape[2]), np.uint16)
        out[there.slices(wanted)] = found
        return out


_PIXEL = Rect(0, 0, 1, 1)


def opaque(pixels: U16) -> U16:
    """Return (h, w, C) samples as (h, w, C+1) of full alpha."""
    if pixels.shape[2] == 3 and pixels.size:
        # Ten times faster than a strided copy of three samples to four.
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA), np.uint16)
    out = np.empty((*pixels.shape[:2], pixels.shape[2] + 1), np.uint16)
    out[..., :-1] = pixels
    out[..., -1] = FULL
    return out
