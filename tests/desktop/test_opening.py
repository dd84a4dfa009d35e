"""Opening paintings that are slow to decode: prepared once, decoded once, exact throughout."""

import errno
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile

from core.document.export import export_tiff
from core.errors import Cancelled, ImageReadError
from core.image import raster_source, tile_stores
from core.image.geometry import Rect
from core.image.raster_source import RasterSource
from core.image.tile_cache import TileCache
from core.image.tile_store import TILES, TileStore
from core.image.tile_stores import TileStores
from desktop import opening
from desktop.jobs import Work
from desktop.opening import Opened, open_painting

WIDTH, HEIGHT = 1100, 300
Open = Callable[..., Opened]


def samples() -> np.ndarray:
    """Return grain, 16-bit RGB."""
    return np.random.default_rng(0).integers(0, 65536, (HEIGHT, WIDTH, 3), np.uint16)


def written(path: Path, kind: str) -> np.ndarray:
    """Write a painting of a kind; return its samples as the document has them."""
    data = samples()
    if kind == "PNG":
        path.write_bytes(imagecodecs.png_encode(data))
    elif kind == "JPEG":
        path.write_bytes(imagecodecs.jpeg8_encode((data >> 8).astype(np.uint8)))
        return imagecodecs.jpeg8_decode(path.read_bytes()).astype(np.uint16) * 257
    else:
        tifffile.imwrite(
            path, data, photometric="rgb", compression=kind, predictor=True, metadata=None,
            rowsperstrip=HEIGHT,
        )  # fmt: skip
    return data


@pytest.fixture
def open_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Give a function that opens a painting; whatever its size, it is slow."""
    monkeypatch.setattr(raster_source, "_QUICK_PX", 0)
    monkeypatch.setattr("core.image.tiff_read._QUICK_TILE_PX", 0)
    monkeypatch.setattr("core.image.tiff_read._HUGE_BYTES", 0)

    def opened(path: Path, budget: int = 1 << 40) -> Opened:
        stores = TileStores(tmp_path / "tiles", budget)
        projects = tmp_path / "projects"
        projects.mkdir(exist_ok=True)
        return open_painting(path, projects, TileCache(1 << 24), work(), stores=stores)

    return opened


def work() -> Work:
    """Return what a job is given, heard by nobody."""
    return Work(lambda _post: None)


def close(opened: Opened) -> None:
    """Let go of a painting as its session does."""
    if opened.project is not None:
        opened.project.close(2.0)
    opened.close()


def count_decoding(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count whole pictures that are decoded from now on."""
    decoded: list[str] = []
    for name in ("png_decode", "jpeg8_decode"):
        decode = getattr(imagecodecs, name)

        def counting(data: bytes, *, name: str = name, decode: Any = decode) -> Any:
            decoded.append(name)
            return decode(data)

        monkeypatch.setattr(imagecodecs, name, counting)
    segment = opening.TiffSource.read.__globals__["read_stored"].__globals__["decoded"]

    def counting_segment(*arguments: Any) -> Any:
        decoded.append("segment")
        return segment(*arguments)

    monkeypatch.setattr("core.image.tiff_stored.decoded", counting_segment)
    return decoded


