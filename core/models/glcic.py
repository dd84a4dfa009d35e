"""`glcic`, `pconv-gan` and `landscape-gan`: one dilated encoder-decoder in three settings.

Report art-recovery, Table 1 (Iizuka et al. 2017); §3.7 replaces its zero padding by padding of
partial convolutions; report landscape-gan has a shorter bottleneck and no mask channel.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from core.models.layers import Float32Conv2d, doubled, known_paint
from core.models.partial_conv import PartialPaddingConv2d

Padding = Literal["zero", "partial"]
Deconvolution = Literal["transposed", "resize"]

# What fills the hole at the input: the mean colour of Lacuna's training paintings is not known to
# the report, so this is ImageNet's; a recipe may give its own data's.
_MEAN = (0.485, 0.456, 0.406)


class Glcic(nn.Module):
    """Table 1 of report art-recovery: 6.07 M parameters at width 64.

    padding: "partial" makes it the report's PConv-GAN (§3.7) in every convolution; transposed
    convolutions, where partial padding is undefined, keep theirs unless deconvolution is "resize"
    (nearest enlargement, then 3 x 3). dilations and tail set the bottleneck: dilated layers, then
    plain ones. hole_color fills the hole at the input; has_mask_channel adds the mask (1 = hole).
    H and W must be multiples of 4.
    """

    multiple_of = 4
    hole_color: Tensor

    def __init__(
        self,
        width: int = 64,
        padding: Padding = "zero",
        deconvolution: Deconvolution = "transposed",
        dilations: Sequence[int] = (2, 4, 8, 16),
        tail: int = 2,
        hole_color: Sequence[float] = _MEAN,
        has_mask_channel: bool = True,
    ) -> None:
        super().__init__()
        if padding not in ("zero", "partial") or deconvolution not in ("transposed", "resize"):
            raise ValueError("padding is zero or partial, deconvolution transposed or resize")
        self.has_mask_channel = has_mask_channel
        color = torch.tensor(list(hole_color), dtype=torch.float32)
        self.register_buffer("hole_color", color[None, :, None, None])
        full, half, quarter = width, 2 * width, 4 * width
        layers: list[nn.Module] = [
            _conv(3 + has_mask_channel, full, 5, padding),
            _conv(full, half, 3, padding, stride=2),
            _conv(half, half, 3, padding),
            _conv(half, quarter, 3, padding, stride=2),
            _conv(quarter, quarter, 3, padding),
            _conv(quarter, quarter, 3, padding),
        ]
        layers += [_conv(quarter, quarter, 3, padding, dilation=rate) for rate in dilations]
        layers += [_conv(quarter, quarter, 3, padding) for _ in range(tail)]
        layers += [
            _deconv(quarter, half, padding, deconvolution),
            _conv(half, half, 3, padding),
            _deconv(half, full, padding, deconvolution),
            _conv(full, full // 2, 3, padding),
        ]
        self.body = nn.Sequential(*layers)
        self.head = (
            PartialPaddingConv2d(full // 2, 3, 3)
            if padding == "partial"
            else Float32Conv2d(full // 2, 3, 3, padding=1)
        )

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """Return the filled image, [N, 3, H, W] float32 in 0..1.

        image [N, 3, H, W] sRGB-encoded, mask [N, 1, H, W] with 1 = loss.
        """
        known, valid = known_paint(image, mask)
        x = known + self.hole_color * (1 - valid)
        if self.has_mask_channel:
            x = torch.cat([x, 1 - valid], dim=1)
        x = self.body(x)
        with torch.autocast(image.device.type, enabled=False):
            return torch.sigmoid(self.head(x.float()))


def pconv_gan(width: int = 64, deconvolution: Deconvolution = "transposed") -> Glcic:
    """Build the report's PConv-GAN generator: GLCIC with partial-convolution padding (§3.7)."""
    return Glcic(width, padding="partial", deconvolution=deconvolution)


def landscape_gan(width: int = 64, bottleneck: int = 4, mask_channel: bool = False) -> Glcic:
    """Build the landscape report's generator: 4.89 M parameters at width 64.

    The hole is black and the input RGB only; the bottleneck is the dilated layers alone:
    bottleneck 4 has rates 2, 4, 8, 16, the report's option 3 drops the 16.
    """
    rates = (2, 4, 8, 16)[:bottleneck]
    return Glcic(
        width, dilations=rates, tail=0, hole_color=(0, 0, 0), has_mask_channel=mask_channel
    )


def _conv(
    channels: int,
    out_channels: int,
    kernel_size: int,
    padding: Padding,
    stride: int = 1,
    dilation: int = 1,
) -> nn.Module:
    if padding == "partial":
        conv: nn.Module = PartialPaddingConv2d(
            channels, out_channels, kernel_size, stride, dilation
        )
    else:
        reach = dilation * (kernel_size // 2)
        conv = nn.Conv2d(channels, out_channels, kernel_size, stride, reach, dilation)
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels), nn.ReLU())


def _deconv(
    channels: int, out_channels: int, padding: Padding, deconvolution: Deconvolution
) -> nn.Module:
    if deconvolution == "resize":
        return nn.Sequential(_Doubling(), _conv(channels, out_channels, 3, padding))
    conv = nn.ConvTranspose2d(channels, out_channels, 4, stride=2, padding=1)
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels), nn.ReLU())


class _Doubling(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return doubled(x)
