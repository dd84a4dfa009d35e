from collections.abc import Callable

import numpy as np
import pytest

from core.document.layer import LayerStack
from core.errors import GeneratorMemoryError
from core.image.color import ColorProfile
from core.image.geometry import Rect
from core.image.surface import F32, U16, Surface
from core.inpainting.card import GeneratorCard
from core.inpainting.engine import FillOptions, inpaint
from core.inpainting.sparing import SparingGenerator

CARD = GeneratorCard("fake", "Fake", "Fills by place.", "onnx")
PAINTED = np.random.default_rng(0).random((800, 800, 3), np.float32)


class Fake:
    """Gives back what the picture held (`whole`), unless a window is larger than its memory."""

    card = CARD

    def __init__(self, pixels_max: float, device: str, fails_at: int = -1) -> None:
        self.pixels_max = pixels_max
        self.device = device
        self.fails_at = fails_at
        self.calls: list[tuple[int, ...]] = []
        self.is_closed = False

    def __call__(self, image: F32, mask: F32) -> F32:
        assert not self.is_closed
        self.calls.append(mask.shape)
        if mask.size > self.pixels_max or len(self.calls) - 1 == self.fails_at:
            raise GeneratorMemoryError("Too little memory.")
        return image.copy()

    def close(self) -> None:
        self.is_closed = True


def sparing(
    pixels_max: float, device: str = "cuda", cpu_max: float = np.inf
) -> tuple[SparingGenerator, Fake, list[Fake]]:
    gpu, opened = Fake(pixels_max, device), []

    def reopened() -> Fake:
        opened.append(Fake(cpu_max, "cpu"))
        return opened[-1]

    return SparingGenerator(gpu, reopened), gpu, opened


def case(side: int = 768, hole: tuple[int, int, int, int] = (100, 500, 60, 700)) -> F32:
    mask = np.zeros((side, side), np.float32)
    top, bottom, left, right = hole
    mask[top:bottom, left:right] = 1
    return mask


def test_where_memory_suffices_nothing_is_different() -> None:
    generator, gpu, _ = sparing(np.inf)
    mask = case()
    image = PAINTED[:768, :768]
    np.testing.assert_array_equal(generator(image, mask), image)
    assert gpu.calls == [(768, 768)]
    assert generator.notices == []


@pytest.mark.parametrize("hole", [(100, 500, 60, 700), (10, 60, 10, 90), (700, 760, 300, 310)])
def test_a_window_too_large_is_filled_by_halves_that_join(hole: tuple[int, int, int, int]) -> None:
    generator, gpu, opened = sparing(784 * 400)
    image, mask = PAINTED[:768, :768], case(hole=hole)
    for _ in range(2):
        filled = generator(image, mask)
        np.testing.assert_allclose(filled, image, atol=1e-6)
        np.testing.assert_array_equal(filled[mask == 0], image[mask == 0])
    # The second time nothing too large is tried any more.
    assert gpu.calls.count((768, 768)) == 1
    assert opened == []
    assert generator.device == "cuda"
    (notice,) = generator.notices
    assert "smaller windows" in notice


def test_what_does_not_fit_even_so_moves_to_the_cpu_and_stays_there() -> None:
    generator, gpu, opened = sparing(1000)
    image, mask = PAINTED[:768, :768], case()
    for _ in range(2):
        np.testing.assert_array_equal(generator(image, mask), image)
    assert gpu.is_closed
    assert [one.calls for one in opened] == [[(768, 768)] * 2]
    assert generator.device == "cpu"
    (notice,) = generator.notices
    assert "moved to the CPU" in notice


def test_too_little_memory_on_the_cpu_is_a_sentence() -> None:
    for generator, _, _ in (sparing(1000, cpu_max=1000), sparing(1000, device="cpu")):
        with pytest.raises(GeneratorMemoryError, match="close other programs"):
            generator(PAINTED[:768, :768], case())


def test_a_loss_without_paint_on_one_side_is_not_halved_into_nothing() -> None:
    generator, _, opened = sparing(768 * 768 - 1)
    mask = np.ones((768, 768), np.float32)
    mask[700:] = 0
    generator(PAINTED[:768, :768], mask)
    assert [one.calls for one in opened] == [[(768, 768)]]


@pytest.mark.parametrize("fails_at", range(50))
def test_memory_that_fails_at_any_of_the_first_50_windows_changes_no_result(fails_at: int) -> None:
    image, mask = PAINTED[:384, :64], np.zeros((384, 64), np.float32)
    mask[50:300, 10:40] = 1
    generator = SparingGenerator(Fake(np.inf, "cuda", fails_at), lambda: Fake(np.inf, "cpu"))
    for _ in range(fails_at + 2):
        assert np.abs(generator(image, mask) - image).max() < 1e-6
    (notice,) = generator.notices
    assert "smaller windows" in notice


@pytest.mark.parametrize("fails_at", range(10))
def test_a_whole_fill_is_the_same_whenever_memory_fails(fails_at: int) -> None:
    pixels = (PAINTED * 50000).astype(np.uint16)[:500, :700]
    mask = np.zeros((500, 700), np.uint8)
    for offset in range(0, 700, 90):
        mask[:, offset : offset + 3] = 255

    class Painting:
        height, width, channels = pixels.shape

        def read(self, rect: Rect, level: int = 0) -> U16:
            return pixels[rect.y : rect.bottom, rect.x : rect.right]

    layers = LayerStack.of(Painting(), "painting")
    layers = layers.with_surface(2, Surface.mask().writing(layers.rect, mask))
    fake = Fake(np.inf, "cuda", fails_at)
    generator = SparingGenerator(fake, lambda: Fake(np.inf, "cpu"))
    options = FillOptions(window_px_max=384, is_harmonized=False)
    patches = list(inpaint(layers, ColorProfile.of(None, 3), generator, options))
    covered = np.zeros(mask.shape, np.int64)
    for patch in patches:
        here = patch.rect.slices(layers.rect)
        covered[here] += patch.coverage
        inside = patch.coverage > 0
        # Each window gives the painting back, so the fill must be the painting.
        assert np.abs(patch.pixels.astype(int) - pixels[here])[inside].max() <= 2
        np.testing.assert_array_equal(patch.pixels[~inside], pixels[here][~inside])
    np.testing.assert_array_equal(covered, mask.astype(np.int64) * 257)
    assert bool(generator.notices) == (len(fake.calls) > fails_at)


@pytest.mark.parametrize("shape", [(1, 1), (191, 1000), (1000, 30), (385, 384), (384, 385)])
@pytest.mark.parametrize("mark", [lambda m: m[:, :1], lambda m: m[-1:], lambda m: m[::7, ::5]])
def test_any_shape_of_window_and_loss_is_filled(
    shape: tuple[int, int], mark: Callable[[F32], F32]
) -> None:
    generator, _, _ = sparing(shape[0] * shape[1] * 0.7)
    image = np.random.default_rng(1).random((*shape, 3), np.float32)
    mask = np.zeros(shape, np.float32)
    mark(mask)[...] = 1
    np.testing.assert_allclose(generator(image, mask), image, atol=1e-6)
