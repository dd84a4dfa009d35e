from dataclasses import dataclass, field

import cv2
import numpy as np
import pytest

from core.errors import GeneratorOutputError
from core.inpainting.card import GeneratorCard
from core.inpainting.pyramid_fill import filled_from_coarse


@dataclass
class Fake:
    """Fills with how many calls came before, and notes the shapes it sees."""

    crop_px: int = 128
    value: float = 0.0
    shapes: list[tuple[int, ...]] = field(default_factory=list)
    device: str = "cpu"

    @property
    def card(self) -> GeneratorCard:
        return GeneratorCard("fake", "Fake", "", "onnx", crop_px=self.crop_px)

    def __call__(self, image: np.ndarray, mask: np.ndarray) -> np.ndarray:
        level = len(self.shapes)
        self.shapes.append(image.shape)
        noise = np.random.default_rng(0).normal(0, 1e-3, image.shape)
        return (noise + self.value + 0.1 * level).astype(np.float32)

    def close(self) -> None:
        pass


def _disc(height: int, width: int, radius: int) -> np.ndarray:
    mask = np.zeros((height, width), np.float32)
    cv2.circle(mask, (width // 2, height // 2), radius, 1, -1)
    return mask


def test_the_rim_is_filled_at_full_scale_and_the_middle_at_a_reduced_one() -> None:
    mask = _disc(203, 310, 40)
    generator = Fake()
    image = np.full((203, 310, 3), 0.5, np.float32)
    filled = filled_from_coarse(generator, image, mask)
    assert generator.shapes == [(203, 310, 3), (51, 78, 3)]
    assert filled.shape == image.shape
    assert filled.dtype == np.float32
    assert abs(filled[101, 155, 0] - 0.1) < 0.01
    assert abs(filled[101, 155 - 38, 0]) < 0.01


def test_a_very_wide_loss_goes_through_several_scales() -> None:
    generator = Fake()
    filled_from_coarse(generator, np.full((600, 600, 3), 0.5, np.float32), _disc(600, 600, 200))
    assert generator.shapes == [(600, 600, 3), (150, 150, 3), (38, 38, 3)]


@pytest.mark.parametrize(("radius", "crop_px"), [(15, 128), (40, 0)])
def test_losses_a_generator_knows_and_classical_fills_are_filled_once(
    radius: int, crop_px: int
) -> None:
    generator = Fake(crop_px)
    filled_from_coarse(generator, np.full((203, 310, 3), 0.5, np.float32), _disc(203, 310, radius))
    assert len(generator.shapes) == 1


def test_paint_reaches_the_coarse_fill_unmixed_with_the_loss() -> None:
    seen: list[np.ndarray] = []

    class Watched(Fake):
        def __call__(self, image: np.ndarray, mask: np.ndarray) -> np.ndarray:
            seen.append(image[mask == 0])
            return super().__call__(image, mask)

    image = np.full((202, 203, 3), 0.5, np.float32)
    mask = _disc(202, 203, 50)
    image[mask > 0] = 9.0
    filled_from_coarse(Watched(), image, mask)
    assert len(seen) == 2
    assert all(np.abs(samples - 0.5).max() < 1e-6 for samples in seen)


def test_a_result_that_cannot_be_paint_is_refused() -> None:
    with pytest.raises(GeneratorOutputError):
        filled_from_coarse(
            Fake(value=9.0), np.full((64, 64, 3), 0.5, np.float32), _disc(64, 64, 10)
        )
