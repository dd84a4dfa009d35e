"""Bytes by position: exact, read-only, from many threads, and safe to close at any moment."""

import os
import threading
from pathlib import Path

import pytest

from core.errors import ImageReadError
from core.image import byte_file
from core.image.byte_file import ByteFile


@pytest.fixture(params=["pread", "seek"])
def path(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a file of 100,000 bytes; read with pread, and as Windows must."""
    if request.param == "seek":
        monkeypatch.setattr(byte_file, "_PREAD", None)
        monkeypatch.setattr(byte_file, "_PREADV", None)
    path = tmp_path / "file.bin"
    path.write_bytes(bytes(i % 251 for i in range(100_000)))
    return path


def test_reads_what_is_there(path: Path) -> None:
    data = path.read_bytes()
    file = ByteFile(path)
    assert file.size == len(data)
    assert file.read(1234, 5000) == data[1234:6234]
    assert file.read(0, 0) == b""
    assert file.read_rows(10, 3, 1000, 4) == b"".join(data[10 + i * 1000 :][:3] for i in range(4))
    file.close()


def test_reads_into_room_that_is_there(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = path.read_bytes()
    file = ByteFile(path)
    room = bytearray(5002)
    file.read_into(1234, memoryview(room)[1:-1])
    assert room == b"\0" + data[1234:6234] + b"\0"
    file.read_into(0, memoryview(room)[:0])
    if byte_file._PREADV is not None:
        monkeypatch.setattr(
            byte_file, "_PREADV", lambda fd, rooms, at: os.preadv(fd, [rooms[0][:7]], at)
        )
        file.read_into(5, memoryview(room)[:100])
        assert room[:100] == data[5:105]
    file.close()


def test_bytes_beyond_the_end_are_an_error(path: Path) -> None:
    file = ByteFile(path)
    with pytest.raises(ImageReadError, match="shorter"):
        file.read(99_999, 2)
    with pytest.raises(ImageReadError, match="shorter"):
        file.read_into(99_999, memoryview(bytearray(2)))
    file.close()


def test_a_system_that_gives_little_at_a_time_gives_all(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(byte_file, "_PREAD", lambda fd, size, at: os.pread(fd, min(size, 7), at))
    file = ByteFile(path)
    assert file.read(5, 100) == path.read_bytes()[5:105]
    file.close()


def test_an_error_of_the_drive_is_a_sentence(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(byte_file, "_PREAD", fail)
    file = ByteFile(path)
    with pytest.raises(ImageReadError, match="check the drive"):
        file.read(0, 1)
    file.close()


def test_closing_while_others_read_gives_them_all_or_an_error(path: Path) -> None:
    data = path.read_bytes()
    file = ByteFile(path)
    wrong: list[bytes] = []
    started = threading.Barrier(5)

    def reader() -> None:
        started.wait()
        try:
            while True:
                part = file.read(500, 90_000)
                if part != data[500:90_500]:
                    wrong.append(part)
        except ImageReadError:
            return

    threads = [threading.Thread(target=reader) for _ in range(4)]
    for thread in threads:
        thread.start()
    started.wait()
    file.close()
    # Another file may now get the number of the closed one.
    other = os.open(__file__, os.O_RDONLY)
    for thread in threads:
        thread.join()
    os.close(other)
    assert wrong == []


def test_a_missing_file_a_folder_and_a_pipe_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageReadError, match=r"no file “none.tif”"):
        ByteFile(tmp_path / "none.tif")
    with pytest.raises(ImageReadError, match=r"folder|opened|permissions"):
        ByteFile(tmp_path)
    with pytest.raises(ImageReadError, match="cannot be opened"):
        ByteFile(tmp_path / "a\0b")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(ImageReadError, match="device"):
            ByteFile(tmp_path / "pipe")
