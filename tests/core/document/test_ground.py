from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from core.document.composite import composite, mask_coverage
from core.document.ground import below, loss_of, painting_of, pixels_of, up_to
from core.document.groups import grouping
from core.document.layer import LayerKind, LayerStack
from core.image.geometry import Rect
from core.image.surface import PixelSource

AT = Rect(10, 20, 30, 40)


@pytest.fixture
def stack(make_source: Callable[..., PixelSource]) -> LayerStack:
    """Painting, mask 2 (marks AT), retouch 3 (opaque grey) and 4 (white) over AT."""
    stack = LayerStack.of(make_source(), "painting")
    marks = stack.layer(2).pixels.writing(AT, np.full((40, 30), 200, np.uint8))
    stack = stack.with_surface(2, marks)
    for level in (30000, 65535):
        stack = stack.adding(LayerKind.RETOUCH, str(level))
        pixels = np.full((40, 30, 4), level, np.uint16)
        pixels[..., 3] = 65535
        top = stack.layers[-1]
        stack = stack.with_surface(top.id, top.pixels.writing(AT, pixels))
    return stack


def test_a_layers_ground_is_what_lies_under_it(stack: LayerStack) -> None:
    assert (below(stack, 4)(AT) == 30000).all()
    assert (up_to(stack, 4)(AT) == 65535).all()
    assert (pixels_of(stack)(AT) == 65535).all()
    bare = composite(painting_of(stack), AT)
    assert np.array_equal(below(stack, 3)(AT), bare)
    with pytest.raises(KeyError):
        below(stack, 99)


def test_in_a_group_the_ground_has_the_group_s_members_before_its_opacity(
    stack: LayerStack,
) -> None:
    grouped = grouping(stack, 3, "group")
    group = grouped.next_id - 1
    grouped = grouped.moving(4, 3, group)
    faded = grouped.replacing(replace(grouped.layer(group), opacity=0.25))
    assert (below(faded, 4)(AT) == 30000).all()
    assert (up_to(faded, 3)(AT) == 30000).all()
    assert (composite(faded, AT) < 65535).any()


def test_visible_marks_tell_where_the_loss_is_and_hidden_ones_if_all_are(stack: LayerStack) -> None:
    hidden = stack.replacing(replace(stack.layer(2), is_visible=False))
    for layers in (stack, hidden):
        read = loss_of(layers)
        assert read is not None
        assert (read(AT) == 200).all()
    more = hidden.adding(LayerKind.MASK, "more")
    surface = more.layers[-1].pixels.writing(Rect(0, 0, 5, 5), np.full((5, 5), 255, np.uint8))
    read = loss_of(more.with_surface(more.layers[-1].id, surface))
    assert read is not None
    assert not read(AT).any()
    assert read(Rect(0, 0, 5, 5)).all()


def test_without_marks_there_is_no_loss(make_source: Callable[..., PixelSource]) -> None:
    assert loss_of(LayerStack.of(make_source(), "painting")) is None


def test_at_a_level_it_is_read_by_that_level_s_pixels(stack: LayerStack) -> None:
    level, area = 2, AT.at_level(2)
    under = area.from_level(level)
    assert np.array_equal(pixels_of(stack, level)(area), composite(stack, under, level))
    lower = composite(stack.removing(4), under, level)
    assert np.array_equal(up_to(stack, 3, level)(area), lower)
    assert not np.array_equal(lower, composite(stack, under, level))
    read = loss_of(stack, level)
    assert read is not None
    assert np.array_equal(read(area), mask_coverage(stack, under, level))
