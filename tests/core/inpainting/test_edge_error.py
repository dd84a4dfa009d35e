from collections.abc import Callable

import numpy as np
import pytest

from core.document.layer import LayerStack
from core.document.patch import Patch, Provenance
from core.image.geometry import Rect
from core.image.surface import PixelSource
from core.inpainting.edge_error import edge_error

Marked = Callable[..., LayerStack]
MakePatch = Callable[..., Patch]

PICTURE = Rect(0, 0, 900, 400)
LOSSES = (Rect(40, 40, 20, 20), Rect(300, 200, 3, 100), Rect(800, 300, 60, 60))
MADE = Provenance("x", "X", "1", "classical", "cpu", False)


@pytest.fixture
def patch(slope: PixelSource) -> MakePatch:
    """Give a function that makes a patch of the painting's own paint, lighter by an offset."""

    def make(rect: Rect, offset: int, coverage: int = 65535) -> Patch:
        pixels = slope.read(rect).astype(np.int64) + offset
        covered = np.full((rect.height, rect.width), coverage, np.uint16)
        return Patch(rect, pixels.astype(np.uint16), covered, MADE)

    return make


def test_a_fill_that_continues_the_paint_has_no_edge_error(
    marked: Marked, patch: MakePatch
) -> None:
    assert edge_error(marked(*LOSSES), [patch(rect, 0) for rect in LOSSES]) < 1e-6


@pytest.mark.parametrize("offset", [655, 6554])
def test_a_step_is_measured_beyond_the_paints_own(
    marked: Marked, patch: MakePatch, offset: int
) -> None:
    error = edge_error(marked(*LOSSES), [patch(rect, offset) for rect in LOSSES])
    # Across the slope the steps up and down cancel out, along it each is the offset.
    assert error == pytest.approx(offset / 65535, rel=0.05)


def test_half_covered_paint_steps_half_as_much(marked: Marked, patch: MakePatch) -> None:
    whole, half = (edge_error(marked(LOSSES[0]), [patch(LOSSES[0], 6000, coverage)])
                   for coverage in (65535, 32768))  # fmt: skip
    assert half == pytest.approx(whole / 2, rel=0.02)


def test_the_pictures_own_edge_is_no_boundary(marked: Marked, patch: MakePatch) -> None:
    corner = Rect(0, 0, 30, PICTURE.height)
    beside = edge_error(marked(corner), [patch(corner, 6000)])
    assert beside == pytest.approx(6000 / 65535, rel=0.05)


def test_without_patches_or_sound_paint_it_is_nothing(marked: Marked, patch: MakePatch) -> None:
    assert edge_error(marked(*LOSSES), ()) == 0
    assert edge_error(marked(PICTURE), [patch(PICTURE, 3000)]) == 0
