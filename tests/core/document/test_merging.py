from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.document.composite import composite, mask_coverage
from core.document.groups import grouping
from core.document.layer import LayerKind, LayerStack
from core.document.merging import below_for_merging, merging_down
from core.errors import Cancelled
from core.image.blend import premultiplied
from core.image.blend_modes import BlendMode
from core.image.geometry import Rect

RECTS = st.builds(
    Rect, st.integers(0, 320), st.integers(0, 200), st.integers(1, 200), st.integers(1, 200)
)
LOOKS = st.tuples(RECTS, st.sampled_from([1.0, 0.37]), st.sampled_from(list(BlendMode)))
OPACITIES = st.sampled_from([1.0, 0.37, 0.0])


def noisy(
    stack: LayerStack,
    layer_id: int,
    rect: Rect,
    opacity: float = 1.0,
    blend: BlendMode = BlendMode.NORMAL,
) -> LayerStack:
    rng = np.random.default_rng(layer_id)
    shape = rect.height, rect.width
    coverage = rng.integers(0, 65536, shape).astype(np.uint16)
    coverage[rng.random(shape) < 0.3] = rng.choice([0, 1, 65534, 65535])
    pixels = rng.integers(0, 65536, (*shape, stack.channels), np.uint16)
    layer = stack.layer(layer_id)
    surface = layer.pixels.writing(rect, premultiplied(pixels, coverage))
    return stack.replacing(replace(layer, surface=surface, opacity=opacity, blend=blend))


def three(stack: LayerStack) -> LayerStack:
    for name in "abc":
        stack = stack.adding(LayerKind.RETOUCH, name)
    return stack


@pytest.mark.parametrize("channels", [1, 3])
@given(lowest=LOOKS, lower=LOOKS, upper=LOOKS, group_opacity=st.sampled_from([None, 1.0, 0.6]))
@settings(max_examples=20, deadline=None)
def test_merging_changes_no_sample_of_the_painting_by_more_than_one(
    make_source, channels, lowest, lower, upper, group_opacity
) -> None:
    stack = three(LayerStack.of(make_source(520, 400, channels), "p"))
    for layer_id, look in zip((3, 4, 5), (lowest, lower, upper), strict=True):
        stack = noisy(stack, layer_id, *look)
    if group_opacity is not None:
        stack = grouping(stack, 4, "group").moving(5, 4, 6)
        stack = stack.replacing(replace(stack.layer(6), opacity=group_opacity))
    merged = merging_down(stack, 5)
    assert [layer.id for layer in merged] == [layer.id for layer in stack if layer.id != 5]
    assert merged.layer(4).name == "b"
    assert (merged.layer(4).opacity, merged.layer(4).blend) == (1.0, BlendMode.NORMAL)
    before, after = composite(stack, stack.rect), composite(merged, stack.rect)
    assert np.abs(before.astype(int) - after).max() <= 1
    pixels = merged.layer(4).pixels.read(stack.rect)
    assert (pixels[..., :-1] <= pixels[..., -1:]).all()


def test_merging_shares_the_tiles_the_upper_layer_leaves_alone(stack) -> None:
    stack = noisy(three(stack), 4, Rect(0, 0, 600, 400))
    stack = noisy(stack, 5, Rect(10, 10, 20, 20))
    merged = merging_down(stack, 5)
    assert merged.layer(4).pixels.differing_keys(stack.layer(4).pixels) == {(0, 0)}


def test_masks_are_merged_to_the_greater_value(stack, paint) -> None:
    stack = paint(stack, Rect(0, 0, 50, 50), 100).adding(LayerKind.MASK, "cracks")
    stack = paint(stack, Rect(25, 25, 400, 50), 200, 3)
    before = mask_coverage(stack, stack.rect)
    merged = merging_down(stack, 3)
    assert [layer.id for layer in merged] == [1, 2]
    assert np.array_equal(mask_coverage(merged, stack.rect), before)


def test_a_layer_goes_into_the_next_of_its_kind_in_its_group(stack) -> None:
    stack = three(stack).adding(LayerKind.MASK, "cracks")
    found = {layer.id: below_for_merging(stack, layer.id) for layer in stack}
    assert {one: two and two.id for one, two in found.items()} == {
        1: None, 2: None, 3: None, 4: 3, 5: 4, 6: 2,
    }  # fmt: skip
    grouped = grouping(stack, 4, "group")
    assert below_for_merging(grouped, 4) is None
    below = below_for_merging(grouped, 5)
    assert below is not None
    assert below.id == 3


def test_what_is_hidden_or_locked_is_not_merged(stack) -> None:
    stack = three(stack)
    for layer_id in (4, 5):
        for change in ({"is_visible": False}, {"is_locked": True}):
            other = stack.replacing(replace(stack.layer(layer_id), **change))
            assert below_for_merging(other, 5) is None
            with pytest.raises(TypeError):
                merging_down(other, 5)


def test_a_merge_can_be_given_up(stack) -> None:
    stack = noisy(three(stack), 5, Rect(0, 0, 300, 300))
    with pytest.raises(Cancelled):
        merging_down(stack, 5, lambda: True)
