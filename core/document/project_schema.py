"""The tables of a .lacuna file, how they are opened, and the seals that find damage in them.

head       one row: size, layers, how many steps, position, the digest of `state`, a seal
painting   one row: where the painting lies and how to know it again
tiles      samples as blobs, named by the hash of their content
state      which tile stands where at the current position; a layer's origins stand at −id
steps      one row per step of the history: label, time, provenance, layers before and after
changes    which tiles a step replaced by which; NULL is an absent tile

Blobs prove themselves by their name. The small rows are proven by digests: SQLite finds broken
pages, but not a flipped bit inside a row, which would show a tile at the wrong place.
"""

import errno
import hashlib
import os
import sqlite3
import struct
from collections.abc import Callable, Iterable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import NamedTuple

from core.errors import ProjectDamagedError, ProjectError, ProjectVersionError

APPLICATION_ID = 0x4C41434E  # "LACN", stored in bytes 68..71 of the file
# Stored in bytes 60..63; 2 since layers have groups, blend modes and locks, 3 since fills keep
# where their brushwork came from.
VERSION = 3
_MAGIC = b"SQLite format 3\0"

_SCHEMA = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
CREATE TABLE head(
    id INTEGER PRIMARY KEY CHECK(id = 1), width INTEGER NOT NULL, height INTEGER NOT NULL,
    channels INTEGER NOT NULL, layers TEXT NOT NULL, steps INTEGER NOT NULL,
    position INTEGER NOT NULL, event INTEGER NOT NULL, digest BLOB NOT NULL, seal BLOB NOT NULL);
CREATE TABLE painting(
    id INTEGER PRIMARY KEY CHECK(id = 1), path BLOB NOT NULL, relative BLOB NOT NULL,
    size_bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, sha256 TEXT NOT NULL);
