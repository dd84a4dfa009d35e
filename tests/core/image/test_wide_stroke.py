from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.image.blend_modes import BlendMode
from core.image.brush import Brush, Erase
from core.image.geometry import Point, Rect
from core.image.paint import BlendPaint, ClonePaint, FlatPaint, Paint
from core.image.reduced_surface import reduced_surface
from core.image.reduction import area_mean, surface_parts
from core.image.retouch_stroke import ReadMask, RetouchStroke
from core.image.surface import U8, U16, Surface, Tile
from core.image.wide_stroke import WideStroke, is_wide

PICTURE = Rect(0, 0, 1100, 900)
LEVEL = 2
PLACES = st.builds(Point, st.floats(-60, 1160), st.floats(-60, 960))
TOUCHES = st.lists(st.tuples(PLACES, st.floats(0, 1)), min_size=1, max_size=5)
BRUSHES = st.builds(
    Brush,
    radius_px=st.floats(64, 200),
    hardness=st.floats(0, 1),
    opacity=st.floats(0, 1),
    pressure_size=st.booleans(),
    pressure_opacity=st.booleans(),
    flow=st.sampled_from([1.0, 1.0, 0.2]),
)


def ground(level: int) -> Callable[[Rect], U16]:
    """A smooth painting at a level, read by pixels of that level."""
    x = np.linspace(4000, 60000, PICTURE.width)[None, :, None]
    y = np.linspace(0, 5000, PICTURE.height)[:, None, None]
    pixels = area_mean((x + y * np.ones(3)).astype(np.uint16), level)
    return lambda rect: pixels[rect.y : rect.bottom, rect.x : rect.right]


def limit(level: int) -> ReadMask:
    values = np.zeros((PICTURE.height, PICTURE.width), np.uint8)
    values[200:600, 100:800] = 255
    values = area_mean(values, level)

    def read(rect: Rect) -> U8:
        return values[rect.y : rect.bottom, rect.x : rect.right]

    return read


def paint(kind: str, level: int) -> Paint | Erase:
    if kind == "erase":
        return Erase()
    if kind == "clone":
        picture = PICTURE.at_level(level)
        return ClonePaint(ground(level), 160 >> level, -80 >> level, picture)
    if kind == "multiply":
        return BlendPaint(BlendMode.MULTIPLY, (30000, 60000, 9000), ground(level))
    return FlatPaint((50000, 20000, 9000))


def retouched() -> Surface:
    """A surface with a half transparent band in the middle, and nothing at the right."""
    pixels = np.zeros((PICTURE.height, PICTURE.width, 4), np.uint16)
    pixels[300:700, :780] = (20000, 9000, 4000, 30000)
    return Surface.retouch(3).writing(PICTURE, pixels)


def begun(brush: Brush, kind: str, is_limited: bool, level: int, surface: Surface) -> RetouchStroke:
    within = limit(level) if is_limited else None
    picture = PICTURE.at_level(level)
    return RetouchStroke(brush.at_level(level), surface, paint(kind, level), picture, within)


def wide(brush: Brush, kind: str = "flat", is_limited: bool = False) -> WideStroke:
    surface = retouched()
    small = reduced_surface(surface, LEVEL, PICTURE)
    sketch = begun(brush, kind, is_limited, LEVEL, small)
    stroke = begun(brush, kind, is_limited, 0, surface)
    return WideStroke(stroke, sketch, surface, LEVEL, PICTURE)


def seen(surface: Surface, level: int, rect: Rect = PICTURE) -> Tile:
    area = rect.at_level(level)
    out = np.zeros(surface.shape_of(area.height, area.width), surface.dtype)
    for part, samples in surface_parts(surface, rect, level, PICTURE):
        out[part.slices(area)] = samples
    return out


KINDS = st.sampled_from(["flat", "multiply", "clone", "erase"])


@given(BRUSHES, TOUCHES, KINDS, st.booleans())
@settings(max_examples=30, deadline=None)
def test_the_result_is_that_of_the_stroke_without_a_sketch_to_the_bit(
    brush: Brush, touches: list[tuple[Point, float]], kind: str, is_limited: bool
) -> None:
    plain, stroke = begun(brush, kind, is_limited, 0, retouched()), wide(brush, kind, is_limited)
    for touch in touches:
        plain.to(*touch)
        stroke.to(*touch)
    expected, painted = plain.finish(), stroke.finish()
    assert painted.tiles.keys() == expected.tiles.keys()
    assert all(np.array_equal(painted.tiles[key], expected.tiles[key]) for key in expected.tiles)
    assert painted.sketch is None


@given(BRUSHES, TOUCHES, KINDS, st.booleans())
@settings(max_examples=30, deadline=None)
def test_what_is_seen_meanwhile_is_nearly_that(
    brush: Brush, touches: list[tuple[Point, float]], kind: str, is_limited: bool
) -> None:
    stroke, before = wide(brush, kind, is_limited), seen(retouched(), LEVEL)
    told = np.zeros(before.shape[:2], np.bool_)
    for touch in touches:
        for part in stroke.to(*touch):
            told[part.at_level(LEVEL).slices(PICTURE.at_level(LEVEL))] = True
    shown = seen(stroke.surface, LEVEL).astype(int)
    assert np.array_equal(shown[~told], before[~told]), "what changed was told"
    differs = np.abs(shown - seen(stroke.finish(), LEVEL))
    # An edge lies within a pixel of the level where it will be; what lies inside is as it will be.
    assert differs.mean() < 400
    assert np.mean(differs.max(2) > 2000) < 0.03


def test_it_is_seen_at_every_level() -> None:
    stroke = wide(Brush(120.0, hardness=0.2))
    for x in (300.0, 500.0, 700.0):
        stroke.to(Point(x, 400.0))
    sketch = seen(stroke.surface, LEVEL)
    assert np.array_equal(seen(stroke.surface, 4), area_mean(sketch, 2))
    for finer in (0, 1):
        again = area_mean(seen(stroke.surface, finer), LEVEL - finer).astype(int)
        assert np.abs(again - sketch).mean() < 150
        rect = Rect(401, 333, 60, 40)
        part = seen(stroke.surface, finer, rect)
        whole = seen(stroke.surface, finer)
        assert np.abs(part.astype(int) - whole[rect.at_level(finer).slices(PICTURE)]).max() <= 1
    stroke.finish()


def test_near_by_it_is_led_on_in_full() -> None:
    brush = Brush(100.0)
    plain, stroke = begun(brush, "flat", False, 0, retouched()), wide(brush)
    plain.to(Point(300, 400))
    stroke.to(Point(300, 400))
    near = stroke.in_full()
    for one in (plain, near):
        one.to(Point(500, 450))
    assert np.array_equal(seen(near.surface, 0), seen(plain.surface, 0))
    assert np.array_equal(near.finish().read(PICTURE), plain.finish().read(PICTURE))


@pytest.mark.parametrize(
    ("radius_px", "level", "expected"),
    [(200, 4, True), (1000, 4, True), (15, 4, False), (200, 1, False), (200, 8, False)],
)
def test_only_wide_brushes_seen_from_afar_are_sketched(
    radius_px: float, level: int, expected: bool
) -> None:
    assert is_wide(radius_px, level) is expected
