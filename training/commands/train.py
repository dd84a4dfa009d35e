"""`lacuna-train train`: a recipe and paintings in, a checkpoint, a log and samples out."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from training.backbones import read_backbone
from training.choice import Choice
from training.commands.options import add_craquelure, add_data, add_device, add_overrides, say
from training.config import Recipe, read_recipe
from training.data import read_paintings
from training.device import device_named
from training.masks import craquelure_bank
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
    add_overrides(command)


def run(arguments: argparse.Namespace) -> None:
    """Train until the recipe's time, or the one asked for, is used up."""
    recipe = _recipe(arguments)
    choice = Choice(arguments.classes, arguments.split, part=0)
    paintings = read_paintings(arguments.data, recipe.data.crop_px, arguments.limit, choice)
    say(paintings.summary())
    bank = craquelure_bank(arguments.craquelure, first=recipe.data.craquelure_files)
    features = read_backbone(arguments.features) if arguments.features else None
    arguments.out.mkdir(parents=True, exist_ok=True)
    device = device_named(arguments.device)
    train(recipe, paintings, bank, features, arguments.out, arguments.resume, say, device)


def _recipe(arguments: argparse.Namespace) -> Recipe:
    recipe = read_recipe(arguments.recipe, arguments.set)
    length = recipe.run
    if arguments.minutes is not None:
        length = replace(length, minutes=arguments.minutes, steps=0)
    if arguments.steps is not None:
        length = replace(length, steps=arguments.steps)
    return replace(recipe, run=length)
