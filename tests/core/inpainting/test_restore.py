from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile

from core.errors import Cancelled, ImageReadError, ImageWriteError, MaskError
from core.inpainting.classical import ClassicalGenerator, classical_cards
from core.inpainting.engine import FillOptions, Progress
from core.inpainting.restore import MarkedPainting, check_output, open_marked, restore

TELEA = ClassicalGenerator(next(card for card in classical_cards() if card.id == "telea"))


@pytest.fixture
def marked(tmp_path: Path) -> Any:
    """A painting of 120 × 90 pixels with one loss of 6 × 20."""
    pixels = np.random.default_rng(0).integers(0, 65536, (90, 120, 3)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "painting.tif", pixels, photometric="rgb")
    mask = np.zeros((90, 120), np.uint8)
    mask[30:36, 40:60] = 255
    (tmp_path / "mask.png").write_bytes(imagecodecs.png_encode(mask))
    opened = open_marked(tmp_path / "painting.tif", tmp_path / "mask.png")
    yield opened
    opened.close()


def test_a_painting_and_its_losses_become_a_tiff(marked: MarkedPainting, tmp_path: Path) -> None:
    out = tmp_path / "out.tif"
    filled: list[Progress] = []
    written: list[float] = []
    report = restore(
        marked, TELEA, out, FillOptions(), progress=filled.append, write_progress=written.append
    )
    assert marked.thickness_px in (5, 6)
    assert report.patches == 1
    assert report.device == "cpu"
    (made,) = report.provenance
    assert made.generator_id == "telea"
    assert made.seam is not None
    # All along the edge of the loss.
    assert made.seam.pairs == 2 * (6 + 20)
    assert made.seam.before != made.seam.after
    assert report.export.is_verified
    assert 0 < report.export.samples_changed <= 6 * 20 * 3
    assert (filled[-1].done, written[-1]) == (1, 1.0)
    before, after = tifffile.imread(tmp_path / "painting.tif"), tifffile.imread(out)
    rows, columns = np.nonzero((before != after).any(-1))
    assert rows.min() >= 30
    assert rows.max() < 36
    assert columns.min() >= 40
    assert columns.max() < 60


def test_cancelled_while_filling_or_writing_it_leaves_nothing(
    marked: MarkedPainting, tmp_path: Path
) -> None:
    before = sorted(tmp_path.iterdir())
    for allowed in (0, 1, 2, 3):
        asked: list[None] = []

        def is_cancelled(asked: list[None] = asked, allowed: int = allowed) -> bool:
            asked.append(None)
            return len(asked) > allowed

        with pytest.raises(Cancelled):
            restore(marked, TELEA, tmp_path / "out.tif", FillOptions(), is_cancelled=is_cancelled)
        assert sorted(tmp_path.iterdir()) == before


def test_a_mask_that_cannot_be_read_closes_the_painting(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "painting.tif", np.zeros((9, 9), np.uint8))
    with pytest.raises(ImageReadError):
        open_marked(tmp_path / "painting.tif", tmp_path / "absent.png")
    tifffile.imwrite(tmp_path / "mask.tif", np.zeros((9, 8), np.uint8))
    with pytest.raises(MaskError):
        open_marked(tmp_path / "painting.tif", tmp_path / "mask.tif")


def test_an_output_is_judged_before_any_work(marked: MarkedPainting, tmp_path: Path) -> None:
    mask = tmp_path / "mask.png"
    check_output(tmp_path / "out.tif", marked, mask, may_replace=False)
    for out in (tmp_path / "painting.tif", mask, tmp_path, tmp_path / "absent" / "out.tif"):
        with pytest.raises(ImageWriteError):
            check_output(out, marked, mask, may_replace=True)
    (tmp_path / "out.tif").touch()
    check_output(tmp_path / "out.tif", marked, mask, may_replace=True)
    with pytest.raises(ImageWriteError, match="exists"):
        check_output(tmp_path / "out.tif", marked, mask, may_replace=False)
    (tmp_path / "dangling.tif").symlink_to(tmp_path / "nowhere.tif")
    with pytest.raises(ImageWriteError, match="exists"):
        check_output(tmp_path / "dangling.tif", marked, mask, may_replace=False)
