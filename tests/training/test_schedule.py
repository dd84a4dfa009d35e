"""The learning rate over a run, as its schedule says."""

import pytest

from training.config import read_recipe
from training.schedule import rate_factor


def test_a_schedule_is_constant_then_late_then_falls_to_zero():
    plan = read_recipe("pconv-unet").schedule
    rates = [rate_factor(plan, progress) for progress in (0.0, 0.74, 0.76, 0.84, 0.925, 1.0)]
    assert rates == pytest.approx([1, 1, 0.25, 0.25, 0.125, 0.0])
    assert rate_factor(None, 0.5) == pytest.approx(0.5)
