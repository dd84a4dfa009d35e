import pytest

from core.image.geometry import Point
from desktop.tools import BrushSettings, Gesture, Touch, line_or_resize, paint, pan, pick


class RecordingEasel:
    """Writes down what a tool does to it."""

    def __init__(self, has_mask: bool = True) -> None:
        self.has_mask = has_mask
        self.done: list[object] = []
        self.sizes = {False: BrushSettings(40.0), True: BrushSettings(90.0)}
        self.pinned: Point | None = None
        self.last_point: Point | None = None

    def begin_stroke(self, is_eraser: bool) -> bool:
        self.done.append("erase" if is_eraser else "brush")
        return self.has_mask

    def paint_to(self, point: Point, pressure: float) -> None:
        if point.x < 0:
            raise RuntimeError("outside")
        self.last_point = point
        self.done.append((point.x, point.y, pressure))

    def commit_stroke(self) -> None:
        self.done.append("commit")

    def drop_stroke(self) -> None:
        self.done.append("drop")

    def settings(self, is_eraser: bool) -> BrushSettings:
        return self.sizes[is_eraser]

    def resize(self, is_eraser: bool, size_px: float, pinned: Point | None) -> None:
        self.sizes[is_eraser] = self.sizes[is_eraser].sized(size_px)
        self.pinned = pinned


def touch(x: float, y: float, pressure: float = 1.0, is_down: bool = True) -> Touch:
    return Touch(Point(x, y), Point(2 * x, 2 * y), pressure, is_down)


def run(gesture: Gesture, *touches: Touch) -> None:
    """Press, move, release."""
    next(gesture)
    for move in touches[:-1]:
        gesture.send(move)
    with pytest.raises(StopIteration):
        gesture.send(touches[-1]._replace(is_down=False))


def test_a_stroke_paints_at_the_press_and_at_each_move_and_is_committed_at_the_release() -> None:
    easel = RecordingEasel()
    run(paint(easel, touch(1, 2)), touch(3, 4, 0.5), touch(9, 9))
    assert easel.done == ["brush", (1, 2, 1.0), (3, 4, 0.5), "commit"]


def test_a_cancelled_stroke_is_dropped() -> None:
    easel = RecordingEasel()
    gesture = paint(easel, touch(1, 2), is_eraser=True)
    next(gesture)
    gesture.close()
    assert easel.done == ["erase", (1, 2, 1.0), "drop"]


def test_a_stroke_that_fails_is_dropped() -> None:
    easel = RecordingEasel()
    gesture = paint(easel, touch(1, 2))
    next(gesture)
    with pytest.raises(RuntimeError):
        gesture.send(touch(-1, 0))
    assert easel.done[-1] == "drop"


def test_nothing_is_painted_where_there_is_no_mask() -> None:
    easel = RecordingEasel(has_mask=False)
    with pytest.raises(StopIteration):
        next(paint(easel, touch(1, 2)))
    assert easel.done == ["brush"]


def test_shift_and_click_draws_a_straight_line_from_the_last_stroke() -> None:
    easel = RecordingEasel()
    run(paint(easel, touch(1, 2)), touch(1, 2))
    easel.done.clear()
    run(line_or_resize(easel, touch(50, 60)), touch(51, 60), touch(51, 60))
    assert easel.done == ["brush", (1, 2, 1.0), (50, 60, 1.0), "commit"]


def test_shift_and_drag_sizes_the_brush_and_pins_its_outline() -> None:
    easel = RecordingEasel()
    gesture = line_or_resize(easel, touch(50, 60))
    next(gesture)
    gesture.send(touch(60, 60))
    assert easel.sizes[False].size_px == 60.0
    assert easel.pinned == Point(50, 60)
    gesture.send(touch(10, 60))
    assert easel.sizes[False].size_px == 1.0, "it cannot become nothing"
    with pytest.raises(StopIteration):
        gesture.send(touch(45, 60, is_down=False))
    assert easel.pinned is None
    assert easel.done == []


def test_the_eraser_keeps_a_size_of_its_own() -> None:
    easel = RecordingEasel()
    gesture = line_or_resize(easel, touch(50, 60), is_eraser=True)
    next(gesture)
    gesture.send(touch(60, 60))
    gesture.close()
    assert (easel.sizes[False].size_px, easel.sizes[True].size_px) == (40.0, 110.0)
    assert easel.pinned is None


def test_panning_follows_the_pointer_in_device_pixels() -> None:
    moves: list[tuple[float, float]] = []
    run(pan(lambda dx, dy: moves.append((dx, dy)), touch(0, 0)), touch(5, 1), touch(7, 1))
    assert moves == [(10, 2), (4, 0)]


def test_picking_tells_each_place_it_comes_to() -> None:
    places: list[Point] = []
    run(pick(places.append, touch(1, 1)), touch(2, 3), touch(2, 3))
    assert places == [Point(1, 1), Point(2, 3)]
