import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.inpainting.patch_tree import PatchTree


def _descriptors(count: int, components: int = 5, seed: int = 0) -> np.ndarray:
    scale = np.linspace(3, 1, components)
    return (np.random.default_rng(seed).normal(size=(count, components)) * scale).astype(np.float32)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 300), st.integers(1, 20), st.integers(0, 5))
def test_every_descriptor_is_in_its_own_leaf_once(count: int, leaf_size: int, seed: int) -> None:
    offered = _descriptors(count, seed=seed)
    tree = PatchTree(offered, leaf_size)
    leaf = tree.leaf_of(offered)
    members = np.stack([tree.member(leaf, index) for index in range(tree.leaf_size)], axis=1)
    assert (members == np.arange(count)[:, None]).any(1).all()
    assert (leaf[members] == leaf[:, None]).all()
    if count >= leaf_size:
        assert leaf_size <= np.bincount(leaf).min()
        assert tree.leaf_size <= 2 * leaf_size


def test_a_leaf_holds_what_resembles_its_descriptors() -> None:
    offered, wanted = _descriptors(4000, 3), _descriptors(500, 3, seed=1)
    tree = PatchTree(offered, 16)
    leaf = tree.leaf_of(wanted)
    found = np.min(
        [np.square(wanted - offered[tree.member(leaf, index)]).sum(1) for index in range(16)],
        axis=0,
    )
    random = np.min(
        [np.square(wanted - offered[index::4000]).sum(1) for index in range(16)], axis=0
    )
    assert np.median(found) < np.median(random) / 10


def test_descriptors_that_are_all_the_same_are_halved_too() -> None:
    offered = np.zeros((100, 4), np.float32)
    tree = PatchTree(offered, 8)
    members = {int(tree.member(tree.leaf_of(offered[:1]), index)[0]) for index in range(16)}
    assert 8 <= len(members) <= 16
