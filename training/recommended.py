"""The program's own choice, measured like a generator: what it recommends, with all its steps."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from core.document.composite import mask_area
from core.image.surface import F32, U8, U16
from core.inpainting.card import GeneratorCard
from core.inpainting.catalogue import catalogue
from core.inpainting.engine import FillOptions
from core.inpainting.generator import Generator, open_generator
from core.inpainting.loss_map import loss_thickness
from core.inpainting.recommend import recommend
from training.engine_fill import filled, marked

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
            pixels = self._filled(pixels, hole.astype(np.uint8))
        samples: F32 = pixels.astype(np.float32) / np.float32(65535)
        return samples

    def _filled(self, pixels: U16, hole: U8) -> U16:
        layers = marked(pixels, hole)
        card = recommend(self._cards, loss_thickness(layers), mask_area(layers))
        if card.id not in self._opened:
            self._opened[card.id] = open_generator(card, "cpu")
        return filled(layers, self._opened[card.id], FillOptions())

    def close(self) -> None:
        """Close the generators opened so far."""
        for generator in self._opened.values():
            generator.close()
        self._opened.clear()
