"""The crack net's contract: shape, hole contents, extremes."""

import pytest
import torch
from torch import nn

from core.models.atelier_crack import AtelierCrack
from core.models.diffusion_prior import DiffusionPrior


@pytest.fixture
def net():
    torch.manual_seed(0)
    net = AtelierCrack(width=8).eval()
    nn.init.normal_(net.head.weight, std=0.1)
    return net


@pytest.fixture
def mask():
    mask = torch.zeros(2, 1, 64, 32)
    mask[..., 20:30, 5:25] = 1
    mask[..., 3, :] = 1
    return mask


@torch.no_grad()
def test_what_lies_in_the_hole_has_no_influence(net, mask):
    image = torch.rand(2, 3, 64, 32)
    for garbage in (1e6, float("nan"), float("-inf")):
        other = torch.where(mask > 0, torch.full_like(image, garbage), image)
        assert torch.equal(net(image, mask), net(other, mask))


@torch.no_grad()
def test_an_untrained_net_returns_the_prior(mask):
    image = torch.rand(2, 3, 64, 32)
    assert torch.equal(AtelierCrack(width=8)(image, mask), DiffusionPrior()(image, mask))


@torch.no_grad()
@pytest.mark.parametrize("share", [0.0, 1.0])
def test_wholly_sound_and_wholly_lost_pictures_stay_finite(net, share):
    filled = net(torch.rand(1, 3, 32, 96), torch.full((1, 1, 32, 96), share))
    assert filled.shape == (1, 3, 32, 96)
    assert filled.isfinite().all()


@torch.no_grad()
def test_the_result_is_float32_under_autocast(net, mask):
    with torch.autocast("cpu", torch.bfloat16):
        assert net(torch.rand(2, 3, 64, 32), mask).dtype == torch.float32


def test_the_shipped_width_has_the_stated_size():
    assert sum(weight.numel() for weight in AtelierCrack().parameters()) == 776_684
