"""The training loop: crops, holes, a step, and now and then a line, a picture, a checkpoint."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from training.backbones import Backbone
from training.batches import batch
from training.checkpoint import FILE, write_checkpoint
from training.compilation import compile_forward
from training.config import Recipe, RecipeError
from training.curves import CURVES_FILE, write_curves
from training.data import Paintings
from training.device import device_named, hardware, has_bfloat16
from training.distributed import ALONE, Order, Team
from training.interruption import interruption
from training.journal import Journal, sample_sheet
from training.losses import Objective
from training.masks import Mask
from training.run_log import LOG_FILE
from training.schedule import progress_of, set_learning_rate
from training.state import (
    State,
    checkpoint_of,
    random_streams,
    resumed,
    started,
    started_from,
)
from training.steps import take_step

Say = Callable[[str], None]


def train(
    recipe: Recipe,
    paintings: Paintings,
    bank: Sequence[Mask],
    features: Backbone | None,
    out: Path,
    resume: bool = False,
    say: Say = print,
    device: torch.device | None = None,
    init: Path | None = None,
    team: Team = ALONE,
) -> State:
    """Train by the recipe until its minutes of training (or steps, where given) are used up.

    device None is the accelerator where there is one, else the CPU. With `init`, a new run begins
    with the averaged weights of that checkpoint. In a team, every process calls this.

    Writes into `out`: checkpoint.pt, log.csv, samples.png and curves.png. With `resume` it
    continues from out/checkpoint.pt exactly: optimizer, average, random generators, step and
    elapsed time. With steps in place of minutes, a resumed run gives the same weights as an
    unbroken one.
    Ctrl-C or SIGTERM end it after a step: the checkpoint is written, then KeyboardInterrupt raised.
    Raises CheckpointError, CompilationError, DivergedError, RecipeError, TeamError.
    """
    device = device or device_named("auto")
    say = say if team.is_leader else _say_nothing
    state = _state(recipe, out / FILE, resume, init, device, team)
    objective = _objective(recipe, features, device, say)
    if recipe.run.compile:
        compile_forward(state.net, device)
    facts = _facts(paintings, bank, features, objective, device, team)
    with interruption() as is_asked:
        draw = partial(batch, recipe, paintings, bank, state.rng, device=device)
        save = partial(_save, recipe, state, facts, out)
        order = _run(recipe, state, objective, draw, save, out, say, is_asked)
        save()
    minutes = state.elapsed_s / 60
    if order.progress < 1:
        say(
            f"Interrupted after step {state.step}, {minutes:.1f} minutes; the same command with "
            "--resume continues from there."
        )
        raise KeyboardInterrupt
    say(f"Done: {state.step} steps in {minutes:.1f} minutes.")
    return state


def _run(
    recipe: Recipe,
    state: State,
    objective: Objective,
    draw: Callable[[float], tuple[Tensor, Tensor]],
    save: Callable[[], None],
    out: Path,
    say: Say,
    is_asked: Callable[[], bool],
) -> Order:
    """Take steps until the run is over or asked to stop; return the order it ended by."""
    team = state.team
    journal = None
    if team.is_leader:
        journal = Journal(out / LOG_FILE, recipe.run.log_steps, state.step, say)
    saved_s = sampled_s = state.elapsed_s
    while True:
        is_due = state.elapsed_s - saved_s > 60 * recipe.run.checkpoint_minutes
        order = team.agreed(Order(progress_of(recipe, state), is_due, is_asked()))
        if order.progress >= 1 or order.stops:
            return order
        if order.saves:
            save()
            saved_s = state.elapsed_s
        began = time.monotonic()
        set_learning_rate(recipe, state, order.progress)
        painting, hole = draw(order.progress)
        terms = take_step(recipe, state, objective, painting, hole, order.progress)
        state.elapsed_s += time.monotonic() - began
        if journal is None:
            continue
        rate = float(state.optimizer.param_groups[0]["lr"])
        images = team.size * len(hole)
        journal.add(state.step, state.elapsed_s, order.progress, rate, images, terms)
        if state.elapsed_s - sampled_s > 60 * recipe.run.sample_minutes:
            sample_sheet(state.ema, painting, hole, out / "samples.png")
            write_curves(out / LOG_FILE, out / CURVES_FILE)
            sampled_s = state.elapsed_s


def _state(
    recipe: Recipe,
    checkpoint: Path,
    resume: bool,
    init: Path | None,
    device: torch.device,
    team: Team,
) -> State:
    """Return what the run begins with; a continued one takes no notice of where it once began."""
    if resume:
        return resumed(recipe, checkpoint, device, team)
    if init is not None:
        return started_from(recipe, init, device, team)
    return started(recipe, device, team)


def _objective(
    recipe: Recipe, features: Backbone | None, device: torch.device, say: Say
) -> Objective:
    network = features.to(device) if features else None
    objective = Objective(recipe.losses, network, recipe.adversary is not None)
    if objective.contested and recipe.adversary is None:
        name = next(iter(objective.contested))
        raise RecipeError(f"The loss term “{name}” needs a discriminator: a table [adversary].")
    for name in objective.borrowed:
        say(f"The loss term “{name}” uses the discriminator's maps: there are no --features.")
    for name in objective.dropped:
        say(f"The loss term “{name}” is dropped: it needs --features.")
    return objective


def _save(recipe: Recipe, state: State, facts: Mapping[str, Any], out: Path) -> None:
    streams = state.team.gathered(random_streams(state))
    if state.team.is_leader:
        write_checkpoint(checkpoint_of(recipe, state, streams, facts), out / FILE)
    state.team.wait()


def _facts(
    paintings: Paintings,
    bank: Sequence[Mask],
    features: Backbone | None,
    objective: Objective,
    device: torch.device,
    team: Team,
) -> dict[str, Any]:
    """Return what the card will tell of the data and the machine."""
    instead = "the discriminator's maps" if objective.borrowed else "none"
    return {
        "paintings": len(paintings.images),
        "craquelure_masks": len(bank),
        "features": features.title if features else instead,
        "hardware": hardware(device),
        "threads": torch.get_num_threads(),
        "precision": "bfloat16 autocast" if has_bfloat16(device) else "float32",
        "processes": team.size,
    }


def _say_nothing(line: str) -> None:
    """Stand in for the leader's voice."""
