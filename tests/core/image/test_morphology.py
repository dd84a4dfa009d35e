import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from core.errors import Cancelled
from core.image.geometry import Point, Rect
from core.image.morphology import MAX_RADIUS_PX, feathered, grown, shrunk
from core.image.selection import FULL_TILE, ellipse, polygon, rectangle
from core.image.surface import U8, Surface

PICTURE = Rect(0, 0, 620, 560)
PLACES = st.lists(
    st.tuples(st.integers(-40, 600), st.integers(-40, 540), st.integers(1, 190)), max_size=4
)
RADII = st.floats(0, 60)


def squares(places: list[tuple[int, int, int]]) -> Surface:
    surface = Surface.mask()
    for x, y, side in places:
        rect = Rect(x, y, side, side).intersection(PICTURE)
        if not rect.is_empty:
            pixels = np.full((rect.height, rect.width), 255, np.uint8)
            surface = surface.writing(rect, pixels)
    return surface


def whole(surface: Surface) -> U8:
    return surface.read(PICTURE)


def marked(surface: Surface) -> np.ndarray:
    return whole(surface) > 127


@settings(max_examples=25)
@given(PLACES, RADII)
def test_growing_is_the_euclidean_distance_across_all_tile_borders(places, radius_px) -> None:
    mask = squares(places)
    found = whole(grown(mask, radius_px, PICTURE))
    expected = whole(mask).astype(float)
    if mask.tiles:
        away = ndimage.distance_transform_edt(whole(mask) <= 127)
        expected = np.maximum(expected, 255 * np.clip(radius_px + 1 - away, 0, 1))
    assert np.abs(found - expected).max() <= 1


@settings(max_examples=25)
@given(PLACES, RADII)
def test_shrinking_is_the_euclidean_distance_across_all_tile_borders(places, radius_px) -> None:
    mask = squares(places)
    found = whole(shrunk(mask, radius_px, PICTURE))
    expected = whole(mask).astype(float)
    if not (whole(mask) > 127).all():
        depth = ndimage.distance_transform_edt(whole(mask) > 127)
        expected = np.minimum(expected, 255 * np.clip(depth - radius_px, 0, 1))
    assert np.abs(found - expected).max() <= 1


@settings(max_examples=25)
@given(st.integers(120, 480), st.integers(120, 440), st.floats(4, 60), st.integers(1, 50))
def test_grown_and_shrunk_again_a_convex_shape_is_what_it_was(x, y, size, radius_px) -> None:
    for mask in (
        ellipse(Point(x - size, y - size / 2), Point(x + size, y + size / 2), PICTURE),
        polygon([Point(x - size, y), Point(x + size / 2, y - size), Point(x, y + size)], PICTURE),
    ):
        again = shrunk(grown(mask, radius_px, PICTURE), radius_px, PICTURE)
        before, after = marked(mask), marked(again)
        assert not (before & ~ndimage.binary_dilation(after)).any()
        assert not (after & ~ndimage.binary_dilation(before, np.ones((3, 3)))).any()


def test_a_rectangle_grows_by_whole_pixels_and_rounds_its_corners() -> None:
    found = whole(grown(rectangle(Point(100, 100), Point(300, 200), PICTURE), 7, PICTURE))
    assert found[150, 93] == 255
    assert found[150, 92] == 0
    assert found[94, 94] == 0, "the corner is round"


def test_marks_do_not_draw_back_from_the_pictures_edge() -> None:
    found = whole(shrunk(rectangle(Point(0, 0), Point(200, 300), PICTURE), 10, PICTURE))
    assert found[0, 0] == 255
    assert found[150, 189] == 255
    assert found[150, 190] == 0


def test_tiles_that_stay_are_shared() -> None:
    mask = rectangle(Point(0, 0), Point(560, 300), PICTURE)
    far = squares([(600, 540, 5)])
    mask = Surface(1, mask.dtype, {**mask.tiles, **far.tiles})
    inner = shrunk(mask, 4, PICTURE)
    assert inner.tiles[next(iter(mask.tiles))] is FULL_TILE
    assert grown(mask, 0, PICTURE) is mask


@settings(max_examples=25)
@given(PLACES, st.floats(1, 50))
def test_a_feather_runs_inward_and_marks_nothing_new(places, radius_px) -> None:
    mask = squares(places)
    before, after = whole(mask), whole(feathered(mask, radius_px, PICTURE))
    assert (after <= before).all()
    if mask.tiles and not (before > 127).all():
        depth = ndimage.distance_transform_edt(before > 127)
        assert (after[depth > radius_px + 1] == before[depth > radius_px + 1]).all()


def test_an_outward_feather_fades_over_sound_paint() -> None:
    mask = rectangle(Point(200, 200), Point(300, 300), PICTURE)
    row = whole(feathered(mask, 20, PICTURE, is_outward=True))[250]
    assert (row[200:300] == 255).all()
    assert (np.diff(row[300:325].astype(int)) <= 0).all()
    assert 100 < row[309] < 160
    assert row[321] == 0


def test_a_wide_radius_takes_memory_of_the_radius_not_of_the_picture() -> None:
    picture = Rect(0, 0, 23200, 17400)
    mask = Surface.mask().writing(Rect(9000, 9000, 20, 20), np.full((20, 20), 255, np.uint8))
    tracemalloc.start()
    found = grown(mask, 300, picture)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.bounds().width <= 4 * 256
    assert peak < 60e6


@pytest.mark.parametrize("radius_px", [-1, math.nan, math.inf, MAX_RADIUS_PX + 1])
def test_a_radius_that_makes_no_sense_is_refused(radius_px) -> None:
    for function in (grown, shrunk, feathered):
        with pytest.raises(ValueError, match="radius"):
            function(squares([(10, 10, 50)]), radius_px, PICTURE)


def test_it_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        grown(squares([(10, 10, 50)]), 5, PICTURE, lambda: True)
