"""Makes a sound project of a damaged one; the damaged file is kept beside it, as it was."""

import os
import sqlite3
from dataclasses import replace
from pathlib import Path

from core.document.project_painting import read_reference, write_reference
from core.document.project_read import Loaded, load, sound_steps, state_digest
from core.document.project_schema import (
    Change,
    StepRow,
    log_files,
    sync,
    write_head,
    write_new_file,
)
from core.document.project_tiles import TileReader
from core.document.project_write import insert_step
from core.document.tile_codec import TileDamagedError
from core.errors import ProjectDamagedError


def load_sound(path: Path) -> tuple[TileReader, Loaded]:
    """Load a project; a damaged one is exchanged for what can be salvaged of it first."""
    reader = TileReader(path)
    try:
        loaded = load(reader)
        if not loaded.problems:
            return reader, loaded
        try:
            write_salvage(path, reader, loaded)
        except (sqlite3.Error, OSError) as cause:
            raise ProjectDamagedError(
                f"The project {path} is damaged, and what is sound in it could not be copied; "
                "make room on the disk and open it again. It was left as it is."
            ) from cause
    except BaseException:
        reader.db.close()
        raise
    reader.db.close()
    kept = finish_salvage(path)
    reader = TileReader(path)
    problems = (*loaded.problems, f"The damaged project was kept as {kept}.")
    return reader, replace(load(reader), problems=problems)


def write_salvage(path: Path, reader: TileReader, loaded: Loaded) -> None:
    """Write all that is sound in a damaged project into a new file beside it.

    From here on `finish_salvage` can exchange the two, even after a crash. The history keeps
    the unbroken run of sound steps around the position; in it, lost tiles are empty.
    Raises sqlite3.Error, OSError; then the damaged project is as it was.
    """
    head = loaded.head
    before = _unbroken(reader.db, range(head.position, 0, -1))[::-1]
    steps = before + _unbroken(reader.db, range(head.position + 1, head.steps + 1))
    names = set(loaded.state.values())
    for _, changes in steps:
        names |= {name for change in changes for name in change[1:] if name is not None}

    def fill(db: sqlite3.Connection) -> None:
        write_reference(db, read_reference(reader.db))
        sound = {name for name in sorted(names) if _copy_tile(reader, db, name)}
        for place, name in sorted(loaded.state.items()):
            db.execute("INSERT INTO state VALUES(?,?,?,?)", (*place, name))
        for seq, (row, changes) in enumerate(steps, 1):
            insert_step(db, row._replace(seq=seq), [_within(one, sound) for one in changes])
        digest = state_digest(loaded.state)
        new = replace(head, steps=len(steps), position=len(before), digest=digest)
        write_head(db, new)

    write_new_file(_salvaged(path), fill)


def finish_salvage(path: Path) -> Path | None:
    """Exchange a damaged project for its salvaged one, if there is one waiting. Idempotent.

    The damaged file and its log become `NAME.damaged-N`; returns that path, if it was made
    now. No connection may be open. Raises OSError.
    """
    salvaged = _salvaged(path)
    if not salvaged.exists():
        return None
    kept = None
    if path.exists():
        kept = _free_name(path)
        log, index = log_files(path)
        if log.exists():
            os.replace(log, log_files(kept)[0])
        index.unlink(missing_ok=True)
        os.replace(path, kept)
    # Should a crash have come in between, the log belongs to the kept file and is there already.
    os.replace(salvaged, path)
    sync(path.parent)
    return kept


def _free_name(path: Path) -> Path:
    number = 1
    while (name := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    return name


def _salvaged(path: Path) -> Path:
    return path.with_name(path.name + ".salvaged")


def _unbroken(db: sqlite3.Connection, seqs: range) -> list[tuple[StepRow, list[Change]]]:
    """Return the sound steps in the order asked for, up to the first that is not."""
    steps = []
    for seq in seqs:
        found = list(sound_steps(db, seq, seq))
        if not found:
            break
        steps += found
    return steps


def _copy_tile(reader: TileReader, db: sqlite3.Connection, name: bytes) -> bool:
    try:
        db.execute("INSERT INTO tiles VALUES(?,?,?,?)", reader.stored(name))
    except TileDamagedError:
        return False
    return True


def _within(change: Change, sound: set[bytes]) -> Change:
    """Return a change in which lost tiles are absent ones."""
    before, after = (name if name in sound else None for name in change[1:])
    return Change(change.place, before, after)
