"""Data sets are fetched only when asked for, by torchvision into their root (here a stand-in)."""

import sys
from types import SimpleNamespace

import pytest
from PIL import Image

from training.__main__ import main
from training.choice import FOLDERS, data_folder, data_set_of
from training.distributed import ALONE, Team
from training.download import DownloadError, download_missing


@pytest.fixture
def fetched(monkeypatch):
    """What torchvision's classes were asked for; each leaves one small picture in its place."""
    calls = []

    def of(title, name):
        def fetch(root, download=False, **variant):
            calls.append((title, root, download, variant))
            place = root / FOLDERS[name]
            place.mkdir(parents=True)
            Image.new("RGB", (70, 70), (90, 60, 30)).save(place / "one.png")

        return fetch

    titles = {"CelebA": "celeba", "DTD": "dtd", "Flowers102": "flowers102",
              "Places365": "places365"}  # fmt: skip
    stand_in = SimpleNamespace(**{title: of(title, name) for title, name in titles.items()})
    monkeypatch.setitem(sys.modules, "torchvision.datasets", stand_in)
    return calls


@pytest.mark.parametrize("name", FOLDERS)
def test_a_missing_set_is_fetched_whole_into_its_root(name, fetched, tmp_path):
    folder = data_folder(f"{name}={tmp_path / 'sets'}")
    assert data_set_of(folder) == (name, tmp_path / "sets")
    said = []
    download_missing([folder], ALONE, said.append)
    ((title, root, download, variant),) = fetched
    assert (title.lower(), root, download) == (name, tmp_path / "sets", True)
    assert variant == ({"small": True} if name == "places365" else {})
    assert f"Fetching {title}" in said[0]
    download_missing([folder], ALONE, said.append)
    assert len(fetched) == 1


def test_other_folders_are_left_alone(fetched, tmp_path):
    download_missing([tmp_path / "gone", tmp_path], ALONE, print)
    assert fetched == []
    assert data_set_of(tmp_path) is None


def test_train_downloads_only_when_asked(fetched, tmp_path, capsys):
    arguments = ["train", "atelier-crack", "--data", f"dtd={tmp_path / 'sets'}", "--steps", "1"]
    for text in ("options.width=8", "options.sweeps=2", "batch=2", "data.crop_px=64"):
        arguments += ["--set", text]
    arguments += ["--out", str(tmp_path / "out"), "--device", "cpu"]
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert "The data set dtd is not in" in error
    assert "--download" in error
    assert error.count("\n") == 1
    assert fetched == []
    assert main([*arguments, "--download"]) == 0
    assert len(fetched) == 1


def test_what_torchvision_cannot_fetch_is_one_sentence(monkeypatch, tmp_path):
    def fail(root, download):
        raise RuntimeError("To download files from GDrive, 'gdown' is required.")

    monkeypatch.setitem(sys.modules, "torchvision.datasets", SimpleNamespace(CelebA=fail))
    folder = data_folder(f"celeba={tmp_path}")
    with pytest.raises(DownloadError, match=r"CelebA could not be fetched.*'gdown' is required"):
        download_missing([folder], ALONE, print)


def test_a_set_that_lies_elsewhere_than_expected_is_said(monkeypatch, tmp_path):
    nothing = SimpleNamespace(DTD=lambda root, download: None)
    monkeypatch.setitem(sys.modules, "torchvision.datasets", nothing)
    with pytest.raises(DownloadError, match="its images are not in"):
        download_missing([data_folder(f"dtd={tmp_path}")], ALONE, print)


def test_several_processes_do_not_download(fetched, tmp_path):
    with pytest.raises(DownloadError, match="with one first"):
        download_missing([data_folder(f"dtd={tmp_path}")], Team(1, 2), print)
    assert fetched == []
