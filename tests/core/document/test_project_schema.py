"""Project files are made whole or not at all, and their rows prove themselves."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from core.document.project_schema import (
    Change,
    Head,
    Place,
    RowsDamagedError,
    StepRow,
    check_header,
    connect,
    mark,
    read_head,
    step_digest,
    write_head,
    write_new_file,
)

HEAD = Head(10, 20, 3, "{}", steps=4, position=2, event=9, digest=1 << 127)
ROW = StepRow(1, "Paint", "2026-01-01T00:00:00+00:00", 0, 0, 9, 9, "[]", "{}", "{}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.lacuna"


def test_a_new_file_is_whole_at_once(path: Path) -> None:
    write_new_file(path, lambda db: write_head(db, HEAD))
    check_header(path)
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    db = connect(path, is_read_only=True)
    assert read_head(db) == HEAD
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()


def test_a_failed_start_leaves_nothing(path: Path) -> None:
    path.with_name("a.lacuna.part").write_bytes(b"left by a crash")

    def fail(_: sqlite3.Connection) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError):
        write_new_file(path, fail)
    assert list(path.parent.iterdir()) == []


def test_reading_changes_no_byte_even_beside_a_log(path: Path) -> None:
    write_new_file(path, lambda db: write_head(db, HEAD))
    writer = connect(path, is_read_only=False)
    write_head(writer, replace(HEAD, position=3))
    log = path.with_name("a.lacuna-wal")
    before = (path.read_bytes(), log.read_bytes())
    reader = connect(path, is_read_only=True)
    assert read_head(reader).position == 3
    reader.close()
    assert (path.read_bytes(), log.read_bytes()) == before
    writer.close()


@pytest.mark.parametrize("field", ["width", "layers", "steps", "position", "event"])
def test_a_changed_head_is_found(path: Path, field: str) -> None:
    write_new_file(path, lambda db: write_head(db, HEAD))
    db = connect(path, is_read_only=False)
    db.execute(f"UPDATE head SET {field} = 1")
    with pytest.raises(RowsDamagedError):
        read_head(db)
    db.execute("DELETE FROM head")
    with pytest.raises(RowsDamagedError):
        read_head(db)
    db.close()


def test_marks_and_digests_tell_places_and_tiles_apart() -> None:
    one, two = Place(2, 0, 1), Place(2, 1, 0)
    assert len({mark(place, tile) for place in (one, two) for tile in (b"a", b"b")}) == 4
    changes = [Change(one, None, b"a"), Change(two, b"a", None)]
    whole = step_digest(ROW, changes)
    assert step_digest(ROW, changes[::-1]) == whole
    assert step_digest(ROW, changes[:1]) != whole
    assert step_digest(ROW._replace(label="Erase"), changes) != whole
    assert step_digest(ROW, [Change(one, b"a", None), changes[1]]) != whole
