"""Checkpoints: written whole or not at all, and read only where they belong."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

FILE = "checkpoint.pt"
_FORMAT = 1


class CheckpointError(ValueError):
    """A checkpoint is missing, damaged, or belongs to another recipe; one sentence."""


@dataclass(frozen=True)
class Checkpoint:
    """All that a run needs to continue as if it had never stopped.

    recipe is Recipe.identity() of the run; random holds the states of torch's and NumPy's
    generators; facts are what a card tells about the training (data, hardware); adversary holds
    the discriminators and their optimizer, where there are any; others holds what random does for
    the processes beside the first, where several trained together.
    """

    recipe: Mapping[str, Any]
    model: Mapping[str, Any]
    ema: Mapping[str, Any]
    optimizer: Mapping[str, Any]
    random: Mapping[str, Any]
    facts: Mapping[str, Any]
    step: int
    elapsed_s: float
    adversary: Mapping[str, Any] = field(default_factory=dict)
    others: Sequence[Mapping[str, Any]] = ()


def write_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write atomically: a temporary file in the same folder, flushed to disk, then renamed."""
    temporary = path.with_name(path.name + ".part")
    with temporary.open("wb") as file:
        torch.save({"format": _FORMAT, **vars(checkpoint)}, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def read_checkpoint(path: Path, recipe: Mapping[str, Any] | None = None) -> Checkpoint:
    """Read a checkpoint; with a recipe's identity given, refuse one made by another recipe.

    Only tensors and plain values are unpickled. Raises CheckpointError.
    """
    try:
        table = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as cause:
        raise CheckpointError(f"There is no checkpoint at {path}.") from cause
    except (OSError, RuntimeError, UnpicklingError, EOFError, ValueError) as cause:
        raise CheckpointError(f"The checkpoint {path} is damaged and cannot be read.") from cause
    if not isinstance(table, dict) or table.pop("format", None) != _FORMAT:
        raise CheckpointError(f"{path} is not a checkpoint of this version of lacuna-train.")
    checkpoint = Checkpoint(**table)
    if recipe is not None and dict(checkpoint.recipe) != dict(recipe):
        changed = _differences(checkpoint.recipe, recipe)
        raise CheckpointError(
            f"The checkpoint {path} was made by another recipe (different: {changed}), so it is "
            "not continued; use another --out or the recipe it was made by."
        )
    return checkpoint


def _differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    keys = sorted(set(one) | set(other))
    return ", ".join(key for key in keys if one.get(key) != other.get(key))
