"""The project's lock: one holder, named; stale locks are nobody's."""

import contextlib
import errno
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from core.document import project_lock
from core.document.project_lock import Holder, ProjectLock
from core.errors import ProjectError, ProjectLockedError

HOLD = (
    "import sys, pathlib; from core.document.project_lock import ProjectLock;"
    "lock = ProjectLock.acquire(pathlib.Path(sys.argv[1])); print('held', flush=True);"
    "sys.stdin.read()"
)


def _without_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Play a file system that knows no locks."""

    def refuse(_: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(project_lock, "_try_lock", refuse)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return tmp_path / "painting.lacuna"


@pytest.fixture
def lock_file(project: Path) -> Path:
    return project.with_name("painting.lacuna.lock")


def test_a_second_opener_is_told_who_has_it(desk: Any) -> None:
    desk.create()
    with pytest.raises(ProjectLockedError, match="already, in this Lacuna"):
        desk.open()
    link = desk.path.with_name("link.lacuna")
    link.symlink_to(desk.path)
    with pytest.raises(ProjectLockedError):
        desk.open(link)


def test_the_holder_in_another_process_is_named_until_it_dies(project: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(project)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(ProjectLockedError, match=f"process {holder.pid}"):
            ProjectLock.acquire(project)
        holder.kill()
        holder.wait()
        ProjectLock.acquire(project).release()


def test_another_computers_lock_is_taken_over_only_on_request(
    project: Path, lock_file: Path
) -> None:
    lock_file.write_text(json.dumps({"pid": 1, "host": "studio-7", "started": ""}))
    with pytest.raises(ProjectLockedError, match="studio-7"):
        ProjectLock.acquire(project)
    ProjectLock.acquire(project, take_over=True).release()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x", "host": 1, "started": 2}'])
def test_a_lock_file_cut_short_by_a_crash_is_stale(
    project: Path, lock_file: Path, text: str
) -> None:
    lock_file.write_text(text)
    ProjectLock.acquire(project).release()
    assert not lock_file.exists()


def test_without_system_locks_a_living_holder_keeps_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_locks(monkeypatch)
    lock = ProjectLock.acquire(project)
    with pytest.raises(ProjectLockedError):
        ProjectLock.acquire(project)
    lock.release()
    ProjectLock.acquire(project).release()


def test_without_system_locks_a_dead_holder_loses_it(
    project: Path, lock_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_locks(monkeypatch)
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    holder = {"pid": child.pid, "host": socket.gethostname(), "started": ""}
    lock_file.write_text(json.dumps(holder))
    ProjectLock.acquire(project).release()


@pytest.mark.skipif(sys.platform != "linux", reason="start times are read from /proc")
def test_without_system_locks_a_recycled_process_number_loses_it(
    project: Path, lock_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _without_locks(monkeypatch)
    this = Holder.this()
    assert this.is_alive
    assert this.started
    earlier = {"pid": this.pid, "host": this.host, "started": "another-boot/1"}
    lock_file.write_text(json.dumps(earlier))
    ProjectLock.acquire(project).release()


def test_of_many_at_once_one_gets_it(project: Path) -> None:
    held: list[ProjectLock] = []
    start = threading.Barrier(8)

    def take() -> None:
        start.wait()
        with contextlib.suppress(ProjectLockedError):
            held.append(ProjectLock.acquire(project))

    for _ in range(10):
        threads = [threading.Thread(target=take) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(held) == 1
        held.pop().release()


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root"
)
def test_a_folder_that_may_not_be_written_is_named(project: Path) -> None:
    project.parent.chmod(0o555)
    try:
        with pytest.raises(ProjectError, match="nothing can be written"):
            ProjectLock.acquire(project)
    finally:
        project.parent.chmod(0o755)
