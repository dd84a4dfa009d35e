from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.image.blend import FULL, over
from core.image.blend_modes import BlendMode, blended
from core.image.brush import Brush, Erase
from core.image.geometry import Point, Rect
from core.image.paint import BlendPaint, ClonePaint, FlatPaint, Paint
from core.image.retouch_stroke import RetouchStroke
from core.image.surface import U8, U16, Surface

PICTURE = Rect(0, 0, 600, 420)
PLACES = st.builds(Point, st.floats(-60, 660), st.floats(-60, 480))
PATHS = st.lists(PLACES, min_size=1, max_size=4)
BRUSHES = st.builds(
    Brush,
    radius_px=st.floats(0.5, 80),
    hardness=st.floats(0, 1),
    opacity=st.floats(0, 1),
    spacing=st.floats(0.03, 0.5),
    flow=st.sampled_from([1.0, 1.0, 0.3]),
)
CHANNELS = st.sampled_from([1, 3])


def noise(channels: int, seed: int = 0) -> U16:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 65536, (PICTURE.height, PICTURE.width, channels), np.uint16)


def reading(pixels: U16) -> Callable[[Rect], U16]:
    return lambda rect: pixels[rect.slices(PICTURE)]


def retouched(channels: int) -> Surface:
    """A surface with a half transparent band in the middle, and nothing at the right."""
    pixels = np.zeros((PICTURE.height, PICTURE.width, channels + 1), np.uint16)
    pixels[100:300, :380] = 21000
    pixels[100:300, :380, -1] = 30000
    return Surface.retouch(channels).writing(PICTURE, pixels)


def stroked(
    brush: Brush,
    surface: Surface,
    paint: Paint | Erase,
    path: list[Point],
    limit: Callable[[Rect], U8] | None = None,
    pressure: float = 1.0,
) -> Surface:
    stroke = RetouchStroke(brush, surface, paint, PICTURE, limit)
    for point in path:
        stroke.to(point, pressure)
    return stroke.finish()


def whole(surface: Surface) -> U16:
    return surface.read(PICTURE)


@given(PATHS, CHANNELS, st.integers(-90, 90), st.integers(-90, 90))
@settings(max_examples=15)
def test_a_hard_full_clone_copies_the_very_samples(
    path: list[Point], channels: int, dx: int, dy: int
) -> None:
    source = noise(channels)
    paint = ClonePaint(reading(source), dx, dy, PICTURE)
    result = whole(stroked(Brush(30, hardness=1), retouched(channels), paint, path))
    ones = stroked(Brush(30, hardness=1), Surface.retouch(channels), _white(channels), path)
    rows, columns = np.nonzero(whole(ones)[..., -1] == FULL)
    has_source = (
        (rows + dy >= 0) & (rows + dy < PICTURE.height)
        & (columns + dx >= 0) & (columns + dx < PICTURE.width)
    )  # fmt: skip
    rows, columns = rows[has_source], columns[has_source]
    assert np.array_equal(result[rows, columns, :-1], source[rows + dy, columns + dx])
    assert (result[rows, columns, -1] == FULL).all()


@given(BRUSHES, PATHS, CHANNELS)
@settings(max_examples=15)
def test_a_stroke_is_its_coverage_laid_over_what_was_there(
    brush: Brush, path: list[Point], channels: int
) -> None:
    color = (50000, 9000, 30)[:channels]
    before = retouched(channels)
    alone = whole(stroked(brush, Surface.retouch(channels), FlatPaint(color), path))
    together = whole(stroked(brush, before, FlatPaint(color), path))
    assert np.array_equal(together, over(alone, whole(before)))


@given(BRUSHES, PATHS, CHANNELS)
@settings(max_examples=15)
def test_an_eraser_takes_away_by_its_coverage_and_adds_nothing(
    brush: Brush, path: list[Point], channels: int
) -> None:
    before = retouched(channels)
    alpha = whole(stroked(brush, Surface.retouch(channels), _white(channels), path))[..., -1:]
    erased = whole(stroked(brush, before, Erase(), path))
    expected = whole(before) * (1 - alpha / FULL)
    assert np.abs(erased - expected).max() <= 0.51


@given(PATHS, CHANNELS, st.sampled_from([1.0, 0.3]))
@settings(max_examples=12)
def test_a_clear_stroke_changes_nothing(path: list[Point], channels: int, flow: float) -> None:
    before = retouched(channels)
    brush = Brush(40, opacity=0, flow=flow)
    assert stroked(brush, before, _white(channels), path) is before
    assert stroked(brush, before, Erase(), path) is before
    soft = Brush(40, flow=flow, pressure_opacity=True)
    assert stroked(soft, before, _white(channels), path, pressure=0.0) is before


