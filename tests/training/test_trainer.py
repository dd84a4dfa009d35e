"""Training learns, ends when it should, and resumes exactly."""

import csv
from dataclasses import replace

import numpy as np
import pytest
import torch

from training.checkpoint import FILE, CheckpointError, read_checkpoint
from training.config import RecipeError, read_recipe
from training.losses import Objective
from training.trainer import (
    DivergedError,
    _noisy,
    _rate_factor,
    _set_norms,
    started,
    take_step,
    train,
)


def silent(line):
    """Say nothing."""


def test_one_batch_can_be_overfitted(recipe, paintings):
    torch.manual_seed(0)
    state = started(recipe, torch.device("cpu"))
    for group in state.optimizer.param_groups:
        group["lr"] = 4e-3
    images = np.stack([image[:64, :64] for image in paintings.images[:2]])
    painting = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    hole = torch.zeros(2, 1, 64, 64)
    hole[:, :, 20:36, 8:56:4] = 1
    objective = Objective(recipe.losses, None)
    first, *_, last = (
        take_step(recipe, state, objective, painting, hole, 0.0)["mse"] for _ in range(60)
    )
    assert last < 0.25 * first


def test_twenty_steps_broken_at_ten_and_resumed_equal_twenty_at_once(recipe, paintings, tmp_path):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for out in (whole, parts):
        out.mkdir()
    often = replace(recipe, run=replace(recipe.run, steps=20, checkpoint_minutes=0.0))
    at_once = train(often, paintings, [], None, whole, say=silent)
    with pytest.raises(KeyboardInterrupt):
        train(often, paintings, [], None, parts, say=StopAt(10))
    resumed = train(often, paintings, [], None, parts, resume=True, say=silent)
    assert resumed.step == at_once.step == 20
    for one, other in ((at_once.net, resumed.net), (at_once.ema, resumed.ema)):
        for name, value in one.state_dict().items():
            assert torch.equal(value, other.state_dict()[name])
    assert resumed.rng.bit_generator.state == at_once.rng.bit_generator.state


def test_a_checkpoint_of_another_recipe_is_refused(recipe, paintings, tmp_path):
    train(recipe, paintings, [], None, tmp_path, say=silent)
    with pytest.raises(CheckpointError, match="different: batch"):
        train(replace(recipe, batch=3), paintings, [], None, tmp_path, resume=True, say=silent)


def test_resuming_without_a_checkpoint_is_refused(recipe, paintings, tmp_path):
    with pytest.raises(CheckpointError, match="no checkpoint"):
        train(recipe, paintings, [], None, tmp_path, resume=True, say=silent)


def test_a_run_ends_by_its_minutes(recipe, paintings, tmp_path):
    timed = replace(recipe, run=replace(recipe.run, steps=0, minutes=0.02))
    state = train(timed, paintings, [], None, tmp_path, say=silent)
    assert state.step > 0
    assert 1.2 <= state.elapsed_s < 5


