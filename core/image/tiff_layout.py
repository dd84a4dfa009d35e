"""How a TIFF lays its samples out: read from its tags, checked against the file, or refused.

Nothing is decoded here. What passes can be read exactly; everything else is refused by name.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from core.errors import ImageReadError, UnsupportedImageError
from core.image.tiff_directory import ByteOrder, Dialect, Directory

# Compression codes of TIFF 6.0 and libtiff's registry: what is read here, by our name for it …
COMPRESSIONS = {1: "none", 5: "lzw", 7: "jpeg", 8: "deflate", 32946: "deflate",
                32773: "packbits", 34925: "lzma", 50000: "zstd"}  # fmt: skip
FAX_4, _FAX_4_CODE = "ccitt-4", 4
# … and what is refused, by the name users know.
_REFUSED_COMPRESSIONS = {
    2: "CCITT fax (black and white)", 3: "CCITT fax (black and white)",
    4: "CCITT fax (black and white)", 6: "old-style JPEG", 32766: "NeXT", 32771: "CCITT fax",
    32809: "ThunderScan", 33003: "JPEG 2000", 33004: "JPEG 2000", 33005: "JPEG 2000",
    33007: "JPEG", 34676: "SGI LogLuv", 34677: "SGI LogLuv", 34712: "JPEG 2000",
    34887: "LERC", 34892: "lossy JPEG (DNG)", 34927: "WebP", 34933: "PNG", 34934: "JPEG XR",
    50001: "WebP", 50002: "JPEG XL", 52546: "JPEG XL",
}  # fmt: skip
_PHOTOMETRICS = {3: "a palette picture", 4: "a transparency mask", 5: "a CMYK picture",
                 6: "a YCbCr picture", 8: "a CIE L*a*b* picture", 9: "an ICC L*a*b* picture",
                 10: "an ITU L*a*b* picture", 32803: "a camera raw picture",
                 32844: "a LogL picture", 32845: "a LogLuv picture",
                 34892: "a camera raw picture"}  # fmt: skip
# Decoded bytes that one stored byte can become at most (a bound on what a header may claim).
_MAX_RATIO = {"none": 1, "lzw": 2800, "jpeg": 2048, "deflate": 1040, "packbits": 64,
              "lzma": 8192, "zstd": 36000, FAX_4: 65536}  # fmt: skip
_RATIO_SLACK = {name: 0 if name == "none" else 4096 for name in _MAX_RATIO}
MAX_SIDE = 1_000_000
_MOST_LEVELS = 24
_MAX_SEGMENT_BYTES = 4 << 30
_DNG_VERSION = 50706
_NEEDED_TAGS = frozenset([254, 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 317, 322,
                          323, 324, 325, 338, 339])  # fmt: skip

Refusal = Callable[[str], NoReturn]


@dataclass(frozen=True)
class TiffLayout:
    """Stored samples: size, kind, and where each strip or tile lies.

    Segments are numbered row by row, for separate planes plane after plane. `offsets` and
    `counts` are int64. `plane_samples` is how many samples of a pixel one segment holds.
    """

    width: int
    height: int
    channels: int
    bit_depth: int
    is_min_white: bool
    compression: str
    has_predictor: bool
    is_ycbcr: bool
    is_tiled: bool
    segment_width: int
    segment_height: int
    plane_count: int
    byteorder: ByteOrder
    jpeg_tables: bytes | None
    offsets: NDArray[np.int64]
    counts: NDArray[np.int64]

    @property
    def across(self) -> int:
        """Segments side by side."""
        return -(-self.width // self.segment_width)

    @property
    def down(self) -> int:
        """Segments from top to bottom."""
        return -(-self.height // self.segment_height)

    @property
    def plane_samples(self) -> int:
        """Samples of one pixel in one segment."""
        return self.channels // self.plane_count

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of a decoded sample, native byte order (1-bit samples are uint8 0 or 255)."""
        return np.dtype(np.uint16 if self.bit_depth == 16 else np.uint8)

    def rows(self, index: int) -> int:
        """Rows of a segment as stored: a tile is padded, the last strip is shorter."""
        if self.is_tiled:
            return self.segment_height
        row = index % (self.across * self.down) // self.across
        return min(self.segment_height, self.height - row * self.segment_height)

    def row_bytes(self) -> int:
        """Bytes of one decoded row of a segment."""
        return -(-self.segment_width * self.plane_samples * self.bit_depth // 8)

    def segment_bytes(self, index: int) -> int:
        """Bytes of a decoded segment."""
        return self.row_bytes() * self.rows(index)


def is_reduced(directory: Directory) -> bool:
    """Whether a directory holds a smaller copy of another picture (a thumbnail, a level)."""
    return bool(directory.number(254, 0) & 1) or directory.number(255, 1) == 2


def level_of(page: tuple[int, int], picture: tuple[int, int]) -> int | None:
    """Return the level a page (width, height) of a picture is, or None if it is none.

    A size counts if any mixture of rounding up and down while halving gives it.
    """
    for level in range(1, _MOST_LEVELS):
        if all(
            max(1, whole >> level) <= side <= -(-whole >> level)
            for side, whole in zip(page, picture, strict=True)
        ):
            return level
    return None


def read_layout(
    name: str, size: int, dialect: Dialect, directory: Directory, may_be_bilevel: bool = False
) -> TiffLayout:
    """Read and check a directory's layout against a file of `size` bytes.

    may_be_bilevel admits 1-bit pictures, CCITT group 4 too: masks, not paintings.
    Raises UnsupportedImageError for what would not be read exactly, ImageReadError for what is
    damaged or truncated.
    """
    refuse = partial(_refuse, name)
    damaged = partial(_damaged, name)
    for code in sorted(_NEEDED_TAGS & directory.codes):
        if not directory.numbers(code):
            damaged(f"its tag {code}, which says how its samples lie, is cut off or empty")
    width, height = directory.number(256, 0), directory.number(257, 0)
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        damaged(f"its size of {width:,} × {height:,} pixels is impossible")
    compression = _compression(directory, refuse, may_be_bilevel)
    channels, is_min_white, is_ycbcr = _colour(directory, refuse, compression)
    depth = _depth(directory, refuse, channels, may_be_bilevel)
    has_predictor = _predictor(directory, refuse, compression, depth)
    if directory.number(266, 1) != 1:
        refuse("stores the bits of its bytes in reverse")
    is_planar = directory.number(284, 1) == 2 and channels > 1
    if directory.number(284, 1) not in (1, 2):
        damaged("its planes are laid out in an unknown way")
    is_tiled = not {322, 323, 324}.isdisjoint(directory.codes)
    segment_width, segment_height = _segment_size(directory, is_tiled, width, height, damaged)
    tables = directory.tags.get(347)
    layout = TiffLayout(
        width, height, channels, depth, is_min_white, compression, has_predictor, is_ycbcr,
        is_tiled, segment_width, segment_height, channels if is_planar else 1, dialect.byteorder,
        None if tables is None else tables.data,
        _positions(directory, 324 if is_tiled else 273),
        _positions(directory, 325 if is_tiled else 279),
    )  # fmt: skip
    return _checked(layout, size, damaged)


def _refuse(name: str, what: str) -> NoReturn:
    raise UnsupportedImageError(
        f"{name} {what}, which Lacuna does not read exactly; "
        "save it as an 8- or 16-bit RGB or grey TIFF."
    )


def _damaged(name: str, what: str) -> NoReturn:
    raise ImageReadError(f"{name} is damaged: {what}.")


def _compression(directory: Directory, refuse: Refusal, may_be_bilevel: bool) -> str:
    if _DNG_VERSION in directory.codes:
        refuse("is a camera raw file (DNG)")
    code = directory.number(259, 1)
    if code == _FAX_4_CODE and may_be_bilevel:
        return FAX_4
    if code not in COMPRESSIONS:
        refuse(f"is compressed as {_REFUSED_COMPRESSIONS.get(code, f'number {code}')}")
    return COMPRESSIONS[code]


def _colour(directory: Directory, refuse: Refusal, compression: str) -> tuple[int, bool, bool]:
    samples = directory.number(277, 1)
    photometric = directory.number(262, -1)
    if photometric == 6 and compression == "jpeg" and samples == 3:
        return 3, False, True
    if photometric in _PHOTOMETRICS:
        refuse(f"is {_PHOTOMETRICS[photometric]}")
    if photometric not in (0, 1, 2):
        refuse("does not say what its samples mean")
    channels = 3 if photometric == 2 else 1
    if samples > channels:
        kinds = directory.numbers(338)
        refuse("has an alpha channel" if {1, 2} & set(kinds) else "has extra channels")
    if samples < channels:
        refuse(f"has {samples} channels where RGB has 3")
    return channels, photometric == 0, False


def _depth(directory: Directory, refuse: Refusal, channels: int, may_be_bilevel: bool) -> int:
    depths = set(directory.numbers(258, (1,)))
    formats = set(directory.numbers(339, (1,)))
    if 3 in formats:
        refuse("has floating-point samples")
    if not formats <= {1, 4}:
        refuse("has signed or complex samples")
    if len(depths) != 1:
        refuse("has channels of different depths")
    depth = depths.pop()
    if depth == 1 and channels == 1 and may_be_bilevel:
        return 1
    if depth not in (8, 16):
        refuse("is black and white (1 bit)" if depth == 1 else f"has {depth}-bit samples")
    return depth


def _predictor(directory: Directory, refuse: Refusal, compression: str, depth: int) -> bool:
    predictor = directory.number(317, 1)
    if predictor == 1:
        return False
    # Decoders disagree about a predictor where the compression has none (libtiff ignores it).
    if predictor != 2 or depth == 1 or compression not in ("lzw", "deflate", "zstd", "lzma"):
        refuse(f"uses predictor {predictor} with {compression} compression")
    return True


def _segment_size(
    directory: Directory, is_tiled: bool, width: int, height: int, damaged: Refusal
) -> tuple[int, int]:
    if not is_tiled:
        rows = directory.number(278, height)
        if rows < 1:
            damaged("its strips have no rows")
        return width, min(rows, height)
    across, down = directory.number(322, 0), directory.number(323, 0)
    if not (1 <= across <= 2 * MAX_SIDE and 1 <= down <= 2 * MAX_SIDE):
        damaged(f"its tiles of {across:,} × {down:,} pixels are impossible")
    return across, down


def _positions(directory: Directory, code: int) -> NDArray[np.int64]:
    tag = directory.tags.get(code)
    kinds = {3: "<u2", 4: "<u4", 13: "<u4", 16: "<u8", 18: "<u8"}
    if tag is None or tag.type not in kinds:
        return np.zeros(0, np.int64)
    values = np.frombuffer(tag.data, kinds[tag.type])
    # Beyond any file, but still summable without overflow.
    bounded: NDArray[np.int64] = np.minimum(values, np.uint64(1 << 61)).astype(np.int64)
    return bounded


def _checked(layout: TiffLayout, size: int, damaged: Refusal) -> TiffLayout:
    """Check every offset and byte count; return the layout with just the segments it needs."""
    what = "tile" if layout.is_tiled else "strip"
    needed = layout.across * layout.down * layout.plane_count
    offsets, counts = layout.offsets[:needed], layout.counts[:needed]
    has_no_counts = len(layout.counts) == 0 and layout.compression == "none"
    if len(offsets) < needed or (len(counts) < needed and not has_no_counts):
        damaged(f"of its {needed:,} {what}s only {min(len(offsets), len(counts)):,} are listed")
    if layout.segment_bytes(0) > _MAX_SEGMENT_BYTES:
        damaged(f"its {what}s are implausibly large")
    expected = np.full(needed, layout.segment_bytes(0), np.int64)
    if not layout.is_tiled:
        expected[layout.down - 1 :: layout.down] = layout.segment_bytes(layout.down - 1)
    if has_no_counts:
        counts = expected
    most = counts * _MAX_RATIO[layout.compression] + _RATIO_SLACK[layout.compression]
    if len(short := np.flatnonzero((expected > most) | (counts <= 0) | (offsets <= 0))):
        damaged(f"{what} {short[0] + 1} of {needed:,} is missing or holds too few bytes")
    if layout.compression == "none":
        # Writers pad; only the bytes that hold samples are looked at, or can overlap.
        counts = expected
    if len(beyond := np.flatnonzero(offsets + counts > size)):
        damaged(
            f"it is truncated, and {len(beyond):,} of its {needed:,} {what}s, "
            f"the first of them number {beyond[0] + 1}, lie beyond its end"
        )
    order = np.argsort(offsets, kind="stable")
    ends = offsets[order] + counts[order]
    overlaps = ends[:-1] > offsets[order][1:]
    if layout.is_tiled and layout.compression != "none":
        # Writers of pyramids store blank tiles once, and let all of them point there.
        is_shared = (np.diff(offsets[order]) == 0) & (np.diff(counts[order]) == 0)
        overlaps &= ~is_shared
    if len(over := np.flatnonzero(overlaps)):
        damaged(f"{what}s {order[over[0]] + 1} and {order[over[0] + 1] + 1} overlap")
    return replace(layout, offsets=offsets, counts=counts)
