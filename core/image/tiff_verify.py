"""Proving a written TIFF: read back from the disk, by another decoder than wrote it."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from core.errors import ImageReadError, ImageWriteError
from core.image.bands import full_range
from core.image.byte_file import ByteFile
from core.image.geometry import TILE_SIZE, Rect
from core.image.info import ImageInfo
from core.image.orientation import is_transposed, upright, upright_rect
from core.image.surface import U16
from core.image.tiff_open import read_pages

Inspector = Callable[[Rect, U16], None]
_CHUNK_BYTES = 8 << 20


def stored_bands(width: int, height: int, channels: int) -> Iterator[Rect]:
    """Yield bands of whole stored rows, their edges on multiples of TILE_SIZE."""
    rows = TILE_SIZE * max(1, _CHUNK_BYTES // (TILE_SIZE * width * channels * 2))
    for y in range(0, height, rows):
        yield Rect(0, y, width, min(rows, height - y))


def file_digest(path: Path, step: Callable[[float], None]) -> str:
    """Return the SHA-256 of a file's bytes (hex)."""
    digest = hashlib.sha256()
    size = max(1, path.stat().st_size)
    with path.open("rb", buffering=0) as handle:
        done = 0
        while chunk := handle.read(_CHUNK_BYTES):
            step(done / size)
            digest.update(chunk)
            done += len(chunk)
    return digest.hexdigest()


def verify_written(
    path: Path,
    info: ImageInfo,
    digests: Sequence[bytes],
    inspect: Inspector | None,
    step: Callable[[float], None],
) -> None:
    """Read a written file back and compare: samples by digest per band, and what it says.

    info describes the file as it was meant. inspect gets each upright rectangle with its
    samples as read back. Raises ImageWriteError if anything differs.
    """
    _verify_description(path, info)
    bands = _read_back(path, info)
    for number, (rows, pixels) in enumerate(bands):
        step(number / len(digests))
        if hashlib.sha256(pixels.data).digest() != digests[number]:
            raise _differs(info, f"rows {rows.y} to {rows.bottom}")
        if inspect is not None:
            rect = upright_rect(rows, info.width, info.height, info.orientation)
            inspect(rect, full_range(upright(pixels, info.orientation), info.is_min_white))


def _read_back(path: Path, info: ImageInfo) -> Iterator[tuple[Rect, NDArray[Any]]]:
    """Yield stored rows in the bands they were written in, as tifffile decodes them."""
    turned = is_transposed(info.orientation)
    width, height = (info.height, info.width) if turned else (info.width, info.height)
    bands = stored_bands(width, height, info.channels)
    rows = next(bands)
    form = np.dtype(np.uint8 if info.bit_depth == 8 else np.uint16)
    pixels = np.empty((rows.height, width, info.channels), form)
    missing = rows.area
    for padded, y, x in _segments(path, info):
        segment = padded[: height - y, : width - x]
        if y >= rows.bottom:
            rows = next(bands)
            pixels = np.empty((rows.height, width, info.channels), form)
            missing = rows.area
        pixels[y - rows.y : y - rows.y + segment.shape[0], x : x + segment.shape[1]] = segment
        missing -= segment.shape[0] * segment.shape[1]
        if missing == 0:
            yield rows, pixels
    if missing or next(bands, None) is not None:
        raise _differs(info, f"the rows from {rows.y} on")


def _segments(path: Path, info: ImageInfo) -> Iterator[tuple[NDArray[Any], int, int]]:
    """Yield (rows, columns, channels) of each strip or tile, with its row and column."""
    try:
        with tifffile.TiffFile(path) as written:
            segments = written.pages.first.segments(maxworkers=1, buffersize=_CHUNK_BYTES)
            for segment, index, _ in segments:
                yield segment[0], index[2], index[3]
    except OSError:
        raise
    except Exception as cause:  # the other decoder's border
        raise _differs(info, "its structure") from cause


def _verify_description(path: Path, info: ImageInfo) -> None:
    try:
        file = ByteFile(path)
        try:
            found = read_pages(file).info
        finally:
            file.close()
    except ImageReadError as cause:
        raise _differs(info, "its structure") from cause
    for name in ("width", "height", "channels", "bit_depth", "orientation", "resolution",
                 "icc_profile", "is_min_white"):  # fmt: skip
        if getattr(found, name) != getattr(info, name):
            raise _differs(info, f"its {name.replace('_', ' ')}")
    for name in ("tags", "exif", "gps", "interoperability"):
        if sorted(getattr(found.metadata, name)) != sorted(getattr(info.metadata, name)):
            raise _differs(info, "its metadata")


def _differs(info: ImageInfo, what: str) -> ImageWriteError:
    return ImageWriteError(
        f"The export of “{info.path.name}” was not made: read back from the disk, {what} "
        "differed from what was written; check the disk."
    )
