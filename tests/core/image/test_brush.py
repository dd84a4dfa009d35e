import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.image.brush import Brush, Erase, MaskPaint, Stroke
from core.image.dab import DabCache
from core.image.geometry import TILE_SIZE, Point, Rect, TileKey
from core.image.surface import Surface

PICTURE = Rect(0, 0, 700, 520)
PLACES = st.builds(Point, st.floats(-50, 750), st.floats(-50, 570))
PATHS = st.lists(PLACES, min_size=1, max_size=5)
BRUSHES = st.builds(
    Brush,
    radius_px=st.floats(0.5, 90),
    hardness=st.floats(0, 1),
    opacity=st.floats(0.1, 1),
    spacing=st.floats(0.02, 0.5),
)
PAINTS = st.sampled_from([MaskPaint(), Erase()])


def striped() -> Surface:
    values = np.zeros((PICTURE.height, PICTURE.width), np.uint8)
    values[:, 100:450] = 130
    values[200:300] = 255
    return Surface.mask().writing(PICTURE, values)


def stroked(brush: Brush, surface: Surface, paint: MaskPaint | Erase, path: list[Point]) -> Stroke:
    stroke = Stroke(brush, surface, paint, PICTURE)
    for point in path:
        stroke.to(point)
    return stroke


def whole(surface: Surface) -> np.ndarray:
    return surface.read(PICTURE)


@given(BRUSHES, PATHS)
def test_a_stroke_is_the_strongest_of_its_dabs(brush: Brush, path: list[Point]) -> None:
    expected = np.zeros((PICTURE.height, PICTURE.width), np.uint8)
    dabs = DabCache(brush.hardness)
    step, until_next = brush.step_at(1.0), 0.0
    places = [(path[0].x, path[0].y)]
    until_next = step
    for start, end in pairwise(path):
        length = math.hypot(end.x - start.x, end.y - start.y)
        at = until_next
        while length > 0 and at <= length + 1e-6:
            share = min(max(at / length, 0), 1)
            places.append(
                (start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share)
            )
            at += step
        until_next = at - length
    for x, y in places:
        left, top, dab = dabs.dab(x, y, brush.radius_px)
        rect = Rect(left, top, dab.side, dab.side).intersection(PICTURE)
        if not rect.is_empty:
            values = dab.values(rect.x - left, rect.y - top, rect.right - left, rect.bottom - top)
            values = (values.astype(int) * round(255 * brush.opacity) + 127) // 255
            target = expected[rect.slices(PICTURE)]
            np.maximum(target, values.astype(np.uint8), out=target)
    painted = stroked(brush, Surface.mask(), MaskPaint(), path).finish()
    assert np.array_equal(whole(painted), expected)
    before = striped()
    both = np.maximum(whole(before), expected)
    assert np.array_equal(whole(stroked(brush, before, MaskPaint(), path).finish()), both)
    left_over = np.minimum(whole(before), 255 - expected)
    assert np.array_equal(whole(stroked(brush, before, Erase(), path).finish()), left_over)


@given(BRUSHES, PLACES, PLACES, st.lists(st.floats(0.01, 0.99), max_size=8), PAINTS)
def test_a_line_in_many_moves_is_the_line_in_one(brush, start, end, shares, paint) -> None:
    stops = [
        Point(start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share)
        for share in sorted(shares)
    ]
    once = stroked(brush, striped(), paint, [start, end])
    often = stroked(brush, striped(), paint, [start, *stops, end])
    assert np.array_equal(whole(once.finish()), whole(often.finish()))


@pytest.mark.parametrize("radius", [10.0, 130.0])
def test_dabs_that_fall_on_the_end_of_a_move_or_of_a_pixel_are_laid_once(radius) -> None:
    # Where sums of floats decide: every dab is at half a pixel, the last one at the line's end.
    brush = Brush(radius, hardness=1.0, spacing=0.25)
    length = 8 * brush.step_at(1.0)
    start, end = Point(50.5, 50.5), Point(50.5 + 0.6 * length, 50.5 + 0.8 * length)
    once = whole(stroked(brush, Surface.mask(), MaskPaint(), [start, end]).finish())
    for count in range(2, 40):
        stops = [
            Point(
                start.x + (end.x - start.x) * at / count, start.y + (end.y - start.y) * at / count
            )
            for at in range(count + 1)
        ]
        often = whole(stroked(brush, Surface.mask(), MaskPaint(), stops).finish())
        assert np.array_equal(once, often), count


@given(
    st.floats(2, 60),
    PLACES,
    PLACES,
    st.floats(0.1, 1),
    st.floats(0.1, 1),
    st.lists(st.floats(0.01, 0.99), max_size=4),
)
def test_a_line_of_changing_pressure_does_not_depend_on_its_moves(
    radius, start, end, first, last, shares
) -> None:
    brush = Brush(radius, pressure_size=True, pressure_opacity=True)
    strokes = [Stroke(brush, Surface.mask(), MaskPaint(), PICTURE) for _ in range(2)]
    for stroke, stops in zip(strokes, ([0, 1], [0, *sorted(shares), 1]), strict=True):
        for share in stops:
            point = Point(start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share)
            stroke.to(point, first + (last - first) * share)
    one, two = (whole(stroke.finish()).astype(int) for stroke in strokes)
    assert np.abs(one - two).max() <= 1


