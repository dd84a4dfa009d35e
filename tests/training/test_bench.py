"""`lacuna-train bench` measures; other calls about the device are answered in a sentence."""

import pytest
import torch

from training import __main__ as command
from training import bench as benching
from training.__main__ import main
from training.bench import Speed, bench, peak_of, table
from training.config import read_recipe

TINY = ("options.width=8", "adversary.options.width=4", "adversary.options.features=8", "batch=2")
SPEED = Speed("lite/x", 64, 2, 1_500_000, 10.0, 0.5, 12.5, peak_bytes=3_000_000_000)


def test_a_speed_is_counted_over_both_sides():
    recipe = read_recipe("landscape-gan", TINY)
    speed = bench(recipe, 0.0, torch.device("cpu"))
    assert speed.images_per_s > 0
    assert speed.tflops > 0
    assert speed.batch == 2
    assert speed.images_per_cpu_s > 0
    assert speed.compiled_ratio is None
    assert speed.peak_bytes is None or speed.peak_bytes > 1e7
    assert "of the peak" not in speed.line()


def test_a_compiled_net_takes_turns_with_the_plain_one(monkeypatch):
    compiled = []
    monkeypatch.setattr(benching, "compile_forward", lambda net, device: compiled.append(net))
    speed = bench(read_recipe("landscape-gan", TINY), 0.0, torch.device("cpu"), compares=True)
    assert len(compiled) == 1
    # Nothing was compiled here, so both are about as fast.
    assert 0.05 < speed.compiled_ratio < 20


def test_the_share_of_the_peak_is_printed_when_the_peak_is_known():
    assert "25.0% of the peak" in SPEED.line(peak_tflops=2.0)
    assert peak_of("NVIDIA H200") == 989.4
    assert peak_of("NVIDIA H100 PCIe") == 756.0
    assert peak_of("AMD EPYC") is None


def test_the_table_has_a_row_per_recipe_and_only_columns_that_were_measured():
    header, rule, row = table([SPEED]).splitlines()
    assert "share of peak" not in header
    assert "compiled" not in header
    assert row == "| `lite/x` | 64 | 2 | 1.50 | 10.00 | 12.50 | 0.5000 | 3.00 |"
    assert header.count("|") == rule.count("|") == row.count("|")
    assert "| 25.0% |" in table([SPEED], peak_tflops=2.0)


@pytest.mark.slow
def test_several_recipes_are_measured_each_in_a_process_of_its_own(capsys):
    overrides = [word for text in TINY for word in ("--set", text)]
    names = ["landscape-gan", "lite/landscape-gan"]
    assert main(["bench", *names, "--seconds", "0", "--device", "cpu", *overrides]) == 0
    lines = capsys.readouterr().out.strip().split("\n")
    assert [line.split()[0] for line in lines[1:]] == names


def test_bench_prints_a_line_per_recipe_and_writes_the_table(tmp_path, capsys):
    overrides = [word for text in TINY for word in ("--set", text)]
    out = tmp_path / "benchmarks.md"
    arguments = ["lite/landscape-gan", "--seconds", "0", "--device", "cpu"]
    arguments += [*overrides, "--out", str(out), "--note", "One test ran."]
    assert main(["bench", *arguments]) == 0
    first, second, _ = capsys.readouterr().out.strip().split("\n")
    assert first.startswith("Training on")
    assert second.startswith("lite/landscape-gan ")
    page = out.read_text("utf-8")
    assert "| `lite/landscape-gan` |" in page
    assert "lacuna-train --threads 1 bench lite/landscape-gan --seconds 0" in page
    assert "One test ran. The share of the peak needs an accelerator" in page
    assert torch.__version__ in page
    assert str(tmp_path) not in page


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_missing_accelerator_is_one_sentence(capsys):
    assert main(["bench", "unet-mse", "--device", "cuda"]) == 1
    assert "There is no CUDA device here" in capsys.readouterr().err


def test_too_little_memory_says_what_to_lower(monkeypatch, capsys):
    def exhausted(*arguments):
        raise torch.OutOfMemoryError("CUDA out of memory.")

    monkeypatch.setattr(command.bench, "bench", exhausted)
    assert main(["bench", "unet-mse", "--device", "cpu"]) == 1
    error = capsys.readouterr().err
    assert "lower the batch" in error
    assert error.count("\n") == 1
