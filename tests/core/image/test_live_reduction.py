import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.image.brush import Brush, Erase, MaskPaint, Stroke
from core.image.geometry import Point, Rect
from core.image.paint import FlatPaint
from core.image.reduction import surface_parts
from core.image.retouch_stroke import RetouchStroke
from core.image.surface import Surface, Tile

PICTURE = Rect(0, 0, 700, 500)
POINTS = st.tuples(st.integers(-50, 750), st.integers(-50, 550))
LOOKS = st.tuples(st.integers(0, 10), st.integers(0, 699), st.integers(0, 499))


def seen(surface: Surface, rect: Rect, level: int) -> Tile:
    area = rect.at_level(level)
    out = np.zeros(surface.shape_of(area.height, area.width), surface.dtype)
    for part, samples in surface_parts(surface, rect, level, PICTURE):
        out[part.slices(area)] = samples
    return out


@given(st.lists(st.tuples(POINTS, LOOKS), min_size=1, max_size=8), st.sampled_from("mer"))
@settings(max_examples=60, deadline=None)
def test_a_stroke_looked_at_in_between_is_reduced_as_its_tiles_are(moves, kind) -> None:
    brush = Brush(60.0, hardness=0.5, opacity=0.8)
    full = Surface.mask().writing(PICTURE, np.full((500, 700), 200, np.uint8))
    stroke = (
        RetouchStroke(brush, Surface.retouch(3), FlatPaint((60000, 9000, 500)), PICTURE)
        if kind == "r"
        else Stroke(brush, Surface.mask(), MaskPaint(), PICTURE)
        if kind == "m"
        else Stroke(brush, full, Erase(), PICTURE)
    )
    for (x, y), (level, left, top) in moves:
        stroke.to(Point(x, y))
        rect = Rect(left, top, 300, 200).intersection(PICTURE)
        live = stroke.surface
        plain = Surface(live.channels, live.dtype, live.tiles)
        assert np.array_equal(seen(live, rect, level), seen(plain, rect, level))
