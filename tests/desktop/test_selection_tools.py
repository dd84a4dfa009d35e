import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.image.geometry import Point
from core.image.selection import Mode
from desktop.selection_tools import click, corner, drag_shape, lasso, mode_at
from desktop.tools import Gesture, ToolName, Touch

LENGTHS = st.floats(-300, 300).filter(lambda length: abs(length) > 2)


class Paper:
    """A sketch that is only remembered."""

    def __init__(self) -> None:
        self.points: Sequence[Point] = ()

    def show(self, points: Sequence[Point], is_closed: bool) -> None:
        self.points = list(points)

    def extend(self, point: Point) -> None:
        self.points = [*self.points, point]

    def clear(self) -> None:
        self.points = ()


def touch(x: float, y: float, shift: bool = False, alt: bool = False) -> Touch:
    return Touch(Point(x, y), Point(x, y), has_shift=shift, has_alt=alt)


def run(gesture: Gesture, *touches: Touch) -> None:
    """Press, move, release."""
    next(gesture)
    for move in touches[:-1]:
        gesture.send(move)
    with pytest.raises(StopIteration):
        gesture.send(touches[-1]._replace(is_down=False))


@given(LENGTHS, LENGTHS)
def test_shift_makes_shapes_regular_and_alt_centres_them(dx: float, dy: float) -> None:
    done: list[Sequence[Point]] = []
    start = touch(400, 400)
    end = touch(400 + dx, 400 + dy)
    for shift, alt in ((False, False), (True, False), (False, True), (True, True)):
        held = end._replace(has_shift=shift, has_alt=alt)
        gesture = drag_shape(Paper(), start, ToolName.ELLIPSE, 1.0, done.append)
        run(gesture, held, held)
    plain, regular, centered, both = done
    assert plain == (start.point, end.point)
    width, height = (regular[1].x - regular[0].x, regular[1].y - regular[0].y)
    assert abs(width) == pytest.approx(abs(height)) == pytest.approx(max(abs(dx), abs(dy)))
    assert math.copysign(1, width) == math.copysign(1, dx)
    for one, other in (centered, both):
        middle = ((one.x + other.x) / 2, (one.y + other.y) / 2)
        assert middle == pytest.approx((400, 400))


def test_keys_held_since_the_press_choose_the_mode_and_not_the_shape() -> None:
    done: list[Sequence[Point]] = []
    held = touch(10, 10, shift=True)
    gesture = drag_shape(Paper(), held, ToolName.RECTANGLE, 1.0, done.append)
    run(gesture, touch(50, 20, shift=True), touch(50, 20, shift=True))
    assert done == [(Point(10, 10), Point(50, 20))]
    assert mode_at(held, Mode.SUBTRACT) is Mode.ADD
    assert mode_at(touch(0, 0, alt=True), Mode.ADD) is Mode.SUBTRACT
    assert mode_at(touch(0, 0, shift=True, alt=True), Mode.ADD) is Mode.INTERSECT
    assert mode_at(touch(0, 0), Mode.REPLACE) is Mode.REPLACE


def test_a_lasso_leaves_out_points_nearer_than_the_eye_sees() -> None:
    paper = Paper()
    done: list[Sequence[Point]] = []
    moves = [touch(index * 1.0, (index % 20) * 0.6) for index in range(100)]
    run(lasso(paper, moves[0], done.append), *moves[1:], moves[-1])
    assert 30 < len(done[0]) < 80
    quiet = [touch(index * 0.01, 0) for index in range(100)]
    run(lasso(paper, quiet[0], done.append), *quiet[1:], quiet[-1])
    assert len(done) == 1, "a lasso without area marks nothing"
    assert not paper.points


def test_cancelled_outlines_are_cleared() -> None:
    for gesture_of in (
        lambda paper: drag_shape(paper, touch(1, 1), ToolName.RECTANGLE, 1.0, pytest.fail),
        lambda paper: lasso(paper, touch(1, 1), pytest.fail),
    ):
        paper = Paper()
        gesture = gesture_of(paper)
        next(gesture)
        gesture.send(touch(90, 80))
        assert paper.points
        gesture.close()
        assert not paper.points


def test_corners_follow_the_pointer_until_they_are_let_go() -> None:
    paper = Paper()
    done: list[Sequence[Point]] = []
    for x, y in ((10, 10), (90, 10), (90, 90)):
        run(corner(paper, touch(x, y), 1.0, done.append), touch(x + 3, y), touch(x + 3, y))
    assert paper.points == [Point(13, 10), Point(93, 10), Point(93, 90)]
    with pytest.raises(StopIteration):
        next(corner(paper, touch(15, 12), 1.0, done.append))
    assert done == [[Point(13, 10), Point(93, 10), Point(93, 90)]]


def test_a_click_acts_at_the_press() -> None:
    done: list[Point] = []
    gesture = click(touch(4, 5), done.append)
    next(gesture)
    assert done == [Point(4, 5)]
    gesture.close()
