"""The directories of a TIFF export: its layout, and all the painting's file said of itself."""

from collections.abc import Callable, Sequence

from core.image.info import ImageInfo
from core.image.metadata import EXIF_IFD, GPS_IFD, ICC, INTEROPERABILITY_IFD
from core.image.tiff_directory import (
    LONG,
    LONG8,
    RATIONAL,
    SHORT,
    UNDEFINED,
    Dialect,
    Tag,
    directory_bytes,
)
from core.image.tiff_layout import TiffLayout

COMPRESSION_CODES = {"none": 1, "lzw": 5, "deflate": 8, "zstd": 50000}
_RGB, _MIN_IS_BLACK, _MIN_IS_WHITE = 2, 1, 0


def directories(
    info: ImageInfo,
    layout: TiffLayout,
    offsets: Sequence[int],
    counts: Sequence[int],
    dialect: Dialect,
    start: int,
) -> tuple[bytes, int]:
    """Return all directories as they must lie at `start`, and the offset of the main one."""
    parts: list[bytes] = []
    at = start
    long = LONG8 if dialect.is_big else LONG

    def add(tags: Sequence[Tag]) -> int:
        nonlocal at
        place, block = at, directory_bytes(tags, dialect, at)
        parts.append(block + b"\0" * (len(block) % 2))
        at += len(parts[-1])
        return place

    main = [*_layout_tags(info, layout), *_described(info)]
    main.append(Tag.of_numbers(324 if layout.is_tiled else 273, long, *offsets))
    main.append(Tag.of_numbers(325 if layout.is_tiled else 279, long, *counts))
    main.extend(_sub_directories(info, add, long))
    place = add(main)
    return b"".join(parts), place


def _layout_tags(info: ImageInfo, layout: TiffLayout) -> list[Tag]:
    grey = _MIN_IS_WHITE if info.is_min_white else _MIN_IS_BLACK
    tags = [
        Tag.of_numbers(254, LONG, 0),
        Tag.of_numbers(256, LONG, layout.width),
        Tag.of_numbers(257, LONG, layout.height),
        Tag.of_numbers(258, SHORT, *[layout.bit_depth] * layout.channels),
        Tag.of_numbers(259, SHORT, COMPRESSION_CODES[layout.compression]),
        Tag.of_numbers(262, SHORT, _RGB if layout.channels == 3 else grey),
        Tag.of_numbers(274, SHORT, info.orientation),
        Tag.of_numbers(277, SHORT, layout.channels),
        Tag.of_numbers(284, SHORT, 1),
    ]
    if layout.has_predictor:
        tags.append(Tag.of_numbers(317, SHORT, 2))
    if layout.is_tiled:
        tags.append(Tag.of_numbers(322, LONG, layout.segment_width))
        tags.append(Tag.of_numbers(323, LONG, layout.segment_height))
    else:
        tags.append(Tag.of_numbers(278, LONG, layout.segment_height))
    return tags


def _described(info: ImageInfo) -> list[Tag]:
    tags = list(info.metadata.tags)
    if info.icc_profile is not None:
        tags.append(Tag.of_bytes(ICC, UNDEFINED, info.icc_profile))
    if info.resolution is not None:
        tags.append(Tag.of_numbers(282, RATIONAL, *info.resolution.x))
        tags.append(Tag.of_numbers(283, RATIONAL, *info.resolution.y))
        tags.append(Tag.of_numbers(296, SHORT, info.resolution.unit))
    return tags


def _sub_directories(info: ImageInfo, add: Callable[[Sequence[Tag]], int], long: int) -> list[Tag]:
    metadata = info.metadata
    pointers: list[Tag] = []
    exif = list(metadata.exif)
    if metadata.interoperability:
        exif.append(Tag.of_numbers(INTEROPERABILITY_IFD, long, add(metadata.interoperability)))
    if exif:
        pointers.append(Tag.of_numbers(EXIF_IFD, long, add(exif)))
    if metadata.gps:
        pointers.append(Tag.of_numbers(GPS_IFD, long, add(metadata.gps)))
    return pointers
