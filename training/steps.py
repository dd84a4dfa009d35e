"""One step of training: forward, the discriminator's turn, objective, step, average."""

import math
from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn

from training.adversary import Adversary
from training.config import Recipe
from training.device import has_bfloat16
from training.losses import Objective, Sample, Verdict, l2
from training.norms import copy_frozen, set_norms
from training.phases import Phase, phase_at
from training.state import State


class DivergedError(RuntimeError):
    """The objective became infinite or undefined; the last checkpoint still stands."""


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
    set_norms(recipe.schedule, state.net, progress)
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
    _settle(state, phase, recipe.optimizer.ema_decay)
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
    return value, Verdict(adversary, judged, sample.painting, real_around, around)


def _improve(recipe: Recipe, state: State, total: Tensor) -> None:
    value = float(total.detach())
    if not math.isfinite(value):
        raise DivergedError(f"The loss became {value:g} at step {state.step}; lower the rate.")
    state.optimizer.zero_grad(set_to_none=True)
    total.backward()  # type: ignore[no-untyped-call]
    state.team.average_gradients(state.net)
    nn.utils.clip_grad_norm_(state.net.parameters(), recipe.optimizer.clip_norm)
    state.optimizer.step()


def _settle(state: State, phase: Phase, decay: float) -> None:
    """Let all processes hold the same statistics, and the average follow the net."""
    state.team.average_statistics(state.net)
    if state.adversary is not None:
        state.team.average_statistics(state.adversary.net)
    if phase.trains_generator:
        _average(state, decay)
    state.step += 1


def _noisy(painting: Tensor, hole: Tensor, sigma: float | None) -> Tensor:
    """Add Gaussian noise to the valid samples; drawn on the CPU, so that a run can resume."""
    if sigma is None:
        return painting
    noise = torch.randn(painting.shape).to(painting.device)
    return painting + sigma * noise * (1 - hole)


@torch.no_grad()
def _average(state: State, decay: float) -> None:
    """Move the average towards the net; faster at first, so that it forgets the untrained net."""
    share = 1 - min(decay, (state.step + 1) / (state.step + 10))
    for mean, value in zip(_floats(state.ema), _floats(state.net), strict=True):
        mean.lerp_(value, share)
    copy_frozen(state.net, state.ema)


def _floats(net: nn.Module) -> Iterable[Tensor]:
    return (value for value in net.state_dict().values() if value.is_floating_point())
