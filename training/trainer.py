"""The training loop: crops, holes, forward, objective, step, average, log."""

import copy
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.models.registry import build
from training.adversary import Adversary
from training.backbones import Backbone
from training.checkpoint import FILE, Checkpoint, read_checkpoint, write_checkpoint
from training.config import Recipe, RecipeError, ScheduleRecipe
from training.data import Paintings, random_crop
from training.device import device_named, hardware, has_bfloat16
from training.journal import Journal, sample_sheet
from training.losses import Objective, Sample, Verdict, l2
from training.masks import Mask, training_mask
from training.phases import Phase, phase_at

Say = Callable[[str], None]


class DivergedError(RuntimeError):
    """The objective became infinite or undefined; the last checkpoint still stands."""


@dataclass
class State:
    """What changes while training; changed by `train` alone, in one thread."""

    net: nn.Module
    ema: nn.Module
    optimizer: torch.optim.Optimizer
    rng: np.random.Generator
    step: int = 0
    elapsed_s: float = 0.0
    adversary: Adversary | None = None


def train(
    recipe: Recipe,
    paintings: Paintings,
    bank: Sequence[Mask],
    features: Backbone | None,
    out: Path,
    resume: bool = False,
    say: Say = print,
    device: torch.device | None = None,
) -> State:
    """Train by the recipe until its minutes (or steps, where given) are used up.

    device None is the accelerator where there is one, else the CPU.

    Writes into `out`: checkpoint.pt, log.csv and samples.png. With `resume` it continues from
    out/checkpoint.pt exactly: optimizer, average, random generators, step and elapsed time. With
    steps in place of minutes, a resumed run gives the same weights as an unbroken one.
    Raises CheckpointError, DivergedError, RecipeError.
    """
    device = device or device_named("auto")
    state = _resumed(recipe, out / FILE, device) if resume else started(recipe, device)
    objective = Objective(recipe.losses, features.to(device) if features else None)
    if objective.contested and state.adversary is None:
        name = next(iter(objective.contested))
        raise RecipeError(f"The loss term “{name}” needs a discriminator: a table [adversary].")
    for name in objective.dropped:
        say(f"The loss term “{name}” is dropped: it needs --features.")
    facts = _facts(paintings, bank, features, device)
    journal = Journal(out / "log.csv", recipe.run.log_steps, state.step, say)
    began = saved = sampled = time.monotonic() - state.elapsed_s
    while (progress := _progress(recipe, state)) < 1:
        _set_learning_rate(recipe, state, progress)
        painting, hole = _batch(recipe, paintings, bank, state.rng, progress, device)
        terms = take_step(recipe, state, objective, painting, hole, progress)
        now = time.monotonic()
        state.elapsed_s = now - began
        journal.add(state.step, state.elapsed_s, progress, _learning_rate(state), len(hole), terms)
        if now - saved > 60 * recipe.run.checkpoint_minutes:
            write_checkpoint(_checkpoint(recipe, state, facts), out / FILE)
            saved = now
        if now - sampled > 60 * recipe.run.sample_minutes:
            sample_sheet(state.ema, painting, hole, out / "samples.png")
            sampled = now
    write_checkpoint(_checkpoint(recipe, state, facts), out / FILE)
    say(f"Done: {state.step} steps in {state.elapsed_s / 60:.1f} minutes.")
    return state


def started(recipe: Recipe, device: torch.device) -> State:
    """Return an untrained net with its average, optimizer, random generator and adversary."""
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
        adversary = Adversary(recipe.adversary, side, device, has_bfloat16(device))
    return State(net, ema, optimizer, np.random.default_rng(recipe.seed), adversary=adversary)


