"""`lacuna-train` as it is called: exit codes, sentences, files."""

import shutil

import numpy as np
import pytest
from PIL import Image

from core.inpainting.card import read_card
from core.inpainting.catalogue import classical_cards
from training.__main__ import main


def test_evaluate_measures_what_train_and_export_made(shipped, tmp_path, capsys):
    out, generator = str(tmp_path / "out"), str(shipped / "generator")
    data = ["--data", str(shipped / "paintings"), "--kinds", "L", "--size", "64"]
    assert main(["evaluate", "telea", "--folder", generator, *data, "--out", out]) == 0
    table = (tmp_path / "out" / "table.md").read_text("utf-8")
    assert "| `atelier-crack` | trained |" in table
    assert "| *best rival* | *telea* |" in table
    assert "lacuna-train evaluate telea --folder generator --data paintings --kinds L" in table
    assert "2 paintings read" in capsys.readouterr().out
    again = ["evaluate", "telea", "--folder", generator, *data, "--out", out, "--workers", "2"]
    assert main(again) == 0
    assert "Everything asked for was measured before." in capsys.readouterr().out
    assert (tmp_path / "out" / "table.md").read_text("utf-8") == table


def test_evaluate_all_takes_every_generator_and_names_what_is_missing(
    folder, tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("training.commands.evaluate.catalogue", lambda: (classical_cards(), []))
    data = ["--data", str(folder), "--kinds", "B", "--size", "64", "--out", str(tmp_path / "out")]
    assert main(["evaluate", "--all", *data]) == 0
    assert "Left out: gmic-pde: the program gmic is not installed" in capsys.readouterr().out
    table = (tmp_path / "out" / "table.md").read_text("utf-8")
    names = [card.id for card in classical_cards()]
    assert all(f"| `{name}` | classical |" in table for name in [*names, "biharmonic"])
    assert "gmic" not in table


def test_figures_that_are_damaged_are_not_extended(folder, tmp_path, capsys):
    (tmp_path / "figures.csv").write_text("kind,generator\n", "utf-8")
    data = ["--data", str(folder), "--kinds", "B", "--size", "64", "--out", str(tmp_path)]
    assert main(["evaluate", "telea", *data]) == 1
    assert "not written by this version" in capsys.readouterr().err


def test_evaluate_writes_cards_when_asked(shipped, tmp_path):
    folder = shutil.copytree(shipped / "generator", tmp_path / "generator")
    data = ["--data", str(shipped / "paintings"), "--kinds", "B", "--size", "64"]
    arguments = ["--folder", str(folder), *data, "--out", str(tmp_path / "out")]
    assert main(["evaluate", *arguments, "--write-cards"]) == 0
    assert read_card(folder).metrics["B"]["pictures"] == 2


def test_masks_are_written_as_png(tmp_path):
    arguments = ["masks", "--kinds", "L,S64", "--size", "128", "--count", "2"]
    assert main([*arguments, "--out", str(tmp_path)]) == 0
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["L-128-000.png", "L-128-001.png", "S64-128-000.png", "S64-128-001.png"]
    with Image.open(tmp_path / "S64-128-000.png") as mask:
        assert np.asarray(mask).mean() == 255 / 4


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["train", "no-recipe", "--data", ".", "--out", "x"], 2, "There is no recipe"),
        (["train", "atelier-crack", "--data", "nowhere", "--out", "x"], 1, "does not exist"),
        (["train", "atelier-crack", "--data", ".", "--out", "x", "--set", "a=1"], 2, "unknown"),
        (["export", "no.pt", "--out", "x"], 1, "no checkpoint"),
        (["masks", "--kinds", "Q", "--out", "x"], 1, "no mask kind"),
        (["evaluate", "no-generator", "--data", ".", "--out", "x"], 1, "no generator"),
        (["evaluate", "--data", ".", "--out", "x"], 1, "Name the generators"),
        (["evaluate", "telea", "--data", ".", "--out", "x", "--kinds", "Q"], 1, "no mask kind"),
        (["evaluate", "telea", "--data", ".", "--out", "x", "--features", "f"], 1, "No image"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(arguments, code, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == code
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_a_missing_feature_file_is_named(folder, tmp_path, capsys):
    arguments = ["--data", str(folder), "--out", str(tmp_path), "--size", "64"]
    assert main(["evaluate", "telea", *arguments, "--features", "gone.safetensors"]) == 1
    assert "gone.safetensors does not exist" in capsys.readouterr().err


def test_wrong_use_exits_with_two(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["train"])
    assert stop.value.code == 2
    assert "usage: lacuna-train" in capsys.readouterr().err
