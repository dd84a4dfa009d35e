"""Processes that train together stay one net, and end together; alone nothing is changed."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from training.checkpoint import FILE, CheckpointError, read_checkpoint
from training.distributed import ALONE, Order, assembled, local_rank
from training.state import resumed

PROGRAM = Path(__file__).with_name("two_processes.py")
ROOT = PROGRAM.parent.parent.parent


@pytest.fixture(scope="module")
def two_processes():
    """The program's own functions, for what one process makes of the same batches."""
    spec = importlib.util.spec_from_file_location("two_processes", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """The folder with what both processes left: 0.pt, 1.pt, 0.txt, 1.txt, and their runs."""
    out = tmp_path_factory.mktemp("two")
    run = subprocess.run(
        [sys.executable, PROGRAM, out], cwd=ROOT, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}, check=False,
    )  # fmt: skip
    assert (out / "1.pt").exists(), run.stderr
    return out


@pytest.fixture(scope="module")
def found(left):
    return [torch.load(left / f"{rank}.pt") for rank in range(2)]


def assert_same(one, other):
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert torch.equal(value, other[name]), name


def test_two_processes_learn_what_one_does_from_both_batches(found, two_processes):
    together = two_processes.one_process(4)
    untrained = two_processes.one_process(0)
    assert_same(found[0]["plain"], found[1]["plain"])
    for name, value in together.items():
        torch.testing.assert_close(found[0]["plain"][name], value, rtol=0, atol=1e-7)
    assert max(float((untrained[name] - together[name]).abs().max()) for name in together) > 1e-3


def test_through_all_phases_both_hold_the_same_nets_and_norms(found):
    for side in ("net", "ema", "adversary"):
        assert_same(found[0]["whole"][side], found[1]["whole"][side])
    norms = [name for name in found[0]["whole"]["net"] if name.endswith("running_var")]
    assert any((found[0]["whole"]["net"][name] != 1).any() for name in norms)


def test_each_process_draws_its_own_crops_and_noise(found):
    one, other = (part["streams"] for part in found)
    assert one["numpy"]["state"] != other["numpy"]["state"]
    assert not torch.equal(one["torch"], other["torch"])


def test_interrupted_at_five_and_resumed_both_go_on_exactly(found):
    for part in found:
        assert part["interrupted_at"] == 5
        for side in ("net", "ema", "adversary"):
            assert_same(part["resumed"][side], part["whole"][side])


def test_the_leader_alone_logs_and_writes(found, left):
    assert found[0]["said"]
    assert not found[1]["said"]
    assert len((left / "whole" / "log.csv").read_text().splitlines()) == 3
    stored = read_checkpoint(left / "whole" / FILE)
    assert stored.facts["processes"] == 2
    assert len(stored.others) == 1


def test_a_team_of_another_size_does_not_continue(left, two_processes):
    with pytest.raises(CheckpointError, match="written by 2 processes and this run has 1"):
        resumed(two_processes.contest(), left / "whole" / FILE, torch.device("cpu"))


def test_when_one_process_fails_the_other_ends_too(left):
    assert (left / "1.txt").read_text("utf-8").startswith("DivergedError: The loss became inf")
    assert (left / "0.txt").read_text("utf-8").startswith("TeamError: Another process")


def test_alone_every_value_stays_as_it_is():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    net(torch.rand(2, 3, 8, 8)).sum().backward()
    before = [weight.grad.clone() for weight in net.parameters()]
    ALONE.average_gradients(net)
    ALONE.average_statistics(net)
    assert all(torch.equal(*pair) for pair in zip(
        before, [weight.grad for weight in net.parameters()], strict=True))  # fmt: skip
    order = Order(1 / 3, saves=True, stops=False)
    assert ALONE.agreed(order) is order
    assert ALONE.gathered({"a": 1}) == [{"a": 1}]


def test_without_torchrun_a_process_is_alone(monkeypatch):
    for name in ("RANK", "LOCAL_RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    assert local_rank() == 0
    with assembled(torch.device("cpu")) as team:
        assert team is ALONE


@pytest.mark.slow
def test_torchrun_trains_with_two_processes(folder, tmp_path):
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node",
               "2", "-m", "training", "train", "atelier-crack", "--data", folder, "--steps", "2",
               "--device", "cpu", "--out", tmp_path / "out"]  # fmt: skip
    for override in ("options.width=8", "batch=2", "data.crop_px=64"):
        command += ["--set", override]
    run = subprocess.run(
        [str(word) for word in command], cwd=ROOT, capture_output=True, text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"}, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("Done: 2 steps") == 1
    assert read_checkpoint(tmp_path / "out" / FILE).facts["processes"] == 2
