"""Proving a written TIFF: read back from the disk, by another decoder than wrote it."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from io import FileIO
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


def verify_written(
    path: Path,
    info: ImageInfo,
    digests: Sequence[bytes | None],
    inspect: Inspector | None,
    step: Callable[[float], None],
) -> str:
    """Read a written file back and compare: samples band by band, and what it says.

    info describes the file as it was meant; digests are of the bands' stored samples, None where
    inspect alone proves them. inspect gets each upright rectangle with its samples as read back.
    Returns the SHA-256 of the file's bytes (hex). Raises ImageWriteError if anything differs.
    """
    _verify_description(path, info)
    start = _start_of_run(path, info)
    if start is None:
        digest = _file_digest(path, lambda done: step(done / 3))
        bands, begun = _decoded(path, info), 1 / 3
    else:
        digest = hashlib.sha256()
        bands, begun = _read_run(path, info, start, digest), 0.0
    for number, (rows, pixels) in enumerate(bands):
        step(begun + (1 - begun) * number / len(digests))
        known = digests[number]
        if known is not None and hashlib.sha256(pixels.data).digest() != known:
            raise _differs(info, f"rows {rows.y} to {rows.bottom}")
        if inspect is not None:
            rect = upright_rect(rows, info.width, info.height, info.orientation)
            inspect(rect, full_range(upright(pixels, info.orientation), info.is_min_white))
    return digest.hexdigest()


def _stored_bands(info: ImageInfo) -> Iterator[Rect]:
    turned = is_transposed(info.orientation)
    width, height = (info.height, info.width) if turned else (info.width, info.height)
    return stored_bands(width, height, info.channels)


def _start_of_run(path: Path, info: ImageInfo) -> int | None:
    """Return where the samples begin if tifffile finds them uncompressed and without a gap."""
    with _tifffile(path, info) as written:
        page = written.pages.first
        return int(page.dataoffsets[0]) if page.is_contiguous else None


def _read_run(
    path: Path, info: ImageInfo, start: int, digest: "hashlib._Hash"
) -> Iterator[tuple[Rect, NDArray[Any]]]:
    """Yield stored rows in the bands they were written in; take the digest of all bytes.

    One array serves all bands. The digest is made in a thread, while the band is looked at.
    """
    bands = list(_stored_bands(info))
    depth = np.dtype(np.uint8 if info.bit_depth == 8 else np.uint16)
    shape = (bands[0].height, bands[0].width, info.channels)
    stored = np.empty(shape, depth.newbyteorder(info.byteorder))
    with path.open("rb", buffering=0) as handle, ThreadPoolExecutor(1) as thread:
        digest.update(handle.read(start))
        for rows in bands:
            pixels = stored[: rows.height]
            if _fill(handle, pixels.data.cast("B")) != pixels.nbytes:
                raise _differs(info, f"the rows from {rows.y} on")
            _expect(handle, pixels.nbytes)
            digesting = thread.submit(digest.update, pixels.data)
            yield rows, pixels.astype(depth, copy=False)
            digesting.result()
        while rest := handle.read(_CHUNK_BYTES):
            digest.update(rest)


def _fill(handle: FileIO, room: memoryview) -> int:
    """Read until there is no more room, or no more to read; return how much was."""
    done = 0
    while done < len(room) and (count := handle.readinto(room[done:])):
        done += count
    return done


def _expect(handle: FileIO, size: int) -> None:
    """Let the system fetch what comes next, if it likes to."""
    if hasattr(os, "posix_fadvise"):
        with suppress(OSError):
            os.posix_fadvise(handle.fileno(), handle.tell(), size, os.POSIX_FADV_WILLNEED)


def _file_digest(path: Path, step: Callable[[float], None]) -> "hashlib._Hash":
    digest = hashlib.sha256()
    size = max(1, path.stat().st_size)
    with path.open("rb", buffering=0) as handle:
        done = 0
        while chunk := handle.read(_CHUNK_BYTES):
            step(done / size)
            digest.update(chunk)
            done += len(chunk)
    return digest


def _decoded(path: Path, info: ImageInfo) -> Iterator[tuple[Rect, NDArray[Any]]]:
    """Yield stored rows in the bands they were written in, as tifffile decodes them."""
    bands = _stored_bands(info)
    rows = next(bands)
    width, height = rows.width, _stored_height(info)
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


def _stored_height(info: ImageInfo) -> int:
    return info.width if is_transposed(info.orientation) else info.height


def _segments(path: Path, info: ImageInfo) -> Iterator[tuple[NDArray[Any], int, int]]:
    """Yield (rows, columns, channels) of each strip or tile, with its row and column."""
    with _tifffile(path, info) as written:
        segments = written.pages.first.segments(maxworkers=1, buffersize=_CHUNK_BYTES)
        for segment, index, _ in segments:
            yield segment[0], index[2], index[3]


@contextmanager
def _tifffile(path: Path, info: ImageInfo) -> Iterator[Any]:
    """Open a written file by the other decoder; whatever that raises, the file is not right."""
    try:
        with tifffile.TiffFile(path) as written:
            yield written
    except (OSError, GeneratorExit):
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
