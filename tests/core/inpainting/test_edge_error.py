import numpy as np
import pytest

from core.document.layer import LayerStack
from core.document.patch import Patch, Provenance
from core.image.geometry import Rect
from core.image.surface import U16
from core.inpainting.edge_error import edge_error

WIDTH, HEIGHT = 900, 400
PICTURE = Rect(0, 0, WIDTH, HEIGHT)
LOSSES = (Rect(40, 40, 20, 20), Rect(300, 200, 3, 100), Rect(800, 300, 60, 60))
MADE = Provenance("x", "X", "1", "classical", "cpu", False)


class Slope:
    width, height, channels = WIDTH, HEIGHT, 3

    def read(self, rect: Rect, level: int = 0) -> U16:
        x = np.linspace(8000, 50000, WIDTH)[rect.x : rect.right]
        return np.repeat(np.tile(x, (rect.height, 1))[..., None], 3, -1).astype(np.uint16)


def marked(*losses: Rect) -> LayerStack:
    stack = LayerStack.of(Slope(), "slope")
    surface = stack.layers[1].pixels
    for rect in losses:
        surface = surface.writing(rect, np.full((rect.height, rect.width), 255, np.uint8))
    return stack.with_surface(2, surface)


def patch(rect: Rect, offset: int, coverage: int = 65535) -> Patch:
    pixels = Slope().read(rect).astype(np.int64) + offset
    covered = np.full((rect.height, rect.width), coverage, np.uint16)
    return Patch(rect, pixels.astype(np.uint16), covered, MADE)


def test_a_fill_that_continues_the_paint_has_no_edge_error() -> None:
    assert edge_error(marked(*LOSSES), [patch(rect, 0) for rect in LOSSES]) < 1e-6


@pytest.mark.parametrize("offset", [655, 6554])
def test_a_step_is_measured_beyond_the_paints_own(offset: int) -> None:
    error = edge_error(marked(*LOSSES), [patch(rect, offset) for rect in LOSSES])
    # Across the slope the steps up and down cancel out, along it each is the offset.
    assert error == pytest.approx(offset / 65535, rel=0.05)


def test_half_covered_paint_steps_half_as_much() -> None:
    whole, half = (edge_error(marked(LOSSES[0]), [patch(LOSSES[0], 6000, coverage)])
                   for coverage in (65535, 32768))  # fmt: skip
    assert half == pytest.approx(whole / 2, rel=0.02)


def test_the_pictures_own_edge_is_no_boundary() -> None:
    corner = Rect(0, 0, 30, HEIGHT)
    beside = edge_error(marked(corner), [patch(corner, 6000)])
    assert beside == pytest.approx(6000 / 65535, rel=0.05)


def test_without_patches_or_sound_paint_it_is_nothing() -> None:
    assert edge_error(marked(*LOSSES), ()) == 0
    assert edge_error(marked(PICTURE), [patch(PICTURE, 3000)]) == 0
