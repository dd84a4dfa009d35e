"""Partial convolution and partial-convolution padding, exact with one mask channel per group."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class PartialConv2d(nn.Module):
    """Convolve what is valid only, and grow the valid region (Liu et al. 2018, eq. 1 and 2).

    y = (W * (x . m)) * (k^2 C / sum of m in the window) + b where the window holds a valid
    sample, else 0; the new mask is 1 there. Zero padding counts as hole. `channels` is the number
    of input channels, or several numbers when the input is a concatenation of groups that have
    a mask each: the masks are equal over the channels of a group, so one channel per group gives
    the many-channel count exactly, (C1 box(m1) + C2 box(m2)) / (C1 + C2) per input channel.
    """

    window: Tensor

    def __init__(
        self,
        channels: int | Sequence[int],
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        dilation: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.channels = (channels,) if isinstance(channels, int) else tuple(channels)
        padding = dilation * (kernel_size // 2)
        self.conv = nn.Conv2d(
            sum(self.channels), out_channels, kernel_size, stride, padding, dilation, bias=bias
        )
        window = torch.ones(1, 1, kernel_size, kernel_size)
        self.register_buffer("window", window, persistent=False)

    def forward(
        self, groups: Sequence[Tensor], valid_masks: Sequence[Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Return the features [N, out, H', W'] and their validity [N, 1, H', W'] (float32 0 or 1).

        groups: tensors [N, C_i, H, W]; valid_masks: one float32 [N, 1, H, W] each, 1 = valid.
        """
        sound = [group * valid for group, valid in zip(groups, valid_masks, strict=True)]
        x = torch.cat(sound, dim=1) if len(sound) > 1 else sound[0]
        count = self._count(valid_masks)
        # Counts are multiples of 1 / sum(channels), so anything below half of it is rounding.
        new = (count > 0.5 / sum(self.channels)).to(torch.float32)
        ratio = new * self.window.numel() / count.clamp(min=1 / sum(self.channels))
        conv = self.conv
        y = F.conv2d(x, conv.weight, None, conv.stride, conv.padding, conv.dilation) * ratio
        if conv.bias is not None:
            y = y + conv.bias[None, :, None, None] * new
        return y, new

    def _count(self, valid_masks: Sequence[Tensor]) -> Tensor:
        """Return the number of valid samples per window and input channel, in float32."""
        total = sum(self.channels)
        shares = (
            valid.float() * (channels / total)
            for valid, channels in zip(valid_masks, self.channels, strict=True)
        )
        mixed = sum(shares, start=torch.zeros(()))
        return _box(mixed, self.window, self.conv)


class PartialStage(nn.Module):
    """A partial convolution, batch norm if asked for, and ReLU (leaky where slope is above 0)."""

    def __init__(
        self,
        channels: Sequence[int],
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        has_norm: bool = True,
        slope: float = 0.0,
    ) -> None:
        super().__init__()
        self.conv = PartialConv2d(channels, out_channels, kernel_size, stride, bias=not has_norm)
        self.norm = nn.BatchNorm2d(out_channels) if has_norm else nn.Identity()
        self.activation = nn.LeakyReLU(slope)

    def forward(
        self, groups: Sequence[Tensor], valid_masks: Sequence[Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Return the features and their validity; see PartialConv2d."""
        x, valid = self.conv(groups, valid_masks)
        return self.activation(self.norm(x)), valid


class PartialPaddingConv2d(nn.Conv2d):
    """A convolution whose border is re-weighted by the share of the window inside the picture.

    Partial convolution based padding (Liu et al. 2018b): the same ratio with m = 1 inside and 0 in
    the padding, so it depends on height and width only.
    """

    window: Tensor

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        dilation: int = 1,
        bias: bool = True,
    ) -> None:
        padding = dilation * (kernel_size // 2)
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, bias=bias
        )
        window = torch.ones(1, 1, kernel_size, kernel_size)
        self.register_buffer("window", window, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        inside = _box(torch.ones_like(x[:1, :1], dtype=torch.float32), self.window, self)
        y = F.conv2d(x, self.weight, None, self.stride, self.padding, self.dilation)
        y = y * (self.window.numel() / inside)
        return y if self.bias is None else y + self.bias[None, :, None, None]


def _box(mask: Tensor, window: Tensor, conv: nn.Conv2d) -> Tensor:
    """Sum a one-channel mask over a convolution's windows; float32, also under autocast."""
    with torch.autocast(mask.device.type, enabled=False):
        return F.conv2d(mask, window, None, conv.stride, conv.padding, conv.dilation)
