import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.image.blend import over
from core.image.brush import Brush
from core.image.geometry import Point, Rect
from core.image.smudge import SmudgeStroke
from core.image.surface import U8, U16, Surface

PICTURE = Rect(0, 0, 600, 400)
PLACES = st.builds(Point, st.floats(-60, 660), st.floats(-60, 460))
PATHS = st.lists(PLACES, min_size=1, max_size=4)


def halves(channels: int = 3) -> U16:
    """Dark at the left, light at the right."""
    pixels = np.full((PICTURE.height, PICTURE.width, channels), 8000, np.uint16)
    pixels[:, 300:] = 60000
    return pixels


def smeared(
    pixels: U16, path: list[Point], brush: Brush, mask: U8 | None = None, pressure: float = 1.0
) -> Surface:
    limit = None if mask is None else (lambda rect: mask[rect.slices(PICTURE)])
    surface = Surface.retouch(pixels.shape[2])
    stroke = SmudgeStroke(brush, surface, lambda r: pixels[r.slices(PICTURE)], PICTURE, limit)
    for point in path:
        stroke.to(point, pressure)
    return stroke.finish()


@pytest.mark.parametrize("channels", [1, 3])
def test_dark_paint_is_dragged_into_the_light(channels: int) -> None:
    pixels = halves(channels)
    path = [Point(250, 200), Point(340, 200)]
    seen = over(smeared(pixels, path, Brush(30, 0.8, 0.6)).read(PICTURE), pixels)
    row = seen[200, :, 0].astype(int)
    assert row[305] < 40000 < row[355] < 60000, "it fades out"
    assert (row[375:] == 60000).all()
    assert np.array_equal(seen[:100], pixels[:100])


def test_a_single_dab_changes_nothing() -> None:
    assert not smeared(halves(), [Point(300, 200)], Brush(40)).tiles


@given(PATHS, st.floats(1, 60))
@settings(max_examples=12)
def test_even_paint_stays_even(path: list[Point], radius_px: float) -> None:
    pixels = np.full((PICTURE.height, PICTURE.width, 3), 41234, np.uint16)
    seen = over(smeared(pixels, path, Brush(radius_px, 0.5, 0.7)).read(PICTURE), pixels)
    # Each dab is rounded to 16 bits; laid a hundred times over, that adds up to little.
    assert np.abs(seen.astype(int) - 41234).max() <= 24


@given(PATHS, st.floats(2, 60), st.floats(0.1, 1))
@settings(max_examples=12)
def test_a_limited_smudge_never_touches_what_is_outside(
    path: list[Point], radius_px: float, pressure: float
) -> None:
    mask = np.zeros((PICTURE.height, PICTURE.width), np.uint8)
    mask[100:300, 280:420] = 255
    brush = Brush(radius_px, pressure_size=True)
    tiles = smeared(halves(), path, brush, mask, pressure).read(PICTURE)
    assert not tiles[mask == 0].any()


def test_a_smudge_of_no_strength_changes_nothing() -> None:
    assert not smeared(halves(), [Point(250, 200), Point(380, 200)], Brush(30, opacity=0)).tiles


def test_growing_and_shrinking_dabs_carry_on() -> None:
    surface = Surface.retouch(3)
    pixels = halves()
    brush = Brush(40, pressure_size=True)
    stroke = SmudgeStroke(brush, surface, lambda r: pixels[r.slices(PICTURE)], PICTURE)
    for x, pressure in ((250, 0.3), (300, 1.0), (350, 0.2)):
        stroke.to(Point(x, 200), pressure)
    assert stroke.finish().tiles


def test_wrong_uses_are_refused() -> None:
    with pytest.raises(TypeError):
        SmudgeStroke(Brush(5), Surface.mask(), lambda r: halves(), PICTURE)
    stroke = SmudgeStroke(Brush(5), Surface.retouch(3), lambda r: halves(), PICTURE)
    stroke.finish()
    with pytest.raises(ValueError):
        stroke.to(Point(0, 0))
