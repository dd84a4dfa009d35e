"""What every system of the reports promises, whatever its inside."""

import pytest
import torch
from torch import Tensor, nn

from core.models.registry import ARCHITECTURES, build

# Millions of parameters at full size: the reports' own figures where they give one.
REPORTED = {
    ("glcic",): (6.07, "art-recovery, Table 1 (Iizuka et al. 2017)"),
    ("pconv-gan",): (6.07, "art-recovery §3.7 changes the padding alone"),
    ("pconv-unet", ("levels", 8)): (32.86, "Liu et al. 2018"),
    ("landscape-gan",): (4.89, "with its discriminators “more than 34 million”"),
    ("line-pconv",): (3.14, "our widths"),
    ("residual-gan-mask",): (4.86, "notebook"),
    ("coarse-refine-gan",): (9.72, "notebook, code cells"),
}

SMALL: dict[str, dict[str, object]] = {
    "atelier-crack": {"width": 8},
    "atelier-small": {"width": 8},
    "coarse-refine-gan": {"width": 4},
    "diffusion": {},
    "gan-bce": {"widths": (4, 8, 8)},
    "gan-mse": {"widths": (4, 8, 8)},
    "glcic": {"width": 4},
    "landscape-gan": {"width": 4},
    "line-pconv": {"widths": (4, 8)},
    "pconv-gan": {"width": 4},
    "pconv-unet": {"levels": 4, "width": 4},
    "pconv-unet-gan": {"width": 4},
    "residual-gan-mask": {"width": 4},
    "residual-gan-whole": {"width": 4},
    "unet-mse": {"widths": (4, 8, 8)},
}


@pytest.fixture(params=sorted(ARCHITECTURES))
def net(request: pytest.FixtureRequest) -> nn.Module:
    torch.manual_seed(0)
    return build(request.param, **SMALL[request.param]).eval()


def picture(net: nn.Module, rows: int = 2, columns: int = 3) -> tuple[Tensor, Tensor]:
    step = max(int(getattr(net, "multiple_of", 32)), 8)
    generator = torch.Generator().manual_seed(1)
    image = torch.rand(1, 3, rows * step, columns * step, generator=generator)
    mask = torch.zeros(1, 1, rows * step, columns * step)
    mask[..., 3:9, 2:11] = 1
    return image, mask


@pytest.mark.parametrize("key", REPORTED, ids=lambda key: key[0])
def test_the_parameter_count_is_the_reports(key: tuple[object, ...]) -> None:
    name, *options = key
    net = build(str(name), **dict(options))  # type: ignore[arg-type]
    count = sum(parameter.numel() for parameter in net.parameters())
    assert count / 1e6 == pytest.approx(REPORTED[key][0], abs=0.006)  # type: ignore[index]


def test_the_result_has_the_pictures_shape_and_is_finite(net: nn.Module) -> None:
    for rows, columns in ((1, 1), (2, 3)):
        image, mask = picture(net, rows, columns)
        with torch.no_grad():
            filled = net(image, mask)
        assert filled.shape == image.shape
        assert filled.dtype == torch.float32
        assert torch.isfinite(filled).all()


def test_what_the_hole_holds_has_no_influence(net: nn.Module) -> None:
    image, mask = picture(net)
    spoiled = torch.where(mask > 0, torch.full_like(image, float("nan")), image)
    with torch.no_grad():
        assert torch.equal(net(image, mask), net(spoiled, mask))


def test_empty_and_full_masks_give_numbers(net: nn.Module) -> None:
    image, mask = picture(net)
    with torch.no_grad():
        assert torch.isfinite(net(image, torch.zeros_like(mask))).all()
        assert torch.isfinite(net(image, torch.ones_like(mask))).all()


def test_gradients_reach_every_parameter(net: nn.Module) -> None:
    image, mask = picture(net)
    if not list(net.parameters()):
        return
    net.train()
    # atelier-crack's head is zero at first, which stops what lies behind it.
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.01)
    net(image.repeat(2, 1, 1, 1), mask.repeat(2, 1, 1, 1)).square().mean().backward()
    silent = [name for name, parameter in net.named_parameters() if parameter.grad is None]
    assert silent == []


def test_a_mask_only_system_returns_the_paint_outside_the_hole() -> None:
    net = build("residual-gan-mask", width=4).eval()
    image, mask = picture(net)
    with torch.no_grad():
        filled = net(image, mask)
    torch.testing.assert_close(filled * (1 - mask), image * (1 - mask), atol=1e-6, rtol=0)


def test_the_pconv_unet_fills_within_the_range_of_pictures_but_learns_beyond_it() -> None:
    net = build("pconv-unet", levels=4, width=4)
    image, mask = picture(net)
    with torch.no_grad():
        net.head.conv.bias.fill_(2.0)  # type: ignore[union-attr, operator]
        assert float(net.train()(image, mask).max()) > 1
        assert float(net.eval()(image, mask).max()) == 1


@pytest.mark.parametrize("system", ["residual-gan-whole", "coarse-refine-gan"])
def test_a_residual_system_fills_within_the_range_of_pictures_but_learns_beyond_it(
    system: str,
) -> None:
    net = build(system, width=4)
    image, mask = picture(net)
    with torch.no_grad():
        for stage in net.stages:  # type: ignore[union-attr]
            stage[-2].bias.fill_(20.0)
        assert float(net.train()(image, mask).max()) > 1
        assert float(net.eval()(image, mask).max()) == 1


def test_the_faithful_refiner_cannot_go_below_the_mean() -> None:
    image, mask = picture(build("coarse-refine-gan", width=4))
    black = torch.zeros_like(image)
    with torch.no_grad():
        filled = build("coarse-refine-gan", width=4, faithful=True).eval()(black, mask)
    inside = filled[mask.expand_as(filled) > 0]
    assert float(inside.min()) >= 0.406 - 1e-6
