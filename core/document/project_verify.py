"""Proves a whole project file: pages, tiles, state, every step of the history."""

import sqlite3
from collections.abc import Iterator

from core.document.project_failure import is_damage
from core.document.project_layers import layers_from_json
from core.document.project_read import describe_places, load, sound_steps
from core.document.project_schema import Change
from core.document.project_tiles import TileReader
from core.document.tile_codec import TileDamagedError


def verify(reader: TileReader) -> list[str]:
    """Return one sentence per thing that is damaged; an empty list if all is sound.

    Reads and hashes every tile. Raises ProjectDamagedError if nothing can be made of the file.
    """
    reader.db.execute("BEGIN")  # one moment's view, however long the painting goes on meanwhile
    loaded = load(reader)
    problems = list(loaded.problems)
    problems += _pages(reader.db)
    sound: dict[bytes, bool] = {}
    found = 0
    for row, changes in sound_steps(reader.db, 1, loaded.head.steps):
        found += 1
        bad = {
            change.place
            for change in changes
            if not all(_is_sound(reader, name, sound) for name in _names(change))
        }
        record = layers_from_json(row.layers_after)
        what = f"as of the step “{row.label}” ({row.time}) cannot be read"
        problems += describe_places(bad, record, loaded.head, what)
    if found < loaded.head.steps:
        problems.append(f"{loaded.head.steps - found} steps of the history are damaged.")
    return problems


def _pages(db: sqlite3.Connection) -> Iterator[str]:
    try:
        for (text,) in db.execute("PRAGMA integrity_check(20)"):
            if text != "ok":
                yield f"The project file's structure is damaged: {text}."
    except sqlite3.DatabaseError as cause:
        if not is_damage(cause):
            raise
        yield f"The project file's structure is damaged: {cause}."


def _names(change: Change) -> list[bytes]:
    return [name for name in (change.before, change.after) if name is not None]


def _is_sound(reader: TileReader, name: bytes, known: dict[bytes, bool]) -> bool:
    if name not in known:
        try:
            reader.stored(name)
            known[name] = True
        except TileDamagedError:
            known[name] = False
    return known[name]
