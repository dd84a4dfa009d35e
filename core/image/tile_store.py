"""A disposable store of a painting's tiles at all levels: exact, checked when read, resumable."""

import hashlib
import os
import struct
import threading
import zlib
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import imagecodecs
import numpy as np

from core.errors import ImageReadError
from core.image.byte_file import ByteFile
from core.image.file_lock import FileLock
from core.image.geometry import TILE_SIZE, Rect, TileKey, tiles_touching
from core.image.surface import U16

INDEX, TILES, LOCK = "index", "tiles", "lock"
_HEADER = struct.Struct("<16s32sIII")
_MAGIC = b"Lacuna tiles 1\r\n"
# Level, column, row, where the bytes lie, how many, whether compressed, their digest; the CRC.
_RECORD = struct.Struct("<BIIQIB16s")
_CRC = struct.Struct("<I")
_RECORD_BYTES = _RECORD.size + _CRC.size
_TOP_SIDE = 256
_LEVEL = 1
# Grain hardly compresses: raw tiles are read in a third of the time.
_WORTH = 0.95


class Place(NamedTuple):
    """Where a tile's bytes lie, and what they are."""

    offset: int
    size: int
    is_compressed: bool
    digest: bytes
    record: int


class TileStore:
    """Tiles of 256 px of one state of one file, level 0 exact, in a folder of its own.

    One writer; any thread may read. Bytes are written before the record that names them, and
    each tile is proved by its digest when it is read, so that a kill or a power cut at any moment
    leaves a store that gives true tiles or none. Closing lets go of the folder's lock.
    """

    def __init__(
        self, folder: Path, identity: str, size: tuple[int, int, int], lock: FileLock
    ) -> None:
        """Open a store or begin one. Raises OSError; what is of another file is thrown away."""
        self.folder = folder
        self.width, self.height, self.channels = size
        self._picture = Rect(0, 0, self.width, self.height)
        self._lock = lock
        self._writing = threading.Lock()
        self._places: dict[tuple[int, TileKey], Place] = {}
        self._header = _HEADER.pack(_MAGIC, bytes.fromhex(identity), *size)
        longer = -(-max(self.width, self.height) // _TOP_SIDE)
        self._top = (longer - 1).bit_length()
        in_tiles = TILE_SIZE.bit_length() - 1
        self._count = sum(
            self._picture.at_level(level).at_level(in_tiles).area for level in self.levels
        )
        self._index = _opened(folder / INDEX)
        try:
            self._tiles = _opened(folder / TILES)
            self._end = os.fstat(self._tiles).st_size
            self._load()
            self._reader = ByteFile(folder / TILES)
        except ImageReadError as cause:
            raise OSError("the tiles cannot be opened") from cause

    @property
    def levels(self) -> frozenset[int]:
        """All, down to the one of at most 256 px."""
        return frozenset(range(self._top + 1))

    @property
    def is_complete(self) -> bool:
        """Whether every tile of every level is there."""
        return len(self._places) == self._count

    @property
    def share(self) -> float:
        """How much of it is there, 0..1."""
        return len(self._places) / self._count

    def has(self, key: TileKey, level: int) -> bool:
        """Whether a tile is there, sound or not."""
        return (level, key) in self._places

    def read(self, area: Rect, level: int) -> U16 | None:
        """Return (h, w, channels) of an area in the level's pixels; None if any of it is not there.

        A damaged tile is forgotten, so that the next time it is made anew.
        """
        keys = list(tiles_touching(area))
        if not all((level, key) in self._places for key in keys):
            return None
        out = np.empty((area.height, area.width, self.channels), np.uint16)
        for key in keys:
            tile = self._tile(key, level)
            if tile is None:
                return None
            rect = key.rect.intersection(self._picture.at_level(level))
            part = area.intersection(rect)
            out[part.slices(area)] = tile[part.slices(rect)]
        return out

    def put(self, key: TileKey, level: int, tile: U16) -> None:
        """Write a tile (h, w, channels), cut at the picture's edge. Raises OSError, if full."""
        data, is_compressed = _encoded(tile)
        digest = hashlib.sha256(data).digest()[:16]
        with self._writing:
            offset = self._end
            _write(self._tiles, offset, data)
            self._end = offset + len(data)
            record = os.fstat(self._index).st_size
            record -= (record - _HEADER.size) % _RECORD_BYTES
            place = Place(offset, len(data), is_compressed, digest, record)
            body = _RECORD.pack(level, key.tx, key.ty, offset, len(data), is_compressed, digest)
            _write(self._index, record, body + _CRC.pack(zlib.crc32(body)))
            self._places[level, key] = place

    def discard(self) -> None:
        """Forget all tiles, for good: they are not to be trusted."""
        with self._writing, suppress(OSError):
            self._places = {}
            os.ftruncate(self._index, 0)

    def close(self) -> None:
        """Let go of it; later reads give nothing. May be called twice."""
        with self._writing:
            self._places = {}
            self._reader.close()
            for descriptor in (self._index, self._tiles):
                if descriptor >= 0:
                    os.close(descriptor)
            self._index = self._tiles = -1
            self._lock.release()

    def _load(self) -> None:
        """Read the index; records that are torn or name what is not there do not count."""
        os.lseek(self._index, 0, os.SEEK_SET)
        size = os.fstat(self._index).st_size
        with os.fdopen(os.dup(self._index), "rb") as file:
            data = file.read(size)
        if data[: _HEADER.size] != self._header:
            os.ftruncate(self._index, 0)
            os.ftruncate(self._tiles, 0)
            self._end = 0
            _write(self._index, 0, self._header)
            return
        for at in range(_HEADER.size, len(data) - _RECORD_BYTES + 1, _RECORD_BYTES):
            body = data[at : at + _RECORD.size]
            if _CRC.unpack_from(data, at + _RECORD.size)[0] != zlib.crc32(body):
                continue
            level, tx, ty, offset, length, is_compressed, digest = _RECORD.unpack(body)
            key = TileKey(tx, ty)
            is_ours = level <= self._top and not (
                key.rect.intersection(self._picture.at_level(level)).is_empty
            )
            if is_ours and offset + length <= self._end:
                self._places[level, key] = Place(offset, length, bool(is_compressed), digest, at)

    def _tile(self, key: TileKey, level: int) -> U16 | None:
        place = self._places.get((level, key))
        if place is None:
            return None
        rect = key.rect.intersection(self._picture.at_level(level))
        try:
            data = self._reader.read(place.offset, place.size)
            if hashlib.sha256(data).digest()[:16] == place.digest:
                return _decoded(data, (rect.height, rect.width, self.channels), place)
        except (ImageReadError, RuntimeError, ValueError):
            # Gone, or not what a tile is: as good as never written.
            pass
        self._forget(key, level, place)
        return None

    def _forget(self, key: TileKey, level: int, place: Place) -> None:
        with self._writing:
            self._places.pop((level, key), None)
            if self._index >= 0:
                # If even that fails, the next one to read it finds the same.
                with suppress(OSError):
                    _write(self._index, place.record, bytes(_RECORD_BYTES))


def _opened(path: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
    return os.open(path, flags, 0o600)


def _write(descriptor: int, offset: int, data: bytes) -> None:
    os.lseek(descriptor, offset, os.SEEK_SET)
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _encoded(tile: U16) -> tuple[bytes, bool]:
    little = np.ascontiguousarray(tile, np.dtype("<u2"))
    differences = imagecodecs.delta_encode(little, axis=1)
    packed = bytes(imagecodecs.zstd_encode(differences.tobytes(), level=_LEVEL))
    return (packed, True) if len(packed) < little.nbytes * _WORTH else (little.tobytes(), False)


def _decoded(data: bytes, shape: tuple[int, int, int], place: Place) -> U16:
    size = 2 * shape[0] * shape[1] * shape[2]
    raw = imagecodecs.zstd_decode(data, out=size) if place.is_compressed else data
    if len(raw) != size:
        raise ValueError(f"a tile has {len(raw)} bytes instead of {size}")
    samples = np.frombuffer(raw, np.dtype("<u2")).astype(np.uint16, copy=False).reshape(shape)
    if not place.is_compressed:
        return samples
    out: U16 = imagecodecs.delta_decode(samples, axis=1)
    return out