@given(BRUSHES, PATHS, CHANNELS, st.sampled_from(["paint", "clone", "erase"]))
@settings(max_examples=12)
def test_a_limited_stroke_never_touches_what_is_outside(
    brush: Brush, path: list[Point], channels: int, kind: str
) -> None:
    mask = np.zeros((PICTURE.height, PICTURE.width), np.uint8)
    mask[60:200, 200:450] = 255
    mask[200:260, 200:450] = 90
    paint: Paint | Erase = {
        "paint": _white(channels),
        "clone": ClonePaint(reading(noise(channels)), 40, -30, PICTURE),
        "erase": Erase(),
    }[kind]
    before = retouched(channels)
    after = stroked(brush, before, paint, path, lambda rect: mask[rect.slices(PICTURE)])
    outside = mask == 0
    assert np.array_equal(whole(after)[outside], whole(before)[outside])
    free = stroked(brush, before, paint, path)
    full = mask == 255
    assert np.array_equal(whole(after)[full], whole(free)[full])


@pytest.mark.parametrize("mode", list(BlendMode))
@given(BRUSHES, PATHS)
@settings(max_examples=6)
def test_a_mode_looks_as_if_blended_with_what_was_shown(
    mode: BlendMode, brush: Brush, path: list[Point]
) -> None:
    color = (50000, 9000, 30)
    ground = noise(3)
    before = retouched(3)
    shown = over(whole(before), ground)
    after = stroked(brush, before, BlendPaint(mode, color, reading(shown)), path)
    coverage = whole(stroked(brush, Surface.retouch(3), FlatPaint(color), path))
    expected = blended(mode, coverage, shown).astype(int)
    difference = np.abs(over(whole(after), ground).astype(int) - expected)
    # Premultiplied colours of a tiny alpha, from which `blended` divides, carry few digits.
    share = np.maximum(coverage[..., -1:] / FULL, 1e-5)
    assert (difference * share).max() <= 4


@given(BRUSHES, PATHS)
@settings(max_examples=12)
def test_all_that_a_move_changes_lies_in_what_it_returns(brush: Brush, path: list[Point]) -> None:
    stroke = RetouchStroke(brush, retouched(3), FlatPaint((1, 2, 3)), PICTURE)
    for point in path:
        before = whole(stroke.surface)
        rects = stroke.to(point)
        differs = (whole(stroke.surface) != before).any(2)
        for rect in rects:
            assert PICTURE.contains(rect)
            differs[rect.slices(PICTURE)] = False
        assert not differs.any()


def test_flow_builds_up_to_the_opacity_and_not_beyond() -> None:
    path = [Point(100, 200), Point(300, 200)]
    once = stroked(Brush(40, 1, 0.5, flow=0.2), Surface.retouch(3), _white(3), path[:1])
    often = stroked(Brush(40, 1, 0.5, flow=0.2), Surface.retouch(3), _white(3), path * 6)
    assert whole(once)[200, 100, -1] == pytest.approx(0.1 * FULL, abs=2)
    assert whole(often)[200, 200, -1] == pytest.approx(0.5 * FULL, abs=40)
    assert whole(often)[..., -1].max() <= round(0.5 * FULL)


def test_untouched_tiles_are_shared_and_the_surface_given_is_never_written() -> None:
    before = retouched(3)
    copies = {key: tile.copy() for key, tile in before.tiles.items()}
    after = stroked(Brush(20), before, _white(3), [Point(50, 150)])
    assert after.differing_keys(before) == {(0, 0)}
    assert all(np.array_equal(before.tiles[key], tile) for key, tile in copies.items())


def test_a_clone_from_beyond_the_picture_lays_nothing() -> None:
    paint = ClonePaint(reading(noise(3)), 2000, 0, PICTURE)
    before = retouched(3)
    assert stroked(Brush(20), before, paint, [Point(50, 150)]) is before


def test_wrong_uses_are_refused() -> None:
    with pytest.raises(TypeError):
        RetouchStroke(Brush(5), Surface.mask(), _white(3), PICTURE)
    with pytest.raises(ValueError):
        FlatPaint((70000, 0, 0))
    with pytest.raises(ValueError):
        Brush(5, flow=0)
    stroke = RetouchStroke(Brush(5), Surface.retouch(3), _white(3), PICTURE)
    with pytest.raises(ValueError):
        stroke.to(Point(float("nan"), 0))
    stroke.finish()
    with pytest.raises(ValueError):
        stroke.to(Point(0, 0))


def _white(channels: int) -> FlatPaint:
    return FlatPaint((FULL,) * channels)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("sample", [0, 1, 32752, 65520, 65535])
def test_a_colour_is_laid_to_the_bit_whatever_its_samples_are_as_floats(
    channels: int, sample: int
) -> None:
    color = (sample,) * channels
    path = [Point(200, 200), Point(330, 260)]
    alone = stroked(Brush(60, hardness=0.3), Surface.retouch(channels), FlatPaint(color), path)
    white = stroked(Brush(60, hardness=0.3), Surface.retouch(channels), _white(channels), path)
    alpha = whole(white)[..., -1].astype(np.uint64)
    assert np.array_equal(whole(alone)[..., -1], alpha)
    expected = (alpha * np.uint64(sample) + np.uint64(FULL // 2)) // np.uint64(FULL)
    assert np.array_equal(whole(alone)[..., 0], expected)
