"""`residual-gan-mask`, `residual-gan-whole`, `coarse-refine-gan`: the notebook's residual nets.

Report inpainting-gan-notebook; the code cell "Generator" is the two-stage one.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from core.models.layers import known_paint

# ImageNet's statistics, with which the notebook normalises its pictures.
_MEAN = (0.485, 0.456, 0.406)
_STD = (0.229, 0.224, 0.225)


class ResidualGan(nn.Module):
    """Three downscales, three residual blocks, three upscales: once, or coarse and refined.

    stages 1 has 4.9 M parameters, 2 has 9.7 M at width 64. whole: the (single) stage returns the
    whole picture instead of the hole alone, which otherwise is composed inside. faithful keeps
    the ReLU at the very end of each stage: with normalised values it forbids colours below the
    mean, the visible cause of the report's colour shift, so it is off by default.
    H and W must be multiples of 8.
    """

    multiple_of = 8
    mean: Tensor
    std: Tensor

    def __init__(
        self, stages: int = 1, width: int = 64, whole: bool = False, faithful: bool = False
    ) -> None:
        super().__init__()
        self.whole = whole
        self.stages = nn.ModuleList(_stage(width, faithful) for _ in range(stages))
        self.register_buffer("mean", _per_channel(_MEAN), persistent=False)
        self.register_buffer("std", _per_channel(_STD), persistent=False)

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """Return the filled image, [N, 3, H, W] float32, in evaluation mode clipped to 0..1.

        The last layer has no bounds; the notebook shows its pictures as 8-bit ones, where what
        lies outside is lost too. In training it is not clipped, so that it has a gradient there.

        image [N, 3, H, W] sRGB-encoded, mask [N, 1, H, W] with 1 = loss.
        """
        known, valid = known_paint(image, mask)
        x = (known - self.mean) / self.std * valid
        valid3 = valid.expand(-1, 3, -1, -1)
        for stage in self.stages:
            made = stage(torch.cat([x, valid3], dim=1)).float()
            x = made if self.whole else x + made * (1 - valid)
        filled = x * self.std + self.mean
        return filled if self.training else filled.clamp(0, 1)


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        change: Tensor = self.body(x)
        return x + change


class _Float32ConvTranspose2d(nn.ConvTranspose2d):
    """The last layer, kept float32 under autocast."""

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float(), output_size)


def _stage(width: int, faithful: bool) -> nn.Sequential:
    def down(channels: int, out: int) -> nn.Module:
        return nn.Sequential(nn.Conv2d(channels, out, 4, stride=2, padding=1), nn.LeakyReLU(0.2))

    def up(channels: int, out: int) -> nn.Module:
        return nn.Sequential(nn.ConvTranspose2d(channels, out, 4, stride=2, padding=1), nn.ReLU())

    return nn.Sequential(
        down(6, width),
        down(width, 2 * width),
        down(2 * width, 4 * width),
        *(_Residual(4 * width) for _ in range(3)),
        up(4 * width, 2 * width),
        up(2 * width, width),
        _Float32ConvTranspose2d(width, 3, 4, stride=2, padding=1),
        nn.ReLU() if faithful else nn.Identity(),
    )


def _per_channel(values: Sequence[float]) -> Tensor:
    return torch.tensor(list(values))[None, :, None, None]
