"""Document samples to screen pixels: 16-bit in the painting's profile to 8-bit in the monitor's."""

import cv2
import numpy as np
from PySide6.QtGui import QColorSpace, QColorTransform, QImage

from core.image.color import ColorProfile, ColorTransform
from core.image.surface import U8, U16
from desktop.look import PLAIN, Look, looked_at

SRGB = QColorSpace(QColorSpace.NamedColorSpace.SRgb)


class DisplayColor:
    """Turns document samples into QImages for the screen. Immutable; any thread may use it.

    RGB goes through QColorSpace (0.6 ms per 256-px tile; littleCMS' exact path takes 12), grey
    through a table of all 65,536 values made by the exact path, and RGB profiles that Qt does
    not understand through the exact path sample by sample. `monitor` is the screen's own space;
    `look` comes after it, and only if there is one.
    """

    def __init__(
        self,
        profile: ColorProfile,
        icc: bytes | None,
        monitor: QColorSpace = SRGB,
        look: Look = PLAIN,
    ) -> None:
        self.look = look
        self._profile = profile
        self._icc = icc
        self._monitor = monitor
        self._exact = ColorTransform(profile)
        self._to_monitor = None if monitor == SRGB else SRGB.transformationToColorSpace(monitor)
        self._transform = _qt_transform(profile, icc, monitor)
        self._grey_table = self._grey() if profile.channels == 1 else None
        self._look_table = look.table()

    @property
    def monitor(self) -> QColorSpace:
        """The screen's own space."""
        return self._monitor

    def with_look(self, look: Look) -> "DisplayColor":
        """Return it with another look; itself if it is the same."""
        if look == self.look:
            return self
        return DisplayColor(self._profile, self._icc, self._monitor, look)

    def with_monitor(self, monitor: QColorSpace) -> "DisplayColor":
        """Return it for another monitor; itself if it is the same."""
        if monitor == self._monitor:
            return self
        return DisplayColor(self._profile, self._icc, monitor, self.look)

    def to_display(self, document: U16) -> QImage:
        """Return (h, w, C) document samples as an RGB32 image of its own memory."""
        if not self.look.is_plain:
            shown = self.to_display_16(document)
            return _owned(_packed(looked_at(self.look, self._look_table, shown, document)))
        if self._grey_table is not None:
            return _owned(self._grey_table[document[..., 0]])
        if self._transform is not None:
            return self._by_qt(document, self._transform)
        return self._srgb_image(document).convertToFormat(QImage.Format.Format_RGB32)

    def to_display_16(self, document: U16) -> U16:
        """Return what the screen would show with no look, (h, w, 3) uint16."""
        if self._transform is None:
            return _samples(self._srgb_image(document))
        image = _rgbx(document)
        if not self._transform.isIdentity():
            image.applyColorTransform(self._transform)
        return _samples(image)

    @staticmethod
    def _by_qt(document: U16, transform: QColorTransform) -> QImage:
        height, width = document.shape[:2]
        rgbx = cv2.cvtColor(document, cv2.COLOR_RGB2RGBA)
        image = QImage(rgbx.data, width, height, width * 8, QImage.Format.Format_RGBX64)
        if transform.isIdentity():
            return image.convertToFormat(QImage.Format.Format_RGB32)
        return image.colorTransformed(transform, QImage.Format.Format_RGB32)

    def _srgb_image(self, document: U16) -> QImage:
        """Return the exact path's RGBX64 image, in the monitor's space."""
        srgb = np.clip(self._exact.to_srgb(document), 0.0, 1.0)
        image = _rgbx(np.rint(srgb * 65535.0).astype(np.uint16))
        if self._to_monitor is not None:
            image.applyColorTransform(self._to_monitor)
        return image

    def _grey(self) -> np.ndarray:
        ramp = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1)
        shown = _samples(self._srgb_image(ramp))
        return _packed(((shown.astype(np.uint32) + 128) // 257).astype(np.uint8)).reshape(-1)


def _qt_transform(
    profile: ColorProfile, icc: bytes | None, monitor: QColorSpace
) -> QColorTransform | None:
    """Return Qt's transform to the monitor, or None if Qt cannot be trusted with the profile."""
    if profile.channels == 1:
        return None
    if icc is None or profile.is_fallback:
        return SRGB.transformationToColorSpace(monitor)
    space = QColorSpace.fromIccProfile(icc)
    if not space.isValid() or space.colorModel() is not QColorSpace.ColorModel.Rgb:
        return None
    return space.transformationToColorSpace(monitor)


def _rgbx(document: U16) -> QImage:
    """Return (h, w, 3) samples as an RGBX64 image of its own memory."""
    height, width = document.shape[:2]
    rgbx = cv2.cvtColor(document, cv2.COLOR_RGB2RGBA)
    return QImage(rgbx.data, width, height, width * 8, QImage.Format.Format_RGBX64).copy()


def _samples(image: QImage) -> U16:
    """Return an RGBX64 image's samples, (h, w, 3)."""
    rows = np.frombuffer(image.constBits(), np.uint16).reshape(image.height(), -1, 4)
    return rows[:, : image.width(), :3].copy()


def _packed(rgb: U8) -> np.ndarray:
    """Return (h, w, 3) uint8 as (h, w) uint32 0xffRRGGBB."""
    parts = rgb.astype(np.uint32)
    packed: np.ndarray = 0xFF000000 | parts[..., 0] << 16 | parts[..., 1] << 8 | parts[..., 2]
    return packed


def _owned(pixels: np.ndarray) -> QImage:
    """Return a copy of (h, w) uint32 pixels as an RGB32 image."""
    height, width = pixels.shape
    rows = np.ascontiguousarray(pixels, np.uint32)
    return QImage(rows.data, width, height, width * 4, QImage.Format.Format_RGB32).copy()
