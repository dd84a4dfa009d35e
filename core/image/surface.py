"""Surfaces: sparse, copy-on-write pixels as a value; and what any source of pixels offers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from core.image.geometry import EMPTY_RECT, TILE_SIZE, Rect, TileKey, tiles_touching

Tile = NDArray[Any]
U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
F32 = NDArray[np.float32]

_NO_TILES: Mapping[TileKey, Tile] = MappingProxyType({})


class PixelSource(Protocol):
    """A painting's pixels: read-only, any rectangle, any reduced level.

    Samples are uint16 over the full range 0..65535 in the document's own profile (8-bit files
    are expanded by ×257, which is exact both ways). `channels` is 1 (grey) or 3 (RGB).
    """

    @property
    def width(self) -> int:
        """Columns at level 0, upright."""

    @property
    def height(self) -> int:
        """Rows at level 0, upright."""

    @property
    def channels(self) -> int:
        """1 (grey) or 3 (RGB)."""

    def read(self, rect: Rect, level: int = 0) -> U16:
        """Return (h, w, channels) uint16 of `rect.at_level(level)`.

        rect is in level-0 pixels and lies inside the picture. At level L each sample is the
        mean of its 2**L × 2**L level-0 samples (fewer at the right and bottom edge).
        Raises ImageReadError if the file no longer gives its samples.
        """


@runtime_checkable
class FileBacked(Protocol):
    """A PixelSource that may read from copies, and can be asked for the file itself."""

    @property
    def has_plain_rows(self) -> bool:
        """Whether the file gives a few rows of the stored picture at no more cost than many."""

    def read_file(self, rect: Rect) -> U16:
        """Return level 0 of a rectangle from the file. Raises ImageReadError."""

    def end_file_reads(self) -> None:
        """Give back what was decoded for that, where copies serve as well from now on."""


class Reducing(Protocol):
    """Reduces the tiles of a stroke in progress."""

    def reduced(self, key: TileKey, tile: Tile, inside: Rect, level: int) -> Tile:
        """Return a tile's pixels `inside`, counted from its corner, reduced by 2**level."""


class Sketched(Protocol):
    """What is seen of a surface while a stroke on it is painted in full elsewhere."""

    def parts(self, rect: Rect, level: int) -> Iterator[tuple[Rect, Tile]]:
        """Yield what `reduction.surface_parts` would of a rectangle inside the picture."""


@dataclass(frozen=True)
class Surface:
    """Sparse pixels of unlimited extent: absent tiles are zero.

    Tiles are read-only arrays of TILE_SIZE²: (rows, columns) where channels is 1, else
    (rows, columns, channels). A surface is a value: an edit returns another one that shares
    all unchanged tiles. Masks are 1 × uint8 (255 = loss). Retouch is premultiplied uint16:
    colour channels, then alpha (grey documents 2 channels, RGB 4).

    live: while a stroke writes some of the tiles in place, what reduces those. sketch: while one
    is painted in full elsewhere, what is seen instead of the tiles. Never part of the value.
    """

    channels: int
    dtype: np.dtype[Any]
    tiles: Mapping[TileKey, Tile] = field(default_factory=lambda: _NO_TILES)
    live: Reducing | None = field(default=None, compare=False, repr=False)
    sketch: Sketched | None = field(default=None, compare=False, repr=False)

    @classmethod
    def mask(cls) -> "Surface":
        """Return an empty mask surface."""
        return cls(1, np.dtype(np.uint8))

    @classmethod
    def retouch(cls, document_channels: int) -> "Surface":
        """Return an empty retouch surface for a document of 1 or 3 channels."""
        return cls(document_channels + 1, np.dtype(np.uint16))

    @property
    def tile_shape(self) -> tuple[int, ...]:
        """Shape of one tile."""
        return self.shape_of(TILE_SIZE, TILE_SIZE)

    @property
    def nbytes(self) -> int:
        """Bytes of all tiles, shared ones counted once."""
        return sum({id(tile): tile.nbytes for tile in self.tiles.values()}.values())

    def shape_of(self, height: int, width: int) -> tuple[int, ...]:
        """Return the shape of an array of this surface's pixels."""
        return (height, width) if self.channels == 1 else (height, width, self.channels)

    def bounds(self) -> Rect:
        """Return the Rect of all tiles present (on the tile grid)."""
        rect = EMPTY_RECT
        for key in self.tiles:
            rect = rect.union(key.rect)
        return rect

    def read(self, rect: Rect) -> Tile:
        """Return a copy of a rectangle: `shape_of(rect.height, rect.width)`, zero where absent."""
        out = np.zeros(self.shape_of(rect.height, rect.width), self.dtype)
        for key in tiles_touching(rect):
            tile = self.tiles.get(key)
            if tile is not None:
                part = rect.intersection(key.rect)
                out[part.slices(rect)] = tile[part.slices(key.rect)]
        return out

    def writing(self, rect: Rect, pixels: Tile) -> "Surface":
        """Return a surface with these pixels in `rect`; tiles left all zero are dropped.

        Raises ValueError if shape or dtype of `pixels` differ from the surface's.
        """
        if pixels.shape != self.shape_of(rect.height, rect.width) or pixels.dtype != self.dtype:
            raise ValueError(f"{pixels.shape} {pixels.dtype} does not fit {rect} of {self!r:.80}")
        changes: dict[TileKey, Tile] = {}
        for key in tiles_touching(rect):
            part = rect.intersection(key.rect)
            old = self.tiles.get(key)
            tile = np.zeros(self.tile_shape, self.dtype) if old is None else old.copy()
            tile[part.slices(key.rect)] = pixels[part.slices(rect)]
            changes[key] = tile
        return self.with_tiles(changes)

    def with_tiles(self, changes: Mapping[TileKey, Tile | None]) -> "Surface":
        """Return a surface with some tiles replaced; None or an all-zero tile removes one.

        The arrays given are frozen and owned by the surface from now on.
        """
        tiles, shape = dict(self.tiles), self.tile_shape
        for key, tile in changes.items():
            if tile is not None and (tile.shape != shape or tile.dtype != self.dtype):
                raise ValueError(f"a tile of {tile.shape} {tile.dtype} does not fit")
            if tile is None or _is_blank(tile):
                tiles.pop(key, None)
            else:
                tile.flags.writeable = False
                tiles[key] = tile
        return Surface(self.channels, self.dtype, MappingProxyType(tiles))

    def differing_keys(self, other: "Surface") -> set[TileKey]:
        """Return the keys whose tiles are not the very same object in both."""
        if self.tiles is other.tiles:
            return set()
        mine, theirs = self.tiles, other.tiles
        return {key for key in mine.keys() | theirs.keys() if mine.get(key) is not theirs.get(key)}


def _is_blank(tile: Tile) -> bool:
    # A project of 400 MP has ten thousand tiles, nearly all with something in the middle.
    return not (tile[TILE_SIZE // 2, TILE_SIZE // 2].any() or tile.any())
