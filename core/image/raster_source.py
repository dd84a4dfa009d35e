"""A picture that can only be decoded whole, read like any other painting."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ImageReadError
from core.image.bands import band_rects, full_range, nothing_known, picked
from core.image.byte_file import ByteFile
from core.image.file_identity import file_identity
from core.image.geometry import Rect
from core.image.info import ImageInfo
from core.image.orientation import stored_rect, upright
from core.image.surface import U16

# Decoded in half a second.
_QUICK_PX = 12 << 20


class RasterSource:
    """A picture's samples at level 0, upright, uint16 over the full range.

    It is decoded whole when a sample is first asked for, and held until `forget`. May be read
    from any thread; only `file`, if there is one, is owned.
    """

    def __init__(
        self, info: ImageInfo, decode: Callable[[], NDArray[Any]], file: ByteFile | None = None
    ) -> None:
        """decode: gives (rows, columns, channels) uint8 or uint16 as stored, or raises
        ImageReadError.
        """
        self.info = info
        self._decode = decode
        self._file = file
        self._stored: NDArray[Any] | None = None
        self._is_closed = False
        self._decoding = threading.Lock()

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

        Raises ValueError if the rectangle reaches beyond the picture or for another level.
        """
        picture = Rect(0, 0, self.width, self.height)
        if level != 0 or rect.is_empty or not picture.contains(rect):
            raise ValueError(f"{rect} at level {level} is not read from a picture of {picture}")
        where = stored_rect(rect, self.width, self.height, self.info.orientation)
        pixels = self._pixels()[where.y : where.bottom, where.x : where.right]
        out = full_range(upright(pixels, self.info.orientation))
        # Never a view: the picture cannot be changed through what is read from it.
        return out.copy() if np.shares_memory(out, pixels) else out

    def sample(self, level: int) -> U16 | None:
        """Return a quick coarse picture: one sample of each 2**level square, not their mean."""
        step = 1 << level
        size = -(-self.height // step), -(-self.width // step)
        return full_range(picked(upright(self._pixels(), self.info.orientation), size))

    def bands(
        self, known: Callable[[Rect], U16 | None] = nothing_known
    ) -> Iterator[tuple[Rect, U16]]:
        """Yield the whole picture in rectangles; see `band_rects`.

        known: gives the samples of a rectangle where they need not be decoded.
        """
        for rect in band_rects(self.info):
            pixels = known(rect)
            yield rect, self.read(rect) if pixels is None else pixels

    @property
    def is_slow(self) -> bool:
        """Whether it takes more than a moment, and much memory, to have any of it."""
        return self.width * self.height > _QUICK_PX

    def load(self) -> None:
        """Decode it now, if it is not decoded. Raises ImageReadError if it is damaged."""
        self._pixels()

    def forget(self) -> None:
        """Give the memory back until a sample is asked for again."""
        self._stored = None

    def identity(self) -> str:
        """Return a name for this state of its file; see `file_identity`."""
        if self._file is None:
            raise ValueError("what has no file has no identity")
        return file_identity(self._file)

    def is_unchanged(self) -> bool:
        """Whether its file is still as it was when it was opened, as far as its times tell."""
        return self._file is None or self._file.is_unchanged()

    def close(self) -> None:
        """Give memory and file back; later reads raise ImageReadError."""
        self._is_closed = True
        self._stored = None
        if self._file is not None:
            self._file.close()

    def __enter__(self) -> "RasterSource":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _pixels(self) -> NDArray[Any]:
        pixels = self._stored
        if pixels is not None:
            return pixels
        with self._decoding:
            if self._is_closed:
                raise ImageReadError(f"“{self.info.path.name}” is closed.")
            pixels = self._stored
            if pixels is None:
                self._stored = pixels = self._decode()
        return pixels
