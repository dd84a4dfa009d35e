"""The pictures of a painting's evidence layers: opened, made quick to view, and closed with it."""

import threading
from collections.abc import Callable
from pathlib import Path

from core.image.color import ColorProfile
from core.image.files import open_image
from core.image.pyramid import Pyramid
from core.image.raster import RasterSource
from core.image.recolored import Recolored
from core.image.surface import PixelSource
from core.image.tiff import TiffSource
from core.image.tile_cache import TileCache


class EvidencePictures:
    """Of one painting. Any thread may open one; `close` when nobody reads any more.

    cache: for their pixels. profile: the painting's, in which they are shown.
    """

    def __init__(self, cache: TileCache, profile: ColorProfile) -> None:
        self._cache = cache
        self._profile = profile
        self._lock = threading.Lock()
        self._opened: list[tuple[TiffSource | RasterSource, Pyramid]] = []
        self._built = 0

    def open(self, path: Path) -> PixelSource:
        """Open a TIFF, PNG or JPEG read-only. Raises ImageReadError."""
        source = open_image(path)
        try:
            levels = source.levels()[0] if isinstance(source, TiffSource) else None
            pyramid = Pyramid(source, self._cache, [] if levels is None else [levels])
            pyramid.sketch()
        except BaseException:
            source.close()
            raise
        with self._lock:
            self._opened.append((source, pyramid))
        profile = ColorProfile.of(source.info.icc_profile, source.info.channels)
        return Recolored(pyramid, profile, self._profile)

    def prepare(self, is_cancelled: Callable[[], bool]) -> None:
        """Make the levels of those opened quick to read, for as long as that may be.

        Takes the time of reading them: for a worker thread. Raises Cancelled, ImageReadError.
        """
        while True:
            with self._lock:
                if self._built >= len(self._opened):
                    return
                pyramid = self._opened[self._built][1]
                self._built += 1
            pyramid.build(_unheard, is_cancelled)

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            opened, self._opened = self._opened, []
        for source, pyramid in opened:
            pyramid.interrupt()
            pyramid.close()
            source.close()


def _unheard(share: float) -> None:
    del share
