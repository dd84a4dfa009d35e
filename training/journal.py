"""What a run tells while it goes: a line now and then, a CSV log, a sheet of samples."""

import csv
import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from training.run_log import COLUMNS, EmptyLogError, read_log


class Journal:
    """Means over every `every` steps; changed by the training loop alone."""

    def __init__(self, path: Path, every: int, step: int, say: Callable[[str], None]) -> None:
        """Append to the CSV at `path` when continuing (step > 0), else begin it anew.

        Raises LogError if what is to be continued is no log: better now than after an hour.
        """
        self._path, self._every, self._say = path, every, say
        if step == 0:
            path.unlink(missing_ok=True)
        else:
            with suppress(EmptyLogError):
                read_log(path)
        self._terms: dict[str, list[float]] = {}
        self._images = 0
        self._since_s: float | None = None

    def add(
        self,
        step: int,
        elapsed_s: float,
        progress: float,
        learning_rate: float,
        images: int,
        terms: Mapping[str, float],
    ) -> None:
        """Take in one step; every so many, write a line of the log and say it.

        terms are the objective's values and `mse`, the mean squared error in the hole.
        """
        for name, value in terms.items():
            self._terms.setdefault(name, []).append(value)
        if self._since_s is None:
            self._since_s = elapsed_s
        else:
            self._images += images
        if step % self._every:
            return
        means = {name: float(np.mean(values)) for name, values in self._terms.items()}
        psnr = -10 * math.log10(max(means.pop("mse"), 1e-12))
        speed = self._images / max(elapsed_s - self._since_s, 1e-9)
        minutes, left = elapsed_s / 60, elapsed_s / 60 * (1 / max(progress, 1e-6) - 1)
        shown = "  ".join(f"{name} {value:.4f}" for name, value in means.items())
        self._write(step, minutes, learning_rate, speed, psnr, means)
        self._say(
            f"step {step}  {minutes:.1f} min, {left:.1f} left  {speed:.1f} images/s  "
            f"hole {psnr:.2f} dB  {shown}"
        )
        self._terms, self._images, self._since_s = {}, 0, elapsed_s

    def _write(
        self,
        step: int,
        minutes: float,
        learning_rate: float,
        speed: float,
        psnr: float,
        means: Mapping[str, float],
    ) -> None:
        begun = self._path.exists()
        terms = " ".join(f"{name}={value:.5f}" for name, value in means.items())
        with self._path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            if not begun:
                writer.writerow(COLUMNS)
            writer.writerow(
                [step, f"{minutes:.3f}", f"{learning_rate:.3e}", f"{speed:.1f}", f"{psnr:.3f}",
                 terms]
            )  # fmt: skip


@torch.no_grad()
def sample_sheet(net: nn.Module, painting: Tensor, hole: Tensor, path: Path) -> None:
    """Write a PNG with a row per sample: painting, damaged, filled."""
    net.eval()
    painting, hole = painting[:8].float(), hole[:8]
    filled = painting + hole * (net(painting, hole).float() - painting)
    columns = torch.cat([painting, painting * (1 - hole) + hole, filled], dim=3)
    rows = columns.clamp(0, 1).mul(255).round().byte().permute(0, 2, 3, 1).cpu().numpy()
    Image.fromarray(np.concatenate(list(rows), axis=0)).save(path)
