"""Reading a TIFF painting: any rectangle, upright, exact, from any thread."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from core.errors import ImageReadError
from core.image.bands import band_rects, full_range, nothing_known, picked
from core.image.byte_file import ByteFile
from core.image.file_identity import file_identity
from core.image.geometry import TILE_SIZE, Rect
from core.image.info import ImageInfo
from core.image.orientation import stored_rect, upright
from core.image.surface import U16
from core.image.tiff_layout import TiffLayout
from core.image.tiff_levels import TiffLevels, checked_levels, levels_among
from core.image.tiff_open import TiffPages, read_pages
from core.image.tiff_sketch import sketched
from core.image.tiff_stored import SegmentCache, lies_in_rows, read_stored

_CACHE_BYTES = 48 << 20
_HUGE_BYTES = 512 << 20
_QUICK_TILE_PX = 512 << 10
_QUICK_COPY_PX = 16 << 20


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
        it cannot be quick, as for huge compressed strips without a reduced copy in the file. Of
        compressed strips and tiles only the first rows of some are decoded, and the rows between
        them interpolated.
        """
        step = 1 << level
        size = -(-self.height // step), -(-self.width // step)
        stored = self._reduced_copy(step)
        if stored is None:
            stored = sketched(self._file, self._layout, step)
        if stored is None:
            return None
        pixels = upright(stored, self.info.orientation)
        return full_range(picked(pixels, size), self._layout.is_min_white)

    @property
    def is_slow(self) -> bool:
        """Whether a tile read at random costs decoding many more samples than it has."""
        layout = self._layout
        if layout.compression == "none":
            return False
        rows = max(TILE_SIZE, layout.segment_height)
        columns = max(TILE_SIZE, layout.segment_width)
        return rows * columns > _QUICK_TILE_PX

    @property
    def has_plain_rows(self) -> bool:
        """Whether a few rows as stored are read at no more cost than many."""
        return lies_in_rows(self._layout)

    def read_file(self, rect: Rect) -> U16:
        """Return what `read` does."""
        return self._read(rect, self._cache)

    def end_file_reads(self) -> None:
        """Do nothing: what is decoded is needed for `read`."""

    def identity(self) -> str:
        """Return a name for this state of this file; see `file_identity`."""
        return file_identity(self._file)

    def is_unchanged(self) -> bool:
        """Whether the file is still as it was when it was opened, as far as its times tell."""
        return self._file.is_unchanged()

    def levels(self) -> tuple[TiffLevels, tuple[str, ...]]:
        """Return the reduced levels the file brings along, and sentences on those not used.

        A few samples of each are compared with the painting's.
        """
        levels = TiffLevels(
            self._file,
            levels_among(self._reduced, self._layout),
            (self.width, self.height),
            self.info.orientation,
            self._cache,
        )
        return levels, tuple(checked_levels(levels, self._layout, self.read))

    def bands(
        self, known: Callable[[Rect], U16 | None] = nothing_known
    ) -> Iterator[tuple[Rect, U16]]:
        """Yield the whole picture in rectangles, each stored sample read and decoded once.

        The rectangles tile the picture: bands of full width from top to bottom, or, where the
        file stores it turned by a quarter (orientation 5..8), of full height from left to
        right. Their edges are multiples of 256 but at the picture's own edges.
        known: gives the samples of a rectangle where they need not be read from the file.
        """
        layout = self._layout
        # Bands and segments need not align: the segments that straddle two bands are kept.
        row_of_segments = layout.segment_bytes(0) * layout.across * layout.plane_count
        # A strip as large as the picture is decoded once for all, and held once.
        is_huge = 2 * row_of_segments > _HUGE_BYTES
        cache = self._cache if is_huge else SegmentCache(2 * row_of_segments)
        for rect in band_rects(self.info):
            pixels = known(rect)
            yield rect, self._read(rect, cache) if pixels is None else pixels

    def forget(self) -> None:
        """Give back what is decoded until it is asked for again."""
        self._cache.clear()

    def close(self) -> None:
        """Give the file back; later reads raise ImageReadError."""
        self._file.close()

    def __enter__(self) -> "TiffSource":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _reduced_copy(self, step: int) -> NDArray[Any] | None:
        """Return the smallest copy in the file that is large enough, if it is small enough."""
        fitting = [page for page in self._reduced if _is_enough(page, self._layout, step)]
        for page in sorted(fitting, key=lambda page: page.width):
            if page.width * page.height <= _QUICK_COPY_PX:
                whole = Rect(0, 0, page.width, page.height)
                with suppress(ImageReadError):
                    return read_stored(self._file, page, whole, SegmentCache(0))
        return None

    def _read(self, rect: Rect, cache: SegmentCache) -> U16:
        picture = Rect(0, 0, self.width, self.height)
        if rect.is_empty or not picture.contains(rect):
            raise ValueError(f"{rect} is not inside the picture of {picture}")
        where = stored_rect(rect, self.width, self.height, self.info.orientation)
        pixels = read_stored(self._file, self._layout, where, cache)
        return full_range(upright(pixels, self.info.orientation), self._layout.is_min_white)


def _is_enough(page: TiffLayout, layout: TiffLayout, step: int) -> bool:
    return page.width * step >= layout.width and page.height * step >= layout.height