def take_step(
    recipe: Recipe,
    state: State,
    objective: Objective,
    painting: Tensor,
    hole: Tensor,
    progress: float,
) -> dict[str, float]:
    """Take one step on a batch; return the terms' values and the hole's error (mse).

    Which side takes it, the generator, the discriminator or both, is the recipe's phase.
    painting [N, 3, H, W] in 0..1, hole [N, 1, H, W], both float32; progress 0..1 decides which
    terms have begun. Raises DivergedError.
    """
    phase = Phase.GENERATOR
    if state.adversary is not None:
        phase = phase_at(recipe.phases, state.step, progress)
    _set_norms(recipe.schedule, state.net, progress)
    autocast = torch.autocast(painting.device.type, torch.bfloat16, has_bfloat16(painting.device))
    with autocast, torch.set_grad_enabled(phase.trains_generator):
        filled = state.net(_noisy(painting, hole, recipe.noise), hole).float()
    sample = Sample(painting, painting + hole * (filled - painting), hole, filled)
    values: dict[str, float] = {}
    verdict = None
    if state.adversary is not None and phase.trains_discriminator:
        value, verdict = _contest(state.adversary, state.rng, sample, phase)
        values["discriminator"] = value
    if phase.trains_generator:
        with autocast:
            total, terms = objective(sample, progress, verdict)
            if verdict is not None and state.step % recipe.run.log_steps == 0:
                ratio = objective.gradient_ratio(sample, progress, verdict)
                terms |= {} if ratio is None else {"gradient_ratio": ratio}
        _improve(recipe, state, total)
        values |= terms
    state.step += 1
    with torch.no_grad():
        return {"mse": float(l2(sample)), **values}


def _contest(
    adversary: Adversary, rng: np.random.Generator, sample: Sample, phase: Phase
) -> tuple[float, Verdict | None]:
    """Let the discriminator take its step; return its loss and its new view for the generator."""
    fake = sample.composite if adversary.recipe.judges == "composite" else sample.whole()
    around, real_around = adversary.corners(sample.hole, rng)
    value = adversary.take_step(sample.painting, real_around, fake.detach(), around)
    if not math.isfinite(value):
        raise DivergedError(f"The discriminator's loss became {value:g}; lower its rate.")
    if not phase.trains_generator:
        return value, None
    judged = adversary.judgement(fake, around)
    return value, Verdict(adversary, judged, sample.painting, real_around)


def _improve(recipe: Recipe, state: State, total: Tensor) -> None:
    value = float(total.detach())
    if not math.isfinite(value):
        raise DivergedError(f"The loss became {value:g} at step {state.step}; lower the rate.")
    state.optimizer.zero_grad(set_to_none=True)
    total.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(state.net.parameters(), recipe.optimizer.clip_norm)
    state.optimizer.step()
    _average(state, recipe.optimizer.ema_decay)


def _noisy(painting: Tensor, hole: Tensor, sigma: float | None) -> Tensor:
    """Add Gaussian noise to the valid samples; drawn on the CPU, so that a run can resume."""
    if sigma is None:
        return painting
    noise = torch.randn(painting.shape).to(painting.device)
    return painting + sigma * noise * (1 - hole)


def _set_norms(schedule: ScheduleRecipe | None, net: nn.Module, progress: float) -> None:
    """Let batch norms learn, or stand still in the schedule's late part."""
    net.train()
    if schedule is None or progress < 1 - schedule.late_share or schedule.frozen_norms == "none":
        return
    part = net.get_submodule("encoder") if schedule.frozen_norms == "encoder" else net
    for module in part.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()


def _progress(recipe: Recipe, state: State) -> float:
    """Return the used share of the run: of its steps where given, else of its time."""
    if recipe.run.steps > 0:
        return state.step / recipe.run.steps
    return state.elapsed_s / (60 * recipe.run.minutes)


def _set_learning_rate(recipe: Recipe, state: State, progress: float) -> None:
    warm = min(1.0, (state.step + 1) / max(1, recipe.optimizer.warmup_steps))
    factor = warm * _rate_factor(recipe.schedule, progress)
    for group in state.optimizer.param_groups:
        group["lr"] = recipe.optimizer.learning_rate * factor
    if state.adversary is not None:
        state.adversary.set_rate(factor)


