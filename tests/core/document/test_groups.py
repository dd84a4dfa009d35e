from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.document.composite import composite, mask_coverage
from core.document.groups import Place, can_group, grouping, place_of, places, ungrouping
from core.document.layer import LayerKind, LayerStack
from core.image.blend_modes import BlendMode, blended
from core.image.geometry import EMPTY_RECT, Rect
from core.image.surface import Surface

SPOT = Rect(100, 90, 60, 40)


def filled(stack: LayerStack, layer_id: int, rect: Rect = SPOT, seed: int = 0) -> LayerStack:
    """Fill a rectangle of a retouch layer with opaque noise."""
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 65536, (rect.height, rect.width, stack.channels + 1), np.uint16)
    pixels[..., -1] = 65535
    return stack.with_surface(layer_id, stack.layer(layer_id).pixels.writing(rect, pixels))


@pytest.fixture
def grouped(stack: LayerStack) -> LayerStack:
    """Return source 1, mask 2, and a group 5 of the retouch layers 3 and 4, with 6 on top."""
    stack = stack.adding(LayerKind.RETOUCH, "a").adding(LayerKind.RETOUCH, "b")
    stack = filled(filled(stack, 3), 4, SPOT.translated(20, 10), 1)
    stack = grouping(stack, 4, "group")
    return stack.moving(3, 2, 5).adding(LayerKind.RETOUCH, "c")


def ids(stack: LayerStack) -> list[int]:
    return [layer.id for layer in stack]


def test_a_groups_members_lie_right_below_it(grouped) -> None:
    assert ids(grouped) == [1, 2, 3, 4, 5, 6]
    assert [layer.id for layer in grouped.members(5)] == [3, 4]
    assert grouped.layer(5).kind is LayerKind.GROUP
    for torn in (
        lambda: grouped.moving(5, 1).moving(6, 2),
        lambda: grouped.moving(6, 3),
        lambda: grouped.moving(3, 1, 5),
        lambda: grouped.moving(6, 2, 5).moving(2, 3),
        lambda: grouped.moving(6, 5, 5),
        lambda: replace(grouped, layers=(*grouped.layers[:2], *grouped.layers[3:2:-1])),
    ):
        with pytest.raises(ValueError):
            torn()


def test_a_group_moves_and_goes_with_its_members_and_is_copied_with_them(grouped) -> None:
    assert ids(grouped.moving(5, 3)) == [1, 2, 6, 3, 4, 5]
    assert ids(grouped.moving(5, 1)) == [1, 3, 4, 5, 2, 6]
    assert ids(grouped.removing(5)) == [1, 2, 6]
    copied = grouped.duplicating(5, "copy")
    assert ids(copied) == [1, 2, 3, 4, 5, 8, 9, 7, 6]
    assert copied.layer(7).name == "copy"
    assert [layer.pixels for layer in copied.members(7)] == [
        layer.pixels for layer in grouped.members(5)
    ]
    assert copied.next_id == 10


def test_ungrouping_leaves_the_members_where_they_are(grouped) -> None:
    free = ungrouping(grouped, 5)
    assert ids(free) == [1, 2, 3, 4, 6]
    assert np.array_equal(composite(free, SPOT), composite(grouped, SPOT))
    with pytest.raises(TypeError):
        ungrouping(grouped, 4)


def test_only_what_is_free_and_alone_is_grouped(grouped) -> None:
    assert [layer.id for layer in grouped if can_group(grouped, layer)] == [2, 6]
    for layer_id in (1, 3, 5):
        with pytest.raises(TypeError):
            grouping(grouped, layer_id, "no")


@pytest.mark.parametrize("layer_id", [2, 3, 4, 5, 6])
def test_places_are_all_there_are_and_each_can_be_taken(grouped, layer_id) -> None:
    found = places(grouped, layer_id)
    assert place_of(grouped, layer_id) in found
    assert list(found) == sorted(set(found), key=lambda place: found.index(place))
    # Whatever a stack accepts is a place, but for groups in groups.
    count = len(grouped.layers) - len(grouped.run(layer_id))
    for position in range(1, count + 1):
        for group in (None, 5):
            if group == layer_id:
                continue
            try:
                moved = grouped.moving(layer_id, position, group)
            except ValueError:
                assert Place(position, group) not in found
            else:
                assert Place(position, group) in found
                assert place_of(moved, layer_id) == Place(position, group)


def test_an_empty_group_can_be_moved_into(stack) -> None:
    stack = stack.adding(LayerKind.GROUP, "empty")
    assert places(stack, 2) == (Place(1, None), Place(1, 3), Place(2, None))
    assert stack.moving(2, 1, 3).members(3)[0].id == 2


