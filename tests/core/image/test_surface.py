import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.image.geometry import EMPTY_RECT, TILE_SIZE, Rect, TileKey
from core.image.surface import Surface

AREA = Rect(-300, -300, 900, 900)
RECTS = st.builds(
    Rect, st.integers(-300, 500), st.integers(-300, 500), st.integers(0, 100), st.integers(0, 100)
)
EDITS = st.lists(st.tuples(RECTS, st.integers(0, 255)), max_size=5)


def painted(surface: Surface, rect: Rect, value: int) -> Surface:
    pixels = np.full(surface.shape_of(rect.height, rect.width), value, surface.dtype)
    return surface.writing(rect, pixels)


@pytest.mark.parametrize(
    "empty", [Surface.mask(), Surface.retouch(1), Surface.retouch(3)], ids=["mask", "grey", "rgb"]
)
@given(edits=EDITS, window=RECTS)
def test_a_surface_reads_as_a_plain_array_would(empty, edits, window) -> None:
    model = np.zeros(empty.shape_of(AREA.height, AREA.width), empty.dtype)
    surface = empty
    for rect, value in edits:
        surface = painted(surface, rect, value)
        model[rect.slices(AREA)] = value
    assert np.array_equal(surface.read(AREA), model)
    assert np.array_equal(surface.read(window), model[window.slices(AREA)])
    assert surface.read(window).dtype == empty.dtype
    assert all(tile.any() for tile in surface.tiles.values())


@given(EDITS, RECTS, st.integers(0, 255))
def test_an_edit_leaves_the_former_value_as_it_was(edits, rect, value) -> None:
    before = Surface.mask()
    for edit in edits:
        before = painted(before, *edit)
    copy = before.read(AREA)
    after = painted(before, rect, value)
    assert np.array_equal(before.read(AREA), copy)
    shared = before.tiles.keys() & after.tiles.keys() - after.differing_keys(before)
    assert all(before.tiles[key] is after.tiles[key] for key in shared)
    touched = {key for key in before.tiles if key.rect.intersection(rect).is_empty}
    assert touched <= shared


def test_empty_surfaces_have_no_tiles_and_read_zero() -> None:
    surface = Surface.mask()
    assert len(surface.tiles) == 0
    assert surface.bounds() == EMPTY_RECT
    assert surface.nbytes == 0
    assert not surface.read(Rect(5, 5, 10, 10)).any()


def test_shapes_follow_the_channels() -> None:
    assert Surface.mask().tile_shape == (TILE_SIZE, TILE_SIZE)
    assert Surface.retouch(1).tile_shape == (TILE_SIZE, TILE_SIZE, 2)
    assert Surface.retouch(3).shape_of(4, 5) == (4, 5, 4)


def test_erasing_a_whole_tile_drops_it() -> None:
    rect = Rect(10, 10, 300, 20)
    surface = painted(Surface.mask(), rect, 255)
    assert set(surface.tiles) == {TileKey(0, 0), TileKey(1, 0)}
    assert surface.bounds() == Rect(0, 0, 2 * TILE_SIZE, TILE_SIZE)
    assert len(painted(surface, rect, 0).tiles) == 0


def test_tiles_cannot_be_written_in_place() -> None:
    surface = painted(Surface.mask(), Rect(0, 0, 5, 5), 1)
    with pytest.raises(ValueError, match="read-only"):
        surface.tiles[TileKey(0, 0)][0, 0] = 9
    with pytest.raises(TypeError):
        surface.tiles[TileKey(0, 0)] = None


def test_a_read_is_a_copy() -> None:
    surface = painted(Surface.mask(), TileKey(0, 0).rect, 7)
    surface.read(TileKey(0, 0).rect)[:] = 0
    assert surface.read(Rect(0, 0, 1, 1))[0, 0] == 7


def test_pixels_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        Surface.mask().writing(Rect(0, 0, 4, 4), np.zeros((4, 5), np.uint8))
    with pytest.raises(ValueError, match="does not fit"):
        Surface.mask().writing(Rect(0, 0, 4, 4), np.zeros((4, 4), np.uint16))
    with pytest.raises(ValueError, match="does not fit"):
        Surface.mask().with_tiles({TileKey(0, 0): np.ones((4, 4), np.uint8)})


def test_shared_tiles_are_counted_once() -> None:
    tile = np.ones((TILE_SIZE, TILE_SIZE), np.uint8)
    surface = Surface.mask().with_tiles({TileKey(0, 0): tile, TileKey(1, 0): tile})
    assert surface.nbytes == tile.nbytes


def test_differing_keys_go_by_identity() -> None:
    one = painted(Surface.mask(), Rect(0, 0, 600, 1), 1)
    two = painted(one, Rect(0, 0, 1, 1), 1)
    assert one.differing_keys(one) == set()
    assert one.differing_keys(two) == {TileKey(0, 0)}
    assert one.differing_keys(Surface.mask()) == set(one.tiles)


def test_with_tiles_removes_named_and_zero_tiles() -> None:
    surface = painted(Surface.mask(), Rect(0, 0, 600, 1), 1)
    zero = np.zeros((TILE_SIZE, TILE_SIZE), np.uint8)
    left = surface.with_tiles({TileKey(0, 0): None, TileKey(1, 0): zero, TileKey(9, 9): None})
    assert set(left.tiles) == {TileKey(2, 0)}
