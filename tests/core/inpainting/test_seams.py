import numpy as np
import pytest

from core.image.geometry import Rect
from core.image.surface import Surface
from core.inpainting.loss_map import CELL, map_losses
from core.inpainting.regions import Region, regions
from core.inpainting.seams import Seams

PICTURE = Rect(0, 0, 1300, 1100)


def _network() -> np.ndarray:
    mask = np.zeros((PICTURE.height, PICTURE.width), np.uint8)
    mask[::90] = 255
    mask[:, ::110] = 255
    return mask


def _regions(mask: np.ndarray) -> list[Region]:
    return regions(map_losses([Surface.mask().writing(PICTURE, mask)], PICTURE), window_px_max=384)


def _pieces(region: Region, side: int) -> list[Rect]:
    hole = region.hole
    return [
        Rect(x, y, side, side).intersection(hole)
        for y in range(hole.y, hole.bottom, side)
        for x in range(hole.x, hole.right, side)
    ]


@pytest.mark.parametrize("side", [5000, 128])
def test_equal_fills_stay_as_they_are_and_in_the_end_nothing_waits(side: int) -> None:
    mask, seams = _network(), Seams()
    truth = np.random.default_rng(0).random((PICTURE.height, PICTURE.width, 3), np.float32)
    joined = np.full_like(truth, np.nan)
    most = 0
    for region in _regions(mask):
        for piece in _pieces(region, side):
            blended = seams.blended(region, piece, truth[piece.slices(PICTURE)])
            cells = region.cells.repeat(CELL, 0).repeat(CELL, 1)
            own = np.zeros((PICTURE.height, PICTURE.width), bool)
            own[region.hole.slices(PICTURE)] = cells[: region.hole.height, : region.hole.width]
            final = np.zeros_like(own)
            part = piece.intersection(region.final)
            final[part.slices(PICTURE)] = True
            taken = (own & final)[piece.slices(PICTURE)]
            joined[piece.slices(PICTURE)][taken] = blended[taken]
        most = max(most, seams.nbytes)
    np.testing.assert_allclose(joined[mask > 0], truth[mask > 0], atol=1e-6)
    assert seams.nbytes == 0
    # A row of bands, not the picture.
    assert 0 < most < 0.3 * truth.nbytes


def test_different_fills_fade_into_each_other_without_a_step() -> None:
    mask = np.zeros((PICTURE.height, PICTURE.width), np.uint8)
    mask[500:503] = 255
    seams = Seams()
    line = np.full(PICTURE.width, np.nan)
    made = _regions(mask)
    assert len(made) > 3
    for number, region in enumerate(made):
        fill = np.full((region.hole.height, region.hole.width, 3), number % 2, np.float32)
        blended = seams.blended(region, region.hole, fill)
        columns = region.final.slices(region.hole)[1]
        line[region.final.x : region.final.right] = blended[501 - region.hole.y, columns, 0]
    assert {0.0, 1.0} <= set(line)
    # A raised cosine over 32 px is never steeper than π/64 a pixel.
    assert np.abs(np.diff(line)).max() <= np.pi / 64 + 1e-6


def test_an_uncut_loss_is_passed_through() -> None:
    mask = np.zeros((PICTURE.height, PICTURE.width), np.uint8)
    mask[50:60, 70:90] = 255
    (region,) = _regions(mask)
    fill = np.ones((region.hole.height, region.hole.width, 3), np.float32)
    assert Seams().blended(region, region.hole, fill) is fill
