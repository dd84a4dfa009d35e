from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.document.composite import composite, mask_coverage
from core.document.layer import Layer, LayerKind, LayerStack
from core.document.patch import Patch, Provenance
from core.image.geometry import EMPTY_RECT, TILE_SIZE, Rect
from core.image.surface import Surface

SOMEONE = Provenance("telea", "Telea", "1", "classical", "cpu", is_trained=False)
RECTS = st.builds(
    Rect, st.integers(0, 600), st.integers(0, 400), st.integers(1, 100), st.integers(1, 100)
)


def patch_of(rect: Rect, channels: int = 3, coverage: int = 65535, seed: int = 0) -> Patch:
    pixels = np.random.default_rng(seed).integers(
        0, 65536, (rect.height, rect.width, channels), np.uint16
    )
    return Patch(rect, pixels, np.full((rect.height, rect.width), coverage, np.uint16), SOMEONE)


def test_a_new_stack_is_the_source_and_an_empty_mask(stack, source) -> None:
    assert [layer.kind for layer in stack] == [LayerKind.SOURCE, LayerKind.MASK]
    assert stack.rect == Rect(0, 0, source.width, source.height)
    assert stack.layers[0].source is source
    assert not stack.layer(2).pixels.tiles


def test_the_source_layer_cannot_be_edited(stack) -> None:
    with pytest.raises(TypeError):
        stack.layer(1).pixels  # noqa: B018
    for edit in (
        lambda: stack.with_surface(1, Surface.mask()),
        lambda: stack.removing(1),
        lambda: stack.duplicating(1, "copy"),
        lambda: stack.moving(1, 1),
        lambda: stack.moving(2, 0),
        lambda: stack.placing(patch_of(Rect(0, 0, 2, 2)), 1),
    ):
        with pytest.raises(TypeError):
            edit()


def test_patches_go_on_retouch_layers_only(stack) -> None:
    with pytest.raises(TypeError):
        stack.placing(patch_of(Rect(0, 0, 2, 2)), 2)


def test_malformed_layers_and_stacks_are_refused(stack, source) -> None:
    mask = stack.layer(2)
    for wrong in (
        lambda: Layer(1, LayerKind.SOURCE, "no source"),
        lambda: Layer(1, LayerKind.MASK, "no surface"),
        lambda: Layer(1, LayerKind.MASK, "both", surface=Surface.mask(), source=source),
        lambda: replace(mask, opacity=1.5),
        lambda: replace(stack, layers=stack.layers[::-1]),
        lambda: replace(stack, layers=stack.layers[1:]),
        lambda: replace(stack, layers=(*stack.layers, mask)),
        lambda: replace(stack, next_id=2),
    ):
        with pytest.raises(ValueError):
            wrong()


def test_ids_are_never_used_again(stack) -> None:
    one = stack.adding(LayerKind.RETOUCH, "one")
    two = one.removing(3).adding(LayerKind.RETOUCH, "two")
    three = two.duplicating(4, "three")
    assert [layer.id for layer in three] == [1, 2, 4, 5]
    with pytest.raises(KeyError):
        three.layer(3)
    with pytest.raises(KeyError):
        three.replacing(one.layer(3))


def test_layers_are_added_on_top_and_copied_right_above(stack) -> None:
    edited = stack.adding(LayerKind.RETOUCH, "fill").adding(LayerKind.MASK, "cracks")
    copied = edited.duplicating(3, "fill copy")
    assert [layer.name for layer in copied] == [
        "Painting",
        "Losses",
        "fill",
        "fill copy",
        "cracks",
    ]
    assert copied.layer(5).pixels is copied.layer(3).pixels
    assert copied.index(5) == 3
    assert [layer.id for layer in copied.of_kind(LayerKind.MASK)] == [2, 4]


