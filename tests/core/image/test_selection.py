import math
import tracemalloc

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.image.geometry import Point, Rect
from core.image.selection import (
    FULL_TILE,
    Mode,
    combined,
    ellipse,
    inverted,
    polygon,
    rectangle,
)
from core.image.surface import U8, Surface

PICTURE = Rect(0, 0, 600, 540)
COORDINATES = st.floats(-80, 680, width=32)
POINTS = st.lists(st.builds(Point, COORDINATES, COORDINATES), min_size=3, max_size=9)
MASKS = st.lists(
    st.tuples(st.integers(0, 590), st.integers(0, 530), st.integers(1, 300), st.integers(1, 255)),
    max_size=4,
)


def supersampled(points: list[Point], picture: Rect, factor: int = 16) -> np.ndarray:
    """Return a polygon's coverage 0..255 as the mean of many samples, by the non-zero rule."""
    y = (np.arange(picture.height * factor) + 0.5) / factor
    x = (np.arange(picture.width * factor) + 0.5) / factor
    winding = np.zeros((len(y), len(x)), np.int8)
    for one, other in zip(points, points[1:] + points[:1], strict=True):
        upper, lower, turn = (one, other, 1) if one.y < other.y else (other, one, -1)
        rows = np.flatnonzero((y >= upper.y) & (y < lower.y))
        for row in rows:
            cut = upper.x + (y[row] - upper.y) * (lower.x - upper.x) / (lower.y - upper.y)
            winding[row, x >= cut] += turn
    inside = (winding != 0).astype(np.float32)
    return cv2.resize(inside, (picture.width, picture.height), interpolation=cv2.INTER_AREA) * 255


def mask_of(marks: list[tuple[int, int, int, int]]) -> Surface:
    """Return a mask of rectangles, clipped to the picture, of several strengths."""
    surface = Surface.mask()
    for x, y, side, value in marks:
        rect = Rect(x, y, side, side).intersection(PICTURE)
        pixels = surface.read(rect)
        surface = surface.writing(rect, np.maximum(pixels, np.uint8(value)))
    return surface


def whole(surface: Surface) -> U8:
    return surface.read(PICTURE)


@given(POINTS)
def test_a_polygon_covers_each_pixel_as_much_as_it_does(points: list[Point]) -> None:
    picture = Rect(0, 0, 300, 290)
    halved = [Point(point.x / 2, point.y / 2) for point in points]
    found = polygon(halved, picture).read(picture)
    expected = supersampled(halved, picture, 4)
    assert np.abs(found - expected).max() <= 255 * 0.3, "the model has 4 samples a side"
    assert abs(float(found.mean()) - float(expected.mean())) < 0.5


@given(POINTS, st.integers(0, 255), st.integers(0, 255))
def test_tile_borders_leave_no_seam(points: list[Point], dx: int, dy: int) -> None:
    moved = [Point(point.x + dx, point.y + dy) for point in points]
    here = polygon(points, Rect(-2000, -2000, 4000, 4000)).read(PICTURE)
    there = polygon(moved, Rect(-2000, -2000, 4000, 4000)).read(PICTURE.translated(dx, dy))
    assert np.abs(here.astype(int) - there).max() <= 1


def test_an_outline_that_crosses_itself_marks_all_it_winds_around() -> None:
    twice = [(10, 10), (200, 10), (200, 200), (10, 200)] * 2
    turns = [4 * math.pi * index / 5 for index in range(5)]
    star = [Point(100 + 90 * math.cos(turn), 100 + 90 * math.sin(turn)) for turn in turns]
    assert polygon([Point(*p) for p in twice], PICTURE).read(Rect(50, 50, 1, 1))[0, 0] == 255
    assert polygon(star, PICTURE).read(Rect(100, 100, 1, 1))[0, 0] == 255


@given(COORDINATES, COORDINATES, COORDINATES, COORDINATES)
def test_a_rectangle_has_whole_pixels(x0: float, y0: float, x1: float, y1: float) -> None:
    found = whole(rectangle(Point(x0, y0), Point(x1, y1), PICTURE))
    expected = np.zeros_like(found)
    left, right = sorted((max(0, round(x0)), max(0, round(x1))))
    top, bottom = sorted((max(0, round(y0)), max(0, round(y1))))
    expected[top:bottom, left:right] = 255
    assert np.array_equal(found, expected)


