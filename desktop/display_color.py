"""Document samples to screen pixels: 16-bit in the painting's profile to 8-bit in the monitor's."""

import cv2
import numpy as np
from PySide6.QtGui import QColorSpace, QColorTransform, QImage

from core.image.color import ColorProfile, ColorTransform
from core.image.surface import U8, U16

SRGB = QColorSpace(QColorSpace.NamedColorSpace.SRgb)


class DisplayColor:
    """Turns document samples into QImages for the screen. Immutable; any thread may use it.

    RGB goes through QColorSpace (0.6 ms per 256-px tile; littleCMS' exact path takes 12), grey
    through a table of all 65,536 values made by the exact path, and RGB profiles that Qt does
    not understand through the exact path sample by sample.
    """

    def __init__(self, profile: ColorProfile, icc: bytes | None) -> None:
        self._exact = ColorTransform(profile)
        self._grey_table = _grey_table(self._exact) if profile.channels == 1 else None
        self._transform = _qt_transform(profile, icc)

    def to_display(self, document: U16) -> QImage:
        """Return (h, w, C) document samples as an RGB32 image of its own memory."""
        if self._grey_table is not None:
            return _owned(self._grey_table[document[..., 0]])
        if self._transform is not None:
            return self._by_qt(document, self._transform)
        srgb = self._exact.to_srgb(document)
        return _owned(_packed(srgb))

    @staticmethod
    def _by_qt(document: U16, transform: QColorTransform) -> QImage:
        height, width = document.shape[:2]
        rgbx = cv2.cvtColor(document, cv2.COLOR_RGB2RGBA)
        image = QImage(rgbx.data, width, height, width * 8, QImage.Format.Format_RGBX64)
        if transform.isIdentity():
            return image.convertToFormat(QImage.Format.Format_RGB32)
        return image.colorTransformed(transform, QImage.Format.Format_RGB32)


def _qt_transform(profile: ColorProfile, icc: bytes | None) -> QColorTransform | None:
    """Return Qt's transform to the monitor, or None if Qt cannot be trusted with the profile."""
    if profile.channels == 1:
        return None
    if icc is None or profile.is_fallback:
        return SRGB.transformationToColorSpace(SRGB)
    space = QColorSpace.fromIccProfile(icc)
    if not space.isValid() or space.colorModel() is not QColorSpace.ColorModel.Rgb:
        return None
    return space.transformationToColorSpace(SRGB)


def _grey_table(exact: ColorTransform) -> np.ndarray:
    ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1)
    return _packed(exact.to_srgb(ramp)).reshape(-1)


def _packed(srgb: np.ndarray) -> np.ndarray:
    """Return float sRGB (h, w, 3) as (h, w) uint32 0xffRRGGBB."""
    rgb: U8 = (np.clip(srgb, 0.0, 1.0) * 255.0 + 0.5).astype(np.uint8)
    parts = rgb.astype(np.uint32)
    packed: np.ndarray = 0xFF000000 | parts[..., 0] << 16 | parts[..., 1] << 8 | parts[..., 2]
    return packed


def _owned(pixels: np.ndarray) -> QImage:
    """Return a copy of (h, w) uint32 pixels as an RGB32 image."""
    height, width = pixels.shape
    rows = np.ascontiguousarray(pixels, np.uint32)
    return QImage(rows.data, width, height, width * 4, QImage.Format.Format_RGB32).copy()
