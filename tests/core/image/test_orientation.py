"""Stored and upright pixels, against Pillow's reading of the same EXIF values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from core.image.geometry import Rect
from core.image.orientation import is_transposed, stored, stored_rect, upright, upright_rect

ORIENTATIONS = range(1, 9)


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_upright_is_what_pillow_shows(orientation: int) -> None:
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    image = Image.fromarray(pixels)
    image.getexif()[274] = orientation
    assert np.array_equal(upright(pixels, orientation), np.asarray(ImageOps.exif_transpose(image)))


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_stored_undoes_upright(orientation: int) -> None:
    pixels = np.arange(36).reshape(3, 4, 3)
    assert np.array_equal(stored(upright(pixels, orientation), orientation), pixels)


@given(
    orientation=st.sampled_from(ORIENTATIONS),
    edges=st.tuples(*[st.integers(0, 6)] * 2, *[st.integers(1, 5)] * 2),
)
def test_a_rectangle_holds_the_same_pixels_both_ways(
    orientation: int, edges: tuple[int, int, int, int]
) -> None:
    pixels = np.arange(11 * 12).reshape(11, 12)
    seen = upright(pixels, orientation)
    rect = Rect(*edges)
    height, width = seen.shape
    where = stored_rect(rect, width, height, orientation)
    part = pixels[where.y : where.bottom, where.x : where.right]
    assert np.array_equal(
        upright(part, orientation), seen[rect.y : rect.bottom, rect.x : rect.right]
    )
    assert upright_rect(where, width, height, orientation) == rect


def test_the_four_last_orientations_swap_the_sides() -> None:
    assert [is_transposed(value) for value in ORIENTATIONS] == [False] * 4 + [True] * 4
