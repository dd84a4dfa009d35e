"""What a JPEG file says before its coded data: size, components, profile, EXIF, XMP, IPTC."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.errors import ImageReadError

# ITU-T T.81, table B.1. After FF: no 00 (a stuffed byte), no fill byte, no restart marker.
_MARKER = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_START_OF_SCAN, _END = 0xDA, 0xD9
_EXIF, _XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
_ICC, _PHOTOSHOP = b"ICC_PROFILE\0", b"Photoshop 3.0\0"


@dataclass
class JpegHeader:
    """The frame, and the raw blocks of the application segments."""

    frame: int = 0
    bit_depth: int = 0
    width: int = 0
    height: int = 0
    components: int = 0
    density: tuple[int, int, int] | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    photoshop: bytes = b""
    icc_parts: dict[int, bytes] = field(default_factory=dict)

    @property
    def icc_profile(self) -> bytes | None:
        """The colour profile, put together from its parts (ICC.1, annex B.4)."""
        return b"".join(part for _, part in sorted(self.icc_parts.items())) or None


def jpeg_segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield (marker, content) of each segment up to the end marker, coded data left out.

    Raises ValueError if the stream ends without an end marker: decoders would pad it with grey.
    """
    if data[:2] != b"\xff\xd8":
        raise ValueError("no JPEG")
    at = 2
    while True:
        found = _MARKER.match(data, at)
        if found is None:
            raise ValueError(f"no marker at byte {at}")
        at = found.end()
        marker = data[at - 1]
        if marker == _END:
            return
        if marker == 0x01:
            continue
        size = int.from_bytes(data[at : at + 2], "big")
        yield marker, data[at + 2 : at + size]
        at += size
        if marker == _START_OF_SCAN:
            after = _MARKER.search(data, at)
            if after is None:
                raise ValueError("no end marker")
            at = after.start()


def read_jpeg_header(name: str, data: bytes) -> JpegHeader:
    """Read a whole JPEG's header. Raises ImageReadError if the file is cut off or damaged."""
    header = JpegHeader()
    try:
        for marker, content in jpeg_segments(data):
            _take(header, marker, content)
    except (ValueError, IndexError) as cause:
        raise ImageReadError(f"{name} is damaged or cut off: its JPEG data has no end.") from cause
    if not header.width or not header.height:
        raise ImageReadError(f"{name} is damaged: it does not say how large it is.")
    return header


def _take(header: JpegHeader, marker: int, content: bytes) -> None:
    if marker in _FRAMES and not header.width:
        header.frame, header.bit_depth = marker - 0xC0, content[0]
        header.height = int.from_bytes(content[1:3], "big")
        header.width = int.from_bytes(content[3:5], "big")
        header.components = content[5]
    elif marker == 0xE0 and content[:5] == b"JFIF\0" and len(content) >= 12:
        x, y = int.from_bytes(content[8:10], "big"), int.from_bytes(content[10:12], "big")
        header.density = (content[7], x, y)
    elif marker == 0xE1 and content.startswith(_EXIF) and header.exif is None:
        header.exif = content[len(_EXIF) :]
    elif marker == 0xE1 and content.startswith(_XMP) and header.xmp is None:
        header.xmp = content[len(_XMP) :]
    elif marker == 0xE2 and content.startswith(_ICC) and len(content) > len(_ICC) + 2:
        header.icc_parts[content[len(_ICC)]] = content[len(_ICC) + 2 :]
    elif marker == 0xED and content.startswith(_PHOTOSHOP):
        header.photoshop += content[len(_PHOTOSHOP) :]
