from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.document.composite import (
    composite,
    composite_on,
    ground_of,
    mask_area,
    mask_coverage,
)
from core.document.groups import grouping
from core.document.layer import LayerKind, LayerStack
from core.image.blend import premultiplied
from core.image.brush import Brush, Erase, MaskPaint, Stroke
from core.image.geometry import Point, Rect
from core.image.surface import Surface
from core.image.tile_cache import TileCache

WIDTH, HEIGHT = 700, 500
PICTURE = Rect(0, 0, WIDTH, HEIGHT)
RECTS = st.builds(
    lambda x, y, w, h: Rect(x, y, w, h).intersection(PICTURE),
    st.integers(0, WIDTH - 1),
    st.integers(0, HEIGHT - 1),
    st.integers(1, 400),
    st.integers(1, 400),
)
LEVELS = st.integers(0, 10)


def noise(rect: Rect, channels: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 65536, (rect.height, rect.width, channels), np.uint16)
    return premultiplied(pixels, rng.integers(0, 65536, (rect.height, rect.width), np.uint16))


def retouched(stack: LayerStack, rects: list[Rect], opacity: float = 1.0) -> LayerStack:
    stack = stack.adding(LayerKind.RETOUCH, "fill")
    layer = stack.layers[-1]
    surface = layer.pixels
    for seed, rect in enumerate(rects):
        surface = surface.writing(rect, noise(rect, stack.channels, seed))
    return stack.replacing(replace(layer, surface=surface, opacity=opacity))


def block_means(pixels: np.ndarray, level: int) -> np.ndarray:
    """Exact means over 2**level squares, over fewer samples at the far edges."""
    step = 1 << level
    sums, counts = pixels.astype(np.float64), np.ones(pixels.shape[:2])
    for axis in (0, 1):
        starts = range(0, pixels.shape[axis], step)
        sums = np.add.reduceat(sums, starts, axis=axis)
        counts = np.add.reduceat(counts, starts, axis=axis)
    return sums / counts.reshape(counts.shape + (1,) * (pixels.ndim - 2))


