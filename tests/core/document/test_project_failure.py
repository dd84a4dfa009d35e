"""Sentences for failed writes name the reason and what to do."""

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from core.document.project_failure import errors_named, failure_sentence
from core.errors import ProjectError

PATH = Path("/studio/painting.lacuna")


def _sqlite(name: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("failed")
    error.sqlite_errorname = name
    return error


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (_sqlite("SQLITE_FULL"), "the disk of /studio is full"),
        (OSError(errno.ENOSPC, ""), "the disk of /studio is full"),
        (_sqlite("SQLITE_READONLY_DBMOVED"), "may not be written"),
        (PermissionError(errno.EACCES, ""), "may not be written"),
        (FileNotFoundError("gone"), "no longer at its place"),
        (_sqlite("SQLITE_CANTOPEN"), "no longer at its place"),
        (_sqlite("SQLITE_BUSY"), "another program"),
        (_sqlite("SQLITE_IOERR_FSYNC"), "reports an error"),
        (_sqlite("SQLITE_CORRUPT"), "damaged from outside"),
        (ZeroDivisionError(), "ZeroDivisionError"),
    ],
)
def test_each_cause_has_its_sentence(cause: Exception, words: str) -> None:
    assert words in failure_sentence(PATH, cause, 1)
    assert failure_sentence(PATH, cause, 1).startswith("The last stroke is kept in memory only")
    assert failure_sentence(PATH, cause, 3).startswith("The last 3 strokes are kept")


@pytest.mark.parametrize(
    "cause", [OSError(errno.EIO, os.strerror(errno.EIO)), sqlite3.DatabaseError("malformed")]
)
def test_foreign_errors_become_one_sentence(cause: Exception) -> None:
    sentence = "The project cannot be opened"
    with pytest.raises(ProjectError, match=f"{sentence}: ") as caught, errors_named(sentence):
        raise cause
    assert caught.value.__cause__ is cause
