"""Runs are laid beside each other by their logs, recipes and, if asked, the same holes."""

import csv
import shutil

import pytest
import torch
from PIL import Image

from core.models.registry import build
from training.__main__ import main
from training.averaged_net import AveragedNet, averaged_net
from training.checkpoint import Checkpoint, CheckpointError, read_checkpoint, write_checkpoint
from training.compare import CompareError, read_runs, recipe_differences, write_comparison
from training.run_log import COLUMNS, LogError

ROWS = [f"{step},{step / 10},1e-3,20,{20 + step / 10},l2=0.{step}" for step in range(1, 13)]


def make_run(folder, seed=0, **changes):
    recipe = {
        "id": "unet-mse",
        "architecture": "unet-mse",
        "options": {"widths": [4, 8, 8]},
        "batch": 4,
        "data": {"crop_px": 64},
        **changes,
    }
    torch.manual_seed(seed)
    net = build(recipe["architecture"], **recipe["options"])
    state = net.state_dict()
    checkpoint = Checkpoint(recipe, state, state, {}, {}, {"hardware": "a desk"}, 120, 90.0)
    folder.mkdir(parents=True)
    write_checkpoint(checkpoint, folder / "checkpoint.pt")
    (folder / "log.csv").write_text("\n".join([",".join(COLUMNS), *ROWS]) + "\n", "utf-8")
    return folder


@pytest.fixture
def two(tmp_path):
    return [make_run(tmp_path / "wide"), make_run(tmp_path / "slow", 1, batch=2)]


def test_only_the_keys_that_differ_are_told():
    one = {"id": "a", "batch": 8, "losses": {"l1": {"weight": 1.0}}, "noise": 0.1}
    other = {"id": "a", "batch": 16, "losses": {"l1": {"weight": 2.0}}}
    assert recipe_differences([one, other]) == {
        "batch": ["8", "16"],
        "losses.l1.weight": ["1", "2"],
        "noise": ["0.1", "–"],
    }
    assert recipe_differences([one, one]) == {}


def test_the_table_tells_what_each_run_was(two, tmp_path):
    paths = write_comparison(read_runs(two), [], tmp_path / "out")
    assert [path.name for path in paths] == ["compare.png", "compare.md", "compare.csv"]
    with (tmp_path / "out" / "compare.csv").open(newline="", encoding="utf-8") as file:
        table = {line[0]: line[1:] for line in csv.reader(file)}
    assert table[""] == ["wide", "slow"]
    assert table["crops seen"] == ["480", "240"]
    assert table["minutes"] == ["1.5", "1.5"]
    # The last ten of twelve rows: 20.3 to 21.2 dB.
    assert table["hole dB in training, last 10 rows"] == ["20.75", "20.75"]
    assert table["batch"] == ["4", "2"]
    assert int(table["parameters"][0]) > 1000
    assert "run.hardware" not in table
    with Image.open(tmp_path / "out" / "compare.png") as picture:
        picture.load()
    assert "| batch | 4 | 2 |" in (tmp_path / "out" / "compare.md").read_text("utf-8")


def test_runs_of_one_name_are_told_apart_by_their_parents(tmp_path):
    runs = read_runs([make_run(tmp_path / "a" / "run"), make_run(tmp_path / "b" / "run")])
    assert [run.name for run in runs] == ["a/run", "b/run"]


def test_the_averaged_net_fills_any_size(two):
    net = averaged_net(read_checkpoint(two[0] / "checkpoint.pt"))
    generator = AveragedNet("wide", net, torch.device("cpu"))
    image, mask = torch.rand(45, 70, 3).numpy(), torch.zeros(45, 70).numpy()
    mask[10:20, 30:40] = 1
    filled = generator(image, mask)
    assert filled.shape == (45, 70, 3)
    changed = image.copy()
    changed[10:20, 30:40] = 7
    assert (generator(changed, mask) == filled).all()


def test_a_checkpoint_of_another_architecture_is_refused(tmp_path):
    folder = make_run(tmp_path / "one")
    old = read_checkpoint(folder / "checkpoint.pt")
    recipe = {**old.recipe, "options": {"widths": [4, 4, 8]}}
    with pytest.raises(CheckpointError, match="does not fit"):
        averaged_net(Checkpoint(**{**vars(old), "recipe": recipe}))


def test_the_command_measures_both_on_the_same_holes(two, folder, tmp_path, capsys):
    arguments = ["compare", *map(str, two), "--out", str(tmp_path / "out"), "--data", str(folder)]
    assert main([*arguments, "--kinds", "L,S32", "--size", "64", "--device", "cpu"]) == 0
    text = (tmp_path / "out" / "compare.md").read_text("utf-8")
    assert "| S32: PSNR in the hole, dB |" in text
    assert "on 2 paintings per mask kind" in text
    with (tmp_path / "out" / "pairs.csv").open(newline="", encoding="utf-8") as file:
        pairs = list(csv.DictReader(file))
    assert [(pair["kind"], pair["figure"]) for pair in pairs] == [
        ("L", "psnr_hole_db"), ("S32", "psnr_hole_db")
    ]  # fmt: skip
    for pair in pairs:
        assert float(pair["low"]) <= float(pair["mean"]) <= float(pair["high"])


def test_a_run_alone_or_twice_or_nowhere_is_refused(two, tmp_path):
    for folders, match in (
        (two[:1], "at least two"),
        ([two[0], two[0]], "named twice"),
        ([two[0], tmp_path / "none"], "no training folder"),
    ):
        with pytest.raises(CompareError, match=match):
            read_runs(folders)


def test_a_folder_without_log_or_checkpoint_is_refused_by_the_command(two, tmp_path, capsys):
    out = ["--out", str(tmp_path / "out")]
    (two[1] / "checkpoint.pt").unlink()
    assert main(["compare", *map(str, two), *out]) == 1
    assert "There is no checkpoint" in capsys.readouterr().err
    shutil.copy(two[0] / "checkpoint.pt", two[1])
    (two[1] / "log.csv").write_text(",".join(COLUMNS) + "\n", "utf-8")
    assert main(["compare", *map(str, two), *out]) == 1
    assert "no row yet" in capsys.readouterr().err
    (two[1] / "log.csv").write_text("step,loss\n1,2\n", "utf-8")
    with pytest.raises(LogError, match="lacks minutes"):
        read_runs(two)
    (two[1] / "log.csv").unlink()
    with pytest.raises(LogError, match="There is no log"):
        read_runs(two)
    assert not (tmp_path / "out").exists()
