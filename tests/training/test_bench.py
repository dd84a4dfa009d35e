"""`lacuna-train bench` measures; other calls about the device are answered in a sentence."""

import pytest
import torch

from training import __main__ as command
from training.__main__ import main
from training.bench import Speed, bench
from training.config import read_recipe

TINY = ("options.width=8", "adversary.options.width=4", "adversary.options.features=8", "batch=2")


def test_a_speed_is_counted_over_both_sides():
    recipe = read_recipe("landscape-gan", TINY)
    speed = bench(recipe, 0.0, torch.device("cpu"))
    assert speed.images_per_s > 0
    assert speed.tflops > 0
    assert speed.batch == 2
    assert "of the peak" not in speed.line()


def test_the_share_of_the_peak_is_printed_when_the_peak_is_given():
    assert "25.0% of the peak" in Speed("x", 64, 2, 1000, 10.0, 0.5).line(peak_tflops=2.0)


def test_bench_prints_a_line_per_recipe(capsys):
    overrides = [word for text in TINY for word in ("--set", text)]
    assert main(["bench", "landscape-gan", "--seconds", "0", "--device", "cpu", *overrides]) == 0
    first, second = capsys.readouterr().out.strip().split("\n")
    assert first.startswith("Training on")
    assert second.startswith("landscape-gan")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_missing_accelerator_is_one_sentence(capsys):
    assert main(["bench", "unet-mse", "--device", "cuda"]) == 1
    assert "There is no CUDA device here" in capsys.readouterr().err


def test_too_little_memory_says_what_to_lower(monkeypatch, capsys):
    def exhausted(*arguments):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(command, "bench", exhausted)
    assert main(["bench", "unet-mse", "--device", "cpu"]) == 1
    error = capsys.readouterr().err
    assert "lower the batch" in error
    assert error.count("\n") == 1
