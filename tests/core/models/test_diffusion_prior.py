"""The prior keeps what is sound, continues what is constant, and never breaks."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models.diffusion_prior import DiffusionPrior


def random_mask(seed, rows=64, columns=96, share=0.3):
    random = torch.Generator().manual_seed(seed)
    mask = (torch.rand(1, 1, rows, columns, generator=random) < share).float()
    mask[..., 10:40, 20:60] = 1
    return mask


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1000), low=st.floats(-2, 0), high=st.floats(1, 3))
def test_valid_samples_come_back_unchanged(seed, low, high):
    torch.manual_seed(seed)
    image, mask = torch.empty(1, 3, 64, 96).uniform_(low, high), random_mask(seed)
    filled = DiffusionPrior()(image, mask)
    sound = mask.expand_as(image) == 0
    assert torch.equal(filled[sound], image[sound])


@pytest.mark.parametrize("value", [0.25, 0.7, -0.3])
def test_a_constant_is_filled_exactly(value):
    image = torch.full((1, 3, 64, 96), value)
    filled = DiffusionPrior()(image, random_mask(1))
    assert (filled - value).abs().max() < 1e-6


def test_a_ramp_is_continued_through_a_crack():
    image = torch.linspace(0, 1, 64).expand(1, 3, 64, 64).contiguous()
    mask = torch.zeros(1, 1, 64, 64)
    mask[..., 20:24] = 1
    assert (DiffusionPrior()(image, mask) - image).abs().max() < 1 / 255


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_wholly_sound_and_wholly_lost_pictures_stay_finite(share):
    image, mask = torch.rand(2, 3, 32, 64), torch.full((2, 1, 32, 64), share)
    filled = DiffusionPrior()(image, mask)
    assert torch.equal(filled, image * (1 - share))


def test_what_lies_in_the_hole_has_no_influence():
    image, mask = torch.rand(1, 3, 64, 96), random_mask(2)
    other = torch.where(mask > 0, torch.full_like(image, float("nan")), image)
    assert torch.equal(DiffusionPrior()(image, mask), DiffusionPrior()(other, mask))
