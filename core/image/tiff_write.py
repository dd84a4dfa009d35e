"""Writing a TIFF export: all that the painting's file said, new samples, whole or not at all."""

import errno
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.errors import Cancelled, ImageWriteError
from core.image.geometry import TILE_SIZE, Rect
from core.image.info import ImageInfo
from core.image.new_file import NewFile, free_bytes
from core.image.orientation import is_transposed, stored, upright_rect
from core.image.surface import U16
from core.image.tiff_directory import Dialect
from core.image.tiff_layout import TiffLayout
from core.image.tiff_segments import encoded
from core.image.tiff_tags import directories
from core.image.tiff_verify import Inspector, stored_bands, verify_written

Compression = Literal["none", "lzw", "deflate", "zstd", "source"]

_STRIP_BYTES = 1 << 20
_CLASSIC_LIMIT = (1 << 32) - (1 << 20)
# LZW writes 12 bits for a byte that is like no other.
_WORST_RATIO = {"none": 1.0, "lzw": 1.6, "deflate": 1.01, "zstd": 1.01}
_LOSSLESS = {"none": "none", "lzw": "lzw", "deflate": "deflate", "zstd": "zstd",
             "lzma": "deflate", "packbits": "lzw", "jpeg": "deflate"}  # fmt: skip
_WRITE_SHARE = 0.55


def write_tiff(
    path: Path,
    info: ImageInfo,
    read: Callable[[Rect], U16],
    *,
    compression: Compression = "none",
    bigtiff: bool | Literal["auto"] = "auto",
    verify: bool = True,
    progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
    xmp: bytes | None = None,
    inspect: Inspector | None = None,
    is_plain: Callable[[Rect], bool] | None = None,
    read_plain: Callable[[Rect], U16] | None = None,
) -> str:
    """Write a picture as a TIFF like the one `info` describes, and return the file's SHA-256.

    read gives (h, w, channels) uint16 of an upright rectangle; it is asked once for each part,
    in bands. Bit depth, byte order, orientation, profile, resolution and metadata are info's;
    xmp replaces its XMP packet. Compression "source" is info's own where that is lossless.
    With verify, the file is read back from the disk as another decoder (tifffile) finds its
    samples, and compared; inspect is then called with each upright rectangle and the samples
    read back, which are gone when it returns. is_plain tells of a rectangle that inspect proves
    every sample of it by itself; read_plain, that it is as well read by that, a few rows at a
    time. Without verify nothing is read back, and what is returned is empty.

    The file is written beside its place and renamed when it is safe on the disk: whatever
    happens, what stood at `path` is there whole until then. Raises ImageWriteError; Cancelled;
    what `read` or `inspect` raise.
    """
    refuse_painting(path, info)
    if xmp is not None:
        info = replace(info, metadata=info.metadata.with_xmp(xmp))
    layout = _layout(info, _LOSSLESS[info.compression] if compression == "source" else compression)
    needed = _needed_bytes(info, layout)
    dialect = Dialect(info.byteorder, _is_big(bigtiff, needed, path))
    report = _Reporter(progress, is_cancelled)
    with NewFile(path, needed) as new:
        if layout.compression == "none" and 0 < free_bytes(path.parent) < needed:
            raise new.failure(OSError(errno.ENOSPC, "No space left on device"))
        try:
            has_proof = not verify or inspect is not None
            painted = _Painted(info, layout, read, is_plain, read_plain, has_proof, verify)
            digests = _write(new, painted, dialect, report.part(0.0, _WRITE_SHARE))
            digest = ""
            if verify:
                new.sync()
                step = report.part(_WRITE_SHARE, 1.0)
                digest = verify_written(new.temporary, info, digests, inspect, step)
            new.publish()
        except OSError as cause:
            raise new.failure(cause) from cause
    if progress is not None:
        progress(1.0)
    return digest


