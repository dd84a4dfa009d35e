"""Training ends when it should, and resumes exactly."""

import csv
import os
import signal
from dataclasses import replace

import pytest
import torch

from training.checkpoint import FILE, CheckpointError, read_checkpoint
from training.config import RecipeError, read_recipe
from training.journal import Journal
from training.steps import DivergedError
from training.trainer import train


def silent(line):
    """Say nothing."""


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_after_a_step_with_a_checkpoint(recipe, paintings, tmp_path, number):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for out in (whole, parts):
        out.mkdir()
    at_once = train(recipe, paintings, [], None, whole, say=silent)
    said = []

    def say(line):
        said.append(line)
        if line.startswith("step 5 "):
            os.kill(os.getpid(), number)

    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt):
        train(recipe, paintings, [], None, parts, say=say)
    assert signal.getsignal(number) == before
    assert said[-1].startswith("Interrupted after step 5")
    assert "--resume" in said[-1]
    assert read_checkpoint(parts / FILE).step == 5
    resumed = train(recipe, paintings, [], None, parts, resume=True, say=silent)
    for name, value in at_once.net.state_dict().items():
        assert torch.equal(value, resumed.net.state_dict()[name])


def test_only_training_counts_towards_the_minutes(recipe, paintings, tmp_path, monkeypatch):
    clock = Clock()
    monkeypatch.setattr("training.trainer.time", clock)
    add = Journal.add

    def slow(journal, *told):
        clock.now += 1000.0
        add(journal, *told)

    monkeypatch.setattr(Journal, "add", slow)
    timed = replace(recipe, run=replace(recipe.run, steps=0, minutes=0.1))
    state = train(timed, paintings, [], None, tmp_path, say=silent)
    # Six seconds, of which the clock lets one pass between the beginning and end of a step.
    assert (state.step, state.elapsed_s) == (6, 6.0)


class Clock:
    """A time that passes by a second whenever it is looked at."""

    now = 0.0

    def monotonic(self):
        self.now += 1.0
        return self.now


def test_samples_are_drawn_as_often_as_asked(paintings, tmp_path):
    texts = ["options.width=8", "batch=2", "data.crop_px=64", "run.steps=2"]
    recipe = read_recipe("atelier-crack", [*texts, "run.sample_minutes=0.0"])
    train(recipe, paintings, [], None, tmp_path, say=silent)
    assert (tmp_path / "samples.png").stat().st_size > 0


def test_a_contest_broken_at_ten_and_resumed_equals_one_at_once(paintings, tmp_path, contest):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for out in (whole, parts):
        out.mkdir()
    often = read_recipe(
        "landscape-gan", [*contest, "data.scales=[0.9,1.1]", "run.checkpoint_minutes=0.0"]
    )
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


def test_a_run_begins_with_the_averaged_weights_of_another(recipe, paintings, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for out in (first, second):
        out.mkdir()
    stored = train(recipe, paintings, [], None, first, say=silent).ema.state_dict()
    other = replace(recipe, seed=3, run=replace(recipe.run, steps=1))
    still = replace(other, optimizer=replace(other.optimizer, learning_rate=0.0))
    state = train(still, paintings, [], None, second, say=silent, init=first / FILE)
    assert state.step == 1
    for name, value in stored.items():
        assert torch.equal(state.net.state_dict()[name], value)
    begun = read_checkpoint(second / FILE).facts["begun_with"]
    assert begun["steps"] == 10
    longer = replace(still, run=replace(still.run, steps=2))
    train(longer, paintings, [], None, second, resume=True, say=silent)
    assert read_checkpoint(second / FILE).facts["begun_with"] == begun


def test_weights_of_another_net_are_refused(recipe, paintings, tmp_path):
    train(recipe, paintings, [], None, tmp_path, say=silent)
    wider = replace(recipe, options={**recipe.options, "width": 16})
    with pytest.raises(CheckpointError, match=r"another net .*width = 8.*width = 16"):
        train(wider, paintings, [], None, tmp_path, say=silent, init=tmp_path / FILE)


def test_a_net_with_a_level_more_begins_with_the_weights_it_shares(recipe, paintings, tmp_path):
    shallow = train(recipe, paintings, [], None, tmp_path, say=silent).ema.state_dict()
    still = replace(recipe.optimizer, learning_rate=0.0)
    deeper = replace(recipe, options={**recipe.options, "dilations": [1, 2]}, optimizer=still)
    for folder in ("deeper", "shallow"):
        (tmp_path / folder).mkdir()
    state = train(deeper, paintings, [], None, tmp_path / "deeper", say=silent,
                  init=tmp_path / FILE)  # fmt: skip
    weights = state.net.state_dict()
    assert all(torch.equal(weights[name], value) for name, value in shallow.items())
    assert not weights["deeper.up.weight"].any()
    with pytest.raises(CheckpointError, match="another net"):
        train(recipe, paintings, [], None, tmp_path / "shallow", say=silent,
              init=tmp_path / "deeper" / FILE)  # fmt: skip


def test_without_features_their_terms_use_the_discriminators_maps(paintings, tmp_path):
    tiny = ["options.widths=[8,16]", "adversary.options.width=4", "batch=2", "run.steps=2",
            "run.log_steps=1"]  # fmt: skip
    said = []
    train(read_recipe("line-pconv", tiny), paintings, [], None, tmp_path, say=said.append)
    assert any("“perceptual” uses the discriminator's maps" in line for line in said)
    assert "perceptual=" in (tmp_path / "log.csv").read_text()
    assert read_checkpoint(tmp_path / FILE).facts["features"] == "the discriminator's maps"


class StopAt:
    """Interrupt a run from its log, as Ctrl-C would, once it has logged a step."""

    def __init__(self, step):
        self.step = step

    def __call__(self, line):
        if line.startswith(f"step {self.step} "):
            raise KeyboardInterrupt
