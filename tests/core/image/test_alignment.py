import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import AlignmentError
from core.image.alignment import (
    IDENTITY,
    AlignmentKind,
    ControlPoint,
    as_array,
    fit,
    inverse,
    mapped,
    mapped_bounds,
)
from core.image.geometry import EMPTY_RECT, Point, Rect

SPOTS = np.array([[100, 120], [3900, 200], [3700, 2800], [150, 2950], [2000, 1500], [900, 2200]])
ANGLES = st.floats(-math.pi, math.pi)
SCALES = st.floats(0.2, 5)
SHIFTS = st.floats(-20_000, 20_000)


def similarity(angle: float, scale: float, dx: float, dy: float) -> np.ndarray:
    c, s = scale * math.cos(angle), scale * math.sin(angle)
    return np.array([[c, -s, dx], [s, c, dy], [0, 0, 1.0]])


def points(matrix: np.ndarray, spots: np.ndarray = SPOTS) -> list[ControlPoint]:
    homogeneous = np.column_stack([spots, np.ones(len(spots))]) @ matrix.T
    targets = homogeneous[:, :2] / homogeneous[:, 2:]
    return [ControlPoint(Point(*a), Point(*b)) for a, b in zip(spots, targets, strict=True)]


@pytest.mark.parametrize("kind", list(AlignmentKind))
@given(angle=ANGLES, scale=SCALES, dx=SHIFTS, dy=SHIFTS)
def test_every_kind_finds_a_similarity_again(kind, angle, scale, dx, dy) -> None:
    truth = similarity(angle, scale, dx, dy)
    found = fit(points(truth), kind)
    assert max(found.residuals_px) < 1e-3
    places = mapped(found.matrix, SPOTS.astype(float))
    assert np.abs(places - [point.fixed for point in points(truth)]).max() < 1e-3
    back = mapped(inverse(found.matrix), places)
    assert np.abs(back - SPOTS).max() < 1e-2


@given(shear=st.floats(-0.4, 0.4), scale=SCALES)
def test_an_affinity_is_found_by_all_but_the_similarity(shear, scale) -> None:
    truth = np.array([[scale, shear, 30], [0, 1.3 * scale, -70], [0, 0, 1.0]])
    for kind in (AlignmentKind.AFFINE, AlignmentKind.HOMOGRAPHY):
        assert fit(points(truth), kind).rms_px < 1e-3
    assert fit(points(truth), AlignmentKind.SIMILARITY).rms_px > 1


def test_a_homography_is_found_by_itself_alone() -> None:
    truth = np.array([[1.1, 0.05, 30], [-0.02, 0.95, 12], [2e-5, -1e-5, 1.0]])
    assert fit(points(truth), AlignmentKind.HOMOGRAPHY).rms_px < 1e-3
    assert fit(points(truth), AlignmentKind.AFFINE).rms_px > 1


@pytest.mark.parametrize("kind", list(AlignmentKind))
def test_residuals_are_distances_in_the_painting(kind) -> None:
    pairs = points(similarity(0.1, 1.5, 40, 50))
    moved = Point(pairs[4].fixed.x + 30, pairs[4].fixed.y + 40)
    pairs[4] = ControlPoint(pairs[4].moving, moved)
    found = fit(pairs, kind)
    places = mapped(found.matrix, np.array([pair.moving for pair in pairs]))
    for place, pair, residual in zip(places, pairs, found.residuals_px, strict=True):
        assert math.dist(place, pair.fixed) == pytest.approx(residual, abs=1e-6)
    assert max(found.residuals_px) == found.residuals_px[4]
    assert 5 < found.rms_px < 30


def test_least_squares_is_no_worse_than_the_truth() -> None:
    rng = np.random.default_rng(0)
    truth = similarity(0.3, 0.8, -100, 900)
    spots = rng.uniform(0, 4000, (40, 2))
    pairs = [
        ControlPoint(pair.moving, Point(*(np.array(pair.fixed) + rng.normal(0, 2, 2))))
        for pair in points(truth, spots)
    ]
    noise = [math.dist(a.fixed, b.fixed) for a, b in zip(pairs, points(truth, spots), strict=True)]
    for kind in AlignmentKind:
        assert fit(pairs, kind).rms_px <= math.sqrt(np.mean(np.square(noise)))


@pytest.mark.parametrize("kind", list(AlignmentKind))
def test_too_few_points_and_points_that_fix_nothing_are_refused(kind) -> None:
    pairs = points(similarity(0, 1, 0, 0))
    with pytest.raises(AlignmentError, match=f"At least {kind.needed}"):
        fit(pairs[: kind.needed - 1], kind)
    with pytest.raises(AlignmentError, match="one spot"):
        fit([pairs[0]] * 6, kind)
    if kind is not AlignmentKind.SIMILARITY:
        line = np.column_stack([np.arange(6) * 500.0, np.arange(6) * 300.0])
        with pytest.raises(AlignmentError, match="one line"):
            fit(points(similarity(0, 1, 0, 0), line), kind)


def test_bounds_hold_the_whole_picture_clipped() -> None:
    clip = Rect(0, 0, 500, 400)
    assert mapped_bounds(IDENTITY, 100, 90, clip) == Rect(0, 0, 100, 90)
    assert mapped_bounds((2.0, 0, 50, 0, 2, 60, 0, 0, 1), 100, 90, clip) == Rect(50, 60, 200, 180)
    assert mapped_bounds((2.0, 0, -50, 0, 9, -60, 0, 0, 1), 999, 90, clip) == clip
    assert mapped_bounds((1.0, 0, 600, 0, 1, 0, 0, 0, 1), 9, 9, clip).is_empty
    assert mapped_bounds((1.0, 0, 0, 0, 1, 0, -1, 0, 1), 9, 9, clip) == clip
    assert as_array(IDENTITY).tolist() == np.eye(3).tolist()
    assert EMPTY_RECT.is_empty
