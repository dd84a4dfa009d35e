"""Opening PNG and JPEG paintings: what they say, and how their samples are decoded."""

from dataclasses import replace
from typing import Any

import imagecodecs
from numpy.typing import NDArray

from core.errors import ImageReadError, UnsupportedImageError
from core.image.byte_file import ByteFile
from core.image.info import ImageInfo, Resolution, profile_notice, read_resolution
from core.image.jpeg_header import JpegHeader, read_jpeg_header
from core.image.metadata import (
    TEXT_TAGS,
    Metadata,
    iptc_from_photoshop,
    iptc_tag,
    photoshop_tag,
    read_exif,
)
from core.image.orientation import is_transposed
from core.image.png_header import (
    GREY,
    GREY_ALPHA,
    PALETTE,
    RGB,
    RGB_ALPHA,
    PngHeader,
    read_png_header,
)
from core.image.raster_source import RasterSource
from core.image.tiff_directory import ASCII, Tag

__all__ = ["RasterSource", "open_jpeg", "open_png", "png_pixels"]

_MAX_PICTURE_BYTES = 4 << 30
# Decoded bytes one byte of Deflate, or of JPEG's coded data, can become at most.
_MAX_PNG_RATIO, _MAX_JPEG_RATIO = 1040, 2048
_PNG_SAMPLES = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}
_PNG_TEXTS = {"Title": "description", "Description": "description", "Author": "artist",
              "Copyright": "copyright", "Software": "software"}  # fmt: skip


def open_png(file: ByteFile) -> RasterSource:
    """Open a PNG painting: 8 or 16 bit, grey or RGB, every sample exactly; nothing is decoded.

    Raises UnsupportedImageError for palettes, alpha and fewer bits; ImageReadError.
    """
    data = file.read(0, file.size)
    header = read_png_header(file.name, data)
    if header.colour == PALETTE:
        _refuse(file.name, "is a palette picture")
    if header.colour not in (GREY, RGB) or header.has_transparency:
        _refuse(file.name, "has transparency")
    if header.bit_depth not in (8, 16):
        _refuse(file.name, f"has {header.bit_depth}-bit samples")
    info = _described(_png_info(file, header), header.exif, header.xmp)
    _check_png_size(file.name, len(data), header)

    def decode() -> NDArray[Any]:
        return png_pixels(file.name, file.read(0, file.size), header)

    return RasterSource(info, decode, file)


def png_pixels(name: str, data: bytes, header: PngHeader) -> NDArray[Any]:
    """Decode a PNG to (rows, columns, samples) uint8 or uint16; palettes become RGB.

    Raises ImageReadError if it is damaged or implausibly large.
    """
    _check_png_size(name, len(data), header)
    try:
        pixels = imagecodecs.png_decode(header.pixels_only(data))
        stored: NDArray[Any] = pixels.reshape(header.height, header.width, -1)
    except Exception as cause:  # the codec's border
        raise ImageReadError(f"{name} is damaged: its PNG data cannot be decoded.") from cause
    return stored


def _check_png_size(name: str, data_bytes: int, header: PngHeader) -> None:
    bits = header.bit_depth * _PNG_SAMPLES.get(header.colour, 4)
    size = header.width * header.height * bits // 8
    _check_size(name, size, (data_bytes + 64) * _MAX_PNG_RATIO)


def open_jpeg(file: ByteFile) -> RasterSource:
    """Open a JPEG painting: 8 bit, grey or RGB; nothing is decoded.

    Raises UnsupportedImageError for CMYK and other depths; ImageReadError.
    """
    data = file.read(0, file.size)
    header = read_jpeg_header(file.name, data)
    if header.components not in (1, 3):
        _refuse(file.name, "is a CMYK picture")
    if header.bit_depth != 8 or header.frame not in (0, 1, 2):
        _refuse(file.name, f"has {header.bit_depth}-bit or lossless JPEG data")
    info = _described(_jpeg_info(file, header), header.exif, header.xmp, header.photoshop)
    size = header.width * header.height * header.components
    _check_size(file.name, size, (file.size + 64) * _MAX_JPEG_RATIO)
    shape = header.height, header.width, header.components

    def decode() -> NDArray[Any]:
        try:
            pixels = imagecodecs.jpeg8_decode(file.read(0, file.size))
            stored: NDArray[Any] = pixels.reshape(shape)
        except ImageReadError:
            raise
        except Exception as cause:  # the codec's border
            raise ImageReadError(
                f"{file.name} is damaged: its JPEG data cannot be decoded."
            ) from cause
        return stored

    return RasterSource(info, decode, file)


