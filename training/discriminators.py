"""The networks that tell paintings from fills, as the reports describe them."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Judgement(NamedTuple):
    """Logits [N, ...] (above 0: takes it for a painting) and the maps they were drawn from."""

    logits: Tensor
    maps: tuple[Tensor, ...]


class Discriminator(nn.Module):
    """A tower over the whole picture and, where window_px is above 0, one over a window of it.

    Strided convolutions, batch norm and ReLU; then flattened (or averaged over space) and, where
    `features` is above 0, a fully connected layer of that size per tower, both joined by a last
    one that gives one logit (art-recovery, Table 2). With features 0 each tower ends in a logit
    of its own (notebook). Logits only: the table's sigmoid behind the last convolution
    contradicts its fully connected rows.
    """

    def __init__(
        self,
        picture_px: int,
        window_px: int,
        widths: Sequence[int],
        window_widths: Sequence[int],
        kernel_size: int,
        features: int,
        global_average_pooling: bool = False,
    ) -> None:
        super().__init__()
        shared = (kernel_size, features, global_average_pooling)
        self.towers = nn.ModuleList([_Tower(picture_px, widths, *shared)])
        if window_px > 0:
            self.towers.append(_Tower(window_px, window_widths, *shared))
        self.judge = nn.Linear(features * len(self.towers), 1) if features else nn.Identity()

    def forward(self, picture: Tensor, window: Tensor | None) -> Judgement:
        """Judge pictures [N, 3, H, W] in 0..1 and, if it looks at them, their windows."""
        inputs = (picture,) if window is None else (picture, window)
        vectors: list[Tensor] = []
        maps: list[Tensor] = []
        for tower, x in zip(self.towers, inputs, strict=True):
            vector, seen = tower(x)
            vectors.append(vector)
            maps.extend(seen)
        logits: Tensor = self.judge(torch.cat(vectors, dim=1))
        return Judgement(logits.float(), tuple(maps))


class PatchDiscriminator(nn.Module):
    """A PatchGAN: a logit per overlapping patch, of 70 px with three strided layers (Isola 2017).

    Convolutions 4 x 4: stride 2 of widths w, 2w, 4w, then stride 1 of 8w and of 1; leaky ReLU
    0.2, batch norm in all but the first and the last. Any picture size; no window.
    """

    def __init__(self, picture_px: int, window_px: int, width: int = 64) -> None:
        super().__init__()
        if window_px:
            raise ValueError("a PatchGAN looks at no window: its window_px is 0")
        channels = (3, width, 2 * width, 4 * width, 8 * width)
        self.layers = nn.ModuleList(
            _patch_layer(channels[i], channels[i + 1], stride=2 if i < 3 else 1, has_norm=i > 0)
            for i in range(4)
        )
        self.judge = nn.Conv2d(channels[-1], 1, 4, padding=1)

    def forward(self, picture: Tensor, window: Tensor | None) -> Judgement:
        """Judge pictures [N, 3, H, W] in 0..1; the logits are [N, 1, H', W']."""
        maps: list[Tensor] = []
        x = picture
        for layer in self.layers:
            x = layer(x)
            maps.append(x)
        return Judgement(self.judge(x).float(), tuple(maps))


def glcic(
    picture_px: int, window_px: int, width: int = 64, features: int = 1024, **options: bool
) -> Discriminator:
    """Build art-recovery's Table 2: six convolutions 5 x 5 on the picture, five on the window."""
    widths = (width, 2 * width, 4 * width, 8 * width, 8 * width, 8 * width)
    return Discriminator(picture_px, window_px, widths, widths[:5], 5, features, **options)


def poster(
    picture_px: int, window_px: int, width: int = 32, features: int = 512, **options: bool
) -> Discriminator:
    """Build the poster's Table 2: five convolutions 5 x 5 on the picture, four on the window."""
    widths = (width, 2 * width, 2 * width, 4 * width, 4 * width)
    return Discriminator(picture_px, window_px, widths, widths[:4], 5, features, **options)


def notebook(
    picture_px: int, window_px: int, widths: Sequence[int] = (64, 128, 256, 512), **options: bool
) -> Discriminator:
    """Build the notebook's: conv-BN-ReLU 4 x 4 blocks and a linear layer, one or two of them."""
    return Discriminator(picture_px, window_px, widths, widths, 4, 0, **options)


DISCRIMINATORS: Mapping[str, Callable[..., nn.Module]] = MappingProxyType(
    {"glcic": glcic, "notebook": notebook, "patch": PatchDiscriminator, "poster": poster}
)


class _Tower(nn.Module):
    """Strided convolutions, then a vector of `features` values, or one logit with features 0."""

    def __init__(
        self,
        side_px: int,
        widths: Sequence[int],
        kernel_size: int,
        features: int,
        global_average_pooling: bool,
    ) -> None:
        super().__init__()
        self.global_average_pooling = global_average_pooling
        padding = (kernel_size - 1) // 2
        side, channels = side_px, 3
        layers: list[nn.Module] = []
        for width in widths:
            conv = nn.Conv2d(channels, width, kernel_size, 2, padding)
            layers.append(nn.Sequential(conv, nn.BatchNorm2d(width), nn.ReLU()))
            side, channels = (side + 2 * padding - kernel_size) // 2 + 1, width
        if side < 1:
            raise ValueError(f"{side_px} px are too few for {len(widths)} strided layers")
        self.layers = nn.ModuleList(layers)
        inputs = channels * (1 if global_average_pooling else side * side)
        full = nn.Linear(inputs, features or 1)
        self.full = nn.Sequential(full, nn.ReLU()) if features else full

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        maps: list[Tensor] = []
        for layer in self.layers:
            x = layer(x)
            maps.append(x)
        pooled = x.mean((2, 3)) if self.global_average_pooling else torch.flatten(x, 1)
        return self.full(pooled), maps


def _patch_layer(channels: int, out: int, stride: int, has_norm: bool) -> nn.Module:
    conv = nn.Conv2d(channels, out, 4, stride, padding=1)
    norm = nn.BatchNorm2d(out) if has_norm else nn.Identity()
    return nn.Sequential(conv, norm, nn.LeakyReLU(0.2))


def bce(logits: Tensor, is_real: bool) -> Tensor:
    """Return binary cross entropy with logits; for the generator it is the non-saturating loss."""
    return F.softplus(-logits if is_real else logits).mean()


def label_mse(logits: Tensor, is_real: bool) -> Tensor:
    """Return the squared distance of the linear output to the label 1 or 0 (notebook)."""
    return (logits - float(is_real)).square().mean()


def hinge(logits: Tensor, is_real: bool) -> Tensor:
    """Return the discriminator's hinge loss."""
    return F.relu(1 - logits if is_real else 1 + logits).mean()


def minus_logits(logits: Tensor) -> Tensor:
    """Return the generator's loss against a hinge discriminator."""
    return -logits.mean()


class Game(NamedTuple):
    """What each side minimises: judge(logits, is_real), and fool(logits of fills)."""

    judge: Callable[[Tensor, bool], Tensor]
    fool: Callable[[Tensor], Tensor]


GAMES: Mapping[str, Game] = MappingProxyType(
    {
        "bce": Game(bce, partial(bce, is_real=True)),
        "hinge": Game(hinge, minus_logits),
        "label-mse": Game(label_mse, partial(label_mse, is_real=True)),
    }
)
