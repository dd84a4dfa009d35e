"""What is written to a project: a command, a move through history, tiles; never a commit.

Every function here runs inside a transaction of its caller.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.document.history import Command
from core.document.layer import Layer, LayerStack
from core.document.project_layers import layers_to_json, provenance_to_json
from core.document.project_schema import (
    Change,
    Head,
    Place,
    StepRow,
    mark,
    raise_version,
    read_head,
    step_digest,
    write_head,
)
from core.document.tile_codec import TileDamagedError, decode_tile, encode_tile, tile_hash
from core.image.geometry import TileKey
from core.image.surface import Tile


def write_document(
    db: sqlite3.Connection, stack: LayerStack, commands: Sequence[Command], position: int
) -> None:
    """Fill a fresh project: the first state, then every step, then a move to where it stands."""
    _write_start(db, commands[0].before if commands else stack)
    for number, command in enumerate(commands, 1):
        write_command(db, command, number, event=0)
    write_move(db, position, event=0)


def write_command(db: sqlite3.Connection, command: Command, position: int, event: int) -> None:
    """Write a step that leads to `position`; steps that were undone are dropped.

    Their tiles stay until `unreferenced_tiles` finds them.
    """
    raise_version(db)
    head = read_head(db)
    if head.position != position - 1:
        raise RuntimeError(f"a step to {position} cannot follow position {head.position}")
    if head.steps >= position:
        db.execute("DELETE FROM steps WHERE seq >= ?", (position,))
        db.execute("DELETE FROM changes WHERE step >= ?", (position,))
    changes, digest = _write_changes(db, command, head.digest)
    row = StepRow(
        position,
        command.label,
        command.time,
        *command.dirty,
        provenance_to_json(command.provenance),
        layers_to_json(command.before),
        layers_to_json(command.after),
    )
    insert_step(db, row, changes)
    write_head(
        db,
        replace(
            head,
            layers=row.layers_after,
            steps=position,
            position=position,
            event=event,
            digest=digest,
        ),
    )


def insert_step(db: sqlite3.Connection, row: StepRow, changes: list[Change]) -> None:
    """Insert one step and what it changed, sealed."""
    values = (*row, step_digest(row, changes))
    db.execute("INSERT INTO steps VALUES(?,?,?,?,?,?,?,?,?,?,?)", values)
    db.executemany(
        "INSERT INTO changes VALUES(?,?,?,?,?,?)",
        [(row.seq, *place, before, after) for place, before, after in changes],
    )


def write_move(db: sqlite3.Connection, position: int, event: int) -> None:
    """Undo or redo stored steps until `position` of them are done."""
    head = read_head(db)
    if not 0 <= position <= head.steps:
        raise RuntimeError(f"there is no position {position}")
    is_undo = position < head.position
    digest = head.digest
    for place, tile in net_changes(db, head.position, position).items():
        digest ^= _set_state(db, place, tile)
    layers = head.layers
    if position != head.position:
        column, seq = ("layers_before", position + 1) if is_undo else ("layers_after", position)
        found = db.execute(f"SELECT {column} FROM steps WHERE seq = ?", (seq,)).fetchone()
        layers = str(found[0])
    write_head(db, replace(head, layers=layers, position=position, event=event, digest=digest))


def net_changes(db: sqlite3.Connection, start: int, end: int) -> dict[Place, bytes | None]:
    """Return which tile stands where after going from one position to another."""
    column, order = ("before", "DESC") if end < start else ("after", "ASC")
    rows = db.execute(
        f"SELECT layer, tx, ty, {column} FROM changes WHERE step > ? AND step <= ? "
        f"ORDER BY step {order}",
        (min(start, end), max(start, end)),
    )
    return {Place(layer, tx, ty): tile for layer, tx, ty, tile in rows}


def unreferenced_tiles(db: sqlite3.Connection) -> list[bytes]:
    """Return the names of tiles that neither the state nor a step holds."""
    rows = db.execute(
        "SELECT hash FROM tiles EXCEPT SELECT tile FROM state "
        "EXCEPT SELECT before FROM changes EXCEPT SELECT after FROM changes"
    )
    return [name for (name,) in rows]


def delete_tiles(db: sqlite3.Connection, names: Iterable[bytes]) -> None:
    """Delete tiles by name."""
    db.executemany("DELETE FROM tiles WHERE hash = ?", [(name,) for name in names])


def insert_tile(db: sqlite3.Connection, name: bytes, tile: Tile) -> None:
    """Store a tile under its name unless a sound one is there."""
    channels = 1 if tile.ndim == 2 else tile.shape[2]
    found = db.execute("SELECT data FROM tiles WHERE hash = ?", (name,)).fetchone()
    if found is not None:
        try:
            decode_tile(found[0], name, channels, tile.dtype)
        except TileDamagedError:
            db.execute("UPDATE tiles SET data = ? WHERE hash = ?", (encode_tile(tile), name))
        return
    values = (name, np.dtype(tile.dtype).name, channels, encode_tile(tile))
    db.execute("INSERT INTO tiles VALUES(?,?,?,?)", values)


def _write_start(db: sqlite3.Connection, stack: LayerStack) -> None:
    """Write the first state of a fresh project."""
    digest, names = 0, _TileWriter(db)
    for layer in stack:
        for layer_id, tiles in _tiles(layer).items():
            for key, tile in tiles.items():
                digest ^= _set_state(db, Place(layer_id, *key), names.write(tile))
    layers = layers_to_json(stack)
    write_head(db, Head(stack.width, stack.height, stack.channels, layers, digest=digest))


class _TileWriter:
    """Stores tiles, each array once within a transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._names: dict[int, bytes] = {}

    def know(self, tile: Tile, name: bytes) -> None:
        """Remember the name of an array that is stored already."""
        self._names[id(tile)] = name

    def write(self, tile: Tile) -> bytes:
        """Return the tile's name, stored by now."""
        name = self._names.get(id(tile))
        if name is None:
            name = tile_hash(tile)
            insert_tile(self._db, name, tile)
            self._names[id(tile)] = name
        return name


