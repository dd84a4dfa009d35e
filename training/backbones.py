"""The feature networks of the perceptual terms, read from local files of torchvision's weights."""

from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Protocol

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from training.features import SqueezeNetFeatures

_MEAN = (0.485, 0.456, 0.406)
_STD = (0.229, 0.224, 0.225)


class FeatureNet(Protocol):
    """A frozen network: [N, 3, H, W] sRGB in 0..1 -> its tapped maps."""

    def __call__(self, image: Tensor) -> list[Tensor]:
        """Return the maps, from the finest to the coarsest."""
        ...


class Vgg16Features(nn.Module):
    """VGG16's maps after its first three poolings (Simonyan 2015; taps of Liu et al. 2018)."""

    title = "VGG16"
    _CONVS: Mapping[int, tuple[int, int]] = {
        0: (3, 64), 2: (64, 64), 5: (64, 128), 7: (128, 128),
        10: (128, 256), 12: (256, 256), 14: (256, 256),
    }  # fmt: skip
    _POOLS = (4, 9, 16)

    def __init__(self) -> None:
        super().__init__()
        convs = {str(i): nn.Conv2d(*sizes, 3, padding=1) for i, sizes in self._CONVS.items()}
        self.features = nn.ModuleDict(convs)
        _freeze(self)

    def forward(self, image: Tensor) -> list[Tensor]:
        x = _normalised(image)
        maps: list[Tensor] = []
        for index in range(self._POOLS[-1] + 1):
            if index in self._CONVS:
                x = F.relu(self.features[str(index)](x))
            elif index in self._POOLS:
                x = F.max_pool2d(x, 2)
                maps.append(x)
        return maps


class ResNet50Features(nn.Module):
    """ResNet50's maps after its stages 1, 2 and 3 (He et al. 2016; art-recovery §3.4)."""

    title = "ResNet50"

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.layer1 = _stage(64, 64, blocks=3, stride=1)
        self.layer2 = _stage(256, 128, blocks=4, stride=2)
        self.layer3 = _stage(512, 256, blocks=6, stride=2)
        _freeze(self)

    def forward(self, image: Tensor) -> list[Tensor]:
        x = F.relu(self.bn1(self.conv1(_normalised(image))))
        x = F.max_pool2d(x, 3, stride=2, padding=1)
        maps: list[Tensor] = []
        for stage in (self.layer1, self.layer2, self.layer3):
            x = stage(x)
            maps.append(x)
        return maps


Backbone = SqueezeNetFeatures | Vgg16Features | ResNet50Features

# A weight that only this network's file has.
_SIGNS: Mapping[str, type[Backbone]] = {
    "features.3.squeeze.weight": SqueezeNetFeatures,
    "features.14.weight": Vgg16Features,
    "layer3.5.conv3.weight": ResNet50Features,
}


def read_backbone(path: Path) -> Backbone:
    """Read SqueezeNet v1.1, VGG16 or ResNet50, whichever the file holds, by torchvision's keys.

    The file is safetensors or a state dict saved by torch, of which only tensors are unpickled.
    Raises FileNotFoundError or ValueError, one sentence each.
    """
    if not path.is_file():
        raise FileNotFoundError(f"The feature file {path} does not exist.")
    try:
        if path.suffix == ".safetensors":
            stored = load_file(path)
        else:
            stored = torch.load(path, map_location="cpu", weights_only=True)
        kind = next(kind for sign, kind in _SIGNS.items() if sign in stored)
        network = kind()
        network.load_state_dict({key: stored[key] for key in network.state_dict()})
    except (
        SafetensorError, UnpicklingError, EOFError, KeyError, RuntimeError, TypeError,
        StopIteration,
    ) as cause:  # fmt: skip
        raise ValueError(
            f"{path} holds none of SqueezeNet v1.1, VGG16 and ResNet50 by torchvision's names."
        ) from cause
    return network.eval()


class _Bottleneck(nn.Module):
    def __init__(self, channels: int, width: int, stride: int) -> None:
        super().__init__()
        out = 4 * width
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out)
        if stride != 1 or channels != out:
            conv = nn.Conv2d(channels, out, 1, stride, bias=False)
            self.downsample: nn.Module = nn.Sequential(conv, nn.BatchNorm2d(out))
        else:
            self.downsample = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        return F.relu(self.bn3(self.conv3(y)) + self.downsample(x))


def _stage(channels: int, width: int, blocks: int, stride: int) -> nn.Sequential:
    first = _Bottleneck(channels, width, stride)
    return nn.Sequential(first, *(_Bottleneck(4 * width, width, 1) for _ in range(blocks - 1)))


def _freeze(network: nn.Module) -> None:
    network.requires_grad_(False)
    network.eval()


def _normalised(image: Tensor) -> Tensor:
    mean, std = (image.new_tensor(values)[None, :, None, None] for values in (_MEAN, _STD))
    return (image - mean) / std
