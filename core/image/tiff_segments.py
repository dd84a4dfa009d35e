"""One strip or tile of a TIFF: decoded to samples exactly, or encoded from them."""

import zlib
from collections.abc import Callable
from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from core.errors import ImageReadError
from core.image.jpeg_header import read_jpeg_header
from core.image.tiff_directory import ByteOrder
from core.image.tiff_layout import FAX_4, TiffLayout

_DECODERS: dict[str, Callable[..., Any]] = {
    "lzw": imagecodecs.lzw_decode,
    "deflate": imagecodecs.deflate_decode,
    "packbits": imagecodecs.packbits_decode,
    "lzma": imagecodecs.lzma_decode,
    "zstd": imagecodecs.zstd_decode,
}
# What can be decoded from its start as far as is needed.
STARTS_ALONE = frozenset(["lzw", "deflate", "lzma"])
_ENCODERS: dict[str, Callable[[bytes], bytes | bytearray]] = {
    "lzw": imagecodecs.lzw_encode,
    "deflate": lambda data: imagecodecs.deflate_encode(data, level=6),
    "zstd": lambda data: imagecodecs.zstd_encode(data, level=3),
}


def decoded(layout: TiffLayout, index: int, data: bytes, name: str) -> NDArray[Any]:
    """Return (rows, columns, plane_samples) of one segment, padding included, read-only.

    Samples are as stored, in native byte order; 1-bit samples become uint8 0 or 255.
    Raises ImageReadError if the data does not hold exactly the samples it must.
    """
    return _sound(layout, index, data, layout.rows(index), name)


def decoded_top(layout: TiffLayout, index: int, data: bytes, rows: int, name: str) -> NDArray[Any]:
    """Return the first rows of one segment, and of the kinds in STARTS_ALONE decode no more.

    Of those `data` need not be whole either. Raises ImageReadError if it does not hold the rows.
    """
    if layout.compression in STARTS_ALONE:
        return _sound(layout, index, data, rows, name)
    return decoded(layout, index, data, name)[:rows]


def _sound(layout: TiffLayout, index: int, data: bytes, rows: int, name: str) -> NDArray[Any]:
    try:
        pixels = _decoded(layout, index, data, rows)
    except Exception as cause:  # the codecs' border: whatever they raise, the file is damaged
        what = "tile" if layout.is_tiled else "strip"
        raise ImageReadError(
            f"{name} is damaged: its {what} {index + 1:,} cannot be decompressed."
        ) from cause
    pixels.flags.writeable = False
    return pixels


def encoded(pixels: NDArray[Any], compression: str, byteorder: ByteOrder) -> bytes:
    """Return the bytes of one segment (rows, columns, samples), with predictor 2 if compressed."""
    form = pixels.dtype.newbyteorder(byteorder)
    if compression == "none":
        return pixels.astype(form, copy=False).tobytes()
    differences = imagecodecs.delta_encode(np.ascontiguousarray(pixels), axis=1)
    return bytes(_ENCODERS[compression](differences.astype(form, copy=False).tobytes()))


def _decoded(layout: TiffLayout, index: int, data: bytes, rows: int) -> NDArray[Any]:
    shape = (rows, layout.segment_width, layout.plane_samples)
    is_top = rows < layout.rows(index)
    if layout.compression == "jpeg":
        return _jpeg_decoded(layout, data, shape)
    if layout.compression == FAX_4:
        return imagecodecs.ccittfax4_decode(data, *shape[:2]).reshape(shape) * np.uint8(255)
    if layout.compression == "none":
        raw = data
    elif is_top and layout.compression == "deflate":
        raw = zlib.decompressobj().decompress(data, layout.row_bytes() * rows)
    elif is_top:
        raw = _DECODERS[layout.compression](data, out=bytearray(layout.row_bytes() * rows))
    else:
        # The last strip may be padded to a full one, hence the room of segment 0.
        room = bytearray(max(layout.segment_bytes(0), layout.segment_bytes(index)))
        raw = _DECODERS[layout.compression](data, out=room)
    samples = np.frombuffer(raw, np.uint8)
    size = layout.row_bytes() * rows
    if samples.size < size:
        raise ValueError(f"{samples.size} bytes where {size} are needed")
    samples = samples[:size]
    if layout.bit_depth == 1:
        packed = samples.reshape(shape[0], -1)
        return np.unpackbits(packed, axis=1, count=shape[1])[..., None] * np.uint8(255)
    if layout.bit_depth == 16:
        stored = samples.view(np.dtype(np.uint16).newbyteorder(layout.byteorder))
        samples = stored.astype(np.uint16, copy=False)
    pixels = samples.reshape(shape)
    if not layout.has_predictor:
        return pixels
    # In place where that is possible: a strip may be as large as the picture.
    place = pixels if pixels.flags.writeable else None
    out: NDArray[Any] = imagecodecs.delta_decode(pixels, axis=1, out=place)
    return out


def _jpeg_decoded(layout: TiffLayout, data: bytes, shape: tuple[int, int, int]) -> NDArray[Any]:
    # Raises if the stream is cut off (libjpeg would pad it with grey). The size is checked first:
    # a damaged one may claim 65,535 squared.
    frame = read_jpeg_header("a segment", data)
    if (frame.height, frame.width, frame.components) != shape:
        raise ValueError(f"a JPEG of {frame.width} × {frame.height} where {shape} is needed")
    if layout.plane_samples == 3 and not layout.is_ycbcr and b"JFIF" in data[:32]:
        raise ValueError("the tags say RGB, the JPEG says YCbCr")
    colours: dict[str, Any] = {}
    if layout.plane_samples == 3:
        colours = {
            "colorspace": "YCBCR" if layout.is_ycbcr else "RGB",
            "outcolorspace": "RGB",
        }
    pixels = imagecodecs.jpeg8_decode(data, tables=layout.jpeg_tables, **colours)
    if pixels.dtype != np.uint8:
        raise ValueError("a JPEG of 12 bits")
    out: NDArray[Any] = pixels.reshape(shape)
    return out
