"""How far a run is, and the learning rate it has there."""

import math

from training.config import Recipe, ScheduleRecipe
from training.state import State


def progress_of(recipe: Recipe, state: State) -> float:
    """Return the used share of the run: of its steps where given, else of its time."""
    if recipe.run.steps > 0:
        return state.step / recipe.run.steps
    return state.elapsed_s / (60 * recipe.run.minutes)


def set_learning_rate(recipe: Recipe, state: State, progress: float) -> None:
    """Set both sides' rates for the next step: warm-up times the schedule's factor."""
    warm = min(1.0, (state.step + 1) / max(1, recipe.optimizer.warmup_steps))
    factor = warm * rate_factor(recipe.schedule, progress)
    for group in state.optimizer.param_groups:
        group["lr"] = recipe.optimizer.learning_rate * factor
    if state.adversary is not None:
        state.adversary.set_rate(factor)


def rate_factor(schedule: ScheduleRecipe | None, progress: float) -> float:
    """Return the share of its rate an optimizer has: without a schedule a cosine over the run."""
    if schedule is None:
        return 0.5 + 0.5 * math.cos(math.pi * progress)
    factor = schedule.late_factor if progress >= 1 - schedule.late_share else 1.0
    if progress > 1 - schedule.tail:
        ended = (progress - 1 + schedule.tail) / schedule.tail
        factor *= 0.5 + 0.5 * math.cos(math.pi * ended)
    return factor
