"""A store filled from a painting is the painting, bit for bit, and its levels are its means."""

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Cancelled
from core.image.geometry import Rect
from core.image.pyramid import Pyramid
from core.image.reduction import area_mean
from core.image.tiff import TiffSource, open_tiff
from core.image.tile_cache import TileCache
from core.image.tile_store import TILES, TileStore
from core.image.tile_stores import TileStores
from core.image.transcoding import prepare


def painting(path: Path, width: int = 700, height: int = 900, **options: Any) -> np.ndarray:
    rng = np.random.default_rng(width * height)
    data = rng.integers(0, 65536, (height, width, 3), np.uint16)
    tifffile.imwrite(
        path, data, photometric="rgb", compression="lzw", rowsperstrip=8, metadata=None, **options
    )
    return data


def store_of(source: TiffSource, folder: Path) -> TileStore:
    size = (source.width, source.height, source.channels)
    store, sentence = TileStores(folder, 1 << 40).open(source.identity(), size)
    assert store is not None, sentence
    return store


def whole(source: TiffSource) -> Rect:
    return Rect(0, 0, source.width, source.height)


@given(width=st.integers(1, 900), height=st.integers(1, 900), turn=st.sampled_from([1, 3, 6]))
@settings(max_examples=12)
def test_level_0_of_a_store_is_the_files_own_samples_and_the_others_their_means(
    tmp_path_factory: pytest.TempPathFactory, width: int, height: int, turn: int
) -> None:
    folder = tmp_path_factory.mktemp("painting")
    painting(folder / "p.tif", width, height, extratags=[(274, 3, 1, turn, True)])
    with open_tiff(folder / "p.tif") as source:
        store = store_of(source, folder / "tiles")
        pyramid = Pyramid(source, TileCache(1 << 24), [store])
        assert prepare(pyramid, source, store) == ""
        assert store.is_complete
        exact = source.read(whole(source))
        assert np.array_equal(store.read(whole(source), 0), exact)
        for level in sorted(store.levels - {0}):
            tiles = store.read(whole(source).at_level(level), level)
            assert tiles is not None
            difference = tiles.astype(int) - area_mean(exact, level)
            assert np.abs(difference).max() <= (level + 1) / 2 + 1
        store.close()


def test_reading_goes_to_the_store_at_every_level_and_to_the_file_where_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = painting(tmp_path / "p.tif")
    with open_tiff(tmp_path / "p.tif") as source:
        store = store_of(source, tmp_path / "tiles")
        prepare(Pyramid(source, TileCache(0), [store]), source, store)
        read: list[Rect] = []
        from_file = source.read
        monkeypatch.setattr(source, "read", lambda rect: read.append(rect) or from_file(rect))
        pyramid = Pyramid(source, TileCache(1 << 24), [store])
        assert pyramid.sketch()
        pyramid.build()
        assert np.array_equal(pyramid.read(whole(source)), data)
        for level in range(12):
            out = pyramid.read(whole(source), level)
            assert np.abs(out.astype(int) - area_mean(data, level)).max() <= level + 1
            assert pyramid.is_near(level) or pyramid.has(whole(source), level)
        assert read == []
        assert np.array_equal(pyramid.read_file(Rect(1, 2, 30, 40)), data[2:42, 1:31])
        assert read == [Rect(1, 2, 30, 40)]
        store.close()


def test_what_a_cancel_left_is_not_decoded_again(tmp_path: Path) -> None:
    data = painting(tmp_path / "p.tif")
    with open_tiff(tmp_path / "p.tif") as source:
        store = store_of(source, tmp_path / "tiles")
        answers = iter([False, False, True])
        pyramid = Pyramid(source, TileCache(1 << 24), [store])
        narrow_bands(source)
        with pytest.raises(Cancelled):
            prepare(pyramid, source, store, is_cancelled=lambda: next(answers))
        assert 0.3 < store.share < 1
        store.close()
    with open_tiff(tmp_path / "p.tif") as source:
        store = store_of(source, tmp_path / "tiles")
        assert 0.3 < store.share < 1
        decoded = narrow_bands(source)
        prepare(Pyramid(source, TileCache(1 << 24), [store]), source, store)
        assert decoded == [Rect(0, 768, 700, 132)]
        assert store.is_complete
        assert np.array_equal(store.read(whole(source), 0), data)
        store.close()


def narrow_bands(source: TiffSource) -> list[Rect]:
    """Let a source give bands of 256 rows, and say which of them were decoded."""
    decoded: list[Rect] = []

    def bands(known: Any = lambda _rect: None) -> Any:
        for top in range(0, source.height, 256):
            rect = Rect(0, top, source.width, 256).intersection(whole(source))
            pixels = known(rect)
            if pixels is None:
                decoded.append(rect)
                pixels = source.read(rect)
            yield rect, pixels

    source.bands = bands  # type: ignore[method-assign]
    return decoded


