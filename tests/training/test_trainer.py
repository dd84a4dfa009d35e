"""Training learns, ends when it should, and resumes exactly."""

import csv
from dataclasses import replace

import numpy as np
import pytest
import torch

from training.checkpoint import FILE, CheckpointError, read_checkpoint
from training.config import read_recipe
from training.losses import Objective
from training.trainer import DivergedError, started, take_step, train


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


class StopAt:
    """Interrupt a run from its log, as Ctrl-C would, once it has logged a step."""

    def __init__(self, step):
        self.step = step

    def __call__(self, line):
        if line.startswith(f"step {self.step} "):
            raise KeyboardInterrupt
