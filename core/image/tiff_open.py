"""Opening a TIFF: which of its pages is the painting, and what is known of it."""

from collections.abc import Iterator
from typing import NamedTuple

from core.errors import ImageReadError, UnsupportedImageError
from core.image.byte_file import ByteFile
from core.image.info import ImageInfo, profile_notice, read_resolution
from core.image.metadata import ICC, LAYOUT_TAGS, PHOTOSHOP_LAYERS, read_metadata
from core.image.orientation import is_transposed
from core.image.tiff_directory import Dialect, Directory, read_directory, read_header
from core.image.tiff_layout import TiffLayout, is_reduced, level_of, read_layout

_MAX_PAGES = 64
_SUB_IFDS = 330
_NOT_LAYOUT = frozenset(range(1 << 16)) - LAYOUT_TAGS | {ICC, PHOTOSHOP_LAYERS}


class TiffPages(NamedTuple):
    """The painting's page, what is known of it, and reduced copies of it, for a first view."""

    info: ImageInfo
    layout: TiffLayout
    reduced: tuple[TiffLayout, ...]


def read_pages(file: ByteFile, may_be_bilevel: bool = False) -> TiffPages:
    """Read and check all that must be known before a sample is read.

    Raises ImageReadError, UnsupportedImageError; see `read_layout`.
    """
    if file.size == 0:
        raise ImageReadError(f"{file.name} is empty (0 bytes).")
    dialect, offset = read_header(file)
    directory = read_directory(file, dialect, offset, skip=frozenset([PHOTOSHOP_LAYERS]))
    found = list(_other_pages(file, dialect, directory, offset))
    others = [page for page in found if page is not None]
    if is_reduced(directory):
        _refuse_thumbnail(file, directory, others)
    layout = read_layout(file.name, file.size, dialect, directory, may_be_bilevel)
    notices = _page_notices(directory, layout, others)
    if len(others) < len(found):
        notices.append("Further pages or reduced copies in the file are damaged; not used.")
    reduced = tuple(_reduced(file, dialect, layout, others, notices))
    return TiffPages(_info(file, dialect, directory, layout, notices), layout, reduced)


def _info(
    file: ByteFile,
    dialect: Dialect,
    directory: Directory,
    layout: TiffLayout,
    notices: list[str],
) -> ImageInfo:
    metadata, lost = read_metadata(file, dialect, directory)
    notices.extend(lost)
    orientation = directory.number(274, 1)
    if not 1 <= orientation <= 8:
        notices.append(f"The orientation {orientation} does not exist; it is shown as stored.")
        orientation = 1
    profile = directory.tags.get(ICC)
    if ICC in directory.damaged:
        notices.append("The colour profile is cut off and cannot be read.")
    if notice := profile_notice(None if profile is None else profile.data, layout.channels):
        notices.append(notice)
    width, height = layout.width, layout.height
    if is_transposed(orientation):
        width, height = height, width
    return ImageInfo(
        path=file.path,
        format="TIFF",
        width=width,
        height=height,
        channels=layout.channels,
        bit_depth=layout.bit_depth,
        icc_profile=None if profile is None else profile.data,
        orientation=orientation,
        resolution=read_resolution(directory),
        compression=layout.compression,
        is_tiled=layout.is_tiled,
        byteorder=dialect.byteorder,
        is_bigtiff=dialect.is_big,
        metadata=metadata,
        size_bytes=file.size,
        notices=tuple(notices),
        is_min_white=layout.is_min_white,
        file_id=file.file_id,
    )


def _other_pages(
    file: ByteFile, dialect: Dialect, first: Directory, offset: int
) -> Iterator[Directory | None]:
    """Yield the other pages, then the sub-pages, without metadata; few, and no circle.

    None stands for one whose table cannot be read.
    """
    seen = {offset, 0}
    for start in (first.next_offset, *first.numbers(_SUB_IFDS)[:_MAX_PAGES]):
        at = start
        while at not in seen and len(seen) <= 2 * _MAX_PAGES:
            seen.add(at)
            try:
                page = read_directory(file, dialect, at, skip=_NOT_LAYOUT)
            except ImageReadError:
                yield None
                break
            yield page
            at = page.next_offset


def _refuse_thumbnail(file: ByteFile, first: Directory, others: list[Directory]) -> None:
    size = first.number(256, 0) * first.number(257, 0)
    if any(page.number(256, 0) * page.number(257, 0) > size for page in others):
        raise UnsupportedImageError(
            f"{file.name} has only a reduced copy as its first page; "
            "save the full picture as a TIFF of one page."
        )


def _reduced(
    file: ByteFile,
    dialect: Dialect,
    layout: TiffLayout,
    others: list[Directory],
    notices: list[str],
) -> Iterator[TiffLayout]:
    """Yield the pages that are this picture, smaller; of others of such a size give notice."""
    for directory in others:
        width, height = directory.number(256, 0), directory.number(257, 0)
        # The same shape to within a pixel of rounding, at this size.
        skew = width * layout.height - height * layout.width
        is_same_shape = abs(skew) <= layout.width + layout.height and width < layout.width
        if not (_is_level(directory, layout) or (is_reduced(directory) and is_same_shape)):
            continue
        try:
            page = read_layout(file.name, file.size, dialect, directory)
            is_alike = (page.channels, page.bit_depth, page.is_min_white) == (
                layout.channels,
                layout.bit_depth,
                layout.is_min_white,
            )
        except ImageReadError:
            is_alike = False
        if is_alike:
            yield page
        else:
            notices.append(
                f"The reduced copy of {width:,} × {height:,} pixels in the file is damaged or of "
                "another kind than the painting; it is not used."
            )


def _is_level(directory: Directory, layout: TiffLayout) -> bool:
    """Whether a page's size is the painting's, halved once or several times."""
    size = directory.number(256, 0), directory.number(257, 0)
    return min(size) > 0 and level_of(size, (layout.width, layout.height)) is not None


def _page_notices(first: Directory, layout: TiffLayout, others: list[Directory]) -> list[str]:
    notices = []
    small = [page for page in others if is_reduced(page) or _is_level(page, layout)]
    full = [page for page in others if page not in small and page.number(256, 0)]
    if full:
        notices.append(f"The file has {len(full) + 1} pages; the first is the painting here.")
    if small:
        notices.append("Reduced copies in the file (previews) are not carried over to exports.")
    if PHOTOSHOP_LAYERS in first.codes:
        notices.append("Photoshop layers in the file are not carried over to exports.")
    return notices
