import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.image.geometry import Rect
from core.inpainting.loss_map import CELL
from core.inpainting.window_grid import OVERLAP_PX, WindowGrid, spans

PICTURE = Rect(0, 0, 1003, 811)
MULTIPLES = st.sampled_from([1, 4, 8, 12, 32, 64, 100, 256])


@given(st.integers(0, 1000), st.integers(0, 800), MULTIPLES, st.integers(1, 5))
def test_what_is_certain_to_fit_fits_wherever_it_lies(
    x: int, y: int, multiple_of: int, scale: int
) -> None:
    grid = WindowGrid.of(Rect(0, 0, 10_000, 10_000), multiple_of, 384)
    side = grid.certain(scale)
    reach = Rect(x, y, side, side)
    window = grid.window(reach, scale)
    assert grid.fits(reach, scale)
    assert window.contains(reach)
    assert max(window.width, window.height) <= grid.limit * scale
    assert grid.cost(reach, scale) == window.area // scale**2


@given(st.integers(-60, 1000), st.integers(-60, 800), st.integers(1, 300), MULTIPLES)
def test_a_window_begins_on_a_multiple_and_ends_there_or_with_the_picture(
    x: int, y: int, side: int, multiple_of: int
) -> None:
    reach = Rect(x, y, side, side).intersection(PICTURE)
    if reach.is_empty:
        return
    window = WindowGrid.of(PICTURE, multiple_of, 384).window(Rect(x, y, side, side), 1)
    assert window.x % multiple_of == window.y % multiple_of == 0
    assert window.right % multiple_of == 0 or window.right == PICTURE.right
    assert window.bottom % multiple_of == 0 or window.bottom == PICTURE.bottom
    assert PICTURE.contains(window)
    assert window.contains(reach)


@given(MULTIPLES, st.integers(384, 2000), st.integers(1, 5))
def test_a_window_with_the_widest_rim_has_room_for_pieces_of_which_two_meet(
    multiple_of: int, side_max: int, scale: int
) -> None:
    grid = WindowGrid.of(PICTURE, multiple_of, side_max)
    assert grid.side(grid.context_max * scale, scale) >= 3 * OVERLAP_PX * scale


@given(st.integers(1, 400), st.integers(12, 100))
def test_the_weights_of_an_axis_pieces_add_up_to_one(cells: int, side_cells: int) -> None:
    length, total = cells * CELL, np.zeros(cells * CELL)
    covered = np.zeros(length, int)
    finals = np.zeros(length, int)
    for start, piece, final, weights in spans(length, side_cells * CELL, OVERLAP_PX):
        assert piece <= max(side_cells * CELL, 3 * OVERLAP_PX)
        assert start % CELL == piece % CELL == 0
        total[start : start + piece] += weights
        covered[start : start + piece] += 1
        finals[start : start + final] += 1
    np.testing.assert_allclose(total, 1, atol=1e-6)
    assert covered.max() <= 2
    assert (finals == 1).all()
