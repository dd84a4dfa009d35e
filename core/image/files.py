"""Opening a painting or a mask by what the file holds, whatever it is called."""

from pathlib import Path

import numpy as np

from core.errors import ImageReadError, MaskError, UnsupportedImageError
from core.image.byte_file import ByteFile
from core.image.geometry import Rect
from core.image.info import ImageInfo
from core.image.png_header import SIGNATURE, read_png_header
from core.image.raster import open_jpeg, open_png, png_pixels
from core.image.raster_source import RasterSource
from core.image.surface import U16, Surface
from core.image.tiff_open import read_pages
from core.image.tiff_read import TiffSource

_TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_JPEG_START = b"\xff\xd8\xff"
# Starts of files users take for paintings, and what they are called.
_OTHER_FORMATS = {
    b"8BPS": "a Photoshop document (PSD)",
    b"RIFF": "a WebP picture",
    b"GIF8": "a GIF picture",
    b"BM": "a BMP picture",
    b"%PDF": "a PDF document",
    b"\x00\x00\x00\x0cjP": "a JPEG 2000 picture",
    b"\xffO\xffQ": "a JPEG 2000 picture",
    b"v/1\x01": "an OpenEXR picture",
    b"PK\x03\x04": "a ZIP archive or an OpenRaster document",
    b"SQLite format 3": "a project file; open it as a project",
}
# Above this, of 65535, a mask means loss: 8-bit samples above 127 (127 × 257).
_LOSS_ABOVE = 127 * 257


def open_image(path: Path, *, is_deferred: bool = False) -> TiffSource | RasterSource:
    """Open a painting: TIFF, PNG or JPEG, recognised by its content.

    is_deferred: a PNG or JPEG is only decoded when it is read, and may prove damaged then.

    Raises UnsupportedImageError if it would not be read exactly, ImageReadError if it is
    missing, empty, damaged, truncated, or no picture.
    """
    file = ByteFile(path)
    try:
        source = _opened(file)
        if isinstance(source, RasterSource) and not is_deferred:
            source.load()
    except BaseException:
        file.close()
        raise
    return source


def read_mask(path: Path, width: int, height: int) -> Surface:
    """Read a mask of a painting's size: 255 where a sample is above 127 of 255 (loss), else 0.

    A grey or 1-bit PNG or TIFF (also palette or RGB if all its colours are grey), or a JPEG.
    Raises MaskError if it has another size, is no mask, or marks nothing or everything;
    ImageReadError if it cannot be read.
    """
    file = ByteFile(path)
    try:
        source = _opened_mask(file, (width, height))
        return _surface(source, f"The mask {file.name}")
    except UnsupportedImageError as cause:
        raise MaskError(f"The mask {cause}") from cause
    finally:
        file.close()


def _opened(file: ByteFile) -> TiffSource | RasterSource:
    head = _head(file)
    if head.startswith(_TIFF_STARTS):
        return TiffSource(file, read_pages(file))
    if head.startswith(SIGNATURE):
        return open_png(file)
    if head.startswith(_JPEG_START):
        return open_jpeg(file)
    raise _not_a_picture(file, head)


def _head(file: ByteFile) -> bytes:
    if file.size == 0:
        raise ImageReadError(f"{file.name} is empty (0 bytes).")
    return file.read(0, min(32, file.size))


def _not_a_picture(file: ByteFile, head: bytes) -> ImageReadError:
    if head[4:8] == b"ftyp":
        kind = "a HEIC, AVIF or video file"
    else:
        kind = next((name for start, name in _OTHER_FORMATS.items() if head.startswith(start)), "")
    if kind:
        return UnsupportedImageError(
            f"{file.name} is {kind}; Lacuna opens TIFF, PNG and JPEG pictures."
        )
    return ImageReadError(
        f"{file.name} is no TIFF, PNG or JPEG picture, whatever its name says, or its start is "
        "damaged."
    )


def _opened_mask(file: ByteFile, size: tuple[int, int]) -> TiffSource | RasterSource:
    head = _head(file)
    if head.startswith(_TIFF_STARTS):
        pages = read_pages(file, may_be_bilevel=True)
        _check_size(file, (pages.info.width, pages.info.height), size)
        return TiffSource(file, pages)
    if head.startswith(SIGNATURE):
        return _png_mask(file, size)
    source = _opened(file)
    _check_size(file, (source.width, source.height), size)
    return source


def _png_mask(file: ByteFile, size: tuple[int, int]) -> RasterSource:
    """Decode a PNG of any kind; an alpha channel must be opaque throughout."""
    data = file.read(0, file.size)
    header = read_png_header(file.name, data)
    _check_size(file, (header.width, header.height), size)
    pixels = png_pixels(file.name, data, header)
    has_alpha = pixels.shape[2] in (2, 4)
    if has_alpha and (pixels[..., -1] != np.iinfo(pixels.dtype).max).any():
        raise MaskError(f"The mask {file.name} is partly transparent; save it as plain grey.")
    colours = pixels.shape[2] - has_alpha
    info = ImageInfo(file.path, "PNG", header.width, header.height, colours, header.bit_depth)
    return RasterSource(info, lambda: pixels[..., :colours])


def _check_size(file: ByteFile, found: tuple[int, int], needed: tuple[int, int]) -> None:
    if found != needed:
        raise MaskError(
            f"The mask {file.name} is {found[0]} × {found[1]} pixels, but the painting is "
            f"{needed[0]} × {needed[1]}; a mask must have the painting's size."
        )


def _surface(source: TiffSource | RasterSource, name: str) -> Surface:
    surface = Surface.mask()
    marked = 0
    for rect, pixels in source.bands():
        if pixels.shape[2] == 3:
            _check_grey(pixels, name)
        is_loss = pixels[..., 0] > _LOSS_ABOVE
        marked += int(np.count_nonzero(is_loss))
        surface = surface.writing(rect, is_loss.astype(np.uint8) * np.uint8(255))
    if marked == 0:
        raise MaskError(f"{name} marks nothing: no pixel in it is brighter than mid-grey.")
    if marked == Rect(0, 0, source.width, source.height).area:
        raise MaskError(f"{name} marks the whole painting; nothing sound would be left.")
    return surface


def _check_grey(pixels: U16, name: str) -> None:
    is_grey = np.array_equal(pixels[..., 0], pixels[..., 1]) and np.array_equal(
        pixels[..., 0], pixels[..., 2]
    )
    if not is_grey:
        raise MaskError(f"{name} is a colour picture; a mask is grey, white where paint is lost.")
