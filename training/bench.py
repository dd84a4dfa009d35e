"""How fast a recipe trains here: images and floating-point operations per second."""

import time
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from training.config import Recipe
from training.losses import Objective
from training.masks import training_mask
from training.trainer import started, take_step


@dataclass(frozen=True)
class Speed:
    """What one recipe reaches; tflops are the counted ones of forward and backward."""

    recipe: str
    crop_px: int
    batch: int
    parameters: int
    images_per_s: float
    tflops: float

    def line(self, peak_tflops: float | None = None) -> str:
        """Return one line to print; with the device's peak also the share of it."""
        share = f"  {self.tflops / peak_tflops:.1%} of the peak" if peak_tflops else ""
        return (
            f"{self.recipe:20}  {self.crop_px:4} px x {self.batch:<4}  "
            f"{self.parameters / 1e6:7.2f} M  {self.images_per_s:9.1f} images/s  "
            f"{self.tflops:8.3f} TFLOP/s{share}"
        )


def bench(recipe: Recipe, seconds: float, device: torch.device) -> Speed:
    """Take steps of both sides on noise for about that long, after one to warm up.

    Perceptual terms are left out, and so is the loading of data.
    """
    recipe = replace(recipe, phases=None)
    state, objective = started(recipe, device), Objective(recipe.losses, None)
    size, rng = recipe.data.crop_px, np.random.default_rng(recipe.seed)
    masks = [
        training_mask(size, rng, [], recipe.masks.weights, recipe.masks.max_ratio)
        for _ in range(recipe.batch)
    ]
    hole = torch.from_numpy(np.stack(masks)).to(device)[:, None].float()
    painting = torch.rand(recipe.batch, 3, size, size, device=device)
    painting = painting.contiguous(memory_format=torch.channels_last)
    with FlopCounterMode(display=False) as counter:
        take_step(recipe, state, objective, painting, hole, 0.5)
    # Every step reads its loss back, which waits for the device.
    steps, began = 0, time.perf_counter()
    while steps == 0 or time.perf_counter() - began < seconds:
        take_step(recipe, state, objective, painting, hole, 0.5)
        steps += 1
    per_s = steps / (time.perf_counter() - began)
    return Speed(
        recipe=recipe.id,
        crop_px=size,
        batch=recipe.batch,
        parameters=sum(weight.numel() for weight in state.net.parameters()),
        images_per_s=per_s * recipe.batch,
        tflops=per_s * counter.get_total_flops() / 1e12,
    )
