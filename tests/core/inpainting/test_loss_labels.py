from collections.abc import Callable

import numpy as np
import pytest

from core.document.layer import LayerStack
from core.document.patch import Patch, Provenance
from core.image.geometry import Point, Rect
from core.inpainting.loss_labels import LossLabels, chosen_patches

Marked = Callable[..., LayerStack]

PICTURE = Rect(0, 0, 900, 400)
LOSSES = (Rect(40, 40, 20, 20), Rect(300, 200, 3, 100), Rect(800, 300, 60, 60))
MADE = Provenance("x", "X", "1", "classical", "cpu", False)


@pytest.fixture
def labels(marked: Marked) -> LossLabels:
    return LossLabels.of(marked(*LOSSES))


def patch(rect: Rect, value: int) -> Patch:
    pixels = np.full((rect.height, rect.width, 3), value, np.uint16)
    return Patch(rect, pixels, np.full((rect.height, rect.width), 65535, np.uint16), MADE)


def test_losses_are_told_apart(labels: LossLabels) -> None:
    assert labels.count == 3
    for number, rect in enumerate(labels.rects, start=1):
        (loss,) = [loss for loss in LOSSES if rect.contains(loss)]
        assert (labels.read(PICTURE)[loss.slices(PICTURE)] == number).all()
    part = Rect(30, 50, 300, 200)
    np.testing.assert_array_equal(labels.read(part), labels.read(PICTURE)[part.slices(PICTURE)])


def test_the_nearest_loss_is_found_within_reach(labels: LossLabels) -> None:
    for number, rect in enumerate(labels.rects, start=1):
        (loss,) = [loss for loss in LOSSES if rect.contains(loss)]
        middle = Point(loss.x + loss.width / 2, loss.y + loss.height / 2)
        assert labels.near(middle, 0) == number
        assert labels.near(Point(loss.right + 20, loss.y), 40) == number
        assert labels.near(Point(loss.right + 20, loss.y), 2) == 0
    assert labels.near(Point(-5000, 70000), 100) == 0


def test_without_marks_there_are_no_losses(marked: Marked) -> None:
    empty = LossLabels.of(marked())
    assert (empty.count, empty.near(Point(3, 3), 1e6)) == (0, 0)
    assert not empty.read(PICTURE).any()


def test_each_loss_gets_the_variant_chosen_for_it(labels: LossLabels) -> None:
    # One patch over all three losses, as a window that several share gives.
    patches = {0: [patch(PICTURE, 100)], 1: [patch(PICTURE, 200)]}
    mixed = chosen_patches(labels, patches, {1: 0, 2: 1})
    assert [(p.pixels[0, 0, 0]) for p in mixed] == [100, 200]
    numbers = labels.read(PICTURE)
    for number, one in enumerate(mixed, start=1):
        np.testing.assert_array_equal(one.coverage > 0, numbers == number)
    assert chosen_patches(labels, patches, {}) == []


def test_patches_that_cover_none_of_the_losses_are_left_out(labels: LossLabels) -> None:
    elsewhere, here = patch(Rect(500, 10, 20, 20), 1), patch(LOSSES[2], 1)
    (kept,) = labels.narrowed([elsewhere, here], [1, 3])
    assert kept.rect == LOSSES[2]
    assert kept.coverage.all()
