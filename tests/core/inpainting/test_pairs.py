from pathlib import Path

import pytest

from core.errors import ImageReadError, ImageWriteError
from core.inpainting.pairs import find_pairs


def touched(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).touch()
    return folder


def test_masks_beside_their_paintings_are_found_by_name(tmp_path: Path) -> None:
    folder = touched(
        tmp_path / "in", "b.TIF", "b.mask.png", "a.png", "a.Mask.tif", ".a.tif", "notes.txt"
    )
    (folder / "c.tif").mkdir()
    pairs, problems = find_pairs(folder, None, tmp_path / "out")
    assert [(p.painting.name, p.mask.name, p.output.name) for p in pairs] == [
        ("a.png", "a.Mask.tif", "a.tif"),
        ("b.TIF", "b.mask.png", "b.tif"),
    ]
    assert problems == ()


def test_masks_in_a_folder_of_their_own_have_the_same_name(tmp_path: Path) -> None:
    paintings = touched(tmp_path / "in", "a.tif", "b.tif")
    masks = touched(tmp_path / "masks", "a.tif", "b.mask.png")
    pairs, problems = find_pairs(paintings, masks, tmp_path / "out")
    assert [p.mask for p in pairs] == [masks / "a.tif", masks / "b.mask.png"]
    assert problems == ()


def test_whatever_is_in_no_pair_is_told(tmp_path: Path) -> None:
    paintings = touched(
        tmp_path / "in", "none.tif", "many.tif", "many.mask.png", "many.mask.tif", "twin.tif",
        "twin.png", "twin.mask.png", "widow.mask.png", "good.tif", "good.mask.png",
    )  # fmt: skip
    pairs, problems = find_pairs(paintings, None, tmp_path / "out")
    assert [p.painting.name for p in pairs] == ["good.tif"]
    told = "\n".join(problems)
    assert len(problems) == 5
    assert "none.tif: there is no mask" in told
    assert "many.mask.png and many.mask.tif" in told
    assert told.count("another painting has the same name") == 2
    assert "widow.mask.png: there is no painting" in told


def test_folders_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    paintings = touched(tmp_path / "in", "a.tif", "a.mask.png")
    with pytest.raises(ImageReadError, match="cannot be read"):
        find_pairs(tmp_path / "absent", None, tmp_path / "out")
    with pytest.raises(ImageReadError, match="no TIFF"):
        find_pairs(touched(tmp_path / "empty", "a.mask.png"), None, tmp_path / "out")
    masks = touched(tmp_path / "masks", "a.png")
    for taken in (paintings, masks):
        with pytest.raises(ImageWriteError, match="another folder"):
            find_pairs(paintings, masks, taken)
