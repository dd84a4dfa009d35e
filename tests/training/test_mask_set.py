"""The landscape report's masks, crops and coordinates, as files."""

import csv

import numpy as np
from PIL import Image

from training.__main__ import main


def rows(folder):
    with (folder / "coordinates.csv").open(newline="", encoding="utf-8") as file:
        return [
            {key: value if key == "file" else int(value) for key, value in row.items()}
            for row in csv.DictReader(file)
        ]


def test_the_landscape_reports_window_of_28_px_holds_its_hole(tmp_path):
    assert main(["masks", "--recipe", "landscape-gan", "--count", "5", "--out", str(tmp_path)]) == 0
    found = rows(tmp_path)
    assert len(found) == 5
    for row in found:
        with Image.open(tmp_path / row["file"]) as image:
            mask = np.asarray(image)
        assert mask.shape == (64, 64)
        top, left = row["hole_top"], row["hole_left"]
        height, width = row["hole_height"], row["hole_width"]
        assert (mask[top : top + height, left : left + width] == 255).all()
        assert mask.astype(bool).sum() == height * width
        assert row["window_px"] == 28
        assert 0 <= row["window_left"] <= left
        assert 0 <= row["window_top"] <= top
        assert left + width <= row["window_left"] + 28 <= 64
        assert top + height <= row["window_top"] + 28 <= 64


def test_a_recipe_without_a_window_tells_the_hole_alone(tmp_path):
    arguments = ["masks", "--recipe", "line-pconv", "--set", "data.crop_px=96", "--count", "2"]
    assert main([*arguments, "--out", str(tmp_path)]) == 0
    found = rows(tmp_path)
    assert [row["file"] for row in found] == ["line-pconv-96-000.png", "line-pconv-96-001.png"]
    assert "window_px" not in found[0]


def test_the_same_recipe_gives_the_same_files(tmp_path):
    for name in ("one", "two"):
        assert (
            main(["masks", "--recipe", "glcic", "--count", "2", "--out", str(tmp_path / name)]) == 0
        )
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