CREATE TABLE tiles(
    hash BLOB PRIMARY KEY, dtype TEXT NOT NULL, channels INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE state(
    layer INTEGER, tx INTEGER, ty INTEGER, tile BLOB NOT NULL,
    PRIMARY KEY(layer, tx, ty)) WITHOUT ROWID;
CREATE TABLE steps(
    seq INTEGER PRIMARY KEY, label TEXT NOT NULL, time TEXT NOT NULL,
    x INTEGER NOT NULL, y INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
    provenance TEXT NOT NULL, layers_before TEXT NOT NULL, layers_after TEXT NOT NULL,
    digest BLOB NOT NULL);
CREATE TABLE changes(
    step INTEGER, layer INTEGER, tx INTEGER, ty INTEGER, before BLOB, after BLOB,
    PRIMARY KEY(step, layer, tx, ty)) WITHOUT ROWID;
"""
TABLES = frozenset({"head", "painting", "tiles", "state", "steps", "changes"})


@dataclass(frozen=True)
class Head:
    """The one row that says where the document stands.

    `event` grows by one with every command or move written, so that a write whose success
    was not reported is known again and not done twice. `digest` is the XOR of the marks of
    all rows of `state`.
    """

    width: int
    height: int
    channels: int
    layers: str
    steps: int = 0
    position: int = 0
    event: int = 0
    digest: int = 0


class RowsDamagedError(ValueError):
    """A row is not what was written. Caught within core.document."""


class Place(NamedTuple):
    """Where a tile stands: layer id, column, row of the tile grid; of its origins: minus the id."""

    layer: int
    tx: int
    ty: int


class Change(NamedTuple):
    """One tile replaced in a step, by the hashes of the tiles; None is an absent tile."""

    place: Place
    before: bytes | None
    after: bytes | None


class StepRow(NamedTuple):
    """A row of `steps` without its digest."""

    seq: int
    label: str
    time: str
    x: int
    y: int
    width: int
    height: int
    provenance: str
    layers_before: str
    layers_after: str


def mark(place: Place, tile: bytes) -> int:
    """Return the 128-bit mark of one row of `state`."""
    text = repr((tuple(place), tile)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=16).digest(), "little")


def step_digest(row: StepRow, changes: Iterable[Change]) -> bytes:
    """Return the digest of a step and the tiles it changed."""
    digest = hashlib.blake2b(repr(tuple(row)).encode(), digest_size=16)
    for place, before, after in sorted(changes, key=lambda change: change.place):
        digest.update(repr((tuple(place), before, after)).encode())
    return digest.digest()


def read_head(db: sqlite3.Connection) -> Head:
    """Return the head. Raises RowsDamagedError if its seal does not fit."""
    row = db.execute(
        "SELECT width, height, channels, layers, steps, position, event, digest, seal FROM head"
    ).fetchone()
    if row is None or not isinstance(row[7], bytes):
        raise RowsDamagedError("the head is missing")
    values = (*row[:7], int.from_bytes(row[7], "little"))
    head = Head(*values)
    if _seal(head) != row[8]:
        raise RowsDamagedError("the head's seal does not fit")
    return head


def write_head(db: sqlite3.Connection, head: Head) -> None:
    """Replace the head."""
    values = (1, *astuple(head)[:7], head.digest.to_bytes(16, "little"), _seal(head))
    db.execute("INSERT OR REPLACE INTO head VALUES(?,?,?,?,?,?,?,?,?,?)", values)


def _seal(head: Head) -> bytes:
    return hashlib.blake2b(repr(astuple(head)).encode(), digest_size=16).digest()


def check_header(path: Path) -> None:
    """Look at a file's first bytes, without SQLite and without writing.

    Raises ProjectDamagedError if it is empty or no SQLite file, ProjectError if it is missing
    or some other program's database, ProjectVersionError if a newer Lacuna wrote it.
    """
    try:
        with path.open("rb") as file:
            head = file.read(100)
            size = os.fstat(file.fileno()).st_size
    except OSError as cause:
        raise ProjectError(f"The project {path} cannot be read.") from cause
    if len(head) < 100 or not head.startswith(_MAGIC):
        raise ProjectDamagedError(
            f"The file {path} is not a Lacuna project, or its beginning is destroyed; "
            "it was left as it is."
        )
    version, application = struct.unpack_from(">I4xI", head, 60)
    if application != APPLICATION_ID:
        raise ProjectError(f"The file {path} is not a Lacuna project.")
    check_version(path, version)
    page_bytes, pages = struct.unpack_from(">H10xI", head, 16)
    # After a crash the log may hold the pages that the file does not have yet.
    if size < page_bytes * pages and not _has_content(log_files(path)[0]):
        raise ProjectDamagedError(
            f"The project {path} is cut short: only {size} of its {page_bytes * pages} bytes are "
            "there; look for a copy of it. It was left as it is."
        )


def raise_version(db: sqlite3.Connection) -> None:
    """Let a project of an older version be one of this from now on: earlier programs refuse it.

    Within the caller's transaction, before the first row is written that they cannot read.
    What they wrote is read as it is, and stays as it is.
    """
    if db.execute("PRAGMA user_version").fetchone()[0] < VERSION:
        db.execute(f"PRAGMA user_version = {VERSION}")


def check_version(path: Path, version: int) -> None:
    """Raise ProjectVersionError if a newer Lacuna wrote the project."""
    if version > VERSION:
        raise ProjectVersionError(
            f"The project {path} was written by a newer Lacuna (format {version}; this one "
            f"knows {VERSION}); open it with that one. It was left as it is."
        )


def connect(path: Path, *, is_read_only: bool) -> sqlite3.Connection:
    """Open a project's database; read-only, it is left as it is, log and all, even when closed.

    For writing: write-ahead log, each commit synced to the disk, no checkpoint of SQLite's own
    choosing. Raises sqlite3.Error; ProjectError if the folder allows no write-ahead log.
    """
    mode = "ro" if is_read_only else "rw"
    db = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}",
        uri=True,
        timeout=5.0,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        db.execute("PRAGMA trusted_schema = OFF")
        db.execute("PRAGMA cell_size_check = ON")
        if not is_read_only:
            _prepare_writing(db, path)
    except BaseException:
        db.close()
        raise
    return db


def _prepare_writing(db: sqlite3.Connection, path: Path) -> None:
    if db.execute("PRAGMA journal_mode = WAL").fetchone() != ("wal",):
        raise ProjectError(
            f"Strokes cannot be kept safe in the folder {path.parent}; "
            "put the project on a local disk."
        )
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA fullfsync = ON")  # macOS: a plain fsync leaves data in the disk's cache
    db.execute("PRAGMA wal_autocheckpoint = 0")
    db.execute(f"PRAGMA journal_size_limit = {32 << 20}")


def write_new_file(path: Path, fill: Callable[[sqlite3.Connection], None]) -> None:
    """Make a project file complete at once: at `path` there is the whole of it, or nothing new.

    `fill` writes the rows into fresh tables. Raises sqlite3.Error, OSError.
    """
    part = path.with_name(path.name + ".part")
    remove_project(part)
    try:
        db = sqlite3.connect(part, isolation_level=None)
        try:
            db.execute("PRAGMA journal_mode = OFF")
            db.execute("PRAGMA synchronous = OFF")  # synced below, before it gets its name
            db.executescript(_SCHEMA)
            db.execute("BEGIN")
            fill(db)
            db.execute("COMMIT")
            db.execute("PRAGMA journal_mode = WAL")
        finally:
            db.close()
        _prove_pages(part)
        sync(part)
        os.replace(part, path)
        sync(path.parent)
    finally:
        remove_project(part)


def _prove_pages(path: Path) -> None:
    """Raise OSError if a file just written is not what was written into it."""
    db = sqlite3.connect(path)
    try:
        found = db.execute("PRAGMA integrity_check(1)").fetchone()
    finally:
        db.close()
    if found != ("ok",):
        raise OSError(errno.EIO, "the disk did not keep what was written")


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk. Raises OSError."""
    if os.name == "nt" and path.is_dir():
        return  # Windows has no handle to a folder's names and writes them by itself
    fd = os.open(path, os.O_RDWR if path.is_file() else os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def log_files(path: Path) -> tuple[Path, Path]:
    """Return the paths of a database's write-ahead log and of its index."""
    return path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")


def remove_project(path: Path) -> None:
    """Remove a project file and its log. No connection may be open."""
    for file in (path, *log_files(path)):
        file.unlink(missing_ok=True)


def drop_empty_log(path: Path) -> None:
    """Remove the empty log that reading leaves behind. No connection may be open."""
    log, index = log_files(path)
    if log.exists() and not _has_content(log):
        log.unlink()
        index.unlink(missing_ok=True)


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False
