import gc
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.image.tile_cache import TileCache

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "get", "pin", "unpin"]), st.integers(0, 6), st.integers(0, 120)
    ),
    max_size=60,
)


@given(st.integers(0, 200), STEPS)
def test_the_budget_is_never_exceeded(budget: int, steps) -> None:
    cache = TileCache(budget)
    arrays: dict[int, np.ndarray] = {}
    pins: dict[int, int] = {}
    for step, key, size in steps:
        if step == "put":
            arrays[key] = np.zeros(size, np.uint8)
            cache.put(key, arrays[key])
        elif step == "get":
            assert cache.get(key) is None or cache.get(key) is arrays[key]
        elif step == "pin":
            if cache.pin(("pin", key), size):
                pins[key] = size
        else:
            cache.unpin(("pin", key))
            pins.pop(key, None)
        held = [array for key, array in arrays.items() if key in cache]
        assert cache.nbytes == sum(array.nbytes for array in held) + sum(pins.values())
        assert cache.nbytes <= budget
        assert sum(pins.values()) <= budget // 2 or not pins


def test_a_smaller_budget_counts_at_once_and_spares_what_is_pinned() -> None:
    cache = TileCache(100)
    assert cache.pin("held", 40)
    for key in "abc":
        cache.put(key, np.zeros(20, np.uint8))
    cache.resize(60)
    assert [key for key in "abc" if key in cache] == ["c"]
    cache.resize(10)
    assert cache.nbytes == 40
    cache.put("d", np.zeros(1, np.uint8))
    assert "d" not in cache
    cache.unpin("held")
    cache.put("d", np.zeros(10, np.uint8))
    assert "d" in cache
    with pytest.raises(ValueError, match="0 or more"):
        cache.resize(-1)


def test_the_least_recently_used_falls_out_first() -> None:
    cache = TileCache(30)
    for key in "abc":
        cache.put(key, np.zeros(10, np.uint8))
    cache.get("a")
    cache.put("d", np.zeros(10, np.uint8))
    assert [key for key in "abcd" if key in cache] == ["a", "c", "d"]


def test_what_is_put_is_frozen_and_given_out_itself() -> None:
    cache = TileCache(1000)
    array = np.zeros(10, np.uint8)
    cache.put("a", array)
    assert cache.get("a") is array
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


def test_what_belongs_to_an_array_goes_with_it() -> None:
    cache = TileCache(1000)
    owner, other = np.zeros(5), np.zeros(5)
    cache.put("a", np.ones(3), owner)
    assert cache.get("a", owner) is not None
    assert cache.get("a", other) is None
    assert "a" not in cache
    cache.put("a", np.ones(3), owner)
    del owner
    gc.collect()
    assert cache.get("a", other) is None
    assert cache.nbytes == 0


def test_pins_leave_half_of_the_budget() -> None:
    cache = TileCache(100)
    cache.put("tile", np.zeros(90, np.uint8))
    assert not cache.pin("picture", 51)
    assert "tile" in cache
    assert cache.pin("picture", 50)
    assert "tile" not in cache
    assert not cache.pin("another", 1)
    cache.unpin("picture")
    assert cache.pin("another", 50)


def test_a_negative_budget_is_refused() -> None:
    with pytest.raises(ValueError):
        TileCache(-1)


def test_threads_may_share_a_cache() -> None:
    cache = TileCache(10_000)
    wrong: list[int] = []

    def work(seed: int) -> None:
        rng = np.random.default_rng(seed)
        for _ in range(400):
            key = int(rng.integers(0, 40))
            found = cache.get(key)
            if found is None:
                cache.put(key, np.full(500, key, np.uint16))
            elif (found != key).any():
                wrong.append(key)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert cache.nbytes <= 10_000