def test_a_hidden_group_hides_its_members_masks_and_retouch(grouped, source, paint) -> None:
    hidden = grouped.replacing(replace(grouped.layer(5), is_visible=False))
    assert np.array_equal(composite(hidden, SPOT), source.read(SPOT))
    assert not hidden.seen(LayerKind.RETOUCH)[0].group
    masked = paint(grouping(grouped, 2, "masks"), SPOT)
    assert mask_coverage(masked, SPOT).all()
    masked = masked.replacing(replace(masked.layer(7), is_visible=False))
    assert not mask_coverage(masked, SPOT).any()


@given(opacity=st.floats(0, 1), level=st.integers(0, 9))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_groups_opacity_acts_on_the_whole(grouped, source, opacity, level) -> None:
    faded = grouped.replacing(replace(grouped.layer(5), opacity=opacity))
    full = composite(grouped, grouped.rect, level).astype(np.float64)
    bare = source.read(grouped.rect, level)
    expected = bare + (full - bare) * round(opacity * 65535) / 65535
    seen = composite(faded, grouped.rect, level)
    assert np.abs(seen - expected).max() <= 0.5
    assert np.array_equal(seen[full == bare], bare[full == bare])


@pytest.mark.parametrize("mode", list(BlendMode))
def test_a_layers_blend_mode_reaches_what_is_below_its_group(grouped, source, mode) -> None:
    stack = grouped.removing(3)
    stack = stack.replacing(replace(stack.layer(4), blend=mode))
    rect = SPOT.translated(20, 10)
    expected = blended(mode, stack.layer(4).pixels.read(rect), source.read(rect))
    assert np.array_equal(composite(stack, rect), expected)


def test_what_a_groups_look_changes_is_its_members_place(grouped) -> None:
    for change in ({"is_visible": False}, {"opacity": 0.5}):
        changed = grouped.replacing(replace(grouped.layer(5), **change))
        assert grouped.changed_rect(changed) == Rect(0, 0, 256, 256)
    for change in ({"name": "other"}, {"is_locked": True}):
        changed = grouped.replacing(replace(grouped.layer(5), **change))
        assert grouped.changed_rect(changed) == EMPTY_RECT
    multiplied = grouped.replacing(replace(grouped.layer(4), blend=BlendMode.MULTIPLY))
    assert grouped.changed_rect(multiplied) == Rect(0, 0, 256, 256)


def test_groups_and_masks_have_no_blend_mode_and_the_source_no_group(grouped) -> None:
    for layer_id in (1, 2, 5):
        with pytest.raises(ValueError):
            replace(grouped.layer(layer_id), blend=BlendMode.SCREEN)
    for layer_id in (1, 5):
        with pytest.raises(ValueError):
            replace(grouped.layer(layer_id), group=5)


def test_a_locked_layer_refuses_every_edit_but_being_shown_hidden_and_unlocked(grouped) -> None:
    for locked_id in (4, 5):
        stack = grouped.replacing(replace(grouped.layer(locked_id), is_locked=True))
        layer = stack.layer(4)
        assert stack.is_locked(layer)
        assert places(stack, 4) == ()
        for edit in (
            lambda: stack.with_surface(4, Surface.retouch(3)),  # noqa: B023
            lambda: stack.removing(4),  # noqa: B023
            lambda: stack.removing(5),  # noqa: B023
            lambda: stack.moving(4, 1),  # noqa: B023
            lambda: stack.replacing(replace(layer, opacity=0.5)),  # noqa: B023
            lambda: stack.replacing(replace(layer, name="b2")),  # noqa: B023
            lambda: stack.replacing(replace(layer, blend=BlendMode.SCREEN)),  # noqa: B023
        ):
            with pytest.raises(TypeError, match="locked"):
                edit()
        stack = stack.replacing(replace(layer, is_visible=False))
        stack = stack.replacing(replace(stack.layer(locked_id), is_locked=False))
        assert filled(stack, 4).layer(4).pixels is not layer.pixels


def test_nothing_enters_or_leaves_a_locked_group(grouped) -> None:
    stack = grouped.replacing(replace(grouped.layer(5), is_locked=True))
    assert {place.group for place in places(stack, 6)} == {None}
    for edit in (
        lambda: stack.moving(6, 3, 5),
        lambda: stack.moving(3, 1),
        lambda: stack.duplicating(3, "copy"),
        lambda: ungrouping(stack, 5),
    ):
        with pytest.raises(TypeError):
            edit()
    copied = stack.duplicating(5, "copy")
    assert not copied.layer(7).is_locked
