"""The reference to the painting: where it is looked for, and its hash."""

import hashlib
import os
import sqlite3
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from core.document.project_painting import (
    PaintingChange,
    PaintingReference,
    check_painting,
    find_painting,
    hash_file,
    read_reference,
    write_reference,
)
from core.errors import ProjectDamagedError, ProjectError


@pytest.fixture
def reference(painting_file: Path) -> PaintingReference:
    project = painting_file.with_name("a.lacuna")
    sha256 = hashlib.sha256(painting_file.read_bytes()).hexdigest()
    return replace(PaintingReference.of(painting_file, project), sha256=sha256)


def _database() -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE TABLE painting(id, path, relative, size_bytes, mtime_ns, sha256)")
    return db


def test_the_hash_is_the_files(painting_file: Path) -> None:
    assert hash_file(painting_file) == hashlib.sha256(painting_file.read_bytes()).hexdigest()


def test_hashing_can_be_cancelled_and_fails_without_a_word(painting_file: Path) -> None:
    stop = threading.Event()
    stop.set()
    assert hash_file(painting_file, stop) is None
    assert hash_file(painting_file.with_name("nothing.tif")) is None


def test_a_reference_comes_back(reference: PaintingReference) -> None:
    db = _database()
    odd = replace(reference, path=os.fsdecode(b"/x/\xff.tif"))
    write_reference(db, odd)
    assert read_reference(db) == odd
    db.execute("UPDATE painting SET size_bytes = 'many'")
    with pytest.raises(ProjectDamagedError):
        read_reference(db)
    db.execute("DROP TABLE painting")
    with pytest.raises(ProjectDamagedError):
        read_reference(db)
    db.close()


def test_the_one_beside_the_project_comes_before_the_old_place(
    reference: PaintingReference, painting_file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    copy = folder / painting_file.name
    copy.write_bytes(painting_file.read_bytes())
    assert find_painting(reference, folder / "a.lacuna") == copy
    assert find_painting(reference, tmp_path / "a.lacuna") == painting_file


def test_a_changed_one_beside_is_passed_over_for_the_right_one(
    reference: PaintingReference, painting_file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    (folder / painting_file.name).write_bytes(b"another painting of that name")
    assert find_painting(reference, folder / "a.lacuna") == painting_file
    painting_file.unlink()
    with pytest.raises(ProjectError, match="not the one"):
        find_painting(reference, folder / "a.lacuna")


def test_an_unreadable_painting_is_named(reference: PaintingReference, painting_file: Path) -> None:
    painting_file.unlink()
    assert "cannot be read" in (check_painting(reference, painting_file) or "")
    with pytest.raises(ProjectError, match="cannot be read"):
        PaintingReference.of(painting_file, painting_file)


def test_what_became_of_the_painting_is_told_by_what_is_known_of_it(
    reference: PaintingReference, painting_file: Path
) -> None:
    later = replace(reference, mtime_ns=reference.mtime_ns + 1)
    assert reference.change_to(reference) is reference.change_to(later) is None
    assert reference.change_to(replace(later, sha256="")) is PaintingChange.CHANGED
    assert reference.change_to(replace(reference, size_bytes=5)) is PaintingChange.CHANGED
    unknown = replace(reference, sha256="")
    assert unknown.change_to(unknown) is None
    assert unknown.change_to(replace(later, sha256="")) is PaintingChange.UNCERTAIN
    assert reference.change_at(painting_file) is None
    assert later.change_at(painting_file) is PaintingChange.CHANGED
    assert reference.change_at(painting_file.with_name("no.tif")) is PaintingChange.REMOVED
