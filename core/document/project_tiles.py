"""Reads tiles of a project by name, each proven, none twice while it is in use."""

import sqlite3
import threading
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from core.document.project_failure import is_damage
from core.document.project_schema import connect
from core.document.tile_codec import TileDamagedError, decode_tile
from core.errors import ProjectError
from core.image.surface import Tile

_DTYPES: dict[str, np.dtype[Any]] = {name: np.dtype(name) for name in ("uint8", "uint16", "uint32")}


class TileReader:
    """Reads tiles by name through one connection, for any thread; a tile in use is read once."""

    def __init__(self, path: Path) -> None:
        """Open the project for reading only. Raises ProjectError if the file does not open."""
        self.path = path
        try:
            self.db = connect(path, is_read_only=True)
        except sqlite3.Error as cause:
            raise ProjectError(f"The project {path} cannot be opened for reading.") from cause
        self.lock = threading.RLock()
        self._tiles: WeakValueDictionary[bytes, Tile] = WeakValueDictionary()

    def read(self, name: bytes) -> Tile:
        """Return a tile, proven by its name. Raises TileDamagedError if it is not to be had."""
        with self.lock:
            tile = self._tiles.get(name)
            if tile is None:
                dtype, channels, data = self._row(name)
                tile = decode_tile(data, name, channels, _DTYPES[dtype])
                self._tiles[name] = tile
            return tile

    def stored(self, name: bytes) -> tuple[bytes, str, int, bytes]:
        """Return a tile's row, proven by its name. Raises TileDamagedError."""
        with self.lock:
            dtype, channels, data = self._row(name)
            decode_tile(data, name, channels, _DTYPES[dtype])
            return name, dtype, channels, data

    def _row(self, name: bytes) -> tuple[str, int, bytes]:
        # The second way finds a tile whose entry in a damaged index is lost.
        for table in ("tiles", "tiles NOT INDEXED"):
            try:
                query = f"SELECT dtype, channels, data FROM {table} WHERE hash = ?"
                row = self.db.execute(query, (name,)).fetchone()
            except sqlite3.DatabaseError as cause:
                if not is_damage(cause):
                    raise
                continue
            if row is not None and _is_tile_row(row):
                return str(row[0]), int(row[1]), bytes(row[2])
        raise TileDamagedError("a tile is missing")


def _is_tile_row(row: tuple[Any, ...]) -> bool:
    return row[0] in _DTYPES and row[1] in (1, 2, 4) and isinstance(row[2], bytes)
