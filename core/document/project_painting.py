"""The painting a project belongs to: where it lies, and how it is known again."""

import hashlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Protocol

from core.document.project_failure import is_damage
from core.errors import ProjectDamagedError, ProjectError

_CHUNK_BYTES = 4 << 20


class PaintingFile(Protocol):
    """What a project must be told of a painting; ImageInfo is one."""

    @property
    def path(self) -> Path:
        """Where the painting lies."""


class PaintingChange(Enum):
    """What became of the painting's file.

    UNCERTAIN: it was written to, and whether its content is still the same cannot be told.
    """

    CHANGED = "changed"
    REMOVED = "removed"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True)
class PaintingReference:
    """A painting by absolute path, path relative to the project, size, time and SHA-256.

    `sha256` is empty until it is known, `relative` if the two lie on different drives.
    """

    path: str
    relative: str
    size_bytes: int
    mtime_ns: int
    sha256: str = ""

    @classmethod
    def of(cls, painting: Path, project: Path) -> "PaintingReference":
        """Return the reference to a painting as it lies there now, its hash not yet known.

        Raises ProjectError if it cannot be read.
        """
        painting = Path(os.path.abspath(painting))
        try:
            found = painting.stat()
        except OSError as cause:
            raise ProjectError(f"The painting {painting} cannot be read.") from cause
        relative = _relative(painting, Path(os.path.abspath(project)).parent)
        return cls(str(painting), relative, found.st_size, found.st_mtime_ns)

    def change_at(self, painting: Path) -> PaintingChange | None:
        """Return what became of the file there, told by size and time; None if nothing did."""
        try:
            found = painting.stat()
        except OSError:
            return PaintingChange.REMOVED
        is_same = (found.st_size, found.st_mtime_ns) == (self.size_bytes, self.mtime_ns)
        return None if is_same else PaintingChange.CHANGED

    def change_to(self, now: "PaintingReference") -> PaintingChange | None:
        """Return how the painting that `current_reference` found differs from this one."""
        if now.size_bytes != self.size_bytes or now.sha256 != self.sha256:
            return PaintingChange.CHANGED
        if now.mtime_ns != self.mtime_ns and not self.sha256:
            return PaintingChange.UNCERTAIN
        return None


def read_reference(db: sqlite3.Connection) -> PaintingReference:
    """Read the reference. Raises ProjectDamagedError if it is not readable."""
    try:
        row = db.execute(
            "SELECT path, relative, size_bytes, mtime_ns, sha256 FROM painting"
        ).fetchone()
    except sqlite3.DatabaseError as cause:
        if not is_damage(cause):
            raise
        raise ProjectDamagedError("The project no longer knows its painting.") from cause
    kinds = (bytes, bytes, int, int, str)
    if row is None or not all(isinstance(v, kind) for v, kind in zip(row, kinds, strict=True)):
        raise ProjectDamagedError("The project no longer knows its painting.")
    path, relative, *rest = row
    return PaintingReference(os.fsdecode(path), os.fsdecode(relative), *rest)


def write_reference(db: sqlite3.Connection, reference: PaintingReference) -> None:
    """Write the reference, within the caller's transaction."""
    path, relative, *rest = astuple(reference)
    values = (os.fsencode(path), os.fsencode(relative), *rest)  # names need not be UTF-8
    db.execute("INSERT OR REPLACE INTO painting VALUES(1,?,?,?,?,?)", values)


def current_reference(
    db: sqlite3.Connection, project: Path, painting: Path | None, allow_changed: bool
) -> PaintingReference:
    """Return the reference to the painting where and as it lies now (see `find_painting`).

    `painting` says where, if it is known. Raises ProjectError if it is missing or changed.
    """
    stored = read_reference(db)
    if painting is None:
        painting = find_painting(stored, project, allow_changed=allow_changed)
    difference = check_painting(stored, painting)
    if difference is not None and not allow_changed:
        raise ProjectError(difference)
    sha256 = stored.sha256 if difference is None else ""
    return replace(PaintingReference.of(painting, project), sha256=sha256)


def find_painting(
    reference: PaintingReference, project: Path, *, allow_changed: bool = False
) -> Path:
    """Return where the painting lies now.

    Looked for beside the project as it lay before, at its old place, and right in the
    project's folder; the first that is unchanged is the one. Size and time say so, or else the
    SHA-256 where it is known. With `allow_changed` the first found is taken as it is.
    Raises ProjectError if there is none, or only a changed one.
    """
    reasons = []
    for path in _candidates(reference, project):
        reason = None if allow_changed else check_painting(reference, path)
        if reason is None:
            return path
        reasons.append(reason)
    if reasons:
        raise ProjectError(reasons[0])
    raise ProjectError(
        f"The painting {Path(reference.path).name} was not found at {reference.path}, nor beside "
        f"the project {project.name}; put it back, or open the project with the painting's new "
        "place."
    )


def check_painting(reference: PaintingReference, path: Path) -> str | None:
    """Return None if a file is the painting, else a sentence saying how it differs."""
    try:
        found = path.stat()
    except OSError:
        return f"The painting {path} cannot be read."
    if found.st_size != reference.size_bytes:
        return (
            f"The painting {path} is not the one this project was made on: it had "
            f"{reference.size_bytes} bytes and has {found.st_size}."
        )
    if found.st_mtime_ns == reference.mtime_ns or not reference.sha256:
        return None
    if hash_file(path) != reference.sha256:
        return (
            f"The painting {path} is not the one this project was made on: "
            "its content has changed (the SHA-256 differs)."
        )
    return None


def hash_file(path: Path, is_cancelled: threading.Event | None = None) -> str | None:
    """Return a file's SHA-256 (hex); None if cancelled, unreadable, or changed meanwhile.

    Read by pread: a file cut short meanwhile gives an error, not a SIGBUS.
    """
    digest = hashlib.sha256()
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    try:
        before = os.fstat(fd)
        offset = 0
        while chunk := _read_at(fd, offset):
            if is_cancelled is not None and is_cancelled.is_set():
                return None
            digest.update(chunk)
            offset += len(chunk)
        after = os.fstat(fd)
    except OSError:
        return None
    finally:
        os.close(fd)
    same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    return digest.hexdigest() if same and offset == before.st_size else None


def _read_at(fd: int, offset: int) -> bytes:
    if hasattr(os, "pread"):
        return os.pread(fd, _CHUNK_BYTES, offset)
    return os.read(fd, _CHUNK_BYTES)  # Windows; the descriptor is ours alone, read in order


def _candidates(reference: PaintingReference, project: Path) -> Iterator[Path]:
    folder = Path(os.path.abspath(project)).parent
    seen = set()
    places = (folder / reference.relative, reference.path, folder / Path(reference.path).name)
    for place in places if reference.relative else places[1:]:
        path = Path(os.path.normpath(place))
        if path not in seen and path.is_file():
            yield path
        seen.add(path)


def _relative(painting: Path, folder: Path) -> str:
    try:
        return os.path.relpath(painting, folder)
    except ValueError:  # on another drive
        return ""
