"""What `lacuna rate` was asked for, checked before any window is shown; knows no Qt."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop.rating.composites import FillSet, read_fill_set

SCORES = "scores.csv"


@dataclass(frozen=True)
class RatingRequest:
    """Fills to be judged, where their scores go, the rater's name if given, and the seed."""

    fills: FillSet
    scores: Path
    rater: str
    seed: int


def read_request(arguments: Sequence[str]) -> RatingRequest:
    """Read the arguments and find the fills; nothing is written.

    Raises RatingError if that cannot be, SystemExit for wrong use.
    """
    options = _parser().parse_args(arguments)
    fills = read_fill_set(options.folder)
    scores = options.out or options.folder / SCORES
    return RatingRequest(fills, scores, options.rater.strip(), options.seed)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lacuna rate",
        description="Judge fills blind, one at a time, from 1 to 10: the fill, and the picture.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER",
                        help="a subfolder of pictures per method, same names in each; mask/ and "
                        "painting/ beside them show where the losses are")  # fmt: skip
    parser.add_argument("--rater", default="", metavar="NAME", help="who judges (else asked)")
    parser.add_argument("--out", type=Path, metavar="scores.csv",
                        help="where the scores go (default: scores.csv in FOLDER)")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="another order of the fills")
    return parser
