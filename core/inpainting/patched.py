"""Patches laid down compactly, where nobody paints on them: a retouch surface of few samples."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from core.document.patch import Patch
from core.image.blend import over, premultiplied
from core.image.geometry import TILE_SIZE, TileKey, tiles_touching
from core.image.surface import U16, Surface, Tile


class PatchedTiles(Mapping[TileKey, Tile]):
    """Retouch tiles that keep only the samples patches cover; a tile is made when it is asked for.

    A crack network touches every tile of a picture and covers 4 % of it: dense tiles of 8 bytes
    a pixel would take more memory than the picture. One thread places, then any may read.
    """

    def __init__(self, document_channels: int) -> None:
        self._shape = Surface.retouch(document_channels).tile_shape
        self._covered: dict[TileKey, tuple[NDArray[np.uint16], U16]] = {}
        self.patches = 0

    @property
    def nbytes(self) -> int:
        """Bytes kept."""
        return sum(at.nbytes + samples.nbytes for at, samples in self._covered.values())

    def place(self, patch: Patch) -> None:
        """Lay a patch over what there is, as LayerStack.placing does."""
        self.patches += 1
        pixels = premultiplied(patch.pixels, patch.coverage)
        for key in tiles_touching(patch.rect):
            part = patch.rect.intersection(key.rect)
            top = pixels[part.slices(patch.rect)]
            if not top[..., -1].any():
                continue
            tile = self._dense(key)
            below = tile[part.slices(key.rect)]
            below[...] = over(top, below)
            samples = tile.reshape(TILE_SIZE * TILE_SIZE, -1)
            # Where alpha is 0 a premultiplied sample is 0 throughout.
            at = np.flatnonzero(samples[:, -1])
            self._covered[key] = (at.astype(np.uint16), samples[at])

    def placing(self, patches: Iterable[Patch]) -> Iterator[Patch]:
        """Yield patches as they come, each laid down before."""
        for patch in patches:
            self.place(patch)
            yield patch

    def surface(self) -> Surface:
        """Return what was placed so far as a surface to be read, not to be edited."""
        channels = self._shape[-1]
        return Surface(channels, np.dtype(np.uint16), self)

    def __getitem__(self, key: TileKey) -> Tile:
        if key not in self._covered:
            raise KeyError(key)
        tile = self._dense(key)
        tile.flags.writeable = False
        return tile

    def __iter__(self) -> Iterator[TileKey]:
        return iter(self._covered)

    def __len__(self) -> int:
        return len(self._covered)

    def _dense(self, key: TileKey) -> U16:
        tile = np.zeros(self._shape, np.uint16)
        if key in self._covered:
            at, samples = self._covered[key]
            tile.reshape(TILE_SIZE * TILE_SIZE, -1)[at] = samples
        return tile
