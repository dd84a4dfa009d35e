import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.image.geometry import Point, Rect
from desktop.orientation import UPRIGHT, Orientation
from desktop.view import View, stepped

scales = st.floats(0.01, 64.0)
positions = st.integers(-100_000, 100_000)
straight = st.builds(
    lambda quarters, is_mirrored: (
        UPRIGHT.turned(quarters).mirrored() if is_mirrored else UPRIGHT.turned(quarters)
    ),
    st.integers(0, 3),
    st.booleans(),
)
orientations = straight | st.builds(Orientation, st.integers(0, 3599).map(lambda n: n / 10))
views = st.builds(View, scales, positions, positions, orientations)
straight_views = st.builds(View, scales, positions, positions, straight)
points = st.builds(Point, st.floats(0, 30_000), st.floats(0, 30_000))


@given(views, points)
def test_there_and_back_is_the_same_point(view: View, point: Point) -> None:
    assert view.to_document(view.to_device(point)) == pytest.approx(point, abs=1e-4)


@given(views, st.floats(0.01, 64.0), st.integers(0, 4000), st.integers(0, 3000))
def test_zooming_keeps_what_is_under_the_cursor(view: View, scale: float, x: int, y: int) -> None:
    anchor = Point(x, y)
    fixed = view.to_document(anchor)
    moved = view.zoomed(scale, anchor).to_device(fixed)
    assert moved == pytest.approx(anchor, abs=0.501)


@given(scales, st.integers(0, 10))
def test_no_sample_of_the_level_shown_is_magnified_but_at_level_0(
    scale: float, max_level: int
) -> None:
    level = View(scale).level(max_level)
    assert level == 0 or scale * 2**level <= 1.0 + 1e-6
    assert level == max_level or scale * 2 ** (level + 1) > 1.0


@pytest.mark.parametrize(("scale", "level"), [(1.0, 0), (0.5, 1), (0.25, 2), (0.51, 0), (2.0, 0)])
def test_levels_change_at_powers_of_two(scale: float, level: int) -> None:
    assert View(scale).level(8) == level


@given(views, orientations, st.integers(0, 4000), st.integers(0, 3000))
def test_turning_keeps_what_is_under_the_anchor(
    view: View, orientation: Orientation, x: int, y: int
) -> None:
    anchor = Point(x, y)
    fixed = view.to_document(anchor)
    turned = view.oriented(orientation, anchor)
    assert turned.to_device(fixed) == pytest.approx(anchor, abs=0.501)
    assert turned.orientation == orientation


@given(
    straight_views,
    st.integers(0, 500),
    st.integers(0, 300),
    st.integers(1, 90),
    st.integers(1, 90),
)
def test_a_rectangle_goes_to_the_screen_and_back(
    view: View, x: int, y: int, width: int, height: int
) -> None:
    picture, rect = Rect(0, 0, 600, 400), Rect(x, y, width, height)
    back = view.document_rect(view.device_rect(rect), picture)
    assert back.contains(rect)
    slack = 2 + round(2 / view.scale)
    assert rect.expanded(slack).contains(back)


@given(views, st.integers(0, 500), st.integers(0, 300), st.integers(1, 90), st.integers(1, 90))
def test_a_tilted_rectangle_is_held_by_what_is_drawn_anew(
    view: View, x: int, y: int, width: int, height: int
) -> None:
    rect = Rect(x, y, width, height)
    device = view.device_rect(rect)
    assert device.contains(Rect(*view.outline(rect).boundingRect().toAlignedRect().getRect()))
    assert view.document_rect(device, Rect(0, 0, 600, 400)).contains(rect)


@given(
    st.integers(1, 30_000),
    st.integers(1, 30_000),
    st.integers(50, 4000),
    st.integers(50, 3000),
    orientations,
)
def test_a_fitted_picture_lies_inside_the_viewport(
    width: int, height: int, viewport_width: int, viewport_height: int, orientation: Orientation
) -> None:
    picture = Rect(0, 0, width, height)
    view = View.fitted(picture, viewport_width, viewport_height, 10, orientation)
    shown = view.device_rect(picture)
    assert Rect(0, 0, viewport_width, viewport_height).contains(shown)


@given(views, st.integers(1, 4000), st.integers(1, 4000))
def test_the_middle_of_the_viewport_stays_on_the_picture(
    view: View, width: int, height: int
) -> None:
    picture = Rect(0, 0, 600, 400)
    middle = view.kept_in_sight(picture, width, height).to_document(Point(width / 2, height / 2))
    slack = 1.0 / view.scale
    assert -slack <= middle.x <= 600 + slack
    assert -slack <= middle.y <= 400 + slack


@given(scales)
def test_zoom_steps_go_there_and_back_over_100_percent(scale: float) -> None:
    above, below = stepped(scale, +1), stepped(scale, -1)
    assert below < scale < above
    assert (above > 1.0 or below < 1.0) or 1.0 in (above, below, scale)
    assert stepped(1.0, +1) == pytest.approx(2**0.5)
    assert stepped(stepped(1.0, +1), -1) == 1.0
