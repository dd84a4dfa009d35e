import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from core.errors import Cancelled
from core.image.color import ColorProfile, ColorTransform
from core.image.color_difference import ciede2000
from core.image.flood import Flood, flooded
from core.image.geometry import Point, Rect
from core.image.surface import U8, U16

COLOR = ColorTransform(ColorProfile.of(None, 3))
PICTURE = Rect(0, 0, 560, 530)


def speckled(seed: int) -> U16:
    """Return a picture of few colours in patches that wander over tile borders."""
    rng = np.random.default_rng(seed)
    palette = rng.integers(8000, 52000, (3, 3)).astype(np.uint16)
    cells = rng.integers(0, 3, (10, 11))
    picture = palette[np.kron(cells, np.ones((53, 51), int))]
    return np.ascontiguousarray(picture[:530, :560])


def select(pixels: U16, point: Point, flood: Flood, **more: object) -> U8:
    height, width = pixels.shape[:2]
    picture = Rect(0, 0, width, height)

    def read(rect: Rect) -> U16:
        assert picture.contains(rect)
        return pixels[rect.slices(picture)]

    return flooded(read, picture, point, COLOR, flood, **more).read(picture)


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1), st.integers(1, 558), st.integers(1, 528), st.floats(0.5, 40))
def test_it_selects_what_numpy_would_whatever_the_tiles(seed, x, y, tolerance) -> None:
    pixels = speckled(seed)
    lab = COLOR.to_lab(pixels)
    wanted = COLOR.to_lab(pixels[y - 1 : y + 2, x - 1 : x + 2]).mean((0, 1))
    alike = ciede2000(lab, wanted) <= tolerance
    everywhere = select(pixels, Point(x, y), Flood(tolerance, is_contiguous=False)) > 0
    assert np.array_equal(everywhere, alike)
    connected = select(pixels, Point(x + 0.9, y + 0.2), Flood(tolerance)) > 0
    labels, _ = ndimage.label(alike)
    if alike[y, x]:
        assert np.array_equal(connected, labels == labels[y, x])
    else:
        assert not (connected & ~alike).any()


def test_a_contiguous_flood_reads_only_what_it_reaches() -> None:
    picture = Rect(0, 0, 23200, 17400)
    island = Rect(5000, 5000, 300, 300)
    read_px = 0

    def read(rect: Rect) -> U16:
        nonlocal read_px
        read_px += rect.area
        out = np.full((rect.height, rect.width, 3), 9000, np.uint16)
        part = rect.intersection(island)
        if not part.is_empty:
            out[part.slices(rect)] = 50000
        return out

    found = flooded(read, picture, Point(5100, 5100), COLOR, Flood(5))
    assert found.read(island).min() == 255
    assert found.read(island.expanded(40)).sum() == 255 * island.area
    assert read_px < 17 * 65536


def test_grey_paintings_are_selected_by_lightness() -> None:
    grey = ColorTransform(ColorProfile.of(None, 1))
    pixels = np.repeat(np.linspace(0, 65535, 400).astype(np.uint16)[None], 300, 0)[..., None]
    picture = Rect(0, 0, 400, 300)
    found = flooded(
        lambda rect: pixels[rect.slices(picture)], picture, Point(200, 100), grey, Flood(4)
    )
    columns = np.flatnonzero(found.read(picture)[0])
    assert columns[0] < 200 < columns[-1]
    assert 10 < len(columns) < 60


def test_beyond_the_picture_nothing_is_selected() -> None:
    assert not select(speckled(1), Point(-1, 4), Flood()).any()
    assert not select(speckled(1), Point(9, 530), Flood()).any()


def test_it_tells_how_far_it_is_and_can_be_cancelled() -> None:
    told: list[float] = []
    select(speckled(2), Point(9, 9), Flood(5, is_contiguous=False), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    for is_contiguous in (False, True):
        with pytest.raises(Cancelled):
            select(speckled(2), Point(9, 9), Flood(5, is_contiguous), is_cancelled=lambda: True)


@pytest.mark.parametrize("tolerance", [-1.0, math.nan, math.inf])
def test_a_tolerance_that_makes_no_sense_is_refused(tolerance) -> None:
    with pytest.raises(ValueError, match="tolerance"):
        Flood(tolerance)
