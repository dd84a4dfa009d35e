"""`lacuna-train`: train, compare, measure and export generators, and draw their masks."""

import argparse
import sys
from collections.abc import Sequence

import torch

from core.errors import LacunaError
from training.checkpoint import CheckpointError
from training.commands import bench, compare, evaluate, export, masks, train
from training.config import RecipeError
from training.export import ExportError
from training.steps import DivergedError

_COMMANDS = (train, compare, evaluate, export, bench, masks)

_OUT_OF_MEMORY = (
    "The device's memory does not hold this run; lower the batch (--set batch=4) or the crops "
    "(--set data.crop_px=128)."
)
_FAILURES = (LacunaError, CheckpointError, ExportError, DivergedError, OSError, ValueError)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return 0 when done, 2 for wrong use, 1 when it could not be done."""
    arguments = _parser().parse_args(argv)
    torch.set_num_threads(arguments.threads)
    try:
        arguments.run(arguments)
    except RecipeError as error:
        print(f"lacuna-train: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("lacuna-train: stopped; the last checkpoint can be resumed.", file=sys.stderr)
        return 1
    except torch.OutOfMemoryError:
        print(f"lacuna-train: {_OUT_OF_MEMORY}", file=sys.stderr)
        return 1
    except _FAILURES as error:
        print(f"lacuna-train: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lacuna-train", description=__doc__)
    parser.add_argument("--threads", type=int, default=1, help="CPU threads (default: 1)")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
