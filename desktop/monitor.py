"""The monitor's colour space, from an ICC file."""

from pathlib import Path

from PySide6.QtGui import QColorSpace

from desktop.display_color import SRGB

_MAX_BYTES = 64 << 20


def monitor_space(file: Path | None) -> QColorSpace | None:
    """Return the space that a file describes, sRGB for none; None if it cannot be shown in."""
    if file is None:
        return SRGB
    try:
        if file.stat().st_size > _MAX_BYTES:
            return None
        icc = file.read_bytes()
    except OSError:
        return None
    space = QColorSpace.fromIccProfile(icc)
    is_rgb = space.colorModel() is QColorSpace.ColorModel.Rgb
    return space if space.isValidTarget() and is_rgb else None
