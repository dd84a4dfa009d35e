"""Small synthetic paintings and recipes, made in code."""

import numpy as np
import pytest
import torch
from PIL import Image

from training.__main__ import main
from training.config import read_recipe
from training.data import Paintings

TINY = (
    "options.width=8",
    "batch=2",
    "data.crop_px=64",
    "optimizer.warmup_steps=1",
    "run.log_steps=5",
    "run.steps=10",
)


def painted(seed, height=96, width=112):
    """A soft gradient with a few brush-like bars, uint8."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width] / 100
    canvas = np.stack([x, y, (x + y) / 2], axis=-1) * rng.uniform(0.3, 1.0, 3)
    for _ in range(12):
        top, left = rng.integers(0, height - 8), rng.integers(0, width - 20)
        canvas[top : top + 6, left : left + 20] = rng.uniform(0, 1, 3)
    return np.clip(canvas * 255, 0, 255).astype(np.uint8)


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


@pytest.fixture
def recipe():
    return read_recipe("atelier-crack", TINY)


@pytest.fixture
def paintings():
    images = tuple(painted(seed) for seed in range(3))
    return Paintings(images, tuple(f"{index}.png" for index in range(3)))


@pytest.fixture
def folder(tmp_path):
    """A folder of two paintings."""
    return two_paintings(tmp_path / "paintings")


@pytest.fixture(scope="session")
def shipped(tmp_path_factory):
    """A folder with `run` (a checkpoint of two steps) and `generator` (its export).

    Made once, by the command line: tracing a net for ONNX takes seconds.
    """
    place = tmp_path_factory.mktemp("shipped")
    data = str(two_paintings(place / "paintings"))
    tiny = ("options.width=8", "options.sweeps=2", "batch=2", "data.crop_px=64")
    overrides = [word for override in tiny for word in ("--set", override)]
    run, generator = str(place / "run"), str(place / "generator")
    train = ["train", "atelier-crack", "--data", data, "--out", run, "--steps", "2"]
    assert main([*train, *overrides]) == 0
    assert main(["export", f"{run}/checkpoint.pt", "--out", generator]) == 0
    return place


def two_paintings(place):
    """Write two paintings into a new folder and return it."""
    place.mkdir()
    for index in range(2):
        Image.fromarray(painted(index)).save(place / f"painting-{index}.png")
    return place


@pytest.fixture
def contest():
    """Overrides of landscape-gan: both sides, three phases, R1 and noise, as small as can be."""
    return (
        "options.width=8",
        "options.bottleneck=2",
        "batch=2",
        "run.log_steps=5",
        "run.steps=20",
        "phases.epoch_steps=10",
        "adversary.options.width=4",
        "adversary.options.features=8",
        "adversary.r1_weight=1.0",
        "adversary.r1_steps=3",
        "noise=0.03",
    )
