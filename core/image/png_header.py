"""What a PNG file says beside its pixels: size, kind, profile, resolution, EXIF, XMP, texts."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.errors import ImageReadError

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
_MAX_UNPACKED = 64 << 20
_PIXEL_CHUNKS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_XMP_KEYWORD = b"XML:com.adobe.xmp"


@dataclass
class PngHeader:
    """The picture's size and kind, and the raw blocks beside it."""

    width: int = 0
    height: int = 0
    bit_depth: int = 0
    colour: int = 0
    has_transparency: bool = False
    has_gamma_only: bool = False
    pixels_per_unit: tuple[int, int, int] | None = None
    icc_profile: bytes | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    texts: dict[str, bytes] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)
    pixel_chunks: list[tuple[int, int]] = field(default_factory=list)

    def pixels_only(self, data: bytes) -> bytes:
        """Return the PNG without all that does not make its samples.

        libpng would print its complaints about the rest to the terminal.
        """
        return SIGNATURE + b"".join(data[start:end] for start, end in self.pixel_chunks)


def read_png_header(name: str, data: bytes) -> PngHeader:
    """Read all chunks of a whole PNG. Raises ImageReadError if it is cut off or damaged."""
    header = PngHeader()
    kinds: set[bytes] = set()
    try:
        for kind, content, is_whole, place in _chunks(data):
            kinds.add(kind)
            if kind in _PIXEL_CHUNKS:
                header.pixel_chunks.append(place)
            if is_whole:
                _take(header, kind, content)
            elif kind[:1].islower():
                header.damaged.append(kind.decode("ascii", "replace"))
            else:
                raise ValueError(f"the chunk {kind!r} has a wrong checksum")
    except (ValueError, IndexError) as cause:
        raise ImageReadError(f"{name} is damaged or cut off: its PNG data is not whole.") from cause
    if not header.width or not header.height:
        raise ImageReadError(f"{name} is damaged: it does not say how large it is.")
    header.has_transparency = b"tRNS" in kinds
    header.has_gamma_only = b"gAMA" in kinds and kinds.isdisjoint([b"sRGB", b"iCCP"])
    return header


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bool, tuple[int, int]]]:
    view = memoryview(data)
    at = len(SIGNATURE)
    while True:
        size = int.from_bytes(view[at : at + 4], "big")
        end = at + 8 + size
        if end + 4 > len(data):
            raise ValueError("cut off")
        kind = bytes(view[at + 4 : at + 8])
        is_whole = zlib.crc32(view[at + 4 : end]) == int.from_bytes(view[end : end + 4], "big")
        # Pixels are decoded elsewhere; no copy of them here.
        content = b"" if kind == b"IDAT" else bytes(view[at + 8 : end])
        yield kind, content, is_whole, (at, end + 4)
        if kind == b"IEND":
            return
        at = end + 4


def _take(header: PngHeader, kind: bytes, content: bytes) -> None:
    if kind == b"IHDR":
        header.width, header.height = (int.from_bytes(content[i : i + 4], "big") for i in (0, 4))
        header.bit_depth, header.colour = content[8], content[9]
    elif kind == b"pHYs":
        x, y = (int.from_bytes(content[i : i + 4], "big") for i in (0, 4))
        header.pixels_per_unit = (x, y, content[8])
    elif kind == b"iCCP":
        packed = content.split(b"\0", 1)[1][1:]
        header.icc_profile = _unpacked(header, "iCCP", packed)
    elif kind == b"eXIf":
        header.exif = content
    elif kind == b"tEXt":
        keyword, text = content.split(b"\0", 1)
        header.texts.setdefault(keyword.decode("latin-1"), text.decode("latin-1").encode())
    elif kind == b"iTXt":
        _take_international(header, content)


def _take_international(header: PngHeader, content: bytes) -> None:
    keyword, rest = content.split(b"\0", 1)
    is_packed = rest[0] == 1
    text: bytes | None = rest[2:].split(b"\0", 2)[2]
    if is_packed and text is not None:
        text = _unpacked(header, "iTXt", text)
    if text is None:
        return
    if keyword == _XMP_KEYWORD:
        header.xmp = text
    else:
        header.texts.setdefault(keyword.decode("latin-1"), text)


def _unpacked(header: PngHeader, what: str, packed: bytes) -> bytes | None:
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(packed, _MAX_UNPACKED)
    except zlib.error:
        data = b""
    if data and unpacker.eof:
        return data
    header.damaged.append(what)
    return None
