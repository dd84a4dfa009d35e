"""The writer on a failing disk: nothing acknowledged is lost, nothing lost is acknowledged."""

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.document import project_writer
from core.document.document import Document
from core.document.project_write import write_command
from core.errors import ProjectError
from core.image.geometry import Rect

resource = pytest.importorskip("resource", reason="file size limits are POSIX")


@contextmanager
def file_limit(limit_bytes: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as a full disk or a quota would."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)


def _wait_for(claim: Callable[[], bool]) -> bool:
    end = time.monotonic() + 10
    while not claim() and time.monotonic() < end:
        time.sleep(0.005)
    return claim()


def _noise(desk: Any, document: Document, seed: int) -> None:
    """Do a stroke that does not compress."""
    rect = Rect(0, 0, 512, 256)
    pixels = np.random.default_rng(seed).integers(1, 256, (256, 512), np.uint8)
    surface = document.stack.layer(2).pixels.writing(rect, pixels)
    assert document.do(f"Stroke {seed}", document.stack.with_surface(2, surface)) is not None


def _copy_as_after_a_crash(path: Path, folder: Path) -> Path:
    """Copy file and log as they lie there now, by another process: it must not break our locks."""
    folder.mkdir()
    logs = [str(p) for p in (path, path.with_name(path.name + "-wal")) if p.exists()]
    script = "import shutil, sys; [shutil.copy2(p, sys.argv[-1]) for p in sys.argv[1:-1]]"
    subprocess.run([sys.executable, "-c", script, *logs, str(folder)], check=True)
    return folder / path.name


@pytest.fixture(autouse=True)
def short_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project_writer, "_FIRST_DELAY_S", 0.01)
    monkeypatch.setattr(project_writer, "_LONGEST_DELAY_S", 0.05)


def test_a_full_disk_keeps_strokes_in_memory_and_says_so(desk: Any, tmp_path: Path) -> None:
    project, document = desk.create()
    errors: list[str] = []
    safe: list[int] = []
    project.on_error.append(errors.append)
    project.on_safe.append(lambda: safe.append(project.committed))
    _noise(desk, document, 1)
    assert project.flush()
    with file_limit(300_000):
        for seed in range(2, 8):
            _noise(desk, document, seed)
        assert _wait_for(lambda: bool(errors))
        assert not project.flush(0.05)
        assert "kept in memory only" in errors[0]
        assert project.error in errors
        acknowledged = project.committed
        assert acknowledged + project.pending == 7
        crashed = _copy_as_after_a_crash(desk.path, tmp_path / "crashed")
        with pytest.raises(ProjectError, match="kept in memory only"):
            project.close(timeout_s=0.01)
    assert project.flush()  # room again: all is written without anybody asking
    assert project.error is None
    assert safe[-1] == 7
    project.close()
    _, reopened = desk.open()
    desk.same(reopened.stack, document.stack)
    assert len(reopened.history.commands) == 7
    _, recovered = desk.open(crashed)
    assert len(recovered.history.commands) >= acknowledged
    document.go_to(len(recovered.history.commands))
    desk.same(recovered.stack, document.stack)


def test_a_full_disk_is_named(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project, document = desk.create()

    def full(db: sqlite3.Connection, *args: Any) -> None:
        db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0]}")
        write_command(db, *args)

    with monkeypatch.context() as patched:
        patched.setattr(project_writer, "write_command", full)
        _noise(desk, document, 1)
        assert _wait_for(lambda: project.error is not None)
        assert f"the disk of {desk.path.parent} is full" in project.error
    assert project.flush()


def test_given_up_strokes_are_missing_but_the_rest_is_whole(desk: Any) -> None:
    project, document = desk.create()
    _noise(desk, document, 1)
    project.flush()
    state = document.stack
    with file_limit(1000):
        _noise(desk, document, 2)
        assert _wait_for(lambda: project.error is not None)
        project.close(is_discarding=True)
    project, document = desk.open()
    assert project.problems == ()
    desk.same(document.stack, state)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("fails_on", [1, 2, 5])
def test_a_commit_that_fails_once_is_done_once(
    desk: Any, monkeypatch: pytest.MonkeyPatch, when: str, fails_on: int
) -> None:
    """A failed sync may or may not have put the stroke on the disk."""
    calls = 0

    def failing(db: sqlite3.Connection, *args: Any) -> None:
        nonlocal calls
        calls += 1
        write_command(db, *args)
        if calls == fails_on:
            if when == "after":
                db.execute("COMMIT")
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(project_writer, "write_command", failing)
    project, document = desk.create()
    errors: list[str] = []
    project.on_error.append(errors.append)
    states = desk.work(document)
    assert project.flush()
    assert "reports an error" in errors[0]
    assert project.committed == len(states) - 1
    project.close()
    project, document = desk.open()
    for state in reversed(states):
        desk.same(document.stack, state)
        document.undo()
    assert project.verify() == []


def test_a_deleted_project_is_not_called_safe(desk: Any) -> None:
    project, document = desk.create()
    _noise(desk, document, 0)
    project.flush()
    aside = desk.path.with_name("aside")
    shutil.move(desk.path, aside)
    _noise(desk, document, 1)
    assert _wait_for(lambda: project.error is not None)
    assert "no longer at its place" in project.error
    assert project.pending == 1
    shutil.move(aside, desk.path)
    assert project.flush()


def test_an_unforeseen_error_does_not_end_the_writing(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, document = desk.create()

    def failing(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(project_writer, "write_command", failing)
        states = desk.work(document)
        assert _wait_for(lambda: project.error is not None)
    assert project.flush()
    project.close()
    _, document = desk.open()
    desk.same(document.stack, states[-1])


def test_a_full_disk_does_not_keep_an_unchanged_project_open(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(project_writer, "write_reference", full)
    project, _ = desk.create()
    errors: list[str] = []
    project.on_error.append(errors.append)
    project._hasher.join()  # what it found cannot be written, and is no stroke
    project.close()
    assert errors == []


def test_a_slow_disk_never_waits_in_the_painters_thread(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    project, document = desk.create()

    def slow(db: sqlite3.Connection, *args: Any) -> None:
        time.sleep(0.05)
        write_command(db, *args)

    monkeypatch.setattr(project_writer, "write_command", slow)
    begin = time.monotonic()
    for seed in range(10):
        _noise(desk, document, seed)
    assert time.monotonic() - begin < 0.3
    assert project.pending > 0
    assert project.flush()


def test_the_log_is_emptied_while_idle(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project_writer, "_IDLE_S", 0.02)
    project, document = desk.create()
    desk.work(document)
    project.flush()
    log = desk.path.with_name("painting.lacuna-wal")
    assert _wait_for(lambda: log.stat().st_size == 0)


def test_a_long_log_is_emptied_while_painting(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project_writer, "_IDLE_S", 1000.0)
    monkeypatch.setattr(project_writer, "_WAL_BYTES", 1_000_000)
    project, document = desk.create()
    for seed in range(30):
        _noise(desk, document, seed)
        project.flush()
    log = desk.path.with_name("painting.lacuna-wal")
    assert _wait_for(lambda: log.stat().st_size < 1_500_000)


def test_every_commit_is_synced(desk: Any) -> None:
    project, document = desk.create()
    desk.work(document)
    project.flush()
    db = project._writer._db
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)