def _rate_factor(schedule: ScheduleRecipe | None, progress: float) -> float:
    """Return the share of its rate an optimizer has: without a schedule a cosine over the run."""
    if schedule is None:
        return 0.5 + 0.5 * math.cos(math.pi * progress)
    factor = schedule.late_factor if progress >= 1 - schedule.late_share else 1.0
    if progress > 1 - schedule.tail:
        ended = (progress - 1 + schedule.tail) / schedule.tail
        factor *= 0.5 + 0.5 * math.cos(math.pi * ended)
    return factor


def _learning_rate(state: State) -> float:
    return float(state.optimizer.param_groups[0]["lr"])


def _batch(
    recipe: Recipe,
    paintings: Paintings,
    bank: Sequence[Mask],
    rng: np.random.Generator,
    progress: float,
    device: torch.device,
) -> tuple[Tensor, Tensor]:
    """Return paintings [N, 3, H, W] in 0..1 and holes [N, 1, H, W], both float32."""
    data, masks = recipe.data, recipe.masks
    early = progress < masks.first_share
    ratio = masks.first_max_ratio if early else masks.max_ratio
    weights = masks.first_weights if early and masks.first_weights else masks.weights
    crops = [
        random_crop(paintings, data.crop_px, rng, data.scales, data.scaled_share)
        for _ in range(recipe.batch)
    ]
    holes = [
        training_mask(data.crop_px, rng, bank, weights, ratio, masks.layers)
        for _ in range(recipe.batch)
    ]
    painting = torch.from_numpy(np.stack(crops)).to(device).permute(0, 3, 1, 2).float() / 255
    hole = torch.from_numpy(np.stack(holes)).to(device)[:, None].float()
    return painting.contiguous(memory_format=torch.channels_last), hole


@torch.no_grad()
def _average(state: State, decay: float) -> None:
    """Move the average towards the net; faster at first, so that it forgets the untrained net."""
    share = 1 - min(decay, (state.step + 1) / (state.step + 10))
    for mean, value in zip(_floats(state.ema), _floats(state.net), strict=True):
        mean.lerp_(value, share)


def _floats(net: nn.Module) -> Iterable[Tensor]:
    return (value for value in net.state_dict().values() if value.is_floating_point())


def _resumed(recipe: Recipe, path: Path, device: torch.device) -> State:
    stored = read_checkpoint(path, recipe.identity())
    state = started(recipe, device)
    state.net.load_state_dict(stored.model)
    state.ema.load_state_dict(stored.ema)
    state.optimizer.load_state_dict(dict(stored.optimizer))
    if state.adversary is not None:
        state.adversary.load_state_dict(stored.adversary)
    torch.set_rng_state(stored.random["torch"])
    state.rng.bit_generator.state = stored.random["numpy"]
    state.step, state.elapsed_s = stored.step, stored.elapsed_s
    return state


def _facts(
    paintings: Paintings,
    bank: Sequence[Mask],
    features: Backbone | None,
    device: torch.device,
) -> dict[str, Any]:
    """Return what the card will tell of the data and the machine."""
    return {
        "paintings": len(paintings.images),
        "craquelure_masks": len(bank),
        "features": features.title if features else "none",
        "hardware": hardware(device),
        "threads": torch.get_num_threads(),
        "precision": "bfloat16 autocast" if has_bfloat16(device) else "float32",
    }


def _checkpoint(recipe: Recipe, state: State, facts: Mapping[str, Any]) -> Checkpoint:
    return Checkpoint(
        recipe=recipe.identity(),
        model=state.net.state_dict(),
        ema=state.ema.state_dict(),
        optimizer=state.optimizer.state_dict(),
        random={"torch": torch.get_rng_state(), "numpy": state.rng.bit_generator.state},
        adversary=state.adversary.state_dict() if state.adversary else {},
        facts=facts,
        step=state.step,
        elapsed_s=state.elapsed_s,
    )