def test_an_ellipse_covers_its_area_and_has_a_soft_edge() -> None:
    found = whole(ellipse(Point(20.3, 40.7), Point(520.3, 400.7), PICTURE))
    assert found.sum() / 255 == pytest.approx(math.pi * 250 * 180, rel=1e-4)
    assert found[220, 270] == 255
    assert np.count_nonzero((found > 0) & (found < 255)) > 800
    rows, columns = np.nonzero(found)
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (20, 520, 40, 400)


def test_tiles_wholly_inside_are_one_shared_tile() -> None:
    surface = rectangle(Point(0, 0), Point(5120, 5120), Rect(0, 0, 6000, 6000))
    assert len(surface.tiles) == 400
    assert all(tile is FULL_TILE for tile in surface.tiles.values())
    assert surface.nbytes == FULL_TILE.nbytes


def test_a_shape_on_a_huge_picture_takes_the_memory_of_its_edge() -> None:
    picture = Rect(0, 0, 23200, 17400)
    tracemalloc.start()
    surface = ellipse(Point(1000, 1000), Point(22000, 16000), picture)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert surface.nbytes < 30e6
    assert peak < surface.nbytes + 20e6


def test_a_polygon_beyond_the_picture_marks_nothing() -> None:
    for points in ([(700, 10), (900, 10), (800, 300)], [(-90, -90), (-5, -9), (-60, -3)]):
        assert not polygon([Point(*p) for p in points], PICTURE).tiles
    assert not polygon([Point(5, 5), Point(90, 90)], PICTURE).tiles
    assert not polygon([], PICTURE).tiles
    with pytest.raises(ValueError):
        polygon([Point(0, 0), Point(math.nan, 3), Point(9, 9)], PICTURE)


@given(MASKS, POINTS, st.sampled_from(list(Mode)))
def test_combining_is_what_numpy_would_do(marks, points: list[Point], mode: Mode) -> None:
    mask, selection = mask_of(marks), polygon(points, PICTURE)
    before = whole(mask).copy()
    result = combined(mask, selection, mode)
    old, new = whole(mask), whole(selection)
    expected = {
        Mode.ADD: np.maximum(old, new),
        Mode.SUBTRACT: np.minimum(old, 255 - new),
        Mode.INTERSECT: np.minimum(old, new),
        Mode.REPLACE: new,
    }[mode]
    assert np.array_equal(whole(result), expected)
    assert np.array_equal(whole(mask), before)
    for key, tile in result.tiles.items():
        old_tile = mask.tiles.get(key)
        assert tile is old_tile or old_tile is None or not np.array_equal(tile, old_tile)


def test_a_combination_that_changes_nothing_is_the_mask_itself() -> None:
    mask = mask_of([(10, 10, 200, 255)])
    inside = rectangle(Point(20, 20), Point(50, 50), PICTURE)
    assert combined(mask, inside, Mode.ADD) is mask
    beside = rectangle(Point(300, 300), Point(350, 350), PICTURE)
    assert combined(mask, beside, Mode.SUBTRACT) is mask


@given(MASKS)
def test_inverting_twice_gives_the_mask_back(marks) -> None:
    mask = mask_of(marks)
    once = inverted(mask, PICTURE)
    assert np.array_equal(whole(once), 255 - whole(mask))
    beyond = once.read(PICTURE.expanded(300))
    assert beyond.sum(dtype=np.int64) == whole(once).sum(dtype=np.int64), "nothing beyond it"
    twice = inverted(once, PICTURE)
    assert np.array_equal(whole(twice), whole(mask))
    assert twice.tiles.keys() == mask.tiles.keys()


def test_inverting_a_little_mask_on_a_huge_picture_takes_little_memory() -> None:
    surface = Surface.mask().writing(Rect(900, 900, 10, 10), np.full((10, 10), 255, np.uint8))
    once = inverted(surface, Rect(0, 0, 23200, 17400))
    assert once.nbytes < 8 * 65536