@given(BRUSHES, PATHS, PAINTS)
def test_each_move_changes_nothing_outside_its_dirty_rect(brush, path, paint) -> None:
    stroke = Stroke(brush, striped(), paint, PICTURE)
    for point in path:
        before = whole(stroke.surface)
        dirty = stroke.to(point)
        changed = whole(stroke.surface) != before
        assert PICTURE.contains(dirty)
        if not dirty.is_empty:
            changed[dirty.slices(PICTURE)] = False
        assert not changed.any()


@given(BRUSHES, PATHS, PAINTS)
def test_the_surface_given_is_never_written(brush, path, paint) -> None:
    before = striped()
    tiles, copy = dict(before.tiles), whole(before)
    stroke = stroked(brush, before, paint, path)
    assert np.array_equal(whole(before), copy)
    after = stroke.finish()
    assert dict(before.tiles) == tiles
    assert np.array_equal(whole(before), copy)
    for key in before.tiles.keys() & after.tiles.keys():
        is_same = np.array_equal(before.tiles[key], after.tiles[key])
        assert is_same == (before.tiles[key] is after.tiles[key])


@given(BRUSHES, PATHS, PAINTS)
@settings(max_examples=20)
def test_nothing_is_marked_beyond_the_picture(brush, path, paint) -> None:
    picture = Rect(100, 50, 300, 333)
    stroke = Stroke(brush, striped(), paint, picture)
    for point in path:
        stroke.to(point)
    outside = whole(stroke.finish()) != whole(striped())
    outside[picture.slices(PICTURE)] = False
    assert not outside.any()


@given(BRUSHES, PATHS, PAINTS)
@settings(max_examples=20)
def test_what_was_seen_while_painting_is_what_finish_returns(brush, path, paint) -> None:
    stroke = stroked(brush, striped(), paint, path)
    seen = whole(stroke.surface)
    assert np.array_equal(whole(stroke.finish()), seen)
    assert np.array_equal(whole(stroke.surface), seen)


def test_tiles_are_writeable_until_the_stroke_is_finished() -> None:
    stroke = stroked(Brush(30), striped(), MaskPaint(), [Point(260, 260), Point(300, 260)])
    assert stroke.touched == {TileKey(0, 0), TileKey(1, 0), TileKey(0, 1), TileKey(1, 1)}
    assert all(stroke.surface.tiles[key].flags.writeable for key in stroke.touched)
    after = stroke.finish()
    assert not any(tile.flags.writeable for tile in after.tiles.values())


def test_a_reader_of_the_former_surface_is_not_disturbed_by_new_tiles() -> None:
    stroke = stroked(Brush(10), Surface.mask(), MaskPaint(), [Point(50, 50)])
    former = stroke.surface
    keys = iter(former.tiles)
    stroke.to(Point(600, 50))
    assert list(keys) == [TileKey(0, 0)]
    assert set(former.tiles) == {TileKey(0, 0)}
    assert set(stroke.surface.tiles) == {TileKey(0, 0), TileKey(1, 0), TileKey(2, 0)}


def test_a_stroke_that_changes_nothing_gives_the_very_same_surface() -> None:
    full = Surface.mask().writing(PICTURE, np.full((520, 700), 255, np.uint8))
    path = [Point(100, 100), Point(400, 300)]
    assert stroked(Brush(20), full, MaskPaint(), path).finish() is full
    empty = Surface.mask()
    assert stroked(Brush(20), empty, Erase(), path).finish() is empty
    assert stroked(Brush(20, opacity=0), empty, MaskPaint(), path).finish() is empty


def test_erasing_everything_leaves_no_tile() -> None:
    marked = stroked(Brush(20), Surface.mask(), MaskPaint(), [Point(300, 300)]).finish()
    assert marked.tiles
    assert not stroked(Brush(60, 1.0), marked, Erase(), [Point(300, 300)]).finish().tiles


def test_crossing_ones_own_path_does_not_mark_more() -> None:
    brush = Brush(30, hardness=1.0, opacity=0.5)
    cross = [Point(100, 100), Point(300, 300), Point(300, 100), Point(100, 300)]
    assert whole(stroked(brush, Surface.mask(), MaskPaint(), cross).finish()).max() == 128


