"""A store gives the tiles that were put there, or none: whatever was killed, cut or overwritten."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.image.file_lock import FileLock
from core.image.geometry import Rect, TileKey, tiles_touching
from core.image.tile_store import INDEX, LOCK, TILES, TileStore

ONE, OTHER = "1" * 64, "2" * 64
SIZE = (700, 300, 3)


def opened(folder: Path, identity: str = ONE, size: tuple[int, int, int] = SIZE) -> TileStore:
    folder.mkdir(exist_ok=True)
    lock = FileLock.acquire(folder / LOCK)
    assert lock is not None
    return TileStore(folder, identity, size, lock)


def picture_at(level: int) -> np.ndarray:
    rect = Rect(0, 0, *SIZE[:2]).at_level(level)
    rng = np.random.default_rng(level)
    noise = rng.integers(0, 65536, (rect.height, rect.width, 3), np.uint16)
    # The right half is smooth, so that both raw and compressed tiles are there.
    noise[:, rect.width // 2 :] = 1234
    return noise


def fill(store: TileStore, levels: range = range(3)) -> None:
    for level in levels:
        pixels = picture_at(level)
        whole = Rect(0, 0, pixels.shape[1], pixels.shape[0])
        for key in tiles_touching(whole):
            store.put(key, level, pixels[key.rect.intersection(whole).slices(whole)])


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    store = opened(tmp_path / "store")
    fill(store)
    assert store.is_complete
    store.close()
    return tmp_path / "store"


def test_what_is_put_is_read_bit_for_bit_also_when_opened_again(filled: Path) -> None:
    store = opened(filled)
    assert store.levels == {0, 1, 2}
    assert store.is_complete
    for level in store.levels:
        pixels = picture_at(level)
        whole = Rect(0, 0, pixels.shape[1], pixels.shape[0])
        for area in (whole, Rect(3, 5, 90, 60), Rect(100, 20, whole.width - 100, 50)):
            assert np.array_equal(store.read(area, level), pixels[area.slices(whole)])
    store.close()
    store.close()
    assert store.read(Rect(0, 0, 5, 5), 0) is None


def test_an_incomplete_store_says_what_it_lacks(tmp_path: Path) -> None:
    store = opened(tmp_path / "store")
    store.put(TileKey(0, 0), 0, np.ones((256, 256, 3), np.uint16))
    assert store.read(Rect(0, 0, 256, 256), 0) is not None
    assert store.read(Rect(0, 0, 257, 256), 0) is None
    assert store.read(Rect(0, 0, 5, 5), 1) is None
    assert 0 < store.share < 1
    assert not store.is_complete
    store.close()


def test_tiles_of_another_file_or_size_are_never_given(filled: Path) -> None:
    for identity, size in ((OTHER, SIZE), (ONE, (300, 700, 3)), (ONE, (700, 300, 1))):
        store = opened(filled, identity, size)
        assert store.share == 0
        fresh = os.path.getsize(filled / TILES)
        assert fresh == 0
        store.close()


def test_a_store_in_use_is_not_opened_twice(filled: Path) -> None:
    store = opened(filled)
    assert FileLock.acquire(filled / LOCK) is None
    store.close()
    lock = FileLock.acquire(filled / LOCK)
    assert lock is not None
    lock.release()


@given(data=st.data())
def test_whatever_happens_to_its_files_it_gives_true_tiles_or_none(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("store")
    store = opened(folder)
    fill(store, range(data.draw(st.integers(0, 3), "levels")))
    store.close()
    for name in (INDEX, TILES):
        raw = bytearray((folder / name).read_bytes())
        for _ in range(data.draw(st.integers(0, 3), f"bytes of {name}")):
            if raw:
                raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
        del raw[data.draw(st.integers(0, len(raw)), f"end of {name}") :]
        (folder / name).write_bytes(raw)
    for _ in range(2):
        store = opened(folder)
        for level in range(3):
            pixels = picture_at(level)
            whole = Rect(0, 0, pixels.shape[1], pixels.shape[0])
            for key in tiles_touching(whole):
                rect = key.rect.intersection(whole)
                tile = store.read(rect, level)
                assert tile is None or np.array_equal(tile, pixels[rect.slices(whole)])
        # What was lost is written again, behind whatever is torn.
        fill(store)
        assert store.is_complete
        store.close()


def test_a_damaged_tile_is_forgotten_and_taken_anew(filled: Path) -> None:
    raw = bytearray((filled / TILES).read_bytes())
    raw[1000] ^= 1
    (filled / TILES).write_bytes(raw)
    store = opened(filled)
    assert store.is_complete
    assert store.read(Rect(0, 0, 256, 256), 0) is None
    assert not store.is_complete
    store.close()
    again = opened(filled)
    assert not again.has(TileKey(0, 0), 0)
    assert again.has(TileKey(1, 0), 0)
    fill(again)
    assert np.array_equal(again.read(Rect(0, 0, 256, 256), 0), picture_at(0)[:256, :256])
    again.close()


def test_a_discarded_store_is_empty_for_good(filled: Path) -> None:
    store = opened(filled)
    store.discard()
    assert store.read(Rect(0, 0, 5, 5), 0) is None
    store.close()
    again = opened(filled)
    assert again.share == 0
    again.close()
