"""`unet-mse`, `gan-mse`, `gan-bce`: the notebook's U-Net (report inpainting-gan-notebook)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from core.models.layers import Float32Conv2d, known_paint


class UNet(nn.Module):
    """Convolutions 4 x 4 of stride 2 with batch norm and ReLU, transposed ones back, skips.

    The report names the blocks and no widths; 64, 128, 256, 512, 512 are ours. Its baseline and
    its two first GANs share it and differ in training alone. Input: the picture with black holes
    and its validity. H and W must be multiples of 2**len(widths).
    """

    def __init__(self, widths: Sequence[int] = (64, 128, 256, 512, 512)) -> None:
        super().__init__()
        self.multiple_of = 2 ** len(widths)
        inputs = (4, *widths[:-1])
        self.encoder = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(before, width, 4, stride=2, padding=1),
                nn.BatchNorm2d(width),
                nn.ReLU(),
            )
            for before, width in zip(inputs, widths, strict=True)
        )
        self.decoder = nn.ModuleList()
        channels = widths[-1]
        for skip in reversed(inputs):
            out = widths[0] if skip == 4 else skip
            self.decoder.append(
                nn.Sequential(
                    nn.ConvTranspose2d(channels, out, 4, stride=2, padding=1),
                    nn.BatchNorm2d(out),
                    nn.ReLU(),
                )
            )
            channels = out + skip
        self.head = Float32Conv2d(channels, 3, 3, padding=1)

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """Return the filled image, [N, 3, H, W] float32 in 0..1.

        image [N, 3, H, W] sRGB-encoded, mask [N, 1, H, W] with 1 = loss.
        """
        known, valid = known_paint(image, mask)
        x = torch.cat([known, valid], dim=1)
        skips: list[Tensor] = []
        for stage in self.encoder:
            skips.append(x)
            x = stage(x)
        for stage in self.decoder:
            x = torch.cat([stage(x), skips.pop()], dim=1)
        return torch.sigmoid(self.head(x))
