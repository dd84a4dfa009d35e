import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.document.layer import LayerKind, LayerStack
from core.image.geometry import Rect
from core.image.surface import Surface
from core.inpainting.loss_map import CELL, loss_thickness, map_losses, masks_of, thickness_of

PICTURE = Rect(0, 0, 700, 530)


class Blank:
    """A source whose pixels no test here reads."""

    width, height, channels = PICTURE.width, PICTURE.height, 3

    def read(self, rect: Rect, level: int = 0) -> np.ndarray:
        raise AssertionError("losses are found in masks alone")


def _surface(mask: np.ndarray, at: tuple[int, int] = (0, 0)) -> Surface:
    return Surface.mask().writing(Rect(*at, mask.shape[1], mask.shape[0]), mask)


def _stack(*masks: np.ndarray) -> LayerStack:
    layers = LayerStack.of(Blank(), "painting")
    layers = layers.with_surface(2, _surface(masks[0]))
    for number, mask in enumerate(masks[1:]):
        layers = layers.adding(LayerKind.MASK, f"More {number}").with_surface(
            layers.next_id, _surface(mask)
        )
    return layers


def _random_mask(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    mask = np.zeros((PICTURE.height, PICTURE.width), np.uint8)
    for _ in range(rng.integers(1, 5)):
        centre = (int(rng.integers(0, PICTURE.width)), int(rng.integers(0, PICTURE.height)))
        cv2.circle(mask, centre, int(rng.integers(1, 90)), int(rng.integers(1, 256)), -1)
    return mask


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_cells_tell_where_any_and_where_every_pixel_is_marked(seed: int) -> None:
    one, two = _random_mask(seed), _random_mask(seed + 1)
    losses = map_losses([_surface(one), _surface(two)], PICTURE)
    mask = np.maximum(one, two)
    rows, columns = -(-PICTURE.height // CELL), -(-PICTURE.width // CELL)
    wide = np.pad(mask, ((0, rows * CELL - mask.shape[0]), (0, columns * CELL - mask.shape[1])))
    filled = np.pad(
        mask, ((0, rows * CELL - mask.shape[0]), (0, columns * CELL - mask.shape[1])),
        constant_values=255,
    )  # fmt: skip
    part = losses.bounds.slices(Rect(0, 0, columns * CELL, rows * CELL))
    any_marked = wide.reshape(rows, CELL, columns, CELL).max((1, 3)) > 0
    all_marked = filled.reshape(rows, CELL, columns, CELL).min((1, 3)) > 0
    cells = tuple(slice(one.start // CELL, one.stop // CELL) for one in part)
    np.testing.assert_array_equal(losses.occupied, any_marked[cells])
    np.testing.assert_array_equal(losses.solid, all_marked[cells])
    assert any_marked.sum() == losses.occupied.sum()


def test_marks_beyond_the_picture_do_not_count() -> None:
    outside = _surface(np.full((40, 40), 255, np.uint8), (PICTURE.width + 1, 10))
    assert map_losses([outside], PICTURE).is_empty
    assert map_losses([], PICTURE).is_empty
    edge = _surface(np.full((40, 40), 255, np.uint8), (PICTURE.width - 4, 10))
    losses = map_losses([edge], PICTURE)
    assert losses.occupied.sum() == 6
    assert losses.solid.sum() == 4


def test_only_a_mask_without_a_gap_is_full() -> None:
    mask = np.full((PICTURE.height, PICTURE.width), 255, np.uint8)
    assert map_losses([_surface(mask)], PICTURE).is_full
    mask[-1, -1] = 0
    assert not map_losses([_surface(mask)], PICTURE).is_full
    # Two halves are full together.
    left, right = np.zeros_like(mask), np.ones_like(mask)
    left[:, :333] = 1
    right[:, :333] = 0
    assert map_losses([_surface(left), _surface(right)], PICTURE).is_full


@pytest.mark.parametrize("radius", [1, 2, 5, 11, 20, 60, 150])
@pytest.mark.parametrize("centre", [(350, 265), (256, 256), (340, 10)])
def test_thickness_is_the_widest_disc_and_never_too_small(
    radius: int, centre: tuple[int, int]
) -> None:
    mask = np.zeros((PICTURE.height, PICTURE.width), np.uint8)
    cv2.circle(mask, centre, radius, 255, -1)
    cv2.line(mask, (5, 5), (690, 500), 255, 1)
    found = loss_thickness(_stack(mask))
    if centre[1] - radius > 0:
        assert 2 * radius - 1 <= found
    assert found <= (2 * radius + 3 if radius < 20 else 2 * radius + 44)


def test_a_depth_never_underestimates_the_disc_it_allows() -> None:
    for diameter in range(2, 200, 7):
        for shift in range(0, CELL, 3):
            mask = np.zeros((PICTURE.height, PICTURE.width), np.uint8)
            cv2.circle(mask, (300 + shift, 250 + shift), diameter // 2, 255, -1)
            losses = map_losses([_surface(mask)], PICTURE)
            assert int(thickness_of(losses.depth().max())) >= diameter // 2 * 2 - 1


def test_nothing_marked_has_no_thickness() -> None:
    assert loss_thickness(_stack(np.zeros((8, 8), np.uint8))) == 0


def test_hidden_masks_count_only_when_named() -> None:
    from dataclasses import replace

    layers = _stack(_random_mask(1), _random_mask(2))
    hidden = layers.replacing(replace(layers.layer(3), is_visible=False))
    assert [layer.id for layer in masks_of(hidden)] == [2]
    assert [layer.id for layer in masks_of(hidden, {3})] == [3]
    assert masks_of(hidden, ()) == []