@given(rect=RECTS, level=LEVELS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_without_retouch_the_composite_is_the_source_itself(stack, source, rect, level) -> None:
    assert np.array_equal(composite(stack, rect, level), source.read(rect, level))


@pytest.mark.parametrize("channels", [1, 3])
@given(rects=st.lists(RECTS, min_size=1, max_size=3), window=RECTS, opacity=st.floats(0, 1))
@settings(max_examples=25)
def test_retouch_lies_over_the_source_by_opacity(
    make_source, channels, rects, window, opacity
) -> None:
    source = make_source(WIDTH, HEIGHT, channels)
    stack = retouched(LayerStack.of(source, "p"), rects, opacity)
    out = composite(stack, window)
    top = stack.layers[-1].pixels.read(window).astype(np.float64) * round(opacity * 65535) / 65535
    below = source.read(window)
    expected = below * (1 - top[..., -1:] / 65535) + top[..., :-1]
    assert np.abs(out - expected).max() <= 2.0
    clear = top[..., -1] == 0
    assert np.array_equal(out[clear], below[clear])


@given(rects=st.lists(RECTS, min_size=1, max_size=3), window=RECTS, level=LEVELS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_reduced_retouch_is_the_area_mean_over_the_reduced_source(
    stack, source, rects, window, level
) -> None:
    stack = retouched(stack, rects)
    means = block_means(stack.layers[-1].pixels.read(PICTURE), level)
    part = means[window.at_level(level).slices(PICTURE.at_level(level))]
    below = source.read(PICTURE, level)[window.at_level(level).slices(PICTURE.at_level(level))]
    expected = below * (1 - part[..., -1:] / 65535) + part[..., :-1]
    cache = TileCache(1 << 24)
    aligned = window.at_level(level).from_level(level).intersection(PICTURE)
    for _ in range(2):
        out = composite(stack, aligned, level, cache)
        assert out.shape == expected.shape
        assert np.abs(out - expected).max() <= 3.0
    assert np.array_equal(composite(stack, aligned, level), out)


def test_hidden_and_transparent_retouch_is_not_seen(stack, source) -> None:
    rect = Rect(100, 100, 50, 50)
    layers = retouched(stack, [rect])
    top = layers.layers[-1]
    for changes in ({"is_visible": False}, {"opacity": 0.0}):
        seen = composite(layers.replacing(replace(top, **changes)), rect)
        assert np.array_equal(seen, source.read(rect))


def test_layers_lie_over_each_other_in_their_order(stack) -> None:
    rect = Rect(0, 0, 10, 10)
    one = np.full((10, 10, 4), 65535, np.uint16)
    two = one.copy()
    two[..., :3] = 1000
    layers = stack.adding(LayerKind.RETOUCH, "one").adding(LayerKind.RETOUCH, "two")
    layers = layers.with_surface(3, layers.layer(3).pixels.writing(rect, one))
    layers = layers.with_surface(4, layers.layer(4).pixels.writing(rect, two))
    assert (composite(layers, rect) == 1000).all()
    assert (composite(layers.moving(4, 1), rect) == 65535).all()


def test_the_sources_own_array_is_never_written(make_source) -> None:
    class Window(type(make_source())):
        """Gives out parts of its own array, as a cache would, but forgets to protect them."""

        def read(self, rect: Rect, level: int = 0) -> np.ndarray:
            return self.pixels[rect.slices(Rect(0, 0, self.width, self.height))]

    source = Window(make_source(64, 64).pixels.copy())
    before = source.pixels.copy()
    stack = retouched(LayerStack.of(source, "p"), [Rect(0, 0, 64, 64), Rect(5, 5, 9, 9)])
    assert (composite(stack, Rect(0, 0, 64, 64)) != before).any()
    assert np.array_equal(source.pixels, before)


@given(
    strokes=st.lists(st.tuples(RECTS, st.integers(1, 255)), max_size=4), window=RECTS, level=LEVELS
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_mask_coverage_is_the_greatest_of_the_visible_masks(
    stack, paint, strokes, window, level
) -> None:
    stack = stack.adding(LayerKind.MASK, "Cracks")
    for index, (rect, value) in enumerate(strokes):
        stack = paint(stack, rect, value, 2 + index % 2)
    means = [block_means(stack.layer(layer_id).pixels.read(PICTURE), level) for layer_id in (2, 3)]
    at = window.at_level(level).slices(PICTURE.at_level(level))
    aligned = window.at_level(level).from_level(level).intersection(PICTURE)
    both = mask_coverage(stack, aligned, level)
    assert both.dtype == np.uint8
    assert np.abs(both - np.maximum(*means)[at]).max() <= 1.0
    only = mask_coverage(stack, aligned, level, layer_ids=[3])
    assert np.abs(only - means[1][at]).max() <= 1.0
    hidden = stack.replacing(replace(stack.layer(3), is_visible=False))
    assert np.array_equal(
        mask_coverage(hidden, aligned, level), mask_coverage(stack, aligned, level, [2])
    )


@given(strokes=st.lists(st.tuples(RECTS, st.sampled_from([100, 127, 128, 255])), max_size=4))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_mask_area_counts_samples_above_127(stack, paint, strokes) -> None:
    stack = stack.adding(LayerKind.MASK, "Cracks")
    for index, (rect, value) in enumerate(strokes):
        stack = paint(stack, rect, value, 2 + index % 2)
    assert mask_area(stack) == (mask_coverage(stack, PICTURE) > 127).sum()
    assert mask_area(stack, [2]) == (mask_coverage(stack, PICTURE, layer_ids=[2]) > 127).sum()


def test_nothing_beyond_the_picture_counts(stack) -> None:
    surface = Surface.mask().writing(
        Rect(-10, -10, 1000, 1000), np.full((1000, 1000), 255, np.uint8)
    )
    layers = stack.with_surface(2, surface)
    assert mask_area(layers) == WIDTH * HEIGHT
    assert (mask_coverage(layers, PICTURE, 3) == 255).all()


@pytest.mark.parametrize("level", [0, 1, 3, 5, 9])
def test_an_edge_does_not_fade_at_reduced_levels(stack, level) -> None:
    full = np.full((HEIGHT, WIDTH, 4), 65535, np.uint16)
    layers = stack.adding(LayerKind.RETOUCH, "fill")
    layers = layers.with_surface(3, layers.layer(3).pixels.writing(PICTURE, full))
    assert (composite(layers, PICTURE, level) == 65535).all()


@pytest.mark.parametrize("level", [0, 2, 5, 9])
@pytest.mark.parametrize("paint_kind", [MaskPaint(), Erase()])
def test_a_stroke_in_progress_is_always_seen_fresh(stack, paint, level, paint_kind) -> None:
    stack = paint(stack, Rect(0, 0, 300, 300), 200)
    cache = TileCache(1 << 24)
    mask_coverage(stack, PICTURE, level, cache=cache)
    stroke = Stroke(Brush(40.0), stack.layer(2).pixels, paint_kind, PICTURE)
    for x in range(100, 500, 20):
        stroke.to(Point(x, 250.0))
        shown = stack.with_surface(2, stroke.surface)
        seen = mask_coverage(shown, PICTURE, level, cache=cache)
        assert np.array_equal(seen, mask_coverage(shown, PICTURE, level))
    final = stack.with_surface(2, stroke.finish())
    assert np.array_equal(
        mask_coverage(final, PICTURE, level, cache=cache), mask_coverage(final, PICTURE, level)
    )
    assert np.array_equal(mask_coverage(final, PICTURE, level), seen)


def test_reduced_tiles_are_computed_once(stack, paint) -> None:
    stack = paint(stack, Rect(0, 0, 500, 300))
    cache = TileCache(1 << 24)
    mask_coverage(stack, PICTURE, 4, cache=cache)
    held = cache.nbytes
    assert held > 0
    mask_coverage(stack, PICTURE, 4, cache=cache)
    assert cache.nbytes == held


@given(rect=RECTS, level=LEVELS, index=st.integers(0, 2), is_shown=st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_what_lies_below_a_layer_may_be_kept(stack, rect, level, index, is_shown) -> None:
    rect = rect.at_level(level).from_level(level).intersection(PICTURE)
    for seed in range(3):
        stack = retouched(stack, [Rect(40 + 90 * seed, 30, 400, 300)], 0.7)
    first, second, third = stack.of_kind(LayerKind.RETOUCH)
    grouped = grouping(stack, second.id, "group")
    group = grouped.of_kind(LayerKind.GROUP)[0]
    grouped = grouped.replacing(replace(group, opacity=0.4, is_visible=is_shown))
    layer_id = (first.id, second.id, third.id)[index]
    ground = ground_of(grouped, layer_id, rect, level)
    shown = composite_on(ground, grouped, layer_id, rect, level)
    assert np.array_equal(shown, composite(grouped, rect, level))
