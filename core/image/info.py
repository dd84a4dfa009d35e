"""What is known of an opened picture file: size, depth, profile, resolution, layout, metadata."""

from dataclasses import dataclass, field
from pathlib import Path

from core.image.metadata import Metadata
from core.image.tiff_directory import ByteOrder, Directory

_CM_PER_INCH = 2.54


@dataclass(frozen=True)
class Resolution:
    """Pixels per unit as exact fractions (numerator, denominator).

    unit as in TIFF: 1 none (only the ratio of the two means something), 2 inch, 3 centimetre.
    """

    x: tuple[int, int]
    y: tuple[int, int]
    unit: int = 2


@dataclass(frozen=True)
class ImageInfo:
    """A picture file as it was found. Sizes are upright, as the picture is seen.

    `orientation` is how the file stores it (1..8), `is_min_white` whether its grey samples are
    stored inverted; exports store the same way. `file_id` is (device, inode), by which an
    export recognises the painting under any name. `notices` are sentences for the user.
    """

    path: Path
    format: str
    width: int
    height: int
    channels: int
    bit_depth: int
    icc_profile: bytes | None = None
    orientation: int = 1
    resolution: Resolution | None = None
    compression: str = "none"
    is_tiled: bool = False
    byteorder: ByteOrder = "<"
    is_bigtiff: bool = False
    metadata: Metadata = field(default_factory=Metadata)
    size_bytes: int = 0
    notices: tuple[str, ...] = ()
    is_min_white: bool = False
    file_id: tuple[int, int] | None = None

    @property
    def dpi(self) -> tuple[float, float] | None:
        """Dots per inch across and down; None where the file does not say."""
        if self.resolution is None or self.resolution.unit not in (2, 3):
            return None
        (xn, xd), (yn, yd) = self.resolution.x, self.resolution.y
        if min(xn, xd, yn, yd) <= 0:
            return None
        scale = 1.0 if self.resolution.unit == 2 else _CM_PER_INCH
        return xn / xd * scale, yn / yd * scale


def profile_notice(profile: bytes | None, channels: int) -> str | None:
    """Return a sentence if an ICC profile's header is damaged or does not fit the channels.

    ICC.1:2022, table 17: size at 0, device class at 12, colour space at 16, signature at 36.
    """
    if profile is None:
        return None
    space = b"GRAY" if channels == 1 else b"RGB "
    is_whole = len(profile) >= 132 and int.from_bytes(profile[:4], "big") <= len(profile)
    if not is_whole or profile[36:40] != b"acsp":
        return "The colour profile is damaged and is ignored for display; it is kept in exports."
    if profile[16:20] != space or profile[12:16] in (b"link", b"abst", b"nmcl"):
        return (
            "The colour profile is of another kind than the picture and is ignored for display; "
            "it is kept in exports."
        )
    return None


def read_resolution(directory: Directory) -> Resolution | None:
    """Return the resolution a TIFF or EXIF directory states, exact as stored."""
    across, down = directory.tags.get(282), directory.tags.get(283)
    x = None if across is None else across.ratio()
    y = None if down is None else down.ratio()
    unit = directory.number(296, 2)
    if x is None and y is None:
        return None
    return Resolution(x or y or (0, 1), y or x or (0, 1), unit if unit in (1, 2, 3) else 1)
