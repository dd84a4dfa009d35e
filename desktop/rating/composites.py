"""A folder of fills to be judged: which methods filled which pictures, and in which order."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from core.errors import LacunaError

PAINTING, MASK = "painting", "mask"

_SUFFIXES = frozenset({".png", ".tif", ".tiff", ".jpg", ".jpeg", ".webp", ".bmp"})


class RatingError(LacunaError):
    """There is nothing that could be rated, or nowhere to keep the scores; one sentence."""


@dataclass(frozen=True)
class Fill:
    """One method's picture of a name, with the mask and the painting it belongs to, if any."""

    method: str
    name: str
    path: Path
    mask: Path | None = None
    painting: Path | None = None


@dataclass(frozen=True)
class FillSet:
    """All fills of a folder, and the names of pictures that not every method filled."""

    fills: tuple[Fill, ...]
    uneven: tuple[str, ...] = ()


def read_fill_set(folder: Path) -> FillSet:
    """Find FOLDER/<method>/<name>, with FOLDER/mask/<name> and FOLDER/painting/<name>.

    Names are the same in each; for mask and painting only the part before the suffix counts.
    No picture is opened here. Raises RatingError if there is nothing to rate.
    """
    if not folder.is_dir():
        raise RatingError(f"There is no folder {folder} to rate.")
    try:
        inside = sorted(path for path in folder.iterdir() if path.is_dir() and _is_seen(path))
        methods = {
            path.name: _pictures(path) for path in inside if path.name not in (MASK, PAINTING)
        }
        masks, paintings = (_by_stem(folder / name) for name in (MASK, PAINTING))
    except OSError as cause:
        raise RatingError(f"The folder {folder} cannot be read.") from cause
    fills = tuple(
        Fill(method, path.name, path, masks.get(path.stem), paintings.get(path.stem))
        for method, paths in methods.items()
        for path in paths
    )
    if not fills:
        raise RatingError(
            f"There is nothing to rate in {folder}: each method's pictures belong in a subfolder "
            "named after the method, under the same file names."
        )
    first, *others = ({path.name for path in paths} for paths in methods.values() if paths)
    return FillSet(fills, tuple(sorted(first.union(*others) - first.intersection(*others))))


def in_blind_order(fills: Sequence[Fill], seed: str) -> list[Fill]:
    """Shuffle fills by a seed, round after round, each picture once in a round.

    So no picture comes twice in a row, where there is more than one, and fatigue falls on all
    methods alike.
    """
    rng = random.Random(seed)
    by_name: dict[str, list[Fill]] = {}
    for fill in sorted(fills, key=lambda fill: (fill.name, fill.method)):
        by_name.setdefault(fill.name, []).append(fill)
    for same in by_name.values():
        rng.shuffle(same)
    order: list[Fill] = []
    for column in zip_longest(*by_name.values()):
        one_round = [fill for fill in column if fill is not None]
        rng.shuffle(one_round)
        if order and one_round[0].name == order[-1].name:
            one_round.append(one_round.pop(0))
        order += one_round
    return order


def _by_stem(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in _pictures(folder)} if folder.is_dir() else {}


def _pictures(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in _SUFFIXES and path.is_file() and _is_seen(path)
    )


def _is_seen(path: Path) -> bool:
    return not path.name.startswith(".")
