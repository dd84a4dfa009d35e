"""`pconv-unet-gan`: a small U-Net of partial convolutions (report pconv-gan-poster, Table 1)."""

import torch
from torch import Tensor, nn

from core.models.layers import Float32Conv2d, doubled, known_paint
from core.models.partial_conv import PartialStage

_SLOPE = 0.2


class PConvUNetGan(nn.Module):
    """Table 1 of the poster: four strided partial convolutions, five plain ones, 1 x 1, sigmoid.

    The table does not say where the picture is enlarged. Ours: its first 3/1 layer is the
    bottleneck, each of the next four follows a nearest enlargement and a skip (the last skip is
    the picture itself). width 64 is the poster's; has_norm adds batch norm, of which the poster
    does not speak. H and W must be multiples of 16.
    """

    multiple_of = 16

    def __init__(self, width: int = 64, has_norm: bool = False) -> None:
        super().__init__()
        down = (3, width, 2 * width, 4 * width, 4 * width)
        kernels = (5, 5, 3, 3)
        self.encoder = nn.ModuleList(
            PartialStage([down[i]], down[i + 1], kernels[i], 2, has_norm and i > 0)
            for i in range(4)
        )
        self.bottleneck = PartialStage([down[4]], 4 * width, 3, 1, has_norm, _SLOPE)
        below = (4 * width, 4 * width, 2 * width, width)
        skips, outputs = down[3::-1], (4 * width, 2 * width, width, 3)
        self.decoder = nn.ModuleList(
            PartialStage([below[i], skips[i]], outputs[i], 3, 1, has_norm and i < 3, _SLOPE)
            for i in range(4)
        )
        self.head = Float32Conv2d(3, 3, 1)

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """Return the filled image, [N, 3, H, W] float32 in 0..1.

        image [N, 3, H, W] sRGB-encoded, mask [N, 1, H, W] with 1 = loss.
        """
        x, valid = known_paint(image, mask)
        skips = [(x, valid)]
        for stage in self.encoder:
            x, valid = stage([x], [valid])
            skips.append((x, valid))
        skips.pop()
        x, valid = self.bottleneck([x], [valid])
        for stage in self.decoder:
            skip, skip_valid = skips.pop()
            x, valid = stage([doubled(x), skip], [doubled(valid), skip_valid])
        return torch.sigmoid(self.head(x))