def _refuse(name: str, what: str) -> None:
    raise UnsupportedImageError(
        f"{name} {what}, which Lacuna does not read exactly; "
        "save it as an 8- or 16-bit RGB or grey TIFF."
    )


def _check_size(name: str, size: int, most: int) -> None:
    if size > most:
        raise ImageReadError(f"{name} is damaged: it holds far too little data for its size.")
    if size > _MAX_PICTURE_BYTES:
        raise UnsupportedImageError(f"{name} is too large to be decoded whole; save it as a TIFF.")


def _png_info(file: ByteFile, header: PngHeader) -> ImageInfo:
    tags = {}
    for keyword, text in header.texts.items():
        if code := TEXT_TAGS.get(_PNG_TEXTS.get(keyword, "")):
            tags[code] = Tag.of_bytes(code, ASCII, text.rstrip(b"\0") + b"\0")
    resolution = None
    if header.pixels_per_unit is not None and all(header.pixels_per_unit[:2]):
        x, y, unit = header.pixels_per_unit
        # Pixels per metre, kept exact as pixels per centimetre.
        resolution = (
            Resolution((x, 100), (y, 100), 3) if unit == 1 else Resolution((x, 1), (y, 1), 1)
        )
    notices = [f"Damaged metadata ({kind}) cannot be read." for kind in header.damaged]
    if header.has_gamma_only:
        notices.append("The file names a gamma but no colour profile; it is shown as sRGB.")
    return ImageInfo(
        path=file.path,
        format="PNG",
        width=header.width,
        height=header.height,
        channels=3 if header.colour == RGB else 1,
        bit_depth=header.bit_depth,
        icc_profile=header.icc_profile,
        resolution=resolution,
        compression="deflate",
        metadata=Metadata(tuple(tags.values())),
        size_bytes=file.size,
        notices=tuple(notices),
        file_id=file.file_id,
    )


def _jpeg_info(file: ByteFile, header: JpegHeader) -> ImageInfo:
    resolution = None
    if header.density is not None and all(header.density[1:]):
        unit, x, y = header.density
        resolution = Resolution((x, 1), (y, 1), unit + 1 if unit in (0, 1, 2) else 1)
    return ImageInfo(
        path=file.path,
        format="JPEG",
        width=header.width,
        height=header.height,
        channels=header.components,
        bit_depth=8,
        icc_profile=header.icc_profile,
        resolution=resolution,
        compression="jpeg",
        size_bytes=file.size,
        notices=("JPEG has lost fine detail already; a TIFF scan is better where there is one.",),
        file_id=file.file_id,
    )


def _described(
    info: ImageInfo, exif: bytes | None, xmp: bytes | None, photoshop: bytes = b""
) -> ImageInfo:
    """Add EXIF (with orientation and resolution), XMP and Photoshop blocks, and their notices."""
    metadata, notices = info.metadata, list(info.notices)
    orientation, resolution = 1, info.resolution
    if exif is not None:
        try:
            found, directory = read_exif(f"“{info.path.name}”", exif)
        except ImageReadError:
            notices.append("The EXIF data is damaged and is not in exports.")
        else:
            for tag in metadata.tags:
                if found.raw(tag.code) is None:
                    found = found.with_tag(tag)
            metadata = found
            orientation = directory.number(274, 1)
            if resolution is None or resolution.unit == 1:
                resolution = read_resolution(directory) or resolution
    if xmp is not None:
        metadata = metadata.with_xmp(xmp)
    if photoshop:
        metadata = metadata.with_tag(photoshop_tag(photoshop))
        if block := iptc_from_photoshop(photoshop):
            metadata = metadata.with_tag(iptc_tag(block))
    if notice := profile_notice(info.icc_profile, info.channels):
        notices.append(notice)
    orientation = orientation if 1 <= orientation <= 8 else 1
    width, height = info.width, info.height
    if is_transposed(orientation):
        width, height = height, width
    return replace(
        info,
        width=width,
        height=height,
        orientation=orientation,
        resolution=resolution,
        metadata=metadata,
        notices=tuple(notices),
    )
