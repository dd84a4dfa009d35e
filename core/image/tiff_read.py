"""Reading a TIFF painting: any rectangle, upright, exact, from any thread."""

from collections.abc import Iterator
from pathlib import Path

from core.image.bands import band_rects, full_range, picked
from core.image.byte_file import ByteFile
from core.image.geometry import Rect
from core.image.info import ImageInfo
from core.image.orientation import stored_rect, upright
from core.image.surface import U16
from core.image.tiff_layout import TiffLayout
from core.image.tiff_open import TiffPages, read_pages
from core.image.tiff_stored import SegmentCache, decimated, read_stored

_CACHE_BYTES = 48 << 20


def open_tiff(path: Path) -> "TiffSource":
    """Open a TIFF painting for reading.

    Every offset and count is checked against the file's size before a sample is read.
    Raises UnsupportedImageError for what would not be read exactly (CMYK, Lab, float, palette,
    alpha, …) and ImageReadError for what is no TIFF, damaged or truncated.
    """
    file = ByteFile(path)
    try:
        return TiffSource(file, read_pages(file))
    except BaseException:
        file.close()
        raise


class TiffSource:
    """A painting's samples at level 0, upright, uint16 over the full range.

    All methods may be called from any thread. Compressed strips and tiles that were decoded
    last are kept, a few dozen MiB of them.
    """

    def __init__(self, file: ByteFile, pages: TiffPages) -> None:
        self.info: ImageInfo = pages.info
        self._file = file
        self._layout = pages.layout
        self._reduced = pages.reduced
        self._cache = SegmentCache(_CACHE_BYTES)

    @property
    def width(self) -> int:
        """Columns, upright."""
        return self.info.width

    @property
    def height(self) -> int:
        """Rows, upright."""
        return self.info.height

    @property
    def channels(self) -> int:
        """1 (grey) or 3 (RGB)."""
        return self.info.channels

    def read(self, rect: Rect, level: int = 0) -> U16:
        """Return (h, w, channels) uint16 of a rectangle; level must be 0.

        Raises ImageReadError if the file no longer gives its samples, ValueError if the
        rectangle reaches beyond the picture or another level is asked for.
        """
        if level != 0:
            raise ValueError("a file is read at level 0; a Pyramid gives reduced levels")
        return self._read(rect, self._cache)

    def sample(self, level: int) -> U16 | None:
        """Return a quick coarse picture: one sample of each 2**level square, not their mean.

        It is ceil(height / 2**level) × ceil(width / 2**level), for a first view only. None where
        it cannot be quick: compressed data without a reduced copy in the file.
        """
        step = 1 << level
        size = -(-self.height // step), -(-self.width // step)
        if self._layout.compression == "none":
            stored = decimated(self._file, self._layout, step)
        else:
            fitting = [page for page in self._reduced if _is_enough(page, self._layout, step)]
            if not fitting:
                return None
            page = min(fitting, key=lambda page: page.width)
            stored = read_stored(
                self._file, page, Rect(0, 0, page.width, page.height), SegmentCache(0)
            )
        pixels = upright(stored, self.info.orientation)
        return full_range(picked(pixels, size), self._layout.is_min_white)

    def bands(self) -> Iterator[tuple[Rect, U16]]:
        """Yield the whole picture in rectangles, each stored sample read and decoded once.

        The rectangles tile the picture: bands of full width from top to bottom, or, where the
        file stores it turned by a quarter (orientation 5..8), of full height from left to
        right. Their edges are multiples of 256 but at the picture's own edges.
        """
        layout = self._layout
        # Bands and segments need not align: the segments that straddle two bands are kept.
        row_of_segments = layout.segment_bytes(0) * layout.across * layout.plane_count
        cache = SegmentCache(2 * row_of_segments)
        for rect in band_rects(self.info):
            yield rect, self._read(rect, cache)

    def close(self) -> None:
        """Give the file back; later reads raise ImageReadError."""
        self._file.close()

    def __enter__(self) -> "TiffSource":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read(self, rect: Rect, cache: SegmentCache) -> U16:
        picture = Rect(0, 0, self.width, self.height)
        if rect.is_empty or not picture.contains(rect):
            raise ValueError(f"{rect} is not inside the picture of {picture}")
        where = stored_rect(rect, self.width, self.height, self.info.orientation)
        pixels = read_stored(self._file, self._layout, where, cache)
        return full_range(upright(pixels, self.info.orientation), self._layout.is_min_white)


def _is_enough(page: TiffLayout, layout: TiffLayout, step: int) -> bool:
    return page.width * step >= layout.width and page.height * step >= layout.height
