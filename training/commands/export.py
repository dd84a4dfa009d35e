"""`lacuna-train export`: a checkpoint in, a generator's folder out."""

import argparse
from pathlib import Path
from typing import Any

from core.errors import LacunaError
from core.inpainting.card import read_card
from core.inpainting.thumbnail import write_thumbnail
from training.checkpoint import read_checkpoint
from training.commands.options import say
from training.config import read_recipe
from training.export import export


def add(commands: Any) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser("export", help="turn a checkpoint into a generator's folder")
    command.set_defaults(run=run)
    command.add_argument("checkpoint", type=Path)
    command.add_argument("--recipe", help="the recipe whose [card] to use (default: its own)")
    command.add_argument("--out", type=Path, required=True, help="the generator's folder")


def run(arguments: argparse.Namespace) -> None:
    """Export the checkpoint's averaged weights, and draw the thumbnail with what was written."""
    checkpoint = read_checkpoint(arguments.checkpoint)
    recipe = read_recipe(arguments.recipe or str(checkpoint.recipe["id"]))
    card = export(checkpoint, recipe.card, arguments.out)
    say(f"Written: {arguments.out} ({card.parameters:,} parameters, {dict(card.export)}).")
    try:
        write_thumbnail(read_card(arguments.out))
    except LacunaError as error:  # the generator is whole without its picture
        say(f"It has no thumbnail: {error}")
