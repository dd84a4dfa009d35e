"""Stored samples of a TIFF by rectangle: raw rows, or segments decoded and kept a while."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.image.byte_file import ByteFile
from core.image.geometry import Rect
from core.image.tiff_layout import TiffLayout
from core.image.tiff_segments import decoded

_SMALL_SPAN_BYTES = 512 << 10


class SegmentCache:
    """Decoded segments, the last used ones up to a byte budget; thread-safe.

    A segment that two threads want at once is decoded once.
    """

    def __init__(self, budget_bytes: int) -> None:
        self._budget_bytes = budget_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, NDArray[Any]] = OrderedDict()
        self._coming: dict[Hashable, Future[NDArray[Any]]] = {}
        self._nbytes = 0

    def get(self, index: Hashable, make: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Return a segment, made if it is not kept. Raises what `make` raises."""
        with self._lock:
            if index in self._kept:
                self._kept.move_to_end(index)
                return self._kept[index]
            coming = self._coming.get(index)
            if coming is None:
                mine: Future[NDArray[Any]] = Future()
                self._coming[index] = mine
        if coming is not None:
            return coming.result()
        try:
            segment = make()
        except BaseException as error:
            with self._lock:
                del self._coming[index]
            mine.set_exception(error)
            raise
        self._keep(index, segment)
        mine.set_result(segment)
        return segment

    def clear(self) -> None:
        """Keep nothing of what was decoded so far."""
        with self._lock:
            self._kept.clear()
            self._nbytes = 0

    def _keep(self, index: Hashable, segment: NDArray[Any]) -> None:
        with self._lock:
            del self._coming[index]
            self._kept[index] = segment
            self._nbytes += segment.nbytes
            # The newest stays even if it alone is over the budget: a file of one huge strip
            # would else be decoded anew for every tile.
            while self._nbytes > self._budget_bytes and len(self._kept) > 1:
                _, dropped = self._kept.popitem(last=False)
                self._nbytes -= dropped.nbytes


def read_stored(
    file: ByteFile, layout: TiffLayout, rect: Rect, cache: SegmentCache
) -> NDArray[Any]:
    """Return a stored rectangle, (h, w, channels) in the layout's dtype, native byte order.

    Raises ImageReadError if the file does not give its samples.
    """
    out = np.empty((rect.height, rect.width, layout.channels), layout.dtype)
    if lies_in_rows(layout) and rect.width == layout.width:
        _read_whole_rows(file, layout, rect, out)
        return out
    for plane in range(layout.plane_count):
        channels = slice(None) if layout.plane_count == 1 else slice(plane, plane + 1)
        for row in range(rect.y // layout.segment_height,
                         (rect.bottom - 1) // layout.segment_height + 1):  # fmt: skip
            for column in range(rect.x // layout.segment_width,
                                (rect.right - 1) // layout.segment_width + 1):  # fmt: skip
                index = (plane * layout.down + row) * layout.across + column
                where = Rect(column * layout.segment_width, row * layout.segment_height,
                             layout.segment_width, layout.segment_height)  # fmt: skip
                part = rect.intersection(where)
                rows, columns = part.slices(rect)
                out[rows, columns, channels] = _segment_part(
                    file, layout, index, part.translated(-where.x, -where.y), cache
                )
    return out


def lies_in_rows(layout: TiffLayout) -> bool:
    """Whether the samples of each row lie in the file as they are in memory, but for byte order."""
    is_plain = layout.compression == "none" and layout.bit_depth != 1
    return is_plain and layout.plane_count == 1 and layout.segment_width == layout.width


def _read_whole_rows(file: ByteFile, layout: TiffLayout, rect: Rect, out: NDArray[Any]) -> None:
    """Read rows of strips straight to where they belong, strips that touch in one go."""
    room, done = out.data.cast("B"), 0
    row_bytes, high = layout.row_bytes(), layout.segment_height
    start, size = 0, 0
    for index in range(rect.y // high, (rect.bottom - 1) // high + 1):
        top = max(rect.y - index * high, 0)
        rows = min(rect.bottom - index * high, high) - top
        place = int(layout.offsets[index]) + top * row_bytes
        if place != start + size:
            file.read_into(start, room[done : done + size])
            done, start, size = done + size, place, 0
        size += rows * row_bytes
    file.read_into(start, room[done : done + size])
    if not layout.dtype.newbyteorder(layout.byteorder).isnative:
        out.byteswap(inplace=True)


def _segment_part(
    file: ByteFile, layout: TiffLayout, index: int, part: Rect, cache: SegmentCache
) -> NDArray[Any]:
    if layout.compression == "none" and layout.bit_depth != 1:
        return _raw_rows(file, layout, index, part)
    offset, count = int(layout.offsets[index]), int(layout.counts[index])
    # Pages of one file are told apart by their width: a level is narrower than the painting.
    segment = cache.get(
        (layout.width, index),
        lambda: decoded(layout, index, file.read(offset, count), file.name),
    )
    return segment[part.y : part.bottom, part.x : part.right]


def _raw_rows(file: ByteFile, layout: TiffLayout, index: int, part: Rect) -> NDArray[Any]:
    """Read part of an uncompressed segment: whole rows if that is little, else row by row."""
    row_bytes, pixel_bytes = layout.row_bytes(), layout.plane_samples * layout.bit_depth // 8
    start = int(layout.offsets[index]) + part.y * row_bytes
    span = (part.height - 1) * row_bytes + part.width * pixel_bytes
    form = layout.dtype.newbyteorder(layout.byteorder)
    if part.width * 4 >= layout.segment_width or span <= _SMALL_SPAN_BYTES:
        data = file.read(start + part.x * pixel_bytes, span)
        # The last row's tail was not read; a strided view leaves it out.
        return np.ndarray(
            (part.height, part.width, layout.plane_samples),
            form,
            data,
            strides=(row_bytes, pixel_bytes, layout.bit_depth // 8),
        )
    rows = file.read_rows(
        start + part.x * pixel_bytes, part.width * pixel_bytes, row_bytes, part.height
    )
    samples = np.frombuffer(rows, form)
    return samples.reshape(part.height, part.width, layout.plane_samples)
