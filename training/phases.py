"""Which side trains now: the three phases of the adversarial reports."""

from enum import Enum

from training.config import PhasesRecipe


class Phase(Enum):
    """The generator alone (without adversarial terms), the discriminator alone, or both."""

    GENERATOR = "generator"
    DISCRIMINATOR = "discriminator"
    JOINT = "joint"

    @property
    def trains_generator(self) -> bool:
        """Whether the generator takes a step."""
        return self is not Phase.DISCRIMINATOR

    @property
    def trains_discriminator(self) -> bool:
        """Whether the discriminator takes a step."""
        return self is not Phase.GENERATOR


def phase_at(phases: PhasesRecipe | None, step: int, progress: float) -> Phase:
    """Return the phase of a step; without phases both sides train all the time.

    By "time", the parts are shares of the run's progress; by "epoch", shares of every
    epoch_steps steps; by "steps", numbers of steps (the joint phase then lasts on).
    """
    if phases is None:
        return Phase.JOINT
    generator, discriminator, _ = phases.parts
    if phases.by == "steps":
        place = float(step)
    elif phases.by == "epoch":
        place = step % phases.epoch_steps / phases.epoch_steps * sum(phases.parts)
    else:
        place = progress * sum(phases.parts)
    if place < generator:
        return Phase.GENERATOR
    return Phase.DISCRIMINATOR if place < generator + discriminator else Phase.JOINT