def refuse_painting(path: Path, info: ImageInfo) -> None:
    """Raise ImageWriteError if `path` is the painting itself, under whatever name or link."""
    paintings = {info.file_id}
    try:
        status = info.path.stat()
        paintings.add((status.st_dev, status.st_ino))
    except (OSError, ValueError):
        pass  # The painting was moved meanwhile; it is still known by the file that was opened.
    try:
        status = path.stat()
    except (OSError, ValueError):
        return
    if (status.st_dev, status.st_ino) in paintings:
        raise ImageWriteError(
            f"“{path.name}” is the painting itself, which is never written to; "
            "choose another name for the export."
        )


@dataclass(frozen=True)
class _Reporter:
    progress: Callable[[float], None] | None
    is_cancelled: Callable[[], bool] | None

    def part(self, start: float, end: float) -> Callable[[float], None]:
        """Return a step function for one share of the work; it raises Cancelled."""

        def step(fraction: float) -> None:
            if self.is_cancelled is not None and self.is_cancelled():
                raise Cancelled("The export was cancelled; nothing was changed.")
            if self.progress is not None:
                self.progress(start + (end - start) * fraction)

        return step


def _layout(info: ImageInfo, compression: str) -> TiffLayout:
    turned = is_transposed(info.orientation)
    width, height = (info.height, info.width) if turned else (info.width, info.height)
    # Tiles only where they were: uncompressed strips are the archives' master format.
    is_tiled = info.is_tiled and compression != "none"
    row_bytes = width * info.channels * info.bit_depth // 8
    rows = TILE_SIZE
    while rows > 1 and rows * row_bytes > _STRIP_BYTES:
        rows //= 2
    nothing = np.zeros(0, np.int64)
    return TiffLayout(
        width=width,
        height=height,
        channels=info.channels,
        bit_depth=info.bit_depth,
        is_min_white=info.is_min_white,
        compression=compression,
        has_predictor=compression != "none",
        is_ycbcr=False,
        is_tiled=is_tiled,
        segment_width=TILE_SIZE if is_tiled else width,
        segment_height=TILE_SIZE if is_tiled else min(rows, height),
        plane_count=1,
        byteorder=info.byteorder,
        jpeg_tables=None,
        offsets=nothing,
        counts=nothing,
    )


def _needed_bytes(info: ImageInfo, layout: TiffLayout) -> int:
    samples = layout.across * layout.down * (layout.segment_bytes(0) + 32)
    metadata = info.metadata
    tags = [*metadata.tags, *metadata.exif, *metadata.gps, *metadata.interoperability]
    described = sum(len(tag.data) + 24 for tag in tags) + len(info.icc_profile or b"")
    return int(samples * _WORST_RATIO[layout.compression]) + described + 4096


def _is_big(bigtiff: bool | Literal["auto"], needed: int, path: Path) -> bool:
    if bigtiff == "auto":
        return needed > _CLASSIC_LIMIT
    if not bigtiff and needed > _CLASSIC_LIMIT:
        raise ImageWriteError(f"“{path.name}” would exceed 4 GB, so it must be a BigTIFF.")
    return bigtiff


@dataclass(frozen=True)
class _Painted:
    """What is to be written, and how it is had and proved."""

    info: ImageInfo
    layout: TiffLayout
    read: Callable[[Rect], U16]
    is_plain: Callable[[Rect], bool] | None
    read_plain: Callable[[Rect], U16] | None
    has_proof: bool
    is_verified: bool

    def bands(self) -> Iterator[tuple[Rect, bool]]:
        """Yield the stored rows in bands, and whether nothing but the painting is in them."""
        layout = self.layout
        for rows in stored_bands(layout.width, layout.height, layout.channels):
            is_plain = self.is_plain is not None and self.is_plain(self._upright(rows))
            yield rows, is_plain and self.has_proof

    def samples(self, rows: Rect, is_plain: bool) -> Iterator[NDArray[Any]]:
        """Yield the stored samples of a band: at once, or strip by strip where that is quicker.

        What fits the processor's cache is read and written in half the time.
        """
        if not is_plain or self.read_plain is None or self.layout.compression != "none":
            yield _stored_samples(self.info, self.read(self._upright(rows)))
            return
        high = self.layout.segment_height
        for y in range(rows.y, rows.bottom, high):
            part = Rect(rows.x, y, rows.width, min(high, rows.bottom - y))
            yield _stored_samples(self.info, self.read_plain(self._upright(part)))

    def _upright(self, rows: Rect) -> Rect:
        info = self.info
        return upright_rect(rows, info.width, info.height, info.orientation)