def _write_changes(
    db: sqlite3.Connection, command: Command, digest: int
) -> tuple[list[Change], int]:
    """Bring `state` from before to after; return the changes and the new digest."""
    writer = _TileWriter(db)
    before = {layer.id: layer for layer in command.before}
    after = {layer.id: layer for layer in command.after}
    if after.keys() - before.keys():
        _know_stored(db, command.before, writer)
    changes = []
    for layer_id in sorted(before.keys() | after.keys()):
        for place, tile in _differing(before.get(layer_id), after.get(layer_id)):
            old = stored_tile(db, place)
            new = None if tile is None else writer.write(tile)
            if old != new:
                digest ^= _set_state(db, place, new)
                changes.append(Change(place, old, new))
    return changes, digest


def _know_stored(db: sqlite3.Connection, stack: LayerStack, writer: _TileWriter) -> None:
    """Let a new layer find the tiles it shares with the layer it was duplicated from."""
    for layer in stack:
        for layer_id, tiles in _tiles(layer).items():
            for key, tile in tiles.items():
                name = stored_tile(db, Place(layer_id, *key))
                if name is not None:
                    writer.know(tile, name)


def _differing(before: Layer | None, after: Layer | None) -> list[tuple[Place, Tile | None]]:
    """Return the places that differ between two states of a layer, with the tile after."""
    one, two = _tiles(before), _tiles(after)
    found: list[tuple[Place, Tile | None]] = []
    for layer_id in sorted(one.keys() | two.keys()):
        old, new = one.get(layer_id, {}), two.get(layer_id, {})
        if old is new:
            continue
        keys = sorted(old.keys() | new.keys())
        changed = [key for key in keys if old.get(key) is not new.get(key)]
        found += [(Place(layer_id, *key), new.get(key)) for key in changed]
    return found


def _tiles(layer: Layer | None) -> dict[int, Mapping[TileKey, Tile]]:
    """Return a layer's tiles by where they stand: its pixels', and its origins'."""
    if layer is None or layer.surface is None:
        return {}
    tiles = {layer.id: layer.surface.tiles}
    if layer.origins is not None:
        tiles[-layer.id] = layer.origins.tiles
    return tiles


def stored_tile(db: sqlite3.Connection, place: Place) -> bytes | None:
    """Return the name of the tile that stands at a place now."""
    found = db.execute(
        "SELECT tile FROM state WHERE layer = ? AND tx = ? AND ty = ?", place
    ).fetchone()
    return None if found is None else bytes(found[0])


def _set_state(db: sqlite3.Connection, place: Place, tile: bytes | None) -> int:
    """Put a tile (or none) at a place; return by what the digest of `state` changes."""
    old = stored_tile(db, place)
    change = 0 if old is None else mark(place, old)
    if tile is None:
        db.execute("DELETE FROM state WHERE layer = ? AND tx = ? AND ty = ?", place)
        return change
    db.execute("INSERT OR REPLACE INTO state VALUES(?,?,?,?)", (*place, tile))
    return change ^ mark(place, tile)
