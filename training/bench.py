"""How fast recipes train here: images and floating-point operations per second, and memory."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from training.compilation import compile_forward
from training.config import Recipe
from training.losses import Objective
from training.masks import training_mask
from training.state import State, started
from training.steps import take_step

# Dense bfloat16 TFLOP/s of the makers' data sheets, by a part of the device's name.
_PEAKS = {"H200": 989.4, "H100 PCIe": 756.0, "H100": 989.4, "A100": 312.0}


@dataclass(frozen=True)
class Speed:
    """What one recipe reaches; tflops are the counted ones of forward and backward.

    images_per_cpu_s is what a core reaches that does nothing else, None on an accelerator.
    peak_bytes is the most memory at once: of the device, or of the whole process on a CPU; None
    where the system does not tell. compiled_ratio is how many times faster it is compiled (in CPU
    time on a CPU), compiling_s how long its first step took.
    """

    recipe: str
    crop_px: int
    batch: int
    parameters: int
    images_per_s: float
    tflops: float
    images_per_cpu_s: float | None = None
    peak_bytes: int | None = None
    compiled_ratio: float | None = None
    compiling_s: float = 0.0

    def line(self, peak_tflops: float | None = None) -> str:
        """Return one line to print; with the device's peak also the share of it."""
        share = f"  {self.tflops / peak_tflops:.1%} of the peak" if peak_tflops else ""
        memory = f"  {self.peak_bytes / 1e9:5.2f} GB" if self.peak_bytes is not None else ""
        ratio = ""
        if self.compiled_ratio:
            ratio = f"  compiled x {self.compiled_ratio:.2f} after {self.compiling_s:.0f} s"
        alone = f" ({self.images_per_cpu_s:.1f} per CPU s)" if self.images_per_cpu_s else ""
        return (
            f"{self.recipe:24}  {self.crop_px:4} px x {self.batch:<4}  "
            f"{self.parameters / 1e6:7.2f} M  {self.images_per_s:9.1f} images/s{alone}  "
            f"{self.tflops:8.3f} TFLOP/s{memory}{share}{ratio}"
        )


def bench(
    recipe: Recipe,
    seconds: float,
    device: torch.device,
    name: str | None = None,
    compares: bool = False,
) -> Speed:
    """Take steps of both sides on noise for about that long, after one to warm up.

    Perceptual terms are left out, and so is the loading of data. With `compares`, steps of a
    compiled net take turns with the plain one's, for as long again.
    """
    recipe = replace(recipe, phases=None)
    _forget_peak(device)
    painting, hole = _noise(recipe, device)
    state, objective = started(recipe, device), Objective(recipe.losses, None)
    with FlopCounterMode(display=False) as counter:
        take_step(recipe, state, objective, painting, hole, 0.5)
    runners, compiling_s = [state], 0.0
    if compares:
        began = time.perf_counter()
        runners.append(started(recipe, device))
        compile_forward(runners[1].net, device)
        take_step(recipe, runners[1], objective, painting, hole, 0.5)
        compiling_s = time.perf_counter() - began
    spent, cpu, steps = _alternated(recipe, runners, objective, painting, hole, seconds)
    compared = spent if device.type == "cuda" else cpu
    return Speed(
        recipe=name or recipe.id,
        crop_px=recipe.data.crop_px,
        batch=recipe.batch,
        parameters=sum(weight.numel() for weight in state.net.parameters()),
        images_per_s=steps / spent[0] * recipe.batch,
        tflops=steps / spent[0] * counter.get_total_flops() / 1e12,
        images_per_cpu_s=None if device.type == "cuda" else steps / cpu[0] * recipe.batch,
        peak_bytes=_peak(device),
        compiled_ratio=compared[0] / compared[1] if compares else None,
        compiling_s=compiling_s,
    )


def table(speeds: Sequence[Speed], peak_tflops: float | None = None) -> str:
    """Return the speeds as a Markdown table; columns nothing was measured for are left out."""
    alone = [f"{speed.images_per_cpu_s:.2f}" if speed.images_per_cpu_s else "" for speed in speeds]
    shares = [f"{speed.tflops / peak_tflops:.1%}" if peak_tflops else "" for speed in speeds]
    memory = [f"{speed.peak_bytes / 1e9:.2f}" if speed.peak_bytes else "" for speed in speeds]
    ratios = [f"{speed.compiled_ratio:.2f}" if speed.compiled_ratio else "" for speed in speeds]
    columns = {
        "recipe": [f"`{speed.recipe}`" for speed in speeds],
        "crop, px": [str(speed.crop_px) for speed in speeds],
        "batch": [str(speed.batch) for speed in speeds],
        "parameters, M": [f"{speed.parameters / 1e6:.2f}" for speed in speeds],
        "images/s": [f"{speed.images_per_s:.2f}" for speed in speeds],
        "images/CPU s": alone,
        "TFLOP/s": [f"{speed.tflops:.4f}" for speed in speeds],
        "peak memory, GB": memory,
        "share of peak": shares,
        "compiled, times": ratios,
    }
    shown = {title: cells for title, cells in columns.items() if any(cells)}
    rows = [" | ".join(cells) for cells in zip(*shown.values(), strict=True)]
    lines = [" | ".join(shown), " | ".join(["---", *["--:"] * (len(shown) - 1)]), *rows]
    return "".join(f"| {line} |\n" for line in lines)


def peak_of(hardware: str) -> float | None:
    """Return the data sheet's dense bfloat16 TFLOP/s of a device, None for one not known here."""
    return next((peak for part, peak in _PEAKS.items() if part in hardware), None)


def _noise(recipe: Recipe, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return a batch of noise, and holes as the recipe draws them."""
    size, rng = recipe.data.crop_px, np.random.default_rng(recipe.seed)
    masks = [
        training_mask(size, rng, [], recipe.masks.weights, recipe.masks.max_ratio)
        for _ in range(recipe.batch)
    ]
    hole = torch.from_numpy(np.stack(masks)).to(device)[:, None].float()
    painting = torch.rand(recipe.batch, 3, size, size, device=device)
    return painting.contiguous(memory_format=torch.channels_last), hole


def _alternated(
    recipe: Recipe,
    runners: Sequence[State],
    objective: Objective,
    painting: Tensor,
    hole: Tensor,
    seconds: float,
) -> tuple[list[float], list[float], int]:
    """Let the runners take turns until the first has had its seconds.

    In turns, so that what else the machine does slows them alike. Returns each one's seconds,
    each one's CPU seconds, and the number of turns.
    """
    spent, cpu, turns = [0.0] * len(runners), [0.0] * len(runners), 0
    while turns == 0 or spent[0] < seconds:
        for index, state in enumerate(runners):
            began, cpu_began = time.perf_counter(), time.process_time()
            # Every step reads its loss back, which waits for the device.
            take_step(recipe, state, objective, painting, hole, 0.5)
            spent[index] += time.perf_counter() - began
            cpu[index] += time.process_time() - cpu_began
        turns += 1
    return spent, cpu, turns


def _forget_peak(device: torch.device) -> None:
    """Let the peak be counted from here on."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return
    place = Path("/proc/self/clear_refs")
    if place.exists():
        place.write_text("5")


def _peak(device: torch.device) -> int | None:
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    try:
        lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    except OSError:
        return None
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("VmHWM")), None)
