"""Arguments that several commands share, and the line they print."""

import argparse
from pathlib import Path

from core.inpainting.card import MASK_KINDS
from training.choice import FOLDERS, data_folder, shares

# Craquelure files before this one (by name) are for training, those after it for measuring.
TRAINING_CRAQUELURE = 1500


def say(line: str) -> None:
    """Print a line at once, so that a log file shows it while the command runs."""
    print(line, flush=True)


def add_data(command: argparse.ArgumentParser, is_required: bool = True) -> None:
    """Add which paintings: folders or data sets, classes, split and limit."""
    command.add_argument("--data", nargs="+", type=data_folder, required=is_required,
                         help="folders of paintings, or NAME=ROOT of a local data set: "
                         + ", ".join(FOLDERS))  # fmt: skip
    command.add_argument("--limit", type=int, help="use only the first paintings")
    command.add_argument("--classes", type=lambda text: text.split(","), default=[],
                         help="use only folders of these names, as coast,mountain")  # fmt: skip
    command.add_argument("--split", type=shares, default=(1.0,),
                         help="shares of the paintings, as 90,10 or 85,10,5: train takes the "
                         "first, evaluate the last")  # fmt: skip


def add_craquelure(command: argparse.ArgumentParser) -> None:
    """Add where real cracks lie."""
    command.add_argument("--craquelure", type=Path, help="folder of binarised real cracks")


def add_kinds(command: argparse.ArgumentParser) -> None:
    """Add which masks are measured with, and how large."""
    command.add_argument("--kinds", default=",".join(MASK_KINDS), help="as L,B,S64 (default: all)")
    command.add_argument("--size", type=int, default=256, help="side of the crops, px")
    add_craquelure(command)


def add_device(command: argparse.ArgumentParser) -> None:
    """Add where to compute."""
    command.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")


def add_compile(command: argparse.ArgumentParser) -> None:
    """Add whether the net's forward is compiled."""
    command.add_argument("--compile", action="store_true", help="compile the net's forward")


def add_overrides(command: argparse.ArgumentParser) -> None:
    """Add changes of a recipe."""
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override a key of the recipe, as losses.features.weight=0.01",
    )
