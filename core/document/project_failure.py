"""Why a project could not be opened or written, as a sentence for the conservator."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import ProjectError


@contextmanager
def errors_named(sentence: str) -> Iterator[None]:
    """Turn errors of the disk and of SQLite into one sentence with its reason."""
    try:
        yield
    except OSError as cause:
        raise ProjectError(f"{sentence}: {cause.strerror or cause}.") from cause
    except sqlite3.Error as cause:
        raise ProjectError(f"{sentence}: {cause}.") from cause


_DAMAGE = (
    "SQLITE_CORRUPT",
    "SQLITE_NOTADB",
    "SQLITE_ERROR",  # a table or column is not there
    "SQLITE_IOERR_READ",
    "SQLITE_IOERR_SHORT_READ",
    "SQLITE_IOERR_DATA",
    "SQLITE_IOERR_CORRUPTFS",
)


def is_damage(cause: sqlite3.Error) -> bool:
    """Whether an error in reading tells of a damaged file, not of a full or busy disk."""
    if isinstance(cause, sqlite3.ProgrammingError):
        return False
    name = getattr(cause, "sqlite_errorname", None)
    return name is None or name.startswith(_DAMAGE)  # without a name: text that is no UTF-8


def failure_sentence(path: Path, cause: Exception, pending: int) -> str:
    """Say why the last write failed, and that nothing is lost yet."""
    strokes = "The last stroke is" if pending == 1 else f"The last {pending} strokes are"
    return f"{strokes} kept in memory only: {_reason(path, cause)}. It is tried again."


def _reason(path: Path, cause: Exception) -> str:
    name = getattr(cause, "sqlite_errorname", "") if isinstance(cause, sqlite3.Error) else ""
    number = cause.errno if isinstance(cause, OSError) else None
    if name.startswith("SQLITE_FULL") or number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"the disk of {path.parent} is full; make room on it"
    if name.startswith("SQLITE_READONLY") or number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"the project {path} may not be written; allow it, or save it elsewhere"
    if isinstance(cause, FileNotFoundError) or name.startswith("SQLITE_CANTOPEN"):
        return f"the project {path} is no longer at its place; put it back"
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return f"another program holds the project {path}; close that program"
    if name.startswith("SQLITE_IOERR") or number == errno.EIO:
        return f"the disk of {path.parent} reports an error; save the project on another disk"
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return f"the project {path} was damaged from outside; save it under another name"
    return f"the project {path} could not be written ({type(cause).__name__})"
