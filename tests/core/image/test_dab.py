import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.image.dab import DabCache, Print, Profile
from core.image.geometry import Rect

RADII = st.one_of(st.floats(0.25, 6.0), st.floats(6.0, 150.0))
HARDNESS = st.floats(0.0, 1.0)
PLACES = st.floats(-50.0, 50.0)


def values_of(x: float, y: float, radius: float, hardness: float) -> tuple[int, int, np.ndarray]:
    left, top, dab = DabCache(hardness).dab(x, y, radius)
    return left, top, dab.values(0, 0, dab.side, dab.side)


@given(PLACES, PLACES, RADII)
def test_a_hard_dab_covers_the_area_of_its_disc(x: float, y: float, radius: float) -> None:
    _, _, values = values_of(x, y, radius, 1.0)
    area = values.sum() / 255
    assert area == pytest.approx(math.pi * radius**2, rel=0.02, abs=0.06)


@given(PLACES, PLACES, st.floats(2.0, 150.0), HARDNESS)
def test_a_dab_lies_where_it_was_put(x: float, y: float, radius: float, hardness: float) -> None:
    left, top, values = values_of(x, y, radius, hardness)
    rows, columns = np.indices(values.shape) + 0.5
    weight = values.sum()
    tolerance = 0.14 if radius < 32 else 0.27 if radius < 128 else 0.52
    assert left + (columns * values).sum() / weight == pytest.approx(x, abs=tolerance)
    assert top + (rows * values).sum() / weight == pytest.approx(y, abs=tolerance)


@given(PLACES, PLACES, RADII, HARDNESS)
def test_a_dab_is_clear_at_the_rim_of_its_print(x, y, radius, hardness) -> None:
    _, _, values = values_of(x, y, radius, hardness)
    assert not values[0].any()
    assert not values[-1].any()
    assert not values[:, 0].any()
    assert not values[:, -1].any()


@given(st.floats(4.0, 100.0), HARDNESS)
def test_a_dab_fades_from_its_centre_on(radius: float, hardness: float) -> None:
    _, _, values = values_of(0.5, 0.5, radius, hardness)
    middle = values.shape[0] // 2
    outwards = values[middle, middle:].astype(int)
    assert (np.diff(outwards) <= 0).all()
    assert outwards[0] >= 250
    assert (values == values[::-1]).all()
    assert (values == values.T).all()


def test_hardness_is_the_share_of_the_radius_that_is_full() -> None:
    for hardness in (0.25, 0.5, 0.8):
        _, _, values = values_of(0.5, 0.5, 100.0, hardness)
        middle = values.shape[0] // 2
        row = values[middle, middle:]
        assert (row[: int(100 * hardness) - 1] == 255).all()
        assert row[int(100 * hardness) + 3] < 255


def test_an_edge_however_hard_is_antialiased() -> None:
    _, _, values = values_of(0.0, 0.0, 40.0, 1.0)
    assert ((values > 20) & (values < 235)).sum() > 100


@given(st.floats(1101.0, 1400.0), HARDNESS, st.integers(0, 1000), st.integers(0, 1000), st.data())
def test_a_huge_dab_has_the_same_values_piece_by_piece(radius, hardness, left, top, data) -> None:
    profile = Profile.of(radius, hardness)
    dab = Print.of(profile, 0.0, 0.0)
    assert dab.whole is None
    width, height = data.draw(st.tuples(st.integers(1, 30), st.integers(1, 30)))
    part = dab.values(left, top, left + width, top + height)
    wider = profile.printed(dab.center_x, dab.center_y, Rect(left - 5, top - 5, 50, 50))
    assert np.array_equal(part, wider[5 : 5 + height, 5 : 5 + width])


def test_equal_dabs_are_printed_once_and_memory_stays_bounded() -> None:
    dabs = DabCache(0.5)
    assert dabs.dab(10.0, 20.0, 50.0)[2] is dabs.dab(300.0, 7.0, 50.0)[2]
    for radius in range(100, 600):
        dabs.dab(0.0, 0.0, float(radius))
    assert dabs._nbytes <= 16 << 20
    assert dabs._nbytes == sum(dab.whole.nbytes for dab in dabs._prints.values())


@given(RADII, HARDNESS)
def test_a_whole_dab_has_the_values_printed_pixel_by_pixel(radius, hardness) -> None:
    profile = Profile.of(radius, hardness)
    side, reach = 2 * profile.reach + 1, float(profile.reach)
    printed = profile.printed(reach, reach, Rect(0, 0, side, side))
    assert np.array_equal(profile.whole(reach, reach), printed)
