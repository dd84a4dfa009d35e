import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from core.errors import Cancelled
from core.image.components import connected_loss, without_holes
from core.image.geometry import Point, Rect, TileKey
from core.image.selection import FULL_TILE, ellipse
from core.image.surface import U8, Surface

PICTURE = Rect(0, 0, 600, 530)
# Coarse random pictures: connected in many ways, with parts that wander over tile borders.
GRIDS = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).random((12, 14)) < 0.45
)


def blown_up(grid: np.ndarray) -> U8:
    values = np.kron(grid, np.ones((46, 43), np.uint8)) * np.uint8(255)
    return np.ascontiguousarray(values[:530, :600])


def mask_of(values: U8) -> Surface:
    return Surface.mask().writing(PICTURE, values)


@settings(max_examples=30)
@given(GRIDS, st.integers(0, 599), st.integers(0, 529))
def test_a_loss_is_what_hangs_together_across_tiles(grid, x, y) -> None:
    values = blown_up(grid)
    labels, _ = ndimage.label(values)
    expected = values * ((labels == labels[y, x]) & (labels[y, x] > 0))
    mask = mask_of(values)
    found = connected_loss(mask, Point(x + 0.5, y + 0.5), PICTURE)
    assert np.array_equal(found.read(PICTURE), expected)


def test_a_loss_keeps_its_soft_edge_and_its_own_tiles() -> None:
    mask = ellipse(Point(100, 100), Point(400, 400), PICTURE)
    found = connected_loss(mask, Point(250, 250), PICTURE)
    assert np.array_equal(found.read(PICTURE), mask.read(PICTURE))
    assert all(tile is mask.tiles[key] for key, tile in found.tiles.items())


def test_beside_losses_and_beyond_the_picture_there_is_none() -> None:
    mask = ellipse(Point(100, 100), Point(200, 200), PICTURE)
    for point in (Point(300, 300), Point(-5, 20), Point(700, 20)):
        assert not connected_loss(mask, point, PICTURE).tiles


@settings(max_examples=30)
@given(GRIDS)
def test_holes_are_what_the_pictures_edge_cannot_reach(grid) -> None:
    values = blown_up(grid)
    found = without_holes(mask_of(values), PICTURE).read(PICTURE)
    expected = ndimage.binary_fill_holes(values > 0)
    assert np.array_equal(found > 127, expected)
    assert set(np.unique(found)) <= {0, 255}


def test_the_soft_edge_of_a_hole_is_filled_and_the_outer_one_stays() -> None:
    ring = ellipse(Point(100.3, 100.3), Point(480.3, 480.3), PICTURE).read(PICTURE)
    inner = ellipse(Point(150.6, 150.6), Point(400.2, 400.2), PICTURE).read(PICTURE)
    mask = mask_of(np.minimum(ring, 255 - inner))
    assert np.array_equal(without_holes(mask, PICTURE).read(PICTURE), ring)


def test_a_mask_without_holes_is_given_back_itself() -> None:
    mask = ellipse(Point(100, 100), Point(400, 400), PICTURE)
    assert without_holes(mask, PICTURE) is mask
    assert without_holes(Surface.mask(), PICTURE).tiles == {}


def test_a_hole_over_whole_tiles_becomes_the_shared_tile() -> None:
    picture = Rect(0, 0, 2000, 2000)
    ring = np.full((1600, 1600), 255, np.uint8)
    ring[20:-20, 20:-20] = 0
    mask = Surface.mask().writing(Rect(100, 100, 1600, 1600), ring)
    filled = without_holes(mask, picture)
    assert filled.tiles[TileKey(3, 3)] is FULL_TILE
    assert (filled.read(Rect(100, 100, 1600, 1600)) == 255).all()


def test_two_marks_far_apart_on_a_huge_picture_are_searched_quickly() -> None:
    picture = Rect(0, 0, 23200, 17400)
    mark = np.full((9, 9), 255, np.uint8)
    mark[4, 4] = 0
    mask = Surface.mask().writing(Rect(300, 300, 9, 9), mark)
    mask = mask.writing(Rect(22000, 16000, 9, 9), mark)
    filled = without_holes(mask, picture)
    assert filled.read(Rect(22000, 16000, 9, 9)).min() == 255


def test_a_search_can_be_cancelled() -> None:
    mask = ellipse(Point(100, 100), Point(400, 400), PICTURE)
    with pytest.raises(Cancelled):
        connected_loss(mask, Point(250, 250), PICTURE, lambda: True)
    with pytest.raises(Cancelled):
        without_holes(mask, PICTURE, lambda: True)
