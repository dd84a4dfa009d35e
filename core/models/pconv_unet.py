"""`pconv-unet`: Liu's U-Net of partial convolutions (report art-recovery §3.2-3.4, Liu 2018)."""

import torch
from torch import Tensor, nn

from core.models.layers import doubled, known_paint
from core.models.partial_conv import PartialConv2d, PartialStage

_KERNELS = (7, 5, 5)


class PConvUNet(nn.Module):
    """Liu's network: strided partial convolutions down, nearest enlargement and skips up.

    width 64 and levels 8 are the paper's (32.86 M parameters); levels 7 (25.78 M, the default)
    takes smaller pictures. Channels double per level up to 8 x width. Batch norm everywhere but
    in the first and the last layer. H and W must be multiples of 2**levels.
    """

    def __init__(self, levels: int = 7, width: int = 64) -> None:
        super().__init__()
        self.multiple_of = 2**levels
        channels = [3, *(min(8 * width, width * 2**level) for level in range(levels))]
        kernels = (*_KERNELS, *(3 for _ in range(levels)))
        self.encoder = nn.ModuleList(
            PartialStage([channels[i]], channels[i + 1], kernels[i], stride=2, has_norm=i > 0)
            for i in range(levels)
        )
        below = list(reversed(channels))
        self.decoder = nn.ModuleList(
            PartialStage([below[i], below[i + 1]], below[i + 1], 3, slope=0.2)
            for i in range(levels - 1)
        )
        self.head = PartialConv2d([below[-2], 3], 3, 3)

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """Return the filled image, [N, 3, H, W] float32, in evaluation mode clipped to 0..1.

        The last convolution is linear; the report's pictures are 8-bit, where what lies outside
        is lost too. In training it is not clipped, so that it has a gradient there.

        image [N, 3, H, W] sRGB-encoded, mask [N, 1, H, W] with 1 = loss. Where no valid sample
        reaches through all levels (a wholly masked picture) the result is 0.
        """
        x, valid = known_paint(image, mask)
        skips = [(x, valid)]
        for stage in self.encoder:
            x, valid = stage([x], [valid])
            skips.append((x, valid))
        skips.pop()
        for stage in self.decoder:
            skip, skip_valid = skips.pop()
            x, valid = stage([doubled(x), skip], [doubled(valid), skip_valid])
        skip, skip_valid = skips.pop()
        with torch.autocast(image.device.type, enabled=False):
            filled, _ = self.head([doubled(x).float(), skip], [doubled(valid), skip_valid])
        result: Tensor = filled if self.training else filled.clamp(0, 1)
        return result
