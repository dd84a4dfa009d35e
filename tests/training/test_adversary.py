"""The discriminator looks where the hole is, learns, and leaves the generator's weights alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.adversary import Adversary, window_corner
from training.config import AdversaryRecipe, RecipeError

TINY = AdversaryRecipe(
    "glcic", options={"width": 4, "features": 8}, window_px=16, learning_rate=1e-2
)


def adversary(**changes):
    torch.manual_seed(0)
    return Adversary(replace(TINY, **changes), 32, torch.device("cpu"), has_bfloat16=False)


@given(
    st.integers(0, 31), st.integers(0, 31), st.integers(1, 32), st.integers(1, 32),
    st.integers(1, 32),
)  # fmt: skip
def test_a_window_lies_inside_the_picture_and_shows_the_hole(top, left, height, width, side):
    mask = np.zeros((32, 32), np.uint8)
    mask[top : top + height, left : left + width] = 1
    y, x = window_corner(mask, side, np.random.default_rng(0))
    assert 0 <= y <= 32 - side
    assert 0 <= x <= 32 - side
    shown = mask[y : y + side, x : x + side]
    assert shown.any()
    if np.ptp(mask.nonzero()[0]) < side and np.ptp(mask.nonzero()[1]) < side:
        assert shown.sum() == mask.sum()


def test_an_empty_mask_is_looked_at_in_its_middle():
    assert window_corner(np.zeros((32, 32)), 16, np.random.default_rng(0)) == (8, 8)


def test_paintings_are_looked_at_where_the_recipe_says():
    hole = torch.zeros(8, 1, 32, 32)
    hole[..., 4:12, 4:12] = 1
    rng = np.random.default_rng(0)
    around, same = adversary().corners(hole, rng)
    assert list(same) == list(around) == [(0, 0)] * 8
    _, anywhere = adversary(real_window="random").corners(hole, rng)
    assert len(set(anywhere)) > 1


def test_it_learns_to_tell_fills_from_paintings():
    torch.manual_seed(1)
    judge = adversary()
    real, fake = torch.rand(4, 3, 32, 32), torch.rand(4, 3, 32, 32) * 0.2
    corners = [(8, 8)] * 4
    losses = [judge.take_step(real, corners, fake, corners) for _ in range(30)]
    assert losses[-1] < 0.3 * losses[0]
    with torch.no_grad():
        assert judge.judgement(real, corners).logits.min() > 0
        assert judge.judgement(fake, corners).logits.max() < 0


def test_the_generators_backward_leaves_it_alone():
    judge = adversary()
    fake = torch.rand(2, 3, 32, 32, requires_grad=True)
    judge.game.fool(judge.judgement(fake, [(0, 0)] * 2).logits).backward()
    assert fake.grad.abs().sum() > 0
    assert all(weight.grad is None for weight in judge.net.parameters())


def test_the_gradient_penalty_flattens_the_discriminator():
    def slope(weight):
        torch.manual_seed(2)
        judge = adversary(r1_weight=weight, r1_steps=1)
        real, fake = torch.rand(4, 3, 32, 32), torch.rand(4, 3, 32, 32) * 0.5
        for _ in range(10):
            judge.take_step(real, [(0, 0)] * 4, fake, [(0, 0)] * 4)
        picture = real.requires_grad_()
        judge.judgement(picture, [(0, 0)] * 4).logits.sum().backward()
        return float(picture.grad.square().sum())

    assert slope(10.0) < 0.5 * slope(0.0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"discriminator": "oracle"}, "one of glcic, notebook, patch, poster"),
        ({"options": {"depth": 3}}, "cannot be built"),
        ({"discriminator": "patch", "options": {}}, "no window"),
    ],
)
def test_what_there_is_not_is_refused(changes, words):
    with pytest.raises(RecipeError, match=words):
        adversary(**changes)
