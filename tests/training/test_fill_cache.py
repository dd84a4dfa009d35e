"""Composites kept for contact sheets come back exactly, or not at all."""

import numpy as np
import pytest

from training.fill_cache import FillCache


@pytest.fixture
def scene():
    rng = np.random.default_rng(0)
    painting = rng.integers(0, 256, (20, 24, 3), np.uint8)
    mask = np.zeros((20, 24), np.uint8)
    mask[4:9, 5:15] = 1
    return painting, mask, np.where(mask[..., None] > 0, np.uint8(9), painting)


def test_a_composite_comes_back_exactly(tmp_path, scene):
    painting, mask, composed = scene
    cache = FillCache(tmp_path / "fills")
    assert cache.find("telea", "id", "scene", painting, mask) is None
    cache.keep("telea", "id", "scene", composed)
    assert np.array_equal(cache.find("telea", "id", "scene", painting, mask), composed)
    assert cache.find("telea", "id2", "scene", painting, mask) is None


@pytest.mark.parametrize("data", [b"", b"no picture", None])
def test_a_damaged_or_foreign_picture_is_none(tmp_path, scene, data):
    painting, mask, composed = scene
    cache = FillCache(tmp_path)
    cache.keep("telea", "id", "scene", composed)
    path = next(tmp_path.iterdir())
    path.write_bytes(path.read_bytes()[:-60] if data is None else data)
    assert cache.find("telea", "id", "scene", painting, mask) is None
    cache.keep("telea", "id", "scene", 255 - composed)
    assert cache.find("telea", "id", "scene", painting, mask) is None
