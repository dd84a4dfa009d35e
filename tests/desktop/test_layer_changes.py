from collections.abc import Callable
from dataclasses import replace

import pytest

from core.document.document import Document
from core.document.layer import LayerKind, LayerStack
from desktop.layer_changes import has_other_base, has_others_changed


@pytest.fixture
def stack(make_document: Callable[..., Document]) -> LayerStack:
    """A painting, a mask, and two retouch layers."""
    one = make_document(300, 200).stack.adding(LayerKind.RETOUCH, "one")
    return one.adding(LayerKind.RETOUCH, "two")


def test_masks_are_no_part_of_the_base(stack: LayerStack) -> None:
    mask = stack.of_kind(LayerKind.MASK)[0]
    faint = stack.replacing(replace(mask, opacity=0.1))
    assert not has_other_base(faint, stack)
    one = stack.of_kind(LayerKind.RETOUCH)[0]
    assert has_other_base(stack.replacing(replace(one, opacity=0.1)), stack)


def test_a_layer_may_change_itself_and_nothing_beside_it(stack: LayerStack) -> None:
    one, two = stack.of_kind(LayerKind.RETOUCH)
    changed = stack.replacing(replace(two, opacity=0.1))
    assert not has_others_changed(changed, stack, two.id)
    assert has_others_changed(changed, stack, one.id)
    without = replace(stack, layers=stack.layers[:-1])
    assert not has_others_changed(stack, without, two.id), "it was added"
    assert has_others_changed(without, stack, two.id), "it is gone"
    moved = replace(stack, layers=(*stack.layers[:-2], two, one))
    assert has_others_changed(moved, stack, two.id)
