"""The parameter-free fill every `atelier` net corrects: pull-push, then harmonic, then biharmonic.

For a mirror in NumPy, with `valid` 0 or 1 and every array (H, W, channels):
1. pull-push: five times halve by the mean of the valid samples (a cell is valid if one of its four
   is); cells still empty at the coarsest level take that level's mean; then, coarse to fine, fill
   the holes of each level with the bilinear enlargement of the level below.
2. `jacobi_steps` times replace each hole sample by the mean of its four neighbours.
3. `biharmonic_steps` times a heavy-ball step against the 5x5 bilaplacian, holes only.
At the picture's border the outermost row or column is repeated.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LEVELS = 5
# Step and momentum of the biharmonic descent: its largest eigenvalue is 64, so a step below
# 2 * (1 + MOMENTUM) / 64 = 0.056 cannot diverge.
STEP = 0.04
MOMENTUM = 0.8

_NEIGHBOURS = ((0.0, 0.25, 0.0), (0.25, 0.0, 0.25), (0.0, 0.25, 0.0))
_BILAPLACIAN = (
    (0.0, 0.0, 1.0, 0.0, 0.0),
    (0.0, 2.0, -8.0, 2.0, 0.0),
    (1.0, -8.0, 20.0, -8.0, 1.0),
    (0.0, 2.0, -8.0, 2.0, 0.0),
    (0.0, 0.0, 1.0, 0.0, 0.0),
)


class DiffusionPrior(nn.Module):
    """Fill holes smoothly from the paint around them; no parameters, exports to ONNX."""

    neighbours: Tensor
    bilaplacian: Tensor

    def __init__(
        self, levels: int = LEVELS, jacobi_steps: int = 16, biharmonic_steps: int = 16
    ) -> None:
        super().__init__()
        self.levels = levels
        self.jacobi_steps = jacobi_steps
        self.biharmonic_steps = biharmonic_steps
        self.register_buffer("neighbours", _kernel(_NEIGHBOURS), persistent=False)
        self.register_buffer("bilaplacian", _kernel(_BILAPLACIAN), persistent=False)

    def forward(self, image: Tensor, mask: Tensor) -> Tensor:
        """Return the image with its holes filled; valid samples come back unchanged.

        image [N, C, H, W] float32 of any range, mask [N, 1, H, W] with 1 = loss (any value above 0
        counts as loss); H and W multiples of 2**levels. A wholly masked image becomes 0.
        """
        hole = (mask > 0).to(image.dtype)
        known = torch.where(hole > 0, torch.zeros_like(image), image)
        filled = self._pull_push(known, 1 - hole)
        for _ in range(self.jacobi_steps):
            filled = known + hole * _filtered(filled, self.neighbours)
        velocity = torch.zeros_like(filled)
        for _ in range(self.biharmonic_steps):
            velocity = MOMENTUM * velocity - STEP * hole * _filtered(filled, self.bilaplacian)
            filled = filled + velocity
        return filled

    def _pull_push(self, known: Tensor, valid: Tensor) -> Tensor:
        pyramid = [(known, valid)]
        for _ in range(self.levels):
            share = F.avg_pool2d(valid, 2)
            # share is 0, 1/4 ... 1, so clamping only keeps empty cells from dividing by 0.
            known = F.avg_pool2d(known, 2) / share.clamp(min=0.25)
            valid = (share > 0).to(known.dtype)
            pyramid.append((known, valid))
        known, valid = pyramid.pop()
        count = valid.sum((2, 3), keepdim=True).clamp(min=1)
        filled = known + (1 - valid) * (known.sum((2, 3), keepdim=True) / count)
        for known, valid in reversed(pyramid):
            finer = F.interpolate(filled, scale_factor=2.0, mode="bilinear", align_corners=False)
            filled = known + (1 - valid) * finer
        return filled


def _kernel(rows: tuple[tuple[float, ...], ...]) -> Tensor:
    return torch.tensor(rows)[None, None]


def _filtered(image: Tensor, kernel: Tensor) -> Tensor:
    channels = image.shape[1]
    reach = kernel.shape[-1] // 2
    padded = F.pad(image, (reach, reach, reach, reach), mode="replicate")
    return F.conv2d(padded, kernel.expand(channels, -1, -1, -1), groups=channels)
