"""`atelier-crack` and `atelier-small`: small, quick nets that correct the diffusion prior."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.models.diffusion_prior import DiffusionPrior
from core.models.layers import Float32Conv2d

_SLOPE = 0.1


class Atelier(nn.Module):
    """The prior plus a residual from a net of three levels that works on 2x2 pixel groups.

    width 32 has 0.78 M parameters; sweeps is the prior's number of harmonic and of biharmonic
    steps. dilations, one per block, add a fourth level at 1/16 for wide losses (`atelier-small`:
    four blocks, 2.08 M parameters); untrained it changes nothing, so that such a net can begin
    with the weights of one without. H and W must be multiples of 32 (the prior's pyramid).
    """

    multiple_of = 32

    def __init__(self, width: int = 32, sweeps: int = 16, dilations: Sequence[int] = ()) -> None:
        super().__init__()
        half, quarter, eighth = width, 2 * width, 3 * width
        self.prior = DiffusionPrior(jacobi_steps=sweeps, biharmonic_steps=sweeps)
        # Prior, known paint and validity (3 + 3 + 1 channels), each as 2x2 pixel groups.
        self.stem = nn.Conv2d(4 * 7, half, 3, padding=1)
        self.encode_half = _Residual(half)
        self.to_quarter = nn.Conv2d(half, quarter, 3, stride=2, padding=1)
        self.encode_quarter = _Residual(quarter)
        self.to_eighth = nn.Conv2d(quarter, eighth, 3, stride=2, padding=1)
        self.middle = nn.Sequential(
            _Residual(eighth), _Residual(eighth, dilation=2), _Residual(eighth)
        )
        self.deeper = _Deeper(eighth, 4 * width, dilations) if dilations else None
        self.from_eighth = nn.Conv2d(eighth, quarter, 1)
        self.decode_quarter = _Residual(quarter)
        self.from_quarter = nn.Conv2d(quarter, half, 1)
        self.decode_half = _Residual(half)
        self.head = Float32Conv2d(half, 4 * 3, 3, padding=1)
        # An untrained net returns the prior.
        _zero(self.head)

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """Return the filled image, [N, 3, H, W] float32.

        image [N, 3, H, W] float32, sRGB-encoded, 0..1 (values outside are allowed); mask
        [N, 1, H, W] float32, 1 = loss (any value above 0 counts as loss). What the image holds
        under the mask has no influence. Outside the mask the result is a reconstruction, not the
        input: the caller composes.
        """
        hole = (mask > 0).to(torch.float32)
        valid = 1 - hole
        known = torch.where(hole > 0, torch.zeros_like(image), image)
        with torch.no_grad(), torch.autocast(image.device.type, enabled=False):
            prior = self.prior(known, hole)
        filled: Tensor = prior + self._residual(prior, known, valid)
        return filled

    def _residual(self, prior: Tensor, known: Tensor, valid: Tensor) -> Tensor:
        # Centred on mid-grey, so that a hole (0) is not black paint.
        seen = torch.cat([prior - 0.5, known - 0.5 * valid, valid], dim=1)
        half = self.encode_half(_activated(self.stem(F.pixel_unshuffle(seen, 2))))
        quarter = self.encode_quarter(_activated(self.to_quarter(half)))
        eighth = _activated(self.to_eighth(quarter))
        if self.deeper is not None:
            eighth = self.deeper(eighth)
        eighth = self.middle(eighth)
        quarter = self.decode_quarter(quarter + _doubled(self.from_eighth(eighth)))
        half = self.decode_half(half + _doubled(self.from_quarter(quarter)))
        return F.pixel_shuffle(self.head(half), 2)


class _Residual(nn.Module):
    def __init__(self, channels: int, dilation: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=dilation, dilation=dilation)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        # Begin near the identity: without normalisation layers this keeps the first steps calm.
        with torch.no_grad():
            self.second.weight.mul_(0.2)
            _bias(self.second).zero_()

    def forward(self, x: Tensor) -> Tensor:
        change: Tensor = self.second(_activated(self.first(x)))
        return x + change


class _Deeper(nn.Module):
    """A level below: its input plus what dilated blocks at half its resolution make of it."""

    def __init__(self, channels: int, inner: int, dilations: Sequence[int]) -> None:
        super().__init__()
        self.down = nn.Conv2d(channels, inner, 3, stride=2, padding=1)
        self.blocks = nn.Sequential(*(_Residual(inner, dilation) for dilation in dilations))
        self.up = nn.Conv2d(inner, channels, 1)
        _zero(self.up)

    def forward(self, x: Tensor) -> Tensor:
        return x + _doubled(self.up(self.blocks(_activated(self.down(x)))))


def _activated(x: Tensor) -> Tensor:
    return F.leaky_relu(x, _SLOPE)


def _doubled(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def _zero(convolution: nn.Conv2d) -> None:
    nn.init.zeros_(convolution.weight)
    nn.init.zeros_(_bias(convolution))


def _bias(convolution: nn.Conv2d) -> Tensor:
    assert convolution.bias is not None
    return convolution.bias
