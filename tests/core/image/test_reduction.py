import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.image.geometry import Rect, TileKey
from core.image.reduction import area_mean, halved, surface_parts
from core.image.surface import Surface
from core.image.tile_cache import TileCache

SIZES = st.integers(1, 70)


def block_means(pixels: np.ndarray, level: int) -> np.ndarray:
    step = 1 << level
    sums, counts = pixels.astype(np.float64), np.ones(pixels.shape[:2])
    for axis in (0, 1):
        starts = range(0, pixels.shape[axis], step)
        sums = np.add.reduceat(sums, starts, axis=axis)
        counts = np.add.reduceat(counts, starts, axis=axis)
    return sums / counts.reshape(counts.shape + (1,) * (pixels.ndim - 2))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [(), (1,), (2,), (3,), (4,)])
@given(height=SIZES, width=SIZES, level=st.integers(0, 4), seed=st.integers(0, 99))
@settings(max_examples=30)
def test_area_mean_is_the_mean_to_the_nearest(dtype, channels, height, width, level, seed) -> None:
    top = np.iinfo(dtype).max
    pixels = np.random.default_rng(seed).integers(0, top + 1, (height, width, *channels), dtype)
    out = area_mean(pixels, level)
    assert out.dtype == dtype
    assert out.shape == (-(-height // 2**level), -(-width // 2**level), *channels)
    assert np.abs(out - block_means(pixels, level)).max() <= 0.5


@given(st.integers(1, 600), st.integers(1, 600), st.integers(5, 10), st.integers(0, 99))
@settings(max_examples=30)
def test_far_levels_stay_within_a_few_roundings(height, width, level, seed) -> None:
    pixels = np.random.default_rng(seed).integers(0, 65536, (height, width, 2), np.uint16)
    out, exact = area_mean(pixels, level), block_means(pixels, level)
    assert out.shape == exact.shape
    assert np.abs(out - exact).max() <= 0.5 * -(-level // 4) + 0.01


@pytest.mark.parametrize("level", range(1, 11))
def test_flat_pixels_stay_exactly_flat(level: int) -> None:
    for value in (1, 40001, 65535):
        flat = np.full((300, 517, 4), value, np.uint16)
        assert (area_mean(flat, level) == value).all()


@given(SIZES, SIZES, st.integers(0, 4), st.integers(0, 99))
def test_halving_a_level_weighs_the_ragged_edge(height, width, level, seed) -> None:
    rect = Rect(0, 0, width, height)
    pixels = np.random.default_rng(seed).integers(0, 65536, (height, width, 3), np.uint16)
    once = area_mean(pixels, level)
    assert np.abs(halved(once, rect, level) - block_means(pixels, level + 1)).max() <= 1.01


def test_parts_do_not_overlap_and_hold_all_there_is() -> None:
    picture = Rect(0, 0, 1000, 900)
    values = np.zeros((900, 1000), np.uint8)
    values[100:300, 500:800] = 200
    values[890:, 990:] = 100
    surface = Surface.mask().writing(picture, values)
    for level in range(11):
        out = np.full(block_means(values, level).shape, -1.0)
        for part, samples in surface_parts(surface, picture, level, picture):
            target = out[part.slices(picture.at_level(level))]
            assert (target == -1).all()
            target[...] = samples
        assert np.abs(np.maximum(out, 0) - block_means(values, level)).max() <= 1.0


def test_an_empty_surface_has_no_parts() -> None:
    picture = Rect(0, 0, 1000, 900)
    for level in (0, 3, 9):
        assert not list(surface_parts(Surface.mask(), picture, level, picture))


def test_kept_reductions_belong_to_their_tile_alone() -> None:
    picture = Rect(0, 0, 256, 256)
    cache = TileCache(1 << 20)
    for value in range(1, 60):
        tile = np.full((256, 256), value, np.uint8)
        surface = Surface.mask().with_tiles({TileKey(0, 0): tile})
        ((_, samples),) = surface_parts(surface, picture, 3, picture, cache)
        assert (samples == value).all()


def test_a_writeable_tile_is_never_kept() -> None:
    picture = Rect(0, 0, 256, 256)
    tile = np.full((256, 256), 9, np.uint8)
    surface = Surface(1, np.dtype(np.uint8), {TileKey(0, 0): tile})
    cache = TileCache(1 << 20)
    list(surface_parts(surface, picture, 3, picture, cache))
    assert cache.nbytes == 0
