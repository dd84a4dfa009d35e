import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.inpainting.harmonize import edge, harmonized


def _losses(height: int, width: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    hole = np.zeros((height, width), np.uint8)
    for _ in range(3):
        start, end = rng.integers(0, (width, height)), rng.integers(0, (width, height))
        cv2.line(hole, start.tolist(), end.tolist(), 1, int(rng.integers(1, 5)))
    centre = rng.integers(0, (width, height)).tolist()
    cv2.circle(hole, centre, int(rng.integers(1, max(2, min(height, width) // 3))), 1, -1)
    return hole


def _ramp(height: int, width: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    slope = rng.uniform(-0.004, 0.004, (2, 3)).astype(np.float32)
    return np.float32(0.5) + y[..., None] * slope[0] + x[..., None] * slope[1]


@settings(max_examples=30, deadline=None)
@given(st.integers(4, 90), st.integers(4, 90), st.integers(0, 999), st.floats(-0.4, 0.4))
def test_a_constant_shift_of_a_fill_is_taken_out(
    height: int, width: int, seed: int, shift: float
) -> None:
    painting, hole = _ramp(height, width, seed), _losses(height, width, seed)
    filled = painting + np.float32(shift) * hole[..., None]
    joined = harmonized(filled, painting, hole)
    if hole.all():
        np.testing.assert_array_equal(joined, filled)
        return
    # Where a loss is one sample wide its slope is not known, so the paint's slope stays in it.
    assert np.abs(joined - painting).max() <= 0.02
    np.testing.assert_array_equal(joined[hole == 0], painting[hole == 0])


@settings(max_examples=30, deadline=None)
@given(st.integers(4, 90), st.integers(4, 90), st.integers(0, 999))
def test_a_fill_equal_to_a_smooth_truth_stays(height: int, width: int, seed: int) -> None:
    painting, hole = _ramp(height, width, seed), _losses(height, width, seed)
    assert np.abs(harmonized(painting, painting, hole) - painting).max() <= 0.01


def test_a_fill_equal_to_a_rough_truth_hardly_moves_behind_its_rim() -> None:
    rng = np.random.default_rng(0)
    painting = (0.5 + rng.normal(0, 0.05, (200, 200, 3))).astype(np.float32)
    hole = np.zeros((200, 200), np.uint8)
    cv2.circle(hole, (100, 100), 50, 1, -1)
    moved = np.square(harmonized(painting, painting, hole) - painting).mean(2)
    rim = (hole - cv2.erode(hole, cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)))) > 0
    assert np.sqrt(moved[(hole > 0) & ~rim].mean()) < 0.005
    assert np.sqrt(moved[rim].mean()) < 0.05


def test_one_dirty_pixel_of_the_ring_draws_no_streak() -> None:
    painting = np.full((120, 120, 3), 0.5, np.float32)
    hole = np.zeros((120, 120), np.uint8)
    hole[40:80, 40:80] = 1
    filled = painting.copy()
    painting[39, 60] = 1.0
    moved = np.abs(harmonized(filled, painting, hole) - filled)
    assert moved[44:, :].max() < 0.01
    assert moved.max() < 0.1


def test_different_tones_on_two_sides_meet_in_the_middle() -> None:
    painting = np.full((100, 200, 3), 0.3, np.float32)
    painting[:, 100:] = 0.7
    hole = np.zeros((100, 200), np.uint8)
    hole[:, 60:140] = 1
    filled = np.where(hole[..., None] > 0, np.float32(0.5), painting)
    row = harmonized(filled, painting, hole)[50, :, 0]
    assert row[60] == pytest.approx(0.3, abs=0.02)
    assert row[139] == pytest.approx(0.7, abs=0.02)
    assert row[99:101].mean() == pytest.approx(0.5, abs=0.01)
    assert (np.diff(row[60:140]) > -1e-4).all()


# Windows begin on multiples of some 32 px; elsewhere it once made up to 90/1023 of difference.
@pytest.mark.parametrize(("left", "most"), [(16, 0.1), (32, 0.1), (1, 4), (7, 4), (43, 4)])
def test_a_fill_moves_the_same_wherever_it_lies_in_its_window(left: int, most: float) -> None:
    rng = np.random.default_rng(3)
    painting = rng.random((150, 180, 3), np.float32)
    filled = painting + np.float32(0.2)
    hole = np.zeros((150, 180), np.uint8)
    hole[60:75, 70:110] = 1
    moved = harmonized(filled, painting, hole) - filled
    # The same window with more around it, at the left and above.
    room = ((left, 5), (left, 0), (0, 0))
    wider = harmonized(
        np.pad(filled, room, "edge"), np.pad(painting, room, "edge"), np.pad(hole, room[:2])
    )
    wider -= np.pad(filled, room, "edge")
    np.testing.assert_allclose(wider[left:-5, left:], moved, atol=most / 1023)


def test_without_a_hole_or_without_paint_nothing_moves() -> None:
    painting = _ramp(30, 40, 0)
    for value in (0, 1):
        hole = np.full((30, 40), value, np.uint8)
        np.testing.assert_array_equal(harmonized(painting + 1, painting, hole), painting + 1)


def test_the_edge_is_measured_between_neighbours_only() -> None:
    image = np.zeros((5, 6, 3), np.float32)
    filled = image + np.float32(0.25)
    inside = np.zeros((5, 6), np.bool_)
    inside[2, 2:4] = True
    measured = edge(filled, image, inside, ~inside)
    assert measured.pairs == 6
    assert measured.step == pytest.approx(0.25)
    assert edge(filled, image, np.zeros_like(inside), ~inside).pairs == 0
