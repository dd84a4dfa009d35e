import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.inpainting.diffusion import smooth_fill
from core.inpainting.exemplar import REACH_PX, exemplar_filled


def _painting(height: int, width: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    noise = rng.random((height, width, 3), np.float32)
    return cv2.GaussianBlur(noise, (0, 0), 3) * 4 - 1.5 + noise * np.float32(0.1)


def _square(height: int, width: int, top: int, left: int, side: int) -> np.ndarray:
    hole = np.zeros((height, width), np.uint8)
    hole[top : top + side, left : left + side] = 1
    return hole


def _pattern(name: str, size: int = 96) -> np.ndarray:
    y, x = np.mgrid[:size, :size]
    grey = {
        "stripes": (x % 6 < 3) * 0.7,
        "slanted stripes": ((x + 2 * y) % 10 < 4) * 0.7,
        "checkerboard": ((x // 4 + y // 4) % 2) * 0.8,
        "weave": np.where((x // 3 + y // 3) % 2, x % 3, y % 3) * 0.25 + 0.1,
    }[name]
    return np.stack([grey, grey * 0.6 + 0.2, 1 - grey], axis=2).astype(np.float32)


@pytest.mark.parametrize("name", ["stripes", "slanted stripes", "checkerboard", "weave"])
def test_a_periodic_texture_is_continued(name: str) -> None:
    painting = _pattern(name)
    hole = _square(96, 96, 35, 30, 28)
    filled = exemplar_filled(painting, hole).samples
    is_right = np.abs(filled - painting).max(2)[hole > 0] < 1e-6
    assert is_right.mean() > 0.98


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 48), st.integers(1, 48), st.integers(0, 20), st.floats(0, 1))
def test_each_sample_is_the_valid_one_its_origin_names(
    height: int, width: int, seed: int, share: float
) -> None:
    rng = np.random.default_rng(seed)
    painting = _painting(height, width, seed)
    cells = rng.random((-(-height // 6), -(-width // 6))) < share
    hole = cells.repeat(6, 0).repeat(6, 1)[:height, :width].astype(np.uint8)
    fill = exemplar_filled(painting, hole, seed)
    row, column = fill.source_map[..., 0], fill.source_map[..., 1]
    is_copied = row >= 0
    assert not is_copied[hole == 0].any()
    assert (hole[row[is_copied], column[is_copied]] == 0).all()
    np.testing.assert_array_equal(
        fill.samples[is_copied], painting[row[is_copied], column[is_copied]]
    )
    np.testing.assert_array_equal(fill.samples[hole == 0], painting[hole == 0])
    # All or nothing: diffusion stands in for the whole loss.
    assert is_copied[hole > 0].all() or not is_copied.any()
    assert np.isfinite(fill.samples).all()


def test_the_seed_alone_decides_and_the_hole_says_nothing() -> None:
    painting, hole = _painting(64, 70), _square(64, 70, 20, 25, 18)
    one = exemplar_filled(painting, hole, seed=3)
    for under in (np.nan, 1e9, -5.0):
        painting[hole > 0] = under
        again = exemplar_filled(painting, hole * np.uint8(255), seed=3)
        np.testing.assert_array_equal(again.samples, one.samples)
        np.testing.assert_array_equal(again.source_map, one.source_map)
    other = exemplar_filled(painting, hole, seed=4)
    assert (other.source_map != one.source_map).any()


@pytest.mark.parametrize("shape", [(1, 1), (2, 40), (30, 1), (6, 6)])
def test_where_no_patch_is_sound_diffusion_stands_in(shape: tuple[int, int]) -> None:
    painting, hole = _painting(*shape), np.zeros(shape, np.uint8)
    hole[:, ::2] = 1
    fill = exemplar_filled(painting, hole)
    assert (fill.source_map == -1).all()
    if hole.all():
        assert not fill.samples.any()
    else:
        known = np.where(hole[..., None] > 0, np.float32(0), painting)
        np.testing.assert_array_equal(fill.samples[hole > 0], smooth_fill(known, hole)[hole > 0])


def test_narrow_paint_between_losses_is_used_in_smaller_patches() -> None:
    painting = _painting(80, 80)
    hole = np.zeros((80, 80), np.uint8)
    hole[::5] = 1
    fill = exemplar_filled(painting, hole)
    assert (fill.source_map[hole > 0] >= 0).all()
    assert (hole[fill.source_map[..., 0], fill.source_map[..., 1]][hole > 0] == 0).all()


def test_a_loss_at_the_corner_and_one_across_the_picture_are_filled() -> None:
    painting = _painting(70, 60)
    hole = _square(70, 60, 0, 0, 20) | _square(70, 60, 50, 40, 30)
    hole[30:36] = 1
    fill = exemplar_filled(painting, hole)
    assert (fill.source_map[hole > 0] >= 0).all()


def test_paint_out_of_reach_counts_for_nothing() -> None:
    width = 2 * REACH_PX + 100
    painting, hole = _painting(40, width), _square(40, width, 15, 40, 9)
    one = exemplar_filled(painting, hole)
    painting[:, 49 + REACH_PX :] = 7
    again = exemplar_filled(painting, hole)
    np.testing.assert_array_equal(again.source_map, one.source_map)
    assert one.source_map[..., 1].max() < 49 + REACH_PX


def test_grey_stays_grey() -> None:
    grey = np.repeat(_painting(60, 60)[..., :1], 3, axis=2)
    filled = exemplar_filled(grey, _square(60, 60, 20, 20, 16)).samples
    assert (np.ptp(filled, axis=2) == 0).all()


def test_values_of_any_size_are_copied_alike() -> None:
    painting, hole = _painting(60, 60), _square(60, 60, 20, 20, 16)
    # Powers of two, so that every sum and product stays the same but for the exponent.
    one = exemplar_filled(painting, hole)
    for factor in (2.0**-10, 2.0**10):
        again = exemplar_filled(painting * np.float32(factor), hole)
        np.testing.assert_array_equal(again.samples, one.samples * np.float32(factor))
