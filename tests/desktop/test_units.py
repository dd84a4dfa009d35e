import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.image.geometry import Point
from desktop.units import Unit, Units, multiples, stepped_length


@given(st.floats(1e-6, 1e9))
def test_steps_are_1_2_or_5_times_a_power_of_ten(least: float) -> None:
    step = stepped_length(least)
    assert least * 0.998 <= step <= 2.6 * least
    leading = step / 10 ** math.floor(math.log10(step) + 1e-9)
    assert min(abs(leading - digit) for digit in (1, 2, 5)) < 1e-6


def test_lengths_are_told_in_pixels_and_in_the_unit() -> None:
    one, other = Point(0, 0), Point(300, 400)
    assert Units().distance(one, other) == "500.0 px"
    assert Units(Unit.PX, (254.0, 254.0)).distance(one, other) == "500.0 px · 50.00 mm"
    assert Units(Unit.CM, (254.0, 254.0)).distance(one, other) == "500.0 px · 5.000 cm"


def test_both_directions_have_their_own_resolution() -> None:
    units = Units(Unit.MM, (254.0, 508.0))
    assert units.distance_mm(Point(0, 0), Point(30, 80)) == pytest.approx(5.0)
    assert (units.px_per_unit(False), units.px_per_unit(True)) == pytest.approx((10.0, 20.0))


def test_without_a_resolution_every_unit_is_the_pixel() -> None:
    units = Units(Unit.MM, None)
    assert units.shown is Unit.PX
    assert units.position(Point(3.9, 4.2)) == "3, 4"
    assert units.length(60) == "60 px"
    assert Units(dpi=(254.0, 254.0)).length(60) == "60 px (6 mm)"


def test_multiples_are_those_between_two_values() -> None:
    assert list(multiples(10.0, -5.0, 20.0)) == [0, 1, 2]
