"""What changes while training: made new, taken from another run, or from a checkpoint and back."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from core.models.registry import build
from training.adversary import Adversary
from training.checkpoint import Checkpoint, CheckpointError, read_checkpoint
from training.config import Recipe, RecipeError
from training.device import has_bfloat16
from training.distributed import ALONE, Team


@dataclass
class State:
    """What changes while training; changed by the training loop alone, in one thread.

    origin is what a card tells of the run whose weights this one began with, if there was one.
    """

    net: nn.Module
    ema: nn.Module
    optimizer: torch.optim.Optimizer
    rng: np.random.Generator
    step: int = 0
    elapsed_s: float = 0.0
    adversary: Adversary | None = None
    team: Team = ALONE
    origin: Mapping[str, Any] = field(default_factory=dict)


def started(recipe: Recipe, device: torch.device, team: Team = ALONE) -> State:
    """Return an untrained net with its average, optimizer, random generator and adversary.

    All processes of a team have the same weights, and each its own stream of crops and masks.
    """
    torch.manual_seed(recipe.seed)
    net = build(recipe.architecture, **recipe.options)
    net = net.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    rate = recipe.optimizer
    optimizer = torch.optim.AdamW(
        net.parameters(), rate.learning_rate, rate.betas, weight_decay=rate.weight_decay
    )
    ema = copy.deepcopy(net).requires_grad_(False).eval()
    if (
        recipe.schedule
        and recipe.schedule.frozen_norms == "encoder"
        and not hasattr(net, "encoder")
    ):
        raise RecipeError(f"The net of “{recipe.id}” has no encoder whose norms could be frozen.")
    adversary = None
    if recipe.adversary is not None:
        side = recipe.data.crop_px
        adversary = Adversary(recipe.adversary, side, device, has_bfloat16(device), team)
    rng = np.random.default_rng(recipe.seed + team.rank)
    if not team.is_leader:
        torch.manual_seed(recipe.seed + team.rank)
    return State(net, ema, optimizer, rng, adversary=adversary, team=team)


def started_from(recipe: Recipe, path: Path, device: torch.device, team: Team = ALONE) -> State:
    """Return a new run's state whose net and average are the averaged weights of another run.

    Only these are taken: optimizer, discriminator, schedule and random streams begin anew. The
    recipe's net may have more weights than that run's, which begin untrained; every one of that
    run's must find its place, or CheckpointError is raised.
    """
    stored = read_checkpoint(path)
    state = started(recipe, device, team)
    own = state.net.state_dict()
    shapes = {name: weight.shape for name, weight in own.items()}
    if any(shapes.get(name) != weight.shape for name, weight in stored.ema.items()):
        raise CheckpointError(
            f"The checkpoint {path} holds another net ({_named(stored.recipe)}), so a run of "
            f"“{recipe.id}” ({_named(recipe.identity())}) cannot begin with its weights."
        )
    merged = {**own, **stored.ema}
    state.net.load_state_dict(merged)
    state.ema.load_state_dict(merged)
    minutes = round(stored.elapsed_s / 60, 1)
    state.origin = {"begun_with": {"steps": stored.step, "minutes": minutes, **_origin(stored)}}
    return state


def resumed(recipe: Recipe, path: Path, device: torch.device, team: Team = ALONE) -> State:
    """Return the state a checkpoint holds, random streams included. Raises CheckpointError."""
    stored = read_checkpoint(path, recipe.identity())
    streams = (stored.random, *stored.others)
    if len(streams) != team.size:
        raise CheckpointError(
            f"The checkpoint {path} was written by {len(streams)} processes and this run has "
            f"{team.size}; continue it with torchrun --nproc-per-node {len(streams)}, or begin a "
            "new run with --init."
        )
    state = started(recipe, device, team)
    state.net.load_state_dict(stored.model)
    state.ema.load_state_dict(stored.ema)
    state.optimizer.load_state_dict(dict(stored.optimizer))
    if state.adversary is not None:
        state.adversary.load_state_dict(stored.adversary)
    torch.set_rng_state(streams[team.rank]["torch"])
    state.rng.bit_generator.state = streams[team.rank]["numpy"]
    state.step, state.elapsed_s = stored.step, stored.elapsed_s
    state.origin = _origin(stored)
    return state


def random_streams(state: State) -> Mapping[str, Any]:
    """Return where this process's random generators stand."""
    return {"torch": torch.get_rng_state(), "numpy": state.rng.bit_generator.state}


def checkpoint_of(
    recipe: Recipe, state: State, streams: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]
) -> Checkpoint:
    """Return the state as a checkpoint, with the random streams of all processes by rank."""
    return Checkpoint(
        recipe=recipe.identity(),
        model=state.net.state_dict(),
        ema=state.ema.state_dict(),
        optimizer=state.optimizer.state_dict(),
        random=streams[0],
        adversary=state.adversary.state_dict() if state.adversary else {},
        facts={**facts, **state.origin},
        step=state.step,
        elapsed_s=state.elapsed_s,
        others=list(streams[1:]),
    )


def _origin(stored: Checkpoint) -> Mapping[str, Any]:
    return {key: value for key, value in stored.facts.items() if key == "begun_with"}


def _named(net: Mapping[str, Any]) -> str:
    options = ", ".join(f"{key} = {value}" for key, value in net["options"].items())
    return f"{net['architecture']}: {options or 'no options'}"