KINDS = ["PNG", "JPEG", "lzw", "zlib"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_prepared_painting_is_read_from_its_store_and_not_decoded_again(
    tmp_path: Path, open_: Open, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    data = written(tmp_path / "p", kind)
    decoded = count_decoding(monkeypatch)
    for turn in ("first", "again"):
        opened = open_(tmp_path / "p")
        assert opened.prepare(work()) == ""
        for rect in (Rect(0, 0, WIDTH, HEIGHT), Rect(250, 240, 30, 40)):
            part = data[rect.y : rect.bottom, rect.x : rect.right]
            assert np.array_equal(opened.pyramid.read(rect), part)
        assert len(decoded) == 1, turn
        close(opened)


@pytest.mark.parametrize("kind", KINDS)
def test_the_proof_of_an_export_decodes_the_file_itself(
    tmp_path: Path, open_: Open, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    data = written(tmp_path / "p", kind)
    opened = open_(tmp_path / "p")
    opened.prepare(work())
    decoded = count_decoding(monkeypatch)
    report = export_tiff(opened.document.stack, opened.info, tmp_path / "out.tif")
    assert report.is_verified
    assert len(decoded) == 1
    exact = tifffile.imread(tmp_path / "out.tif")
    assert np.array_equal(exact, data // 257 if kind == "JPEG" else data)
    close(opened)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("obstacle", ["budget", "disk", "filling"])
def test_without_room_for_a_store_it_is_read_from_the_file_and_says_so(
    tmp_path: Path, open_: Open, monkeypatch: pytest.MonkeyPatch, kind: str, obstacle: str
) -> None:
    data = written(tmp_path / "p", kind)
    if obstacle == "disk":
        monkeypatch.setattr(tile_stores, "_RESERVE_BYTES", 1 << 60)
    opened = open_(tmp_path / "p", 1000 if obstacle == "budget" else 1 << 40)
    if obstacle == "filling":

        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, "no space left on device")

        monkeypatch.setattr(TileStore, "put", full)
        assert "too full" in opened.prepare(work())
    else:
        assert opened.store is None
        assert sum("not prepared for fast viewing" in text for text in opened.notices) == 1
        assert opened.prepare(work()) == ""
    assert np.array_equal(opened.pyramid.read(Rect(0, 0, WIDTH, HEIGHT)), data)
    close(opened)


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_tile_is_decoded_from_the_file(tmp_path: Path, open_: Open, kind: str) -> None:
    data = written(tmp_path / "p", kind)
    opened = open_(tmp_path / "p")
    opened.prepare(work())
    assert opened.store is not None
    with (opened.store.folder / TILES).open("r+b") as file:
        for place in range(0, 400_000, 50_000):
            file.seek(place)
            file.write(b"damage")
    assert np.array_equal(opened.pyramid.read(Rect(0, 0, WIDTH, HEIGHT)), data)
    close(opened)


@pytest.mark.parametrize("kind", KINDS)
def test_a_truncated_painting_does_not_open_though_a_store_of_it_is_there(
    tmp_path: Path, open_: Open, kind: str
) -> None:
    path = tmp_path / "p"
    written(path, kind)
    opened = open_(path)
    opened.prepare(work())
    close(opened)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(ImageReadError):
        open_(path)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_damage_is_told_on_opening_and_lets_go_of_the_store(
    tmp_path: Path, open_: Open, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    written(tmp_path / "p", kind)

    def fail(_data: bytes) -> None:
        raise ValueError("damaged")

    with monkeypatch.context() as damaged:
        for name in ("png_decode", "jpeg8_decode"):
            damaged.setattr(imagecodecs, name, fail)
        with pytest.raises(ImageReadError, match="damaged"):
            open_(tmp_path / "p")
    opened = open_(tmp_path / "p")
    assert opened.store is not None, "nobody holds it"
    close(opened)


def test_a_prepared_picture_takes_no_memory(tmp_path: Path, open_: Open) -> None:
    written(tmp_path / "p", "PNG")
    opened = open_(tmp_path / "p")
    assert isinstance(opened.source, RasterSource)
    assert opened.source._stored is not None
    opened.prepare(work())
    assert opened.source._stored is None
    export_tiff(opened.document.stack, opened.info, tmp_path / "out.tif")
    assert opened.source._stored is None, "the proof decoded it, and let go of it"
    close(opened)


def test_a_large_painting_is_made_ready_after_its_first_picture(
    tmp_path: Path, open_: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "p", "lzw")
    opened = open_(tmp_path / "p")
    monkeypatch.setattr(opening, "_LARGE_PX", 0)
    monkeypatch.setattr(opening, "_FIRST_LOOK_S", 60.0)
    stopped = work()

    def prepare() -> None:
        with pytest.raises(Cancelled):
            opened.prepare(stopped)

    thread = threading.Thread(target=prepare)
    thread.start()
    assert opened.store is not None
    thread.join(0.1)
    assert thread.is_alive()
    assert opened.store.share == 0
    stopped.stop()
    thread.join(5)
    assert not thread.is_alive()
    close(opened)
