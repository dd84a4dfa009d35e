import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.orientation import UPRIGHT, Orientation

EIGHT = [
    oriented
    for quarters in range(4)
    for oriented in (UPRIGHT.turned(quarters), UPRIGHT.turned(quarters).mirrored())
]
orientations = st.sampled_from(EIGHT)


def test_there_are_eight_ways() -> None:
    assert len(set(EIGHT)) == 8


@given(orientations, st.integers(-999, 999), st.integers(-999, 999))
def test_what_is_seen_is_found_again(orientation: Orientation, x: int, y: int) -> None:
    assert orientation.unseen(*orientation.seen(x, y)) == (x, y)


@given(orientations, st.integers(0, 3))
def test_turning_on_to_a_full_circle_and_mirroring_twice_change_nothing(
    orientation: Orientation, quarters: int
) -> None:
    assert orientation.turned(quarters).turned(4 - quarters) == orientation
    assert orientation.mirrored().mirrored() == orientation


@pytest.mark.parametrize("quarters", range(4))
def test_the_angle_and_the_mirror_are_told_apart(quarters: int) -> None:
    turned = UPRIGHT.turned(quarters)
    assert (turned.degrees, turned.is_mirrored) == (90 * quarters, False)
    assert (turned.mirrored().degrees, turned.mirrored().is_mirrored) == (90 * quarters, True)
    assert turned.is_sideways == turned.mirrored().is_sideways == bool(quarters % 2)


def test_a_turn_to_the_right_brings_the_upper_edge_to_the_right() -> None:
    assert UPRIGHT.turned(1).seen(0, -1) == (1, 0)
    assert UPRIGHT.mirrored().seen(1, 5) == (-1, 5)


tilted = st.builds(
    Orientation, st.floats(0, 359.999).map(lambda degrees: round(degrees, 3)), st.booleans()
)


@given(tilted, st.floats(-999, 999), st.floats(-999, 999))
def test_at_any_angle_what_is_seen_is_found_again(
    orientation: Orientation, x: float, y: float
) -> None:
    assert orientation.unseen(*orientation.seen(x, y)) == pytest.approx((x, y), abs=1e-9)


@given(tilted, st.floats(-720, 720))
def test_what_is_seen_is_turned_by_the_angle_mirrored_or_not(
    orientation: Orientation, degrees: float
) -> None:
    turned = orientation.turned_by(degrees)
    assert turned.is_mirrored == orientation.is_mirrored
    difference = turned.seen_degrees - orientation.seen_degrees - degrees
    assert (difference + 180) % 360 - 180 == pytest.approx(0, abs=1e-5)
    assert 0 <= turned.degrees < 360


@given(tilted)
def test_steps_of_15_degrees_come_round_exactly(orientation: Orientation) -> None:
    turned = orientation
    for _ in range(24):
        turned = turned.turned_by(15)
    assert turned.degrees == pytest.approx(orientation.degrees, abs=1e-4)
    turned = UPRIGHT
    for _ in range(6):
        turned = turned.turned_by(15)
    assert turned == UPRIGHT.turned(1)
    assert turned.is_straight
    assert not UPRIGHT.turned_by(15).is_straight
