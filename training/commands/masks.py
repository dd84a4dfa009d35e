"""`lacuna-train masks`: the masks of a measurement or of a recipe, as PNG files."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from training.commands.options import TRAINING_CRAQUELURE, add_kinds, add_overrides, say
from training.config import read_recipe
from training.mask_set import write_training_masks
from training.masks import craquelure_bank, evaluation_mask


def add(commands: Any) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser("masks", help="write masks as PNG files")
    command.set_defaults(run=run)
    add_kinds(command)
    command.add_argument("--recipe", help="draw this recipe's training masks, with coordinates")
    add_overrides(command)
    command.add_argument("--count", type=int, default=8)
    command.add_argument("--out", type=Path, required=True)


def run(arguments: argparse.Namespace) -> None:
    """Write the masks."""
    bank = craquelure_bank(arguments.craquelure, skip=TRAINING_CRAQUELURE)
    arguments.out.mkdir(parents=True, exist_ok=True)
    if arguments.recipe:
        recipe = read_recipe(arguments.recipe, arguments.set)
        write_training_masks(recipe, bank, arguments.count, arguments.out)
        say(f"Written: {recipe.id}'s training masks in {arguments.out}.")
        return
    for kind in arguments.kinds.split(","):
        for index in range(arguments.count):
            mask = evaluation_mask(kind, arguments.size, index, bank)
            path = arguments.out / f"{kind}-{arguments.size}-{index:03d}.png"
            Image.fromarray(mask * np.uint8(255)).save(path)
    say(f"Written: masks in {arguments.out}.")
