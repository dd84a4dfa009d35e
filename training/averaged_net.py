"""A checkpoint's averaged net behind the Generator protocol, as it is, without an export."""

import numpy as np
import torch
from torch import nn

from core.image.surface import F32
from core.inpainting.card import GeneratorCard
from core.inpainting.padding import padded
from core.models.registry import build
from training.checkpoint import Checkpoint, CheckpointError


def averaged_net(checkpoint: Checkpoint) -> nn.Module:
    """Return the net of a checkpoint's averaged weights, on the CPU, for inference.

    Raises CheckpointError if this version's architectures do not fit the weights.
    """
    recipe = checkpoint.recipe
    try:
        net = build(recipe["architecture"], **recipe["options"])
        net.load_state_dict(checkpoint.ema)
    except (ValueError, RuntimeError) as cause:
        raise CheckpointError(
            f"The checkpoint of “{recipe['id']}” does not fit the architecture "
            f"“{recipe['architecture']}” of this version."
        ) from cause
    return net.requires_grad_(False).eval()


class AveragedNet:
    """Fills with a net in torch, in float32. One call at a time."""

    def __init__(self, name: str, net: nn.Module, device: torch.device) -> None:
        multiple = int(getattr(net, "multiple_of", 1))
        self.card = GeneratorCard(
            id=name,
            name=name,
            summary="",
            engine="onnx",
            parameters=parameters(net),
            multiple_of=multiple,
            min_size_px=multiple,
            is_trained=True,
        )
        self._net, self._device = net.to(device), device

    @property
    def device(self) -> str:
        """Where it runs: "cpu" or "cuda"."""
        return self._device.type

    @torch.no_grad()
    def __call__(self, image: F32, mask: F32) -> F32:
        """Fill as Generator says."""
        height, width = mask.shape
        hole = (mask > 0).astype(np.float32)
        known = np.where(hole[..., None] > 0, np.float32(0), image)
        known, hole = padded(known, hole, self.card.multiple_of, self.card.min_size_px)
        batch = torch.from_numpy(np.ascontiguousarray(known.transpose(2, 0, 1)[None]))
        holes = torch.from_numpy(hole[None, None])
        filled = self._net(batch.to(self._device), holes.to(self._device))
        picture: F32 = filled[0].permute(1, 2, 0).float().cpu().numpy()
        return picture[:height, :width]

    def close(self) -> None:
        """Nothing is held that must be given back."""


def parameters(net: nn.Module) -> int:
    """Return the number of a net's trainable values."""
    return sum(weight.numel() for weight in net.parameters())
