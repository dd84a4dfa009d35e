from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.image.brush import Brush, Erase, MaskPaint, Stroke
from core.image.dab import DabCache, Print
from core.image.geometry import Point, Rect
from core.image.paint import FlatPaint
from core.image.retouch_stroke import RetouchStroke
from core.image.smudge import SmudgeStroke
from core.image.surface import U8, U16, Surface
from core.image.swath import Swath, swaths

PICTURE = Rect(0, 0, 1100, 700)
PLACES = st.builds(Point, st.floats(-200, 1300), st.floats(-200, 900))
TOUCHES = st.lists(st.tuples(PLACES, st.sampled_from([0.4, 1.0, 1.0])), min_size=1, max_size=5)
BRUSHES = st.builds(
    Brush,
    radius_px=st.one_of(st.floats(0.5, 40), st.floats(150, 600)),
    hardness=st.floats(0, 1),
    opacity=st.floats(0.1, 1),
    spacing=st.floats(0.05, 0.5),
    pressure_opacity=st.booleans(),
    flow=st.sampled_from([1.0, 1.0, 0.4]),
)


def laid(pieces: list[tuple[int, int, Print]] | list[tuple[int, int, Print | Swath]]) -> U8:
    out = np.zeros((2400, 2400), np.uint8)
    for left, top, piece in pieces:
        values = piece.values(0, 0, piece.width, piece.height)
        rows, columns = slice(top, top + piece.height), slice(left, left + piece.width)
        np.maximum(out[rows, columns], values, out=out[rows, columns])
    return out


@given(
    st.lists(
        st.tuples(
            st.floats(600, 1800),
            st.floats(600, 1800),
            st.one_of(st.floats(0.3, 60), st.floats(180, 500)),
            st.integers(1, 255),
        ),
        max_size=12,
    ),
    st.floats(0, 1),
    st.tuples(st.integers(0, 2000), st.integers(0, 2000)),
)
@settings(max_examples=25)
def test_together_they_cover_as_one_by_one_and_fill_what_they_say(
    places: list[tuple[float, float, float, int]], hardness: float, corner: tuple[int, int]
) -> None:
    cache = DabCache(hardness)
    dabs = [cache.dab(x, y, radius, level) for x, y, radius, level in places]
    together = list(swaths(dabs))
    assert np.array_equal(laid(together), laid(dabs))
    for left, top, piece in together:
        x, y = corner[0] - left, corner[1] - top
        if piece.fills(x, y, x + 200, y + 150):
            assert (piece.values(x, y, x + 200, y + 150) == piece.level).all()


def straight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take each dab to each tile."""
    for module in ("brush", "retouch_stroke"):
        monkeypatch.setattr(f"core.image.{module}.swaths", lambda dabs: dabs)
    monkeypatch.setattr(Print, "fills", lambda *_: False)


def spotted(surface: Surface) -> Surface:
    spot = Rect(200, 150, 500, 300)
    shape = surface.shape_of(spot.height, spot.width)
    return surface.writing(spot, np.full(shape, 90, surface.dtype))


def painted(
    make: Callable[[], Stroke | RetouchStroke | SmudgeStroke], touches: list[tuple[Point, float]]
) -> U8:
    stroke = make()
    for point, pressure in touches:
        stroke.to(point, pressure)
    return stroke.finish().read(PICTURE)


@given(BRUSHES, TOUCHES, st.booleans(), st.booleans())
@settings(max_examples=25)
def test_a_stroke_is_to_the_sample_what_it_is_dab_by_dab(
    brush: Brush, touches: list[tuple[Point, float]], is_mask: bool, erases: bool
) -> None:
    def make() -> Stroke | RetouchStroke:
        if is_mask:
            paint = Erase() if erases else MaskPaint()
            return Stroke(brush, spotted(Surface.mask()), paint, PICTURE)
        color = Erase() if erases else FlatPaint((40000,))
        return RetouchStroke(brush, spotted(Surface.retouch(1)), color, PICTURE)

    quickly = painted(make, touches)
    with pytest.MonkeyPatch.context() as monkeypatch:
        straight(monkeypatch)
        slowly = painted(make, touches)
    assert np.array_equal(quickly, slowly)


@given(
    st.floats(2, 70),
    st.floats(0, 1),
    st.floats(0.1, 1),
    st.lists(
        st.tuples(st.builds(Point, st.floats(-40, 330), st.floats(-40, 330)), st.floats(0.3, 1)),
        min_size=2,
        max_size=3,
    ),
    st.sampled_from([1, 3]),
    st.booleans(),
)
@settings(max_examples=8)
def test_a_smear_is_to_the_sample_what_it_is_dab_by_dab(
    radius_px: float,
    hardness: float,
    opacity: float,
    touches: list[tuple[Point, float]],
    channels: int,
    is_limited: bool,
) -> None:
    brush = Brush(radius_px, hardness, opacity, pressure_size=True)
    seen = np.random.default_rng(0).integers(0, 65536, (700, 1100, channels)).astype(np.uint16)
    allowed = (np.arange(700 * 1100) % 256).astype(np.uint8).reshape(700, 1100)

    def make() -> SmudgeStroke:
        limit = (lambda rect: allowed[rect.slices(PICTURE)]) if is_limited else None
        ground = partial(_part, seen)
        return SmudgeStroke(brush, spotted(Surface.retouch(channels)), ground, PICTURE, limit)

    quickly = painted(make, touches)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr("core.image.smudge.neighbours", lambda dabs: ([dab] for dab in dabs))
        monkeypatch.setattr("core.image.smudge._BAND_PX", 1 << 30)
        slowly = painted(make, touches)
    assert np.array_equal(quickly, slowly)


def _part(pixels: U16, rect: Rect) -> U16:
    return pixels[rect.slices(PICTURE)]
