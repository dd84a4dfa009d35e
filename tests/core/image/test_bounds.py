import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from core.image.bounds import bounds_of
from core.image.geometry import EMPTY_RECT, Rect


@given(arrays(np.bool_, st.tuples(st.integers(0, 12), st.integers(0, 40))), st.booleans())
def test_they_hold_all_that_is_true_and_nothing_more(plane: np.ndarray, is_part: bool) -> None:
    if is_part:
        plane = plane[1:, 2:]
    rows, columns = np.nonzero(plane)
    if len(rows) == 0:
        assert bounds_of(plane) == EMPTY_RECT
        return
    edges = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    assert bounds_of(plane) == Rect.from_edges(*map(int, edges))
