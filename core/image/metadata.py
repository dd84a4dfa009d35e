"""What a picture file says about its picture: EXIF, GPS, IPTC, XMP and plain text tags.

All of it is kept as the raw tags it was stored as, and goes into exports unchanged.
"""

from dataclasses import dataclass, replace

from core.errors import ImageReadError
from core.image.tiff_directory import (
    UNDEFINED,
    ByteReader,
    BytesReader,
    Dialect,
    Directory,
    Tag,
    read_directory,
    read_header,
)

XMP, IPTC, PHOTOSHOP, ICC = 700, 33723, 34377, 34675
EXIF_IFD, GPS_IFD, INTEROPERABILITY_IFD = 34665, 34853, 40965
PHOTOSHOP_LAYERS = 37724
TEXT_TAGS = {"description": 270, "make": 271, "model": 272, "software": 305, "date_time": 306,
             "artist": 315, "copyright": 33432}  # fmt: skip

# Tags that say how this very file lays its samples out, or point into it: an export writes its
# own, so they are not metadata. TIFF 6.0 and its technical notes.
LAYOUT_TAGS = frozenset(
    [254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 274, 277, 278, 279, 280, 281,
     282, 283, 284, 288, 289, 292, 293, 296, 297, 317, 320, 322, 323, 324, 325, 330, 332, 334,
     336, 338, 339, 340, 341, 347, 529, 530, 531, 532, 559, *range(512, 522),
     ICC, EXIF_IFD, GPS_IFD, INTEROPERABILITY_IFD, PHOTOSHOP_LAYERS]
)  # fmt: skip
_POINTER_TYPES = (13, 18)
_EXIF_HEADER = b"Exif\0\0"


@dataclass(frozen=True)
class Metadata:
    """Raw tags by where they stood: the main directory, and those of EXIF and GPS."""

    tags: tuple[Tag, ...] = ()
    exif: tuple[Tag, ...] = ()
    gps: tuple[Tag, ...] = ()
    interoperability: tuple[Tag, ...] = ()

    @property
    def xmp(self) -> bytes | None:
        """The XMP packet."""
        return self.raw(XMP)

    @property
    def iptc(self) -> bytes | None:
        """The IPTC-IIM block."""
        return self.raw(IPTC)

    @property
    def photoshop(self) -> bytes | None:
        """The Photoshop image resources (8BIM)."""
        return self.raw(PHOTOSHOP)

    def raw(self, code: int) -> bytes | None:
        """Return the value of a main tag as little-endian bytes."""
        return next((tag.data for tag in self.tags if tag.code == code), None)

    def texts(self) -> dict[str, str]:
        """Return the plain text tags there are: description, artist, copyright …"""
        found = {tag.code: tag.text() for tag in self.tags}
        return {name: found[code] for name, code in TEXT_TAGS.items() if found.get(code)}

    def with_tag(self, tag: Tag) -> "Metadata":
        """Return metadata with this main tag in place of any of the same code."""
        return replace(self, tags=(*(old for old in self.tags if old.code != tag.code), tag))

    def with_xmp(self, packet: bytes) -> "Metadata":
        """Return metadata with another XMP packet."""
        return self.with_tag(Tag.of_bytes(XMP, 1, packet))


def read_metadata(
    reader: ByteReader, dialect: Dialect, directory: Directory
) -> tuple[Metadata, tuple[str, ...]]:
    """Gather all that is metadata from a TIFF's main directory.

    Returns it with notices about what could not be kept; a damaged part hides no other.
    """
    notices: list[str] = []
    kept = [
        tag
        for tag in directory.tags.values()
        if tag.code not in LAYOUT_TAGS and tag.type not in _POINTER_TYPES
    ]
    exif, inner = _read_sub(reader, dialect, directory, EXIF_IFD, "EXIF", notices)
    gps, _ = _read_sub(reader, dialect, directory, GPS_IFD, "GPS", notices)
    interoperability, _ = _read_sub(
        reader, dialect, inner, INTEROPERABILITY_IFD, "EXIF interoperability", notices
    )
    if lost := [code for code in directory.damaged if code not in LAYOUT_TAGS]:
        names = ", ".join(str(code) for code in lost[:8])
        notices.append(f"Damaged metadata (tags {names}) cannot be read and is not in exports.")
    return Metadata(tuple(kept), exif, gps, interoperability), tuple(notices)


def read_exif(name: str, data: bytes) -> tuple[Metadata, Directory]:
    """Read an EXIF block as JPEG and PNG carry it (a small TIFF), and its main directory.

    Raises ImageReadError if it is damaged.
    """
    reader = BytesReader(f"The EXIF data of {name}", data.removeprefix(_EXIF_HEADER))
    dialect, offset = read_header(reader)
    directory = read_directory(reader, dialect, offset)
    metadata, _ = read_metadata(reader, dialect, directory)
    return metadata, directory


def iptc_from_photoshop(resources: bytes) -> bytes | None:
    """Return the IPTC-IIM block inside Photoshop image resources (8BIM 0x0404), if any."""
    at = 0
    while resources[at : at + 4] == b"8BIM" and at + 12 <= len(resources):
        code = int.from_bytes(resources[at + 4 : at + 6], "big")
        name_size = resources[at + 6] + 1
        at += 6 + name_size + name_size % 2
        size = int.from_bytes(resources[at : at + 4], "big")
        if code == 0x0404:
            return resources[at + 4 : at + 4 + size]
        at += 4 + size + size % 2
    return None


def iptc_tag(block: bytes) -> Tag:
    """Return an IPTC-IIM block as a TIFF tag."""
    return Tag.of_bytes(IPTC, UNDEFINED, block)


def photoshop_tag(resources: bytes) -> Tag:
    """Return Photoshop image resources as a TIFF tag."""
    return Tag.of_bytes(PHOTOSHOP, 1, resources)


def _read_sub(
    reader: ByteReader,
    dialect: Dialect,
    directory: Directory | None,
    code: int,
    name: str,
    notices: list[str],
) -> tuple[tuple[Tag, ...], Directory | None]:
    offset = 0 if directory is None else directory.number(code, 0)
    if not offset:
        return (), None
    try:
        sub = read_directory(reader, dialect, offset)
    except ImageReadError:
        notices.append(f"The {name} data is damaged and is not in exports.")
        return (), None
    if sub.damaged:
        notices.append(f"Parts of the {name} data are damaged and are not in exports.")
    kept = (tag for tag in sub.tags.values() if tag.code != INTEROPERABILITY_IFD)
    return tuple(kept), sub
