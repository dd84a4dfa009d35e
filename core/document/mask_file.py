"""Writing what is marked as a grey PNG or TIFF: 8 bit, 255 = loss, the painting's size."""

import struct
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.document.composite import mask_area, mask_coverage
from core.document.layer import LayerStack
from core.errors import Cancelled, MaskError
from core.image.geometry import Rect
from core.image.info import ImageInfo
from core.image.metadata import Metadata
from core.image.new_file import NewFile
from core.image.orientation import is_transposed
from core.image.surface import U16
from core.image.tiff import refuse_painting, write_tiff

_BAND_PX = 16 << 20
_TIFF_SUFFIXES = (".tif", ".tiff")
_INCHES_PER_METRE = 1 / 0.0254
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def write_mask(
    path: Path,
    layers: LayerStack,
    info: ImageInfo,
    layer_ids: Collection[int] | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> None:
    """Write the maximum of the visible masks, or of those named by layer_ids.

    A TIFF (Deflate) if the name says so, else a PNG; either states the painting's resolution
    and lies upright. Soft edges stay soft. Memory is that of a band of rows, whatever the
    painting's size; a previous file at `path` is replaced whole or not at all.
    Raises MaskError if nothing is marked, ImageWriteError (also if `path` is the painting of
    `info`, through whatever link), Cancelled.
    """
    refuse_painting(path, info)
    if mask_area(layers, layer_ids) == 0:
        raise MaskError("Nothing is marked, so no mask was written; brush a loss first.")
    if path.suffix.lower() in _TIFF_SUFFIXES:
        _write_tiff(path, layers, info, layer_ids, is_cancelled)
    else:
        _write_png(path, layers, info, layer_ids, is_cancelled)


def _write_tiff(
    path: Path,
    layers: LayerStack,
    info: ImageInfo,
    layer_ids: Collection[int] | None,
    is_cancelled: Callable[[], bool] | None,
) -> None:
    resolution = info.resolution
    if resolution is not None and is_transposed(info.orientation):
        resolution = replace(resolution, x=resolution.y, y=resolution.x)
    mask_info = replace(
        info,
        channels=1,
        bit_depth=8,
        icc_profile=None,
        orientation=1,
        is_min_white=False,
        resolution=resolution,
        metadata=Metadata(),
    )

    def read(rect: Rect) -> U16:
        values = mask_coverage(layers, rect, layer_ids=layer_ids)
        return (values * np.uint16(257))[..., None]

    write_tiff(path, mask_info, read, compression="deflate", is_cancelled=is_cancelled)


def _write_png(
    path: Path,
    layers: LayerStack,
    info: ImageInfo,
    layer_ids: Collection[int] | None,
    is_cancelled: Callable[[], bool] | None,
) -> None:
    with NewFile(path, needed_bytes=layers.rect.area // 8) as file:
        try:
            file.handle.write(_SIGNATURE + _header(layers.rect) + _resolution(info))
            packer = zlib.compressobj(6)
            for band in _bands(layers.rect):
                if is_cancelled is not None and is_cancelled():
                    raise Cancelled("The mask was not written.")
                values = mask_coverage(layers, band, layer_ids=layer_ids)
                # Each row begins with its filter: 0, none (PNG 1.2, 9.2).
                rows = np.pad(values, ((0, 0), (1, 0)))
                file.handle.write(_chunk(b"IDAT", packer.compress(rows.tobytes())))
            file.handle.write(_chunk(b"IDAT", packer.flush()) + _chunk(b"IEND", b""))
            file.publish()
        except OSError as cause:
            raise file.failure(cause) from cause


def _bands(rect: Rect) -> Iterator[Rect]:
    height = max(1, _BAND_PX // rect.width)
    for y in range(0, rect.height, height):
        yield Rect(0, y, rect.width, height).intersection(rect)


def _header(rect: Rect) -> bytes:
    """Return the IHDR chunk: 8-bit grey, not interlaced."""
    return _chunk(b"IHDR", struct.pack(">IIBBBBB", rect.width, rect.height, 8, 0, 0, 0, 0))


def _resolution(info: ImageInfo) -> bytes:
    """Return the pHYs chunk, pixels per metre (PNG 1.2, 4.2.4.2), if the painting says."""
    if info.dpi is None:
        return b""
    across, down = (round(dpi * _INCHES_PER_METRE) for dpi in info.dpi)
    if is_transposed(info.orientation):
        across, down = down, across
    if not (0 < across < 1 << 31 and 0 < down < 1 << 31):
        return b""
    return _chunk(b"pHYs", struct.pack(">IIB", across, down, 1))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
