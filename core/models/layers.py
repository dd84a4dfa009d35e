"""Small pieces that several systems share."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Float32Conv2d(nn.Conv2d):
    """A convolution that stays float32 under autocast: bf16 in the last layer shows as banding."""

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            return super().forward(x.float())


def known_paint(image: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Return the image with its holes set to 0, and its validity [N, 1, H, W] (float32 0 or 1).

    mask: 1 = loss, any value above 0 counts. What the image holds there, even NaN, has no
    influence.
    """
    hole = mask > 0
    return torch.where(hole, torch.zeros_like(image), image), (~hole).to(torch.float32)


def doubled(x: Tensor) -> Tensor:
    """Enlarge twice by repeating samples, which keeps masks 0 or 1."""
    return F.interpolate(x, scale_factor=2.0, mode="nearest")
