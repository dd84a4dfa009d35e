"""Contact sheets stay narrow enough to look at and light enough to publish."""

import numpy as np
import pytest
from PIL import Image

from training import contact_sheet as sheets
from training.contact_sheet import Example, contact_sheet, write_sheets


def example(kind, names, size=64, seed=0):
    rng = np.random.default_rng(seed)
    painting = rng.integers(0, 256, (size, size, 3), np.uint8)
    mask = np.zeros((size, size), np.uint8)
    mask[-20:-4, 4:20] = 1
    fill = np.where(mask[..., None] > 0, np.uint8(40), painting)
    return Example(kind, painting, mask, dict.fromkeys(names, fill))


def test_a_row_shows_the_whole_and_the_densest_part_twice_enlarged():
    given = example("S32", ["telea"])
    sheet = contact_sheet([given], ["telea", "absent"])
    side, left, top = 68, sheets._LABEL_PX, sheets._TITLE_PX
    assert sheet.shape == (top + side, left + 5 * side, 3)
    cells = [sheet[top : top + 64, left + i * side : left + i * side + 64] for i in range(5)]
    assert (cells[0][given.mask > 0] == 255).all()
    assert np.array_equal(cells[0][given.mask == 0], given.painting[given.mask == 0])
    assert (cells[2] == 255).all(axis=-1).mean() == pytest.approx(0.25, abs=0.01)
    assert (cells[3] == 40).all(axis=-1).mean() == pytest.approx(0.25, abs=0.01)
    assert (cells[4] == 128).all()


def test_a_large_crop_is_shown_in_cells_of_the_usual_size():
    sheet = contact_sheet([example("L", ["telea"], size=300)], ["telea"])
    assert sheet.shape == (sheets._TITLE_PX + 260, sheets._LABEL_PX + 4 * 260, 3)


def test_many_systems_are_parted_into_sheets_of_ten_columns(tmp_path):
    names = [f"system-{number}" for number in range(18)]
    (tmp_path / "contact_sheet_9.webp").write_bytes(b"old")
    paths = write_sheets([example("L", names), example("B", names)], names, tmp_path)
    assert [path.name for path in paths] == [f"contact_sheet_{n}.webp" for n in (1, 2, 3)]
    assert sorted(tmp_path.iterdir()) == paths
    for path in paths:
        with Image.open(path) as sheet:
            assert sheet.width == sheets._LABEL_PX + (3 + 6) * 68


def test_a_heavy_sheet_is_saved_lighter(tmp_path, monkeypatch):
    given = [example("L", ["telea"])]
    heavy = write_sheets(given, ["telea"], tmp_path)[0].stat().st_size
    monkeypatch.setattr(sheets, "MAX_BYTES", heavy // 2)
    assert write_sheets(given, ["telea"], tmp_path)[0].stat().st_size <= heavy // 2


def test_without_examples_there_is_no_sheet(tmp_path):
    assert write_sheets([], ["telea"], tmp_path) == []


@pytest.mark.parametrize("cell", [64, 96, 256])
def test_a_title_fits_its_column(cell):
    assert sheets._font("residual-gan-whole", cell).getlength("residual-gan-whole") <= cell