@pytest.mark.parametrize("radius", [0.5, 1, 2, 4, 15, 50, 200])
@pytest.mark.parametrize("angle", [0, 17, 45])
def test_a_hard_line_has_straight_edges_and_no_gaps(radius, angle) -> None:
    length, middle = 300, Point(350.3, 260.7)
    dx, dy = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    ends = [
        Point(middle.x + dx * side * length / 2, middle.y + dy * side * length / 2)
        for side in (-1, 1)
    ]
    stroke = stroked(Brush(radius, hardness=1.0, spacing=0.02), Surface.mask(), MaskPaint(), ends)
    values = whole(stroke.finish())
    rows, columns = np.indices(values.shape) + 0.5
    along = (columns - middle.x) * dx + (rows - middle.y) * dy
    across = np.abs((rows - middle.y) * dx - (columns - middle.x) * dy)
    inner = np.abs(along) < length / 2 - radius
    # Up to half a pixel for the place of a large dab, 0.05 for scallops, the rest antialiasing.
    slack = 0.9 if radius < 32 else 1.35
    assert (values[inner & (across < radius - slack)] >= 250).all()
    assert (values[inner & (across > radius + slack)] == 0).all()


def test_the_thinnest_line_is_evenly_dark() -> None:
    stroke = stroked(
        Brush(0.5, hardness=1.0), Surface.mask(), MaskPaint(), [Point(50, 100.2), Point(250, 140.9)]
    )
    columns = whole(stroke.finish())[:, 60:240].sum(axis=0) / 255
    assert columns.min() > 0.6
    assert columns.max() < 1.0


def test_pressure_scales_size_and_opacity_where_asked() -> None:
    def mark(pressure: float, **kinds: bool) -> np.ndarray:
        stroke = Stroke(Brush(40, hardness=1.0, **kinds), Surface.mask(), MaskPaint(), PICTURE)
        stroke.to(Point(300, 300), pressure)
        return whole(stroke.finish())

    assert (mark(0.5) == mark(1.0)).all()
    half = mark(0.5, pressure_size=True)
    assert half.sum() / 255 == pytest.approx(math.pi * 20**2, rel=0.02)
    assert half.max() == 255
    faint = mark(0.5, pressure_opacity=True)
    assert faint.max() == 128
    assert ((faint > 0) == (mark(1.0) > 0)).mean() > 0.999
    assert not mark(0.0, pressure_size=True).any()
    assert not mark(0.0, pressure_opacity=True).any()
    assert (mark(7.0, pressure_size=True) == mark(1.0)).all()


def test_coming_to_rest_marks_nothing_more() -> None:
    stroke = stroked(Brush(20), Surface.mask(), MaskPaint(), [Point(300, 300)])
    assert stroke.to(Point(300, 300)).is_empty
    assert stroke.to(Point(300.5, 300)).is_empty


@pytest.mark.parametrize(("opacity", "value"), [(1.0, 255), (0.5, 128)])
def test_a_brush_larger_than_the_picture_marks_it_all(opacity, value) -> None:
    brush = Brush(2000, hardness=1.0, opacity=opacity)
    stroke = stroked(brush, Surface.mask(), MaskPaint(), [Point(350, 260)])
    assert (whole(stroke.finish()) == value).all()


@given(st.floats(0.3, 30), st.integers(-(10**6), 10**6))
def test_far_off_the_picture_nothing_happens(radius: float, far: int) -> None:
    assume(abs(far) > 2000)
    stroke = stroked(Brush(radius), Surface.mask(), MaskPaint(), [Point(far, 50)])
    assert stroke.finish().tiles == {}


def test_wrong_use_is_refused() -> None:
    with pytest.raises(TypeError):
        Stroke(Brush(5), Surface.retouch(3), MaskPaint(), PICTURE)
    stroke = Stroke(Brush(5), Surface.mask(), MaskPaint(), PICTURE)
    for point, pressure in (
        (Point(math.nan, 0), 1.0),
        (Point(0, math.inf), 1.0),
        (Point(0, 0), math.nan),
    ):
        with pytest.raises(ValueError, match="no place"):
            stroke.to(point, pressure)
    stroke.finish()
    with pytest.raises(ValueError, match="finished"):
        stroke.to(Point(0, 0))
    for wrong in (
        {"radius_px": 0},
        {"radius_px": math.nan},
        {"hardness": 1.1},
        {"opacity": -0.1},
        {"spacing": 0},
    ):
        with pytest.raises(ValueError):
            Brush(**{"radius_px": 10.0, **wrong})


def test_one_stroke_touches_only_tiles_under_its_dabs() -> None:
    stroke = stroked(Brush(10), Surface.mask(), MaskPaint(), [Point(TILE_SIZE / 2, TILE_SIZE / 2)])
    assert stroke.touched == {TileKey(0, 0)}


@given(
    st.builds(Brush, radius_px=st.floats(16, 500), spacing=st.floats(0.01, 0.5)),
    st.integers(0, 4),
    st.floats(0.1, 1),
)
def test_at_a_level_it_lays_as_many_dabs(brush: Brush, level: int, pressure: float) -> None:
    small = brush.at_level(level)
    assert small.step_at(pressure) == pytest.approx(brush.step_at(pressure) / 2**level)
    assert small.radius_at(pressure) == brush.radius_at(pressure) / 2**level
