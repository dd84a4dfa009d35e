"""The atelier nets' contract: shape, hole contents, extremes."""

import pytest
import torch
from torch import nn

from core.models.atelier import Atelier
from core.models.diffusion_prior import DiffusionPrior
from core.models.registry import build


@pytest.fixture(params=[(), (1, 2)], ids=["three levels", "four levels"])
def net(request):
    torch.manual_seed(0)
    net = Atelier(width=8, dilations=request.param).eval()
    nn.init.normal_(net.head.weight, std=0.1)
    if net.deeper is not None:
        nn.init.normal_(net.deeper.up.weight, std=0.1)
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
    assert torch.equal(Atelier(width=8)(image, mask), DiffusionPrior()(image, mask))


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


@torch.no_grad()
def test_a_net_begun_with_three_levels_fills_alike_until_the_fourth_has_learnt(mask):
    image = torch.rand(2, 3, 64, 32)
    shallow, deep = Atelier(width=8).eval(), Atelier(width=8, dilations=(1, 2)).eval()
    nn.init.normal_(shallow.head.weight, std=0.1)
    deep.load_state_dict({**deep.state_dict(), **shallow.state_dict()})
    assert torch.equal(deep(image, mask), shallow(image, mask))


@pytest.mark.parametrize(
    ("architecture", "parameters"), [("atelier-crack", 776_684), ("atelier-small", 2_080_460)]
)
def test_the_shipped_nets_have_the_stated_size(architecture, parameters):
    assert sum(weight.numel() for weight in build(architecture).parameters()) == parameters
