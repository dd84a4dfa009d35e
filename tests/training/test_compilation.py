"""A compiled net computes the same, keeps its names, and a missing compiler is one sentence."""

from pathlib import Path

import pytest
import torch

from training.__main__ import main
from training.checkpoint import FILE, read_checkpoint
from training.compilation import CompilationError, compile_forward

TINY = ("options.width=8", "options.sweeps=2", "batch=2", "data.crop_px=64")


def train_tiny(folder: Path, out: Path, *more: str) -> int:
    overrides = [word for text in TINY for word in ("--set", text)]
    arguments = ["--data", str(folder), "--out", str(out), "--steps", "2", "--device", "cpu"]
    return main(["train", "atelier-crack", *arguments, *overrides, *more])


def interpreted(function):
    """Stand in for torch.compile; the compiler's own work is left to the slow test."""
    return function


def test_a_compiled_nets_checkpoint_has_the_names_of_a_plain_one(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(torch, "compile", interpreted)
    called = []
    monkeypatch.setattr(torch.nn.Module, "compile", lambda net: called.append(type(net).__name__))
    assert train_tiny(folder, tmp_path / "plain") == 0
    assert called == []
    assert train_tiny(folder, tmp_path / "flag", "--compile") == 0
    assert train_tiny(folder, tmp_path / "key", "--set", "run.compile=true") == 0
    assert called == ["Atelier"] * 2
    plain, flag = (read_checkpoint(tmp_path / name / FILE) for name in ("plain", "flag"))
    assert plain.model.keys() == flag.model.keys()
    # Whether a run is compiled is no part of what it must share with its continuation.
    assert plain.recipe == flag.recipe


def test_a_machine_that_cannot_compile_says_so_before_the_run(
    folder, tmp_path, monkeypatch, capsys
):
    def fails(function):
        def compiled(x):
            raise RuntimeError("No working C++ compiler found in torch._inductor.config\n  more")

        return compiled

    monkeypatch.setattr(torch, "compile", fails)
    with pytest.raises(CompilationError, match="No working C\\+\\+ compiler"):
        compile_forward(torch.nn.Identity(), torch.device("cpu"))
    assert train_tiny(folder, tmp_path / "out", "--compile") == 1
    error = capsys.readouterr().err
    assert "leave out --compile" in error
    assert error.count("\n") == 1


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_compiled_run_learns_what_a_plain_one_does(folder, tmp_path):
    assert train_tiny(folder, tmp_path / "plain") == 0
    assert train_tiny(folder, tmp_path / "compiled", "--compile") == 0
    plain, compiled = (read_checkpoint(tmp_path / name / FILE) for name in ("plain", "compiled"))
    assert plain.model.keys() == compiled.model.keys()
    for name, value in plain.model.items():
        torch.testing.assert_close(compiled.model[name], value, rtol=1e-2, atol=1e-4)
