"""`lacuna-train train`: a recipe and paintings in, a checkpoint, a log and samples out.

On several devices: torchrun --nproc-per-node 2 -m training train ID …
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from training.backbones import read_backbone
from training.choice import Choice
from training.commands.options import (
    add_compile,
    add_craquelure,
    add_data,
    add_device,
    add_overrides,
    say,
)
from training.config import Recipe, read_recipe
from training.curves import CURVES_FILE, write_curves
from training.data import read_paintings
from training.device import device_named
from training.distributed import assembled, local_rank
from training.download import download_missing
from training.masks import craquelure_bank
from training.run_log import LOG_FILE
from training.trainer import train


def add(commands: Any) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser("train", help="train a generator by a recipe")
    command.set_defaults(run=run)
    command.add_argument("recipe", help="a recipe's id, or the path of a .toml file")
    add_data(command)
    command.add_argument(
        "--features", type=Path, help="weights of SqueezeNet v1.1, VGG16 or ResNet50"
    )
    add_craquelure(command)
    command.add_argument("--out", type=Path, required=True, help="checkpoint, log and samples")
    command.add_argument(
        "--minutes", type=float, help="length of the run, in place of the recipe's"
    )
    command.add_argument("--steps", type=int, help="length in steps, in place of minutes")
    add_device(command)
    command.add_argument("--resume", action="store_true", help="continue from the checkpoint")
    command.add_argument(
        "--init",
        type=Path,
        metavar="CHECKPOINT",
        help="begin with the averaged weights of another run of the same net; --resume goes before",
    )
    add_compile(command)
    command.add_argument(
        "--download",
        action="store_true",
        help="fetch the named data sets of --data that are not there yet (Places365: 24 GB)",
    )
    add_overrides(command)


def run(arguments: argparse.Namespace) -> None:
    """Train until the recipe's time, or the one asked for, is used up.

    Started by torchrun, it trains together with the other processes, each on its own device.
    """
    recipe = _recipe(arguments)
    device = device_named(arguments.device, local_rank())
    with assembled(device) as team:
        if arguments.download:
            download_missing(arguments.data, team, say)
        choice = Choice(arguments.classes, arguments.split, part=0)
        paintings = read_paintings(arguments.data, recipe.data.crop_px, arguments.limit, choice)
        if team.is_leader:
            say(paintings.summary())
        bank = craquelure_bank(arguments.craquelure, first=recipe.data.craquelure_files)
        features = read_backbone(arguments.features) if arguments.features else None
        out: Path = arguments.out
        out.mkdir(parents=True, exist_ok=True)
        try:
            train(
                recipe, paintings, bank, features, out, arguments.resume, say, device,
                arguments.init, team,
            )  # fmt: skip
        finally:
            if team.is_leader and (out / LOG_FILE).is_file():
                write_curves(out / LOG_FILE, out / CURVES_FILE)


def _recipe(arguments: argparse.Namespace) -> Recipe:
    recipe = read_recipe(arguments.recipe, arguments.set)
    length = recipe.run
    if arguments.minutes is not None:
        length = replace(length, minutes=arguments.minutes, steps=0)
    if arguments.steps is not None:
        length = replace(length, steps=arguments.steps)
    if arguments.compile:
        length = replace(length, compile=True)
    return replace(recipe, run=length)