def _write(
    new: NewFile, painted: _Painted, dialect: Dialect, step: Callable[[float], None]
) -> list[bytes | None]:
    """Write the whole file; return a digest of the stored samples of each band that needs one."""
    handle, info, layout = new.handle, painted.info, painted.layout
    header_size = 16 if dialect.is_big else 8
    handle.write(b"\0" * header_size)
    at = header_size
    offsets: list[int] = []
    counts: list[int] = []
    digests: list[bytes | None] = []
    for rows, is_plain in painted.bands():
        step(rows.y / layout.height)
        digest = hashlib.sha256() if painted.is_verified and not is_plain else None
        for pixels in painted.samples(rows, is_plain):
            if digest is not None:
                digest.update(pixels.data)
            for data, sizes in _pieces(layout, pixels):
                handle.write(data)
                for size in sizes:
                    offsets.append(at)
                    counts.append(size)
                    at += size
                if at % 2:
                    at += handle.write(b"\0")
        digests.append(None if digest is None else digest.digest())
        new.begin_sync()
    block, place = directories(info, layout, offsets, counts, dialect, at)
    handle.write(block)
    handle.seek(0)
    handle.write(_header(dialect, place))
    return digests


def _pieces(
    layout: TiffLayout, band: NDArray[Any]
) -> Iterator[tuple[bytes | memoryview, list[int]]]:
    """Yield the bytes of a band's segments, with the size of each: together where they may be."""
    strip = layout.segment_height * layout.row_bytes()
    size = band.shape[0] * layout.row_bytes()
    if layout.compression == "none" and not layout.is_tiled and strip % 2 == size % 2 == 0:
        form = band.dtype.newbyteorder(layout.byteorder)
        sizes = [min(strip, size - done) for done in range(0, size, strip)]
        yield band.astype(form, copy=False).data.cast("B"), sizes
        return
    for segment in _segments(layout, band):
        data = encoded(segment, layout.compression, layout.byteorder)
        yield data, [len(data)]


def _header(dialect: Dialect, place: int) -> bytes:
    mark = b"II" if dialect.byteorder == "<" else b"MM"
    if dialect.is_big:
        return mark + dialect.pack("HHHQ", 43, 8, 0, place)
    return mark + dialect.pack("HI", 42, place)


def _stored_samples(info: ImageInfo, pixels: U16) -> NDArray[Any]:
    """Turn upright document samples to the file's orientation, sense and depth; contiguous."""
    turned = stored(pixels, info.orientation)
    if info.is_min_white:
        turned = np.invert(turned)
    if info.bit_depth == 8:
        # Exact for samples that came from 8 bits (v × 257), nearest for all others.
        turned = ((turned.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return np.ascontiguousarray(turned)


def _segments(layout: TiffLayout, band: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Cut a band of whole rows of segments; tiles at the edges are padded by their last pixels."""
    for y in range(0, band.shape[0], layout.segment_height):
        for x in range(0, layout.width, layout.segment_width):
            part = band[y : y + layout.segment_height, x : x + layout.segment_width]
            if layout.is_tiled:
                lacking = (layout.segment_height - part.shape[0],
                           layout.segment_width - part.shape[1])  # fmt: skip
                part = np.pad(part, ((0, lacking[0]), (0, lacking[1]), (0, 0)), mode="edge")
            yield part
