import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ImageReadError
from core.image.geometry import TileKey
from core.image.read_ahead import ReadAhead

KEYS = st.builds(TileKey, st.integers(0, 4), st.integers(0, 4))


def made(key: TileKey) -> np.ndarray:
    return np.full((2, 2), key.tx * 10 + key.ty, np.uint16)


def is_inside(key: TileKey) -> bool:
    return 0 <= key.tx < 5 and 0 <= key.ty < 5


@given(st.lists(KEYS, unique=True))
@settings(max_examples=40, deadline=None)
def test_each_tile_taken_is_its_own_and_none_is_read_twice_or_outside(keys) -> None:
    read = []
    ahead = ReadAhead(lambda key: read.append(key) or made(key), is_inside)
    for key in keys:
        assert np.array_equal(ahead.take(key), made(key))
    ahead.close()
    assert len(set(read)) == len(read)
    assert all(map(is_inside, read))


def test_what_lies_around_is_read_in_another_thread() -> None:
    threads, come = {}, threading.Event()

    def read(key: TileKey) -> np.ndarray:
        threads[key] = threading.current_thread()
        if len(threads) == 9:
            come.set()
        return made(key)

    ahead = ReadAhead(read, is_inside)
    ahead.take(TileKey(2, 2))
    assert come.wait(10)
    ahead.take(TileKey(3, 3))
    assert threads[TileKey(2, 2)] is threading.main_thread()
    assert threads[TileKey(3, 3)] is not threading.main_thread()
    ahead.close()


def test_a_failure_comes_to_who_takes_the_tile_only() -> None:
    def read(key: TileKey) -> np.ndarray:
        if key == TileKey(1, 0):
            raise ImageReadError("gone")
        return made(key)

    ahead = ReadAhead(read, is_inside)
    ahead.take(TileKey(0, 0))
    ahead.take(TileKey(0, 1))
    with pytest.raises(ImageReadError):
        ahead.take(TileKey(1, 0))
    ahead.close()