def test_a_store_of_a_changed_file_is_another_one(tmp_path: Path) -> None:
    path = tmp_path / "p.tif"
    painting(path)
    with open_tiff(path) as source:
        before = source.identity()
        times = os.stat(path)
    with path.open("r+b") as file:
        file.seek(5000)
        file.write(b"x")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    with open_tiff(path) as source:
        assert source.identity() != before, "though size, date and inode are the same"


def test_a_file_changed_while_it_is_prepared_leaves_no_store(tmp_path: Path) -> None:
    path = tmp_path / "p.tif"
    painting(path)
    with open_tiff(path) as source:
        store = store_of(source, tmp_path / "tiles")
        with path.open("r+b") as file:
            file.seek(0, os.SEEK_END)
            file.write(b"x")
        sentence = prepare(Pyramid(source, TileCache(1 << 24), [store]), source, store)
        assert "changed while it was open" in sentence
        assert store.share == 0
        store.close()


def test_a_full_disk_ends_the_store_but_not_the_viewing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = painting(tmp_path / "p.tif")
    with open_tiff(tmp_path / "p.tif") as source:
        store = store_of(source, tmp_path / "tiles")
        put, count = store.put, 0

        def full(*arguments: Any) -> None:
            nonlocal count
            count += 1
            if count > 3:
                raise OSError(errno.ENOSPC, "no space left on device")
            put(*arguments)

        monkeypatch.setattr(store, "put", full)
        pyramid = Pyramid(source, TileCache(1 << 24), [store])
        assert "disk is too full" in prepare(pyramid, source, store)
        assert count == 4, "it does not try again and again"
        for level in range(3, pyramid.levels):
            assert pyramid.has(whole(source), level)
        assert np.array_equal(pyramid.read(whole(source)), data)
        assert np.array_equal(pyramid.read(Rect(0, 0, 300, 300)), data[:300, :300])
        store.close()


def test_a_damaged_tile_is_decoded_again_from_the_file(tmp_path: Path) -> None:
    data = painting(tmp_path / "p.tif")
    with open_tiff(tmp_path / "p.tif") as source:
        store = store_of(source, tmp_path / "tiles")
        prepare(Pyramid(source, TileCache(1 << 24), [store]), source, store)
        size = (store.folder / TILES).stat().st_size
        with (store.folder / TILES).open("r+b") as file:
            for place in range(0, size, 100_000):
                file.seek(place)
                file.write(b"damage")
        pyramid = Pyramid(source, TileCache(1 << 24), [store])
        assert np.array_equal(pyramid.read(whole(source)), data)
        for level in range(6):
            out = pyramid.read(whole(source), level)
            assert np.abs(out.astype(int) - area_mean(data, level)).max() <= level + 1
        assert prepare(Pyramid(source, TileCache(1 << 24), [store]), source, store) == ""
        assert store.is_complete
        assert np.array_equal(store.read(whole(source), 0), data)
        store.close()


def test_threads_read_true_samples_while_the_store_is_filled(tmp_path: Path) -> None:
    data = painting(tmp_path / "p.tif")
    wrong: list[Rect] = []
    with open_tiff(tmp_path / "p.tif") as source:
        store = store_of(source, tmp_path / "tiles")
        pyramid = Pyramid(source, TileCache(1 << 22), [store])
        narrow_bands(source)

        def read(seed: int) -> None:
            rng = np.random.default_rng(seed)
            for _ in range(30):
                rect = Rect(int(rng.integers(0, 600)), int(rng.integers(0, 800)), 90, 90)
                if not np.array_equal(
                    pyramid.read(rect), data[rect.y : rect.bottom, rect.x : rect.right]
                ):
                    wrong.append(rect)

        threads = [threading.Thread(target=read, args=(seed,)) for seed in range(2)]
        for thread in threads:
            thread.start()
        prepare(pyramid, source, store)
        for thread in threads:
            thread.join()
        store.close()
    assert wrong == []


KILLED = """
import sys
from pathlib import Path
from core.image.pyramid import Pyramid
from core.image.tiff import open_tiff
from core.image.tile_cache import TileCache
from core.image.tile_stores import TileStores
from core.image.transcoding import prepare

source = open_tiff(Path(sys.argv[1]))
store, _ = TileStores(Path(sys.argv[2]), 1 << 40).open(
    source.identity(), (source.width, source.height, source.channels)
)
put = store.put

def told(*arguments):
    put(*arguments)
    print(flush=True)

store.put = told
prepare(Pyramid(source, TileCache(0), [store]), source, store)
"""


def test_a_kill_in_the_middle_leaves_a_store_that_is_taken_up_again(tmp_path: Path) -> None:
    data = painting(tmp_path / "p.tif")
    command = [sys.executable, "-c", KILLED, tmp_path / "p.tif", tmp_path / "tiles"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for _ in range(5):
            child.stdout.readline()
        child.kill()
    with open_tiff(tmp_path / "p.tif") as source:
        store = store_of(source, tmp_path / "tiles")
        assert store.share >= 5 / 21
        prepare(Pyramid(source, TileCache(1 << 24), [store]), source, store)
        assert store.is_complete
        assert np.array_equal(store.read(whole(source), 0), data)
        store.close()
