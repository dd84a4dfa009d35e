"""Data sets by name, classes, and splits that keep a painting on one side."""

import shutil
from pathlib import Path

import pytest

from training.__main__ import main
from training.choice import Choice, data_folder, shares
from training.data import read_paintings


def test_a_data_set_is_found_below_its_root_by_name():
    assert data_folder("dtd=sets") == Path("sets/dtd/dtd/images")
    assert data_folder("flowers102=sets") == Path("sets/flowers-102/jpg")
    assert data_folder("some/folder") == Path("some/folder")
    assert data_folder("a=b/folder") == Path("a=b/folder")


@pytest.mark.parametrize("split", [(90.0, 10.0), (85.0, 10.0, 5.0)])
def test_a_split_takes_each_painting_once_and_nearly_by_its_shares(split):
    paths = [Path(f"monet-{index}.png") for index in range(4000)]
    parts = [Choice(shares=split, part=part) for part in range(len(split))]
    counts = [sum(part.takes(path) for path in paths) for part in parts]
    assert sum(counts) == len(paths)
    assert [count / 40 for count in counts] == pytest.approx(split, abs=1.5)
    last = Choice(shares=split, part=-1)
    assert all(last.takes(path) == parts[-1].takes(path) for path in paths)


def test_a_paintings_side_does_not_hang_on_its_folder():
    choice = Choice(shares=(1.0, 1.0))
    for index in range(20):
        name = f"{index}.png"
        assert choice.takes(Path("here") / name) == choice.takes(Path("there/deeper") / name)


def test_classes_are_folders_of_that_name():
    choice = Choice(classes=("coast", "forest/broadleaf"))
    assert choice.takes(Path("places/c/coast/1.jpg"))
    assert choice.takes(Path("places/f/forest/broadleaf/1.jpg"))
    assert not choice.takes(Path("places/f/forest/needleleaf/1.jpg"))
    assert not choice.takes(Path("places/s/seacoast/1.jpg"))


def test_shares_are_above_zero():
    assert shares("85,10,5") == (85.0, 10.0, 5.0)
    for wrong in ("90,0", "a", ""):
        with pytest.raises(ValueError):
            shares(wrong)


def test_only_the_chosen_are_read(folder):
    (folder / "coast").mkdir()
    shutil.copy(folder / "painting-0.png", folder / "coast" / "wave.png")
    paintings = read_paintings([folder], 64, choice=Choice(classes=("coast",)))
    assert [Path(name).name for name in paintings.names] == ["wave.png"]


def test_a_class_of_which_there_is_no_image_is_one_sentence(folder, tmp_path, capsys):
    arguments = ["train", "unet-mse", "--data", str(folder), "--out", str(tmp_path / "out")]
    overrides = ["--classes", "desert", "--set", "data.crop_px=64"]
    assert main([*arguments, *overrides]) == 1
    assert "No image of at least 64 px" in capsys.readouterr().err
