"""`lacuna-train compare`: training runs beside each other, and measured if paintings are given."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from training.averaged_net import AveragedNet
from training.choice import Choice
from training.commands.options import TRAINING_CRAQUELURE, add_data, add_device, add_kinds, say
from training.compare import Run, read_runs, write_comparison
from training.data import read_paintings
from training.device import device_named
from training.evaluate import Row, evaluate
from training.features import read_features
from training.gallery import gallery_of
from training.masks import craquelure_bank


def add(commands: Any) -> None:
    """Declare the command and its arguments."""
    command = commands.add_parser("compare", help="lay training runs beside each other")
    command.set_defaults(run=run)
    command.add_argument("runs", nargs="+", type=Path, metavar="RUN",
                         help="training folders, each with log.csv and checkpoint.pt")  # fmt: skip
    add_data(command, is_required=False)
    command.add_argument("--features", type=Path, help="SqueezeNet v1.1 as safetensors")
    add_kinds(command)
    add_device(command)
    command.add_argument("--out", type=Path, required=True, help="picture and tables")


def run(arguments: argparse.Namespace) -> None:
    """Write the comparison; with --data, fill the same holes by every run's averaged net first."""
    runs = read_runs(arguments.runs)
    rows = _measured(runs, arguments) if arguments.data else []
    for path in write_comparison(runs, rows, arguments.out):
        say(f"Written: {path}")


def _measured(runs: Sequence[Run], arguments: argparse.Namespace) -> list[Row]:
    choice = Choice(arguments.classes, arguments.split, part=-1)
    paintings = read_paintings(arguments.data, arguments.size, arguments.limit, choice)
    say(paintings.summary())
    bank = craquelure_bank(arguments.craquelure, skip=TRAINING_CRAQUELURE)
    features = read_features(arguments.features) if arguments.features else None
    device = device_named(arguments.device)
    nets = [AveragedNet(run.name, run.net, device) for run in runs]
    gallery = gallery_of(paintings, arguments.size, bank)
    return evaluate(nets, gallery, arguments.kinds.split(","), features, say)
