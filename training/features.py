"""SqueezeNet v1.1 features, read from a local safetensors file: a tool of training and measure."""

from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

# Iandola et al. 2016, SqueezeNet v1.1, with torchvision's key numbers.
_POOLS = (2, 5, 8)
_FIRES = (3, 4, 6, 7, 9, 10, 11, 12)
# The seven places the features are read at: after the first ReLU, then after fires (LPIPS's taps).
TAPS = (1, 4, 7, 9, 10, 11, 12)


class SqueezeNetFeatures(nn.Module):
    """[N, 3, H, W] sRGB in 0..1 -> the seven tapped maps, frozen.

    The file's first convolution includes the ImageNet mean, channel order and factor 255.
    """

    title = "SqueezeNet v1.1"

    def __init__(self) -> None:
        super().__init__()
        sizes = {3: (64, 16), 4: (128, 16), 6: (128, 32), 7: (256, 32), 9: (256, 48),
                 10: (384, 48), 11: (384, 64), 12: (512, 64)}  # fmt: skip
        modules: dict[str, nn.Module] = {"0": nn.Conv2d(3, 64, 3, stride=2)}
        modules |= {str(index): _Fire(*sizes[index]) for index in _FIRES}
        self.features = nn.ModuleDict(modules)
        self.requires_grad_(False)

    def forward(self, image: Tensor) -> list[Tensor]:
        x = image
        maps: list[Tensor] = []
        for index in range(TAPS[-1] + 1):
            if index == 1:
                x = F.relu(x)
            elif index in _POOLS:
                x = F.max_pool2d(x, 3, stride=2, ceil_mode=True)
            else:
                x = self.features[str(index)](x)
            if index in TAPS:
                maps.append(x)
        return maps


class _Fire(nn.Module):
    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        expanded = squeezed * 4
        self.squeeze = nn.Conv2d(channels, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.squeeze(x))
        return torch.cat([F.relu(self.expand1x1(x)), F.relu(self.expand3x3(x))], dim=1)


def read_features(path: Path) -> SqueezeNetFeatures:
    """Read the network from a safetensors file with torchvision's key names.

    Raises FileNotFoundError or ValueError, one sentence each.
    """
    if not path.is_file():
        raise FileNotFoundError(f"The feature file {path} does not exist.")
    network = SqueezeNetFeatures()
    try:
        stored = load_file(path)
        wanted = {key: stored[key] for key in network.state_dict()}
        network.load_state_dict(wanted)
    except (SafetensorError, KeyError, RuntimeError) as cause:
        raise ValueError(f"{path} does not hold SqueezeNet v1.1 features.") from cause
    return network.eval()


def unit_maps(features: SqueezeNetFeatures, image: Tensor) -> list[Tensor]:
    """Return the seven tapped maps, every sample's channels scaled to length 1."""
    return [_unit(tapped) for tapped in features(image)]


def maps_distance(one: Sequence[Tensor], other: Sequence[Tensor]) -> Tensor:
    """Return PD-SqueezeNet per image, [N], of maps that `unit_maps` made: 0 for equal images.

    Squared differences summed over channels, their mean over space, summed over the seven taps.
    It is not LPIPS, whose heads were fitted to other weights.
    """
    total = torch.zeros(len(one[0]))
    for a, b in zip(one, other, strict=True):
        total = total + (a - b).square().sum(1).mean((1, 2)).cpu()
    return total


def _unit(x: Tensor) -> Tensor:
    unit: Tensor = x / (x.norm(dim=1, keepdim=True) + 1e-10)
    return unit
