"""The program's own choice, measured like a generator: what it recommends, with all its steps."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from core.document.composite import mask_area
from core.document.layer import LayerStack
from core.image.color import ColorProfile
from core.image.geometry import Rect
from core.image.surface import F32, U16, Surface
from core.inpainting.card import GeneratorCard
from core.inpainting.catalogue import catalogue
from core.inpainting.engine import inpaint
from core.inpainting.generator import Generator, open_generator
from core.inpainting.loss_map import loss_thickness
from core.inpainting.recommend import recommend

RECOMMENDED_CARD: Final = GeneratorCard(
    id="recommended",
    name="Recommended, all steps",
    summary="The generator the program recommends for the loss, with all of the engine's steps.",
    engine="onnx",
    is_trained=True,
)


class RecommendedFill:
    """`core.inpainting.engine` with its defaults behind the Generator protocol, on the CPU.

    As in the window, thickness and area of all losses together choose the generator.
    """

    device = "cpu"

    def __init__(self, cards: Sequence[GeneratorCard] = ()) -> None:
        """cards: to choose among (default: all that are installed)."""
        self.card = RECOMMENDED_CARD
        self._cards = list(cards) or catalogue()[0]
        self._opened: dict[str, Generator] = {}

    def __call__(self, image: F32, mask: F32) -> F32:
        """Fill as Generator says, of samples clipped to 0..1, in steps of 1/65535."""
        hole = mask > 0
        pixels = np.rint(np.clip(image, 0, 1) * np.float32(65535)).astype(np.uint16)
        if not hole.all() and hole.any():
            self._fill(pixels, hole.astype(np.uint8) * np.uint8(255))
        filled: F32 = pixels.astype(np.float32) / np.float32(65535)
        return filled

    def _fill(self, pixels: U16, coverage: np.ndarray) -> None:
        layers = LayerStack.of(_Samples(pixels.copy()), "crop")
        losses = Surface.mask().writing(layers.rect, coverage)
        layers = layers.with_surface(layers.layers[1].id, losses)
        card = recommend(self._cards, loss_thickness(layers), mask_area(layers))
        if card.id not in self._opened:
            self._opened[card.id] = open_generator(card, "cpu")
        generator = self._opened[card.id]
        for patch in inpaint(layers, ColorProfile.of(None, pixels.shape[2]), generator):
            inside = patch.coverage > 0
            pixels[patch.rect.slices(layers.rect)][inside] = patch.pixels[inside]

    def close(self) -> None:
        """Close the generators opened so far."""
        for generator in self._opened.values():
            generator.close()
        self._opened.clear()


class _Samples:
    """Samples in memory as a PixelSource."""

    def __init__(self, pixels: U16) -> None:
        self._pixels = pixels
        self.height, self.width, self.channels = pixels.shape

    def read(self, rect: Rect, level: int = 0) -> U16:
        if level != 0:
            raise ValueError("only native pixels are read here")
        return self._pixels[rect.slices(Rect(0, 0, self.width, self.height))]
