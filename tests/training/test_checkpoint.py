"""Checkpoints come back as written, or are refused in a sentence."""

import pickle

import pytest
import torch

from training.checkpoint import Checkpoint, CheckpointError, read_checkpoint, write_checkpoint


@pytest.fixture
def checkpoint():
    return Checkpoint(
        recipe={"id": "x", "betas": (0.9, 0.99), "options": {"width": 8}},
        model={"w": torch.arange(3.0)},
        ema={"w": torch.zeros(3)},
        optimizer={"state": {}, "param_groups": []},
        random={"torch": torch.get_rng_state(), "numpy": {"state": {"state": 2**127 + 1}}},
        facts={"hardware": "this one"},
        step=7,
        elapsed_s=1.5,
    )


def test_a_checkpoint_comes_back_as_written(checkpoint, tmp_path):
    path = tmp_path / "c.pt"
    write_checkpoint(checkpoint, path)
    read = read_checkpoint(path, checkpoint.recipe)
    assert torch.equal(read.model["w"], checkpoint.model["w"])
    assert torch.equal(read.random["torch"], checkpoint.random["torch"])
    for name in ("recipe", "facts", "step", "elapsed_s"):
        assert getattr(read, name) == getattr(checkpoint, name)
    assert read.random["numpy"] == checkpoint.random["numpy"]
    assert [item.name for item in tmp_path.iterdir()] == ["c.pt"]


def test_a_failed_write_leaves_the_previous_checkpoint(checkpoint, tmp_path, monkeypatch):
    path = tmp_path / "c.pt"
    write_checkpoint(checkpoint, path)
    before = path.read_bytes()

    def fail(table, file):
        file.write(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(torch, "save", fail)
    with pytest.raises(OSError, match="No space"):
        write_checkpoint(checkpoint, path)
    assert path.read_bytes() == before


def test_another_recipe_is_refused_and_the_difference_named(checkpoint, tmp_path):
    write_checkpoint(checkpoint, tmp_path / "c.pt")
    with pytest.raises(CheckpointError, match="different: options"):
        read_checkpoint(tmp_path / "c.pt", {**checkpoint.recipe, "options": {"width": 9}})


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
def test_a_truncated_checkpoint_is_refused(checkpoint, tmp_path, share):
    path = tmp_path / "c.pt"
    write_checkpoint(checkpoint, path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(CheckpointError, match="damaged"):
        read_checkpoint(path)


def test_a_file_that_would_run_code_is_refused(tmp_path):
    path = tmp_path / "c.pt"
    torch.save({"format": 1, "trap": Trap()}, path)
    with pytest.raises(CheckpointError, match="damaged"):
        read_checkpoint(path)


def test_a_file_of_something_else_is_refused(tmp_path):
    path = tmp_path / "c.pt"
    torch.save({"weights": torch.zeros(2)}, path)
    with pytest.raises(CheckpointError, match="not a checkpoint"):
        read_checkpoint(path)


class Trap:
    """Unpickling this would call a function."""

    def __reduce__(self):
        return (pickle.loads, (b"",))
