import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.inpainting.patch_match import Field, Places, Search, places


def _hole(height: int, width: int, seed: int, share: float = 0.1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.random((height, width)) < share).astype(np.uint8)


def _described(picture: np.ndarray, centres: Places, radius: int = 2) -> np.ndarray:
    side = 2 * radius + 1
    patches = np.lib.stride_tricks.sliding_window_view(picture, (side, side))
    return patches[centres.y - radius, centres.x - radius].reshape(len(centres), -1)


def _case(seed: int = 0) -> tuple[np.ndarray, Places, Places]:
    noise = np.random.default_rng(seed).random((80, 70), np.float32)
    hole = np.zeros((80, 70), np.uint8)
    hole[30:50, 25:45] = 1
    return cv2.GaussianBlur(noise, (0, 0), 2), *places(hole, 2)


def _search(picture: np.ndarray, targets: Places, sources: Places, seed: int = 0) -> Search:
    offered = _described(picture, sources)
    return Search(targets, sources, offered, np.random.default_rng(seed))


def _same(one: Field, other: Field) -> bool:
    return np.array_equal(one.source, other.source) and np.array_equal(one.cost, other.cost)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 16), st.integers(1, 16), st.integers(1, 3), st.integers(0, 50))
def test_targets_touch_the_hole_sources_are_valid_and_both_lie_inside(
    height: int, width: int, radius: int, seed: int
) -> None:
    hole = _hole(height, width, seed)
    targets, sources = places(hole, radius)
    touching, valid = [], []
    for y in range(radius, height - radius):
        for x in range(radius, width - radius):
            patch = hole[y - radius : y + radius + 1, x - radius : x + radius + 1]
            (touching if patch.any() else valid).append((y, x))
    assert list(zip(targets.y, targets.x, strict=True)) == touching
    assert list(zip(sources.y, sources.x, strict=True)) == valid


@given(st.integers(5, 20), st.integers(5, 20), st.integers(0, 50))
def test_targets_cover_the_hole_up_to_the_pictures_edge(height: int, width: int, seed: int) -> None:
    hole = _hole(height, width, seed)
    targets, _ = places(hole, 2)
    covered = np.zeros_like(hole)
    for y, x in zip(targets.y, targets.x, strict=True):
        covered[y - 2 : y + 3, x - 2 : x + 3] = 1
    assert covered[hole > 0].all()


def test_a_number_is_found_again_at_its_centre_and_nothing_elsewhere() -> None:
    _, _, sources = _case()
    np.testing.assert_array_equal(sources.at(sources.y, sources.x), np.arange(len(sources)))
    outside = np.array([-4, 40, 83], np.int32)
    np.testing.assert_array_equal(sources.at(outside, np.full(3, 35, np.int32)), [-1, -1, -1])


def test_searching_never_loses_and_names_the_true_cost() -> None:
    picture, targets, sources = _case()
    search = _search(picture, targets, sources)
    wanted, offered = _described(picture, targets), _described(picture, sources)
    source, before = search.random(), np.inf
    for _ in range(4):
        source, cost = search.improved(source, wanted, rounds=1)
        true = np.square(wanted - offered[source]).sum(1)
        np.testing.assert_allclose(cost, true, rtol=1e-4, atol=1e-6)
        assert (cost <= before).all()
        before = cost


def test_the_field_comes_close_to_the_exhaustive_one() -> None:
    picture, targets, sources = _case()
    wanted, offered = _described(picture, targets), _described(picture, sources)
    best = np.array([np.square(offered - one).sum(1).min() for one in wanted])
    search = _search(picture, targets, sources)
    _, cost = search.improved(search.random(), wanted, rounds=3)
    assert cost.mean() < 1.15 * best.mean()


def test_what_is_there_elsewhere_is_found() -> None:
    picture, targets, sources = _case()
    picture[30:50, 25:45] = picture[5:25, 3:23]
    search = _search(picture, targets, sources)
    source, cost = search.improved(search.random(), _described(picture, targets), rounds=3)
    inner = (abs(targets.y - 39.5) < 7) & (abs(targets.x - 34.5) < 7)
    assert (cost[inner] < 1e-9).mean() > 0.98
    np.testing.assert_array_equal(
        sources.y[source[inner]][cost[inner] < 1e-9], targets.y[inner][cost[inner] < 1e-9] - 25
    )


def test_the_same_seed_gives_the_same_field_and_another_another() -> None:
    picture, targets, sources = _case()
    wanted = _described(picture, targets)
    first, again, other = (_search(picture, targets, sources, seed) for seed in (1, 1, 2))
    found = [search.improved(search.random(), wanted, rounds=1) for search in (first, again, other)]
    assert _same(found[0], found[1])
    assert not _same(found[0], found[2])


def test_the_start_is_not_written_to() -> None:
    picture, targets, sources = _case()
    search = _search(picture, targets, sources)
    start = search.random()
    start.flags.writeable = False
    search.improved(start, _described(picture, targets), rounds=1)


def test_without_sources_there_is_nothing_to_search() -> None:
    targets, sources = places(np.ones((9, 9), np.uint8), 2)
    with pytest.raises(ValueError, match="no source"):
        Search(targets, sources, np.empty((0, 25), np.float32), np.random.default_rng(0))