@given(order=st.lists(st.tuples(st.integers(2, 5), st.integers(1, 6)), max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_moving_is_what_a_list_would_do(stack, order) -> None:
    for name in "abc":
        stack = stack.adding(LayerKind.RETOUCH, name)
    ids = [layer.id for layer in stack]
    for layer_id, index in order:
        stack = stack.moving(layer_id, index)
        ids.remove(layer_id)
        ids.insert(index, layer_id)
    assert [layer.id for layer in stack] == ids


def test_an_edit_shares_every_untouched_tile(stack, paint) -> None:
    before = paint(stack, Rect(0, 0, 700, 500))
    after = paint(before, Rect(10, 10, 5, 5), 0)
    one, two = before.layer(2).pixels, after.layer(2).pixels
    assert one.differing_keys(two) == {(0, 0)}
    assert before.layers[0] is after.layers[0]


@pytest.mark.parametrize("channels", [1, 3])
def test_a_patch_of_full_coverage_is_what_one_sees(make_source, channels) -> None:
    stack = LayerStack.of(make_source(300, 280, channels), "p").adding(LayerKind.RETOUCH, "fill")
    patch = patch_of(Rect(200, 150, 90, 120), channels)
    placed = stack.placing(patch, 3)
    assert np.array_equal(composite(placed, patch.rect), patch.pixels)
    again = placed.placing(patch_of(patch.rect, channels, seed=1), 3)
    assert np.array_equal(
        composite(again, patch.rect), patch_of(patch.rect, channels, seed=1).pixels
    )


def test_a_patch_of_no_coverage_changes_nothing(stack) -> None:
    stack = stack.adding(LayerKind.RETOUCH, "fill").placing(patch_of(Rect(9, 9, 50, 50)), 3)
    again = stack.placing(patch_of(Rect(0, 0, 100, 100), coverage=0, seed=1), 3)
    assert np.array_equal(
        again.layer(3).pixels.read(stack.rect), stack.layer(3).pixels.read(stack.rect)
    )


def looks_of(stack: LayerStack) -> tuple[np.ndarray, np.ndarray]:
    opacities = [0.0] * 10
    for layer in stack.of_kind(LayerKind.MASK):
        opacities[layer.id] = layer.opacity * layer.is_visible
    masks = [
        mask_coverage(stack, stack.rect, layer_ids=[layer.id]) * opacities[layer.id]
        for layer in stack.of_kind(LayerKind.MASK)
    ]
    return composite(stack, stack.rect), np.maximum.reduce(masks) if masks else np.zeros(1)


EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("paint"), RECTS),
        st.tuples(st.just("place"), RECTS),
        st.tuples(st.just("hide"), st.sampled_from([2, 3, 4])),
        st.tuples(st.just("fade"), st.sampled_from([2, 3, 4])),
        st.tuples(st.just("raise"), st.sampled_from([3, 4])),
        st.tuples(st.just("remove"), st.just(4)),
        st.tuples(st.just("copy"), st.just(3)),
    ),
    max_size=3,
)


@given(edits=EDITS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_changed_rect_holds_every_pixel_that_looks_different(stack, paint, edits) -> None:
    before = paint(stack, Rect(300, 300, 60, 60))
    for layer_id, x in ((3, 100), (4, 130)):
        before = before.adding(LayerKind.RETOUCH, str(layer_id))
        before = before.placing(patch_of(Rect(x, 100, 60, 60), seed=layer_id), layer_id)
    after = before
    for edit, at in edits:
        if edit != "paint" and isinstance(at, int) and at not in [layer.id for layer in after]:
            continue
        if edit == "paint":
            after = paint(after, at, 200)
        elif edit == "place":
            after = after.placing(patch_of(at.intersection(stack.rect), seed=9), 3)
        elif edit == "hide":
            after = after.replacing(replace(after.layer(at), is_visible=False))
        elif edit == "fade":
            after = after.replacing(replace(after.layer(at), opacity=0.25))
        elif edit == "raise":
            after = after.moving(at, len(after.layers))
        elif edit == "remove":
            after = after.removing(at)
        else:
            after = after.duplicating(at, "copy")
    changed = before.changed_rect(after)
    assert changed == after.changed_rect(before)
    assert stack.rect.contains(changed)
    rows, columns = changed.slices(stack.rect)
    for one, two in zip(looks_of(before), looks_of(after), strict=True):
        difference = np.atleast_2d(one != two)
        if changed.is_empty:
            assert not difference.any()
        else:
            difference[rows, columns] = False
            assert not difference.any()


def test_a_name_changes_nothing_to_be_seen(stack, paint) -> None:
    painted = paint(stack, Rect(5, 5, 5, 5))
    renamed = painted.replacing(replace(painted.layer(2), name="Cracks"))
    assert painted.changed_rect(renamed) == EMPTY_RECT
    assert painted.changed_rect(painted) == EMPTY_RECT


def test_changed_rect_is_whole_tiles_inside_the_picture(stack, paint) -> None:
    painted = paint(stack, Rect(690, 490, 10, 10))
    assert stack.changed_rect(painted) == Rect(
        2 * TILE_SIZE, TILE_SIZE, 700 - 2 * TILE_SIZE, 500 - TILE_SIZE
    )


def test_only_masks_have_a_colour_and_it_changes_how_they_look(stack, paint) -> None:
    painted = paint(stack, Rect(5, 5, 5, 5))
    blue = painted.replacing(replace(painted.layer(2), color="#0000ff"))
    assert painted.changed_rect(blue) == Rect(0, 0, TILE_SIZE, TILE_SIZE)
    for color in ("blue", "#00f", "#0000FF", "#0000ff0"):
        with pytest.raises(ValueError, match="colour"):
            replace(painted.layer(2), color=color)
    with pytest.raises(ValueError, match="colour"):
        replace(painted.layer(1), color="#0000ff")