def test_the_log_and_the_checkpoint_tell_what_was_done(recipe, paintings, tmp_path):
    said = []
    train(recipe, paintings, [], None, tmp_path, say=said.append)
    with (tmp_path / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["5", "10"]
    assert "l1=" in rows[0]["terms"]
    assert any("features” is dropped" in line for line in said)
    assert any("images/s" in line for line in said)
    checkpoint = read_checkpoint(tmp_path / FILE)
    assert checkpoint.step == 10
    assert checkpoint.facts["paintings"] == 3
    assert checkpoint.facts["hardware"]


def test_a_loss_without_end_stops_the_run(recipe, paintings, tmp_path):
    endless = replace(recipe, losses={"l1": replace(recipe.losses["l1"], weight=float("inf"))})
    with pytest.raises(DivergedError, match="step 0"):
        train(endless, paintings, [], None, tmp_path, say=silent)


def test_samples_are_drawn_as_often_as_asked(paintings, tmp_path):
    texts = ["options.width=8", "batch=2", "data.crop_px=64", "run.steps=2"]
    recipe = read_recipe("atelier-crack", [*texts, "run.sample_minutes=0.0"])
    train(recipe, paintings, [], None, tmp_path, say=silent)
    assert (tmp_path / "samples.png").stat().st_size > 0


GAN = (
    "options.width=8",
    "options.bottleneck=2",
    "batch=2",
    "run.log_steps=5",
    "run.steps=20",
    "phases.epoch_steps=10",
    "adversary.options.width=4",
    "adversary.options.features=8",
    "adversary.r1_weight=1.0",
    "adversary.r1_steps=3",
    "noise=0.03",
    "data.scales=[0.9,1.1]",
)


def test_a_contest_broken_at_ten_and_resumed_equals_one_at_once(paintings, tmp_path):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for out in (whole, parts):
        out.mkdir()
    often = read_recipe("landscape-gan", [*GAN, "run.checkpoint_minutes=0.0"])
    at_once = train(often, paintings, [], None, whole, say=silent)
    with pytest.raises(KeyboardInterrupt):
        train(often, paintings, [], None, parts, say=StopAt(10))
    resumed = train(often, paintings, [], None, parts, resume=True, say=silent)
    assert resumed.step == at_once.step == 20
    pairs = [(at_once.net, resumed.net), (at_once.adversary.net, resumed.adversary.net)]
    for one, other in pairs:
        for name, value in one.state_dict().items():
            assert torch.equal(value, other.state_dict()[name])
    assert resumed.adversary.step == at_once.adversary.step > 0


def test_each_phase_moves_its_side_alone(paintings):
    recipe = read_recipe("landscape-gan", GAN)
    state = started(recipe, torch.device("cpu"))
    objective = Objective(recipe.losses, None)
    torch.manual_seed(0)
    painting, hole = torch.rand(2, 3, 64, 64), torch.zeros(2, 1, 64, 64)
    hole[..., 20:40, 20:40] = 1
    moved = []
    for _ in range(10):
        before = [weights(side) for side in (state.net, state.adversary.net)]
        terms = take_step(recipe, state, objective, painting, hole, 0.0)
        after = [weights(side) for side in (state.net, state.adversary.net)]
        moved.append(tuple(not torch.equal(*pair) for pair in zip(before, after, strict=True)))
        assert ("adversarial" in terms) == all(moved[-1])
    assert moved == [(True, False)] * 2 + [(False, True)] * 5 + [(True, True)] * 3


def weights(net):
    return torch.cat([weight.detach().flatten() for weight in net.parameters()])


def test_noise_reaches_sound_paint_only():
    torch.manual_seed(0)
    painting, hole = torch.full((1, 3, 64, 64), 0.5), torch.zeros(1, 1, 64, 64)
    hole[..., 20:40, 20:40] = 1
    noisy = _noisy(painting, hole, 0.03)
    assert torch.equal(noisy[..., 20:40, 20:40], painting[..., 20:40, 20:40])
    assert float((noisy - painting)[(hole == 0).expand_as(painting)].std()) == pytest.approx(
        0.03, rel=0.05
    )
    assert _noisy(painting, hole, None) is painting


def test_the_encoders_norms_stand_still_in_the_last_quarter():
    recipe = read_recipe("pconv-unet", ["options.levels=3", "options.width=4"])
    net = started(recipe, torch.device("cpu")).net
    for progress, is_learning in ((0.5, True), (0.8, False)):
        _set_norms(recipe.schedule, net, progress)
        norms = {name: module.training for name, module in net.named_modules()
                 if isinstance(module, torch.nn.BatchNorm2d)}  # fmt: skip
        assert any(norms.values())
        assert all(norms[name] == is_learning for name in norms if name.startswith("encoder"))
        assert all(norms[name] for name in norms if name.startswith("decoder"))


def test_a_schedule_is_constant_then_late_then_falls_to_zero():
    plan = read_recipe("pconv-unet").schedule
    rates = [_rate_factor(plan, progress) for progress in (0.0, 0.74, 0.76, 0.84, 0.925, 1.0)]
    assert rates == pytest.approx([1, 1, 0.25, 0.25, 0.125, 0.0])
    assert _rate_factor(None, 0.5) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("id", "override", "words"),
    [
        ("unet-mse", "losses.adversarial.weight=1.0", "needs a discriminator"),
        ("glcic", "schedule.frozen_norms=encoder", "no encoder"),
    ],
)
def test_a_recipe_that_does_not_fit_together_is_refused(id, override, words, paintings, tmp_path):
    recipe = read_recipe(id, ["data.crop_px=64", override])
    with pytest.raises(RecipeError, match=words):
        train(recipe, paintings, [], None, tmp_path, say=silent)


class StopAt:
    """Interrupt a run from its log, as Ctrl-C would, once it has logged a step."""

    def __init__(self, step):
        self.step = step

    def __call__(self, line):
        if line.startswith(f"step {self.step} "):
            raise KeyboardInterrupt
