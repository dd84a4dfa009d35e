"""The batches of a run: crops of the paintings and holes in them."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from training.config import Recipe
from training.data import Paintings, random_crop
from training.masks import Mask, training_mask


def batch(
    recipe: Recipe,
    paintings: Paintings,
    bank: Sequence[Mask],
    rng: np.random.Generator,
    progress: float,
    device: torch.device,
) -> tuple[Tensor, Tensor]:
    """Return paintings [N, 3, H, W] in 0..1 and holes [N, 1, H, W], both float32."""
    data, masks = recipe.data, recipe.masks
    early = progress < masks.first_share
    ratio = masks.first_max_ratio if early else masks.max_ratio
    weights = masks.first_weights if early and masks.first_weights else masks.weights
    crops = [
        random_crop(paintings, data.crop_px, rng, data.scales, data.scaled_share)
        for _ in range(recipe.batch)
    ]
    holes = [
        training_mask(data.crop_px, rng, bank, weights, ratio, masks.layers)
        for _ in range(recipe.batch)
    ]
    painting = torch.from_numpy(np.stack(crops)).to(device).permute(0, 3, 1, 2).float() / 255
    hole = torch.from_numpy(np.stack(holes)).to(device)[:, None].float()
    return painting.contiguous(memory_format=torch.channels_last), hole
