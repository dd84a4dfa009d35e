"""However a painting is cut into windows, a fill is the same, and nothing else changes."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.document.composite import composite
from core.document.layer import LayerKind, LayerStack
from core.errors import GeneratorMemoryError
from core.image.color import ColorProfile
from core.image.files import open_image
from core.image.geometry import Rect
from core.image.surface import F32, Surface
from core.inpainting.card import GeneratorCard
from core.inpainting.catalogue import catalogue
from core.inpainting.engine import FillOptions, inpaint
from core.inpainting.generator import Generator, open_generator
from core.inpainting.sparing import SparingGenerator
from core.resources import sample_painting

SRGB = ColorProfile.of(None, 3)
# What two fills of 10 bit may differ by.
STEP = 65535 / 1023


class Painting:
    def __init__(self, pixels: np.ndarray) -> None:
        self.height, self.width, self.channels = pixels.shape
        self._pixels = pixels

    def read(self, rect: Rect, level: int = 0) -> np.ndarray:
        return self._pixels[rect.slices(Rect(0, 0, self.width, self.height))]


class Noise:
    """Fills with noise, inside the loss and outside, as a net might that learned nothing."""

    # A net of that crop fills a loss of 40 px coarse to fine.
    card = GeneratorCard("noise", "Noise", "", "onnx", crop_px=128, multiple_of=32)
    device = "cpu"

    def __call__(self, image: F32, mask: F32) -> F32:
        return np.random.default_rng(0).random(image.shape, np.float32)

    def close(self) -> None:
        pass


class Small:
    """A generator on a device of little memory."""

    device = "cpu"

    def __init__(self, generator: Generator, pixels_max: int) -> None:
        self.card = generator.card
        self._generator, self._pixels_max = generator, pixels_max

    def __call__(self, image: F32, mask: F32) -> F32:
        if mask.size > self._pixels_max:
            raise GeneratorMemoryError("Too little memory.")
        return self._generator(image, mask)

    def close(self) -> None:
        pass


def filled(
    pixels: np.ndarray, mask: np.ndarray, generator: Generator, options: FillOptions
) -> np.ndarray:
    layers = LayerStack.of(Painting(pixels), "painting")
    layers = layers.with_surface(2, Surface.mask().writing(layers.rect, mask))
    shown = layers.adding(LayerKind.RETOUCH, "fill")
    for patch in inpaint(layers, SRGB, generator, options):
        shown = shown.placing(patch, layers.next_id)
    return composite(shown, shown.rect)


@settings(max_examples=4, deadline=None)
@given(
    st.integers(0, 1000),
    st.sampled_from([384, 448, 768]),
    st.sampled_from([0.0, 3.5]),
    st.sampled_from([lambda own: own, lambda own: SparingGenerator(Small(own, 400 * 400), None)]),
)
def test_outside_the_mask_every_sample_is_identical_with_all_steps_on(
    seed: int, window_px: int, feather_px: float, kept: Callable[[Generator], Generator]
) -> None:
    rng = np.random.default_rng(seed)
    height, width = (int(side) for side in rng.integers(400, 620, 2))
    pixels = rng.integers(0, 65536, (height, width, 3), np.uint16)
    mask = np.zeros((height, width), np.uint8)
    for _ in range(3):
        ends = rng.integers(0, (width, height), (2, 2)).tolist()
        cv2.line(mask, ends[0], ends[1], int(rng.integers(1, 256)), int(rng.integers(1, 5)))
    # Wide enough for brushwork; at the picture's edge too.
    cv2.circle(mask, rng.integers(0, (width, height)).tolist(), 24, 255, -1)
    options = FillOptions(window_px_max=window_px, feather_px=feather_px)
    shown = filled(pixels, mask, kept(Noise()), options)
    np.testing.assert_array_equal(shown[mask == 0], pixels[mask == 0])
    assert (shown[mask == 255] != pixels[mask == 255]).any()


@pytest.mark.parametrize(
    ("name", "width", "height"),
    [
        ("telea", 640, 416),
        ("navier-stokes", 637, 403),
        ("atelier-crack", 640, 416),
        # Where sides are no multiples of the net's steps: once up to 180/1023 at those edges.
        ("atelier-crack", 629, 411),
    ],
)
def test_neither_windows_nor_memory_change_the_fill_of_cracks(
    name: str, width: int, height: int
) -> None:
    pixels = open_image(sample_painting()).read(Rect(100, 100, width, height))
    mask = np.zeros(pixels.shape[:2], np.uint8)
    for offset in range(-416, 640, 230):
        cv2.line(mask, (offset, 0), (offset + 416, 416), 255, 3)
        cv2.line(mask, (offset + 416, 0), (offset, 416), 255, 5)
    own = open_generator(next(card for card in catalogue()[0] if card.id == name), "cpu")
    whole = filled(pixels, mask, own, FillOptions(window_px_max=768)).astype(int)
    sparing = SparingGenerator(Small(own, 400 * 420), lambda: own)
    layouts = (
        filled(pixels, mask, own, FillOptions(window_px_max=384)),
        filled(pixels, mask, own, FillOptions(window_px_max=480)),
        filled(pixels, mask, sparing, FillOptions(window_px_max=768)),
    )
    assert sparing.notices
    assert (whole != pixels).any()
    for layout in layouts:
        assert np.abs(layout - whole).max() <= STEP
    own.close()
