"""How tones and colours are shown, for the eye only: contrast stretched, or colours that tell."""

from dataclasses import dataclass, replace
from enum import Enum

import cv2
import numpy as np

from core.image.surface import U8, U16

_CODES = 65536
# Of sRGB's primaries (IEC 61966-2-1), of encoded values here: for telling tones, not measuring.
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
_BURNT, _DROWNED = (255, 48, 48), (48, 96, 255)
_LEAST_SPAN = 0.002


class Tint(Enum):
    """Which colours a tone is shown in."""

    NATURAL = "natural"
    TONES = "tones"
    RED = "red"
    GREEN = "green"
    BLUE = "blue"
    CLIPPED = "clipped"


_CHANNELS = {Tint.RED: 0, Tint.GREEN: 1, Tint.BLUE: 2}


@dataclass(frozen=True)
class Look:
    """Tones from `black` to `white` (0..1, as shown) fill the screen's range, bent by `gamma`.

    gamma above 1 lifts the dark tones. Nothing here ever comes near a document's samples.
    """

    tint: Tint = Tint.NATURAL
    black: float = 0.0
    white: float = 1.0
    gamma: float = 1.0

    @property
    def is_plain(self) -> bool:
        """Whether everything is shown as it is."""
        return self == PLAIN

    @property
    def is_stretched(self) -> bool:
        """Whether tones are moved."""
        return (self.black, self.white, self.gamma) != (0.0, 1.0, 1.0)

    def stretched_to(self, shown: U16) -> "Look":
        """Return the look in which all but the outmost tones of (h, w, 3) fill the range."""
        if shown.size == 0:
            return self
        low, high = np.percentile(shown, (0.5, 99.5)) / (_CODES - 1)
        if high - low < _LEAST_SPAN:
            return replace(self, black=0.0, white=1.0, gamma=1.0)
        return replace(self, black=round(float(low), 3), white=round(float(high), 3), gamma=1.0)

    def table(self) -> U8:
        """Return (65536,) uint8: what each tone is shown as."""
        span = max(self.white - self.black, _LEAST_SPAN)
        part = np.clip((np.arange(_CODES) / (_CODES - 1) - self.black) / span, 0.0, 1.0)
        table: U8 = np.rint(255.0 * part ** (1.0 / self.gamma)).astype(np.uint8)
        return table


PLAIN = Look()


def looked_at(look: Look, table: U8, shown: U16, document: U16) -> U8:
    """Return (h, w, 3) uint8 sRGB of what the screen would show in 16 bit, (h, w, 3).

    document: the samples themselves, of which those at either end of the range are clipped.
    """
    if look.tint in _CHANNELS:
        tones: U8 = table[shown[..., _CHANNELS[look.tint]]]
        return np.repeat(tones[..., None], 3, axis=2)
    rgb: U8 = table[shown]
    if look.tint is Tint.NATURAL:
        return rgb
    luma: U8 = np.rint(rgb @ _LUMA).astype(np.uint8)
    if look.tint is Tint.TONES:
        colored: U8 = cv2.applyColorMap(luma, cv2.COLORMAP_TURBO)[..., ::-1]
        return colored
    grey = np.repeat(luma[..., None] // 2 + 64, 3, axis=2)
    grey[(document == 0).any(axis=2)] = _DROWNED
    grey[(document == _CODES - 1).any(axis=2)] = _BURNT
    return grey
