"""Phases follow the run's time, the epoch, or the number of steps."""

import pytest

from training.config import PhasesRecipe, RecipeError, read_recipe
from training.phases import Phase, phase_at

G, D, J = Phase.GENERATOR, Phase.DISCRIMINATOR, Phase.JOINT


def test_without_phases_both_sides_train():
    assert phase_at(None, 0, 0.0) is J


def test_by_time_the_parts_are_shares_of_the_run():
    glcic = read_recipe("glcic").phases
    phases = [phase_at(glcic, 0, progress) for progress in (0.0, 0.17, 0.19, 0.21, 0.99)]
    assert phases == [G, G, D, J, J]


def test_by_epoch_they_come_again_in_every_epoch():
    landscape = PhasesRecipe(parts=(0.2, 0.5, 0.3), by="epoch", epoch_steps=10)
    epoch = [phase_at(landscape, step, 0.5) for step in range(10)]
    assert epoch == [G] * 2 + [D] * 5 + [J] * 3
    assert epoch == [phase_at(landscape, step, 0.5) for step in range(30, 40)]


def test_by_steps_the_posters_iterations_end_in_both():
    poster = read_recipe(
        "pconv-unet-gan", ["phases.by=steps", "phases.parts=[25000,6000,94000]"]
    ).phases
    steps = (0, 24_999, 25_000, 30_999, 31_000, 124_999, 200_000)
    assert [phase_at(poster, step, 0.0) for step in steps] == [G, G, D, D, J, J, J]


def test_each_phase_trains_its_side():
    assert (G.trains_generator, G.trains_discriminator) == (True, False)
    assert (D.trains_generator, D.trains_discriminator) == (False, True)
    assert (J.trains_generator, J.trains_discriminator) == (True, True)


def test_another_unit_is_refused():
    with pytest.raises(RecipeError, match="one of time, epoch, steps"):
        read_recipe("glcic", ["phases.by=days"])
