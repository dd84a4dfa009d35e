import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from core.image.byte_file import ByteFile
from core.image.file_identity import file_identity


def identity(path: Path) -> str:
    file = ByteFile(path)
    try:
        return file_identity(file)
    finally:
        file.close()


@given(size=st.integers(0, 40_000))
def test_one_state_of_a_file_has_one_name(size: int) -> None:
    path = Path(os.environ["XDG_CACHE_HOME"]) / "file"
    path.write_bytes(bytes(size))
    name = identity(path)
    assert name == identity(path)
    assert len(name) == 64


def test_every_other_state_and_every_other_file_has_another(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(3_000_000))
    names = {identity(path)}
    copy = tmp_path / "copy"
    copy.write_bytes(path.read_bytes())
    os.utime(copy, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    names.add(identity(copy))
    for place in (0, 1_234_567, 2_999_999):
        times = path.stat()
        with path.open("r+b") as file:
            file.seek(place)
            file.write(b"\1")
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        names.add(identity(path))
    with path.open("ab") as file:
        file.write(b"\0")
    names.add(identity(path))
    assert len(names) == 6


def test_an_open_file_notices_that_it_is_written_to(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    file = ByteFile(path)
    assert file.is_unchanged()
    path.write_bytes(b"abd!")
    assert not file.is_unchanged()
    file.close()
