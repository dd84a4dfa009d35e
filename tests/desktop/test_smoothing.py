import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.image.geometry import Point
from desktop.smoothing import pulled_to, smoothed
from desktop.tools import Gesture, Touch

points = st.builds(Point, st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))


def half(device: Point) -> Point:
    return Point(device.x / 2, device.y / 2)


def touch(x: float, y: float, is_down: bool = True, pressure: float = 1.0) -> Touch:
    return Touch(half(Point(x, y)), Point(x, y), pressure, is_down)


def recording(first: Touch, seen: list[Touch]) -> Gesture:
    current = first
    while current.is_down:
        seen.append(current)
        current = yield


def run(string_px: float, *touches: Touch) -> list[Touch]:
    seen: list[Touch] = []
    gesture = smoothed(recording(touches[0], seen), touches[0], string_px, half)
    next(gesture)
    for move in touches[1:-1]:
        gesture.send(move)
    with pytest.raises(StopIteration):
        gesture.send(touches[-1])
    return seen


@given(points, points, st.floats(0, 200))
def test_the_brush_is_never_farther_than_the_string(
    at: Point, pointer: Point, string_px: float
) -> None:
    pulled = pulled_to(at, pointer, string_px)
    assert math.dist(pulled, pointer) <= max(string_px, 0) + 1e-6 or pulled == at
    assert math.dist(at, pointer) >= math.dist(pulled, pointer) - 1e-6


def test_a_trembling_hand_leaves_the_brush_where_it_is() -> None:
    seen = run(10, touch(0, 0), touch(5, 3), touch(-4, 2), touch(0, 0, is_down=False))
    assert {move.device for move in seen} == {Point(0, 0)}


def test_a_stroke_ends_where_the_pointer_ends() -> None:
    seen = run(10, touch(0, 0), touch(100, 0), touch(120, 0, is_down=False))
    assert [move.device.x for move in seen] == [0, 90, 120]
    assert seen[1].point == Point(45, 0)


def test_what_trembles_about_a_line_is_made_straighter() -> None:
    zigzag = [touch(4 * step, 6 * (-1) ** step) for step in range(60)]
    seen = run(25, touch(0, 0), *zigzag, touch(240, 0, is_down=False))
    assert max(abs(move.device.y) for move in seen[10:-1]) < 3


def test_pressure_follows_gently() -> None:
    seen = run(0, touch(0, 0, pressure=0.0), touch(5, 0), touch(9, 0), touch(9, 0, False))
    assert 0 < seen[1].pressure < seen[2].pressure < 1


def test_cancelling_cancels_what_is_smoothed() -> None:
    ended: list[bool] = []

    def watched(first: Touch) -> Gesture:
        try:
            while first.is_down:
                first = yield
        finally:
            ended.append(True)

    gesture = smoothed(watched(touch(0, 0)), touch(0, 0), 5, half)
    next(gesture)
    gesture.close()
    assert ended == [True]
