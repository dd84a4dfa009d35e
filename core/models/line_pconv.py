"""`line-pconv`: a light encoder-decoder of partial convolutions (report irregular-lines §3.2)."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from core.models.layers import Float32Conv2d, doubled, known_paint
from core.models.partial_conv import PartialStage


class LinePConv(nn.Module):
    """Stages of two partial convolutions, the second of stride 2; the way back likewise.

    Encoder: batch norm and ReLU; decoder: features and mask enlarged, joined with the stage's
    first features, two partial convolutions, batch norm and leaky ReLU. The report gives no
    widths; 32, 64, 128, 256 (3.1 M parameters) are ours, as is the sigmoid at the end.
    H and W must be multiples of 2**len(widths).
    """

    def __init__(self, widths: Sequence[int] = (32, 64, 128, 256)) -> None:
        super().__init__()
        self.multiple_of = 2 ** len(widths)
        inputs = (3, *widths[:-1])
        self.encoder = nn.ModuleList(
            nn.ModuleList(
                [PartialStage([before], width, 3), PartialStage([width], width, 3, stride=2)]
            )
            for before, width in zip(inputs, widths, strict=True)
        )
        outputs = (widths[0], *widths[:-1])
        self.decoder = nn.ModuleList(
            nn.ModuleList(
                [
                    PartialStage([width, width], width, 3, slope=0.2),
                    PartialStage([width], out, 3, slope=0.2),
                ]
            )
            for width, out in reversed(list(zip(widths, outputs, strict=True)))
        )
        self.head = Float32Conv2d(widths[0], 3, 3, padding=1)

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """Return the filled image, [N, 3, H, W] float32 in 0..1.

        image [N, 3, H, W] sRGB-encoded, mask [N, 1, H, W] with 1 = loss.
        """
        x, valid = known_paint(image, mask)
        skips: list[tuple[Tensor, Tensor]] = []
        for pair in self.encoder:
            first, second = pair.children()
            x, valid = first([x], [valid])
            skips.append((x, valid))
            x, valid = second([x], [valid])
        for pair in self.decoder:
            first, second = pair.children()
            skip, skip_valid = skips.pop()
            x, valid = first([doubled(x), skip], [doubled(valid), skip_valid])
            x, valid = second([x], [valid])
        return torch.sigmoid(self.head(x))
