"""`lacuna-train bench`: how fast recipes train on this machine."""

import argparse
from typing import Any

from training.bench import bench
from training.commands.options import add_device, add_overrides, say
from training.config import RECIPES, read_recipe
from training.device import device_named, hardware


def add(commands: Any) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser("bench", help="measure how fast recipes train here")
    command.set_defaults(run=run)
    command.add_argument("recipes", nargs="*", help="ids of recipes (default: all at full size)")
    command.add_argument("--seconds", type=float, default=10.0, help="per recipe (default: 10)")
    command.add_argument("--peak-tflops", type=float, help="the device's peak, for the share of it")
    add_device(command)
    add_overrides(command)


def run(arguments: argparse.Namespace) -> None:
    """Print a line per recipe."""
    device = device_named(arguments.device)
    names = arguments.recipes or sorted(path.stem for path in RECIPES.glob("*.toml"))
    say(f"Training on {hardware(device)}, {arguments.threads} CPU threads.")
    for name in names:
        speed = bench(read_recipe(name, arguments.set), arguments.seconds, device)
        say(speed.line(arguments.peak_tflops))
