"""A file that appears whole or not at all."""

import errno
import os
import sys
import time
from pathlib import Path

import pytest

from core.errors import ImageWriteError
from core.image import new_file
from core.image.new_file import NewFile, free_bytes


def publish(path: Path, data: bytes) -> None:
    """Write and publish a file."""
    with NewFile(path, len(data)) as new:
        new.handle.write(data)
        new.publish()


def test_a_published_file_replaces_the_old_one_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "out.tif"
    for data in (b"first", b"second"):
        publish(path, data)
        assert path.read_bytes() == data
        assert list(tmp_path.iterdir()) == [path]


def test_an_unpublished_file_never_was(tmp_path: Path) -> None:
    path = tmp_path / "out.tif"
    path.write_bytes(b"previous")
    with NewFile(path, 4) as new:
        new.handle.write(b"new")
        new.sync()
    assert path.read_bytes() == b"previous"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_brought_to_the_disk_early_is_all_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new_file, "_BEGIN_BYTES", 5000)
    begun: list[tuple[int, int]] = []

    def advise(_descriptor: int, offset: int, size: int, _advice: int) -> None:
        begun.append((offset, size))

    monkeypatch.setattr(new_file.os, "posix_fadvise", advise, raising=False)
    monkeypatch.setattr(new_file.os, "POSIX_FADV_DONTNEED", 4, raising=False)
    data = bytes(i % 251 for i in range(16_000))
    with NewFile(tmp_path / "out.tif", len(data)) as new:
        for start in range(0, len(data), 3000):
            new.handle.write(data[start : start + 3000])
            new.begin_sync()
        assert begun == [(0, 6000), (6000, 6000)]
        new.publish()
    assert (tmp_path / "out.tif").read_bytes() == data


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of Unix")
def test_permissions_are_those_of_the_old_file_or_of_any_new_one(tmp_path: Path) -> None:
    plain, path = tmp_path / "plain", tmp_path / "out.tif"
    plain.write_bytes(b"")
    publish(path, b"x")
    assert path.stat().st_mode == plain.stat().st_mode
    path.chmod(0o640)
    publish(path, b"y")
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_target_that_is_held_for_a_moment_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusals = iter([True, True, False])
    replace = os.replace

    def held(source: Path, target: Path) -> None:
        if next(refusals):
            raise PermissionError(errno.EACCES, "held")
        replace(source, target)

    monkeypatch.setattr(new_file, "_RENAME_PAUSE_S", 0.0)
    monkeypatch.setattr(new_file.os, "replace", held)
    publish(tmp_path / "out.tif", b"x")
    assert (tmp_path / "out.tif").read_bytes() == b"x"


def test_what_a_killed_export_left_is_removed_after_a_day(tmp_path: Path) -> None:
    old, fresh, other = (tmp_path / n for n in (".lacuna-a.part", ".lacuna-b.part", "c.part"))
    for path in (old, fresh, other):
        path.write_bytes(b"left")
    for path in (old, other):
        os.utime(path, (time.time() - 90_000,) * 2)
    publish(tmp_path / "out.tif", b"x")
    assert not old.exists()
    assert fresh.exists()
    assert other.exists()


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, r"full \(it needs 3\.0 GB"), (errno.EFBIG, r"no file of 3\.0 GB"),
     (errno.EROFS, "read-only"), (errno.EIO, "reported an error"), (errno.EACCES, "may not be")],
)  # fmt: skip
def test_errors_of_the_disk_are_sentences(tmp_path: Path, number: int, words: str) -> None:
    with NewFile(tmp_path / "out.tif", 3_000_000_000) as new:
        failure = new.failure(OSError(number, "as the system says"))
    with pytest.raises(ImageWriteError, match=words):
        raise failure


def test_a_name_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageWriteError, match="too long"):
        NewFile(tmp_path / ("x" * 300), 1)
    assert list(tmp_path.iterdir()) == []


def test_free_space_of_nowhere_is_none() -> None:
    assert free_bytes(Path("/no/such/folder")) == 0
