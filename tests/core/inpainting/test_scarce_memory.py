"""Where memory runs out at any one allocation, a fill is complete or refused, never half."""

import functools
from collections.abc import Iterator
from types import ModuleType

import cv2
import numpy as np
import pytest

from core.document.composite import composite
from core.document.document import Document
from core.document.layer import LayerKind, LayerStack
from core.errors import GeneratorMemoryError, WorkerError
from core.image.color import ColorProfile
from core.image.geometry import Rect
from core.image.surface import F32, Surface
from core.inpainting import engine, finishing_process, worker_process
from core.inpainting.card import GeneratorCard
from core.inpainting.classical import ClassicalGenerator, classical_cards
from core.inpainting.diffusion import smooth_fill
from core.inpainting.engine import FillOptions, inpaint
from core.inpainting.finishing import Finish, Finished, finished
from core.inpainting.finishing_process import FinishingProcess
from core.inpainting.worker import WorkerGenerator

SRGB = ColorProfile.of(None, 3)
FEW = (1, 2, 3, 5, 8, 13, 21, 34, 50, 90, 300)


class Painting:
    """Some noise, as a PixelSource."""

    height, width, channels = 220, 260, 3

    def __init__(self) -> None:
        samples = np.random.default_rng(0).integers(0, 65536, (self.height, self.width, 3))
        self._pixels = samples.astype(np.uint16)

    def read(self, rect: Rect, level: int = 0) -> np.ndarray:
        return self._pixels[rect.slices(Rect(0, 0, self.width, self.height))]


class Smooth:
    """A fill by diffusion, as a net that is asked coarse to fine."""

    card = GeneratorCard("smooth", "Smooth", "", "onnx", crop_px=64, multiple_of=32)
    device = "cpu"

    def __call__(self, image: F32, mask: F32) -> F32:
        return smooth_fill(image, (mask > 0).astype(np.uint8))

    def close(self) -> None:
        pass


class Here:
    """Finishes windows in this process, in the engine's own threads."""

    def __init__(self, pixels: int) -> None:
        pass

    def __len__(self) -> int:
        return 1

    def finished(self, *arguments: object) -> Finished:
        return finished(*arguments[:-1])

    def close(self) -> None:
        pass


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> LayerStack:
    """A painting with cracks, the long one in a chain, and a loss wide enough for brushwork."""
    monkeypatch.setattr(engine, "FinishingCrew", Here)
    layers = LayerStack.of(Painting(), "painting")
    mask = np.zeros((layers.height, layers.width), np.uint8)
    cv2.line(mask, (5, 5), (250, 90), 255, 2)
    cv2.circle(mask, (60, 150), 14, 200, -1)
    return layers.with_surface(2, Surface.mask().writing(layers.rect, mask))


def restore(document: Document) -> None:
    """Do what a restoration does: fill all, lay each patch down, make it one step."""
    layers = document.stack
    new, layers = layers.next_id, layers.adding(LayerKind.RETOUCH, "fill")
    for patch in inpaint(document.stack, SRGB, Smooth(), FillOptions(feather_px=2)):
        layers = layers.placing(patch, new)
        document.preview(layers, patch.rect)
    document.do("Restore", layers)


def restored(layers: LayerStack) -> np.ndarray:
    """Return the samples of a whole restoration."""
    document = Document(layers)
    restore(document)
    return composite(document.stack, layers.rect)


def fails(layers: LayerStack, number: int, expected: np.ndarray, scarce_memory: ModuleType) -> bool:
    """Restore where an allocation fails; return whether it did. The document must not be half."""
    document = Document(layers)
    with scarce_memory.failing_allocation(number) as allocations:
        try:
            restore(document)
        except (GeneratorMemoryError, MemoryError):
            document.preview(None)
            assert document.stack is layers
            assert not document.history.can_undo
            return True
    # Enough memory, or something did without.
    np.testing.assert_array_equal(composite(document.stack, layers.rect), expected)
    return allocations.has_failed


def test_a_failed_allocation_leaves_the_document_unchanged_or_complete(
    marked: LayerStack, scarce_memory: ModuleType
) -> None:
    expected = restored(marked)
    assert all(fails(marked, number, expected, scarce_memory) for number in FEW)
    # And nothing is left behind.
    np.testing.assert_array_equal(restored(marked), expected)


@pytest.mark.slow
def test_any_failed_allocation_leaves_the_document_unchanged_or_complete(
    marked: LayerStack, scarce_memory: ModuleType
) -> None:
    expected = restored(marked)
    assert all(fails(marked, number, expected, scarce_memory) for number in range(1, 51))
    # And far beyond, in all steps, until a whole restoration has enough.
    number = 51
    while fails(marked, number, expected, scarce_memory):
        number += 41
    assert number > 1000
    np.testing.assert_array_equal(restored(marked), expected)


def test_a_fill_without_memory_says_so_in_a_sentence(
    marked: LayerStack, scarce_memory: ModuleType
) -> None:
    for number in (3, 10, 40):
        made = inpaint(marked, SRGB, Smooth(), FillOptions())
        with (
            scarce_memory.failing_allocation(number),
            pytest.raises(GeneratorMemoryError, match="nothing was changed"),
        ):
            list(made)


@pytest.fixture
def finishing(
    monkeypatch: pytest.MonkeyPatch, scarce_memory: ModuleType
) -> Iterator[FinishingProcess]:
    """A finishing process whose n-th window lacks its n-th allocation."""
    serve = functools.partial(
        scarce_memory.serve_scarcely, finishing_process.__name__, "finished", "_serve"
    )
    monkeypatch.setattr(finishing_process, "_serve", serve)
    process = FinishingProcess()
    process.start()
    yield process
    process.close()


def test_a_finishing_process_without_memory_says_so_and_goes_on(
    finishing: FinishingProcess,
) -> None:
    rng = np.random.default_rng(2)
    image = rng.random((80, 90, 3), np.float32)
    mask = np.zeros((80, 90), np.float32)
    mask[30:50, 30:50] = 1
    fill = np.full_like(image, 0.5)
    finish = Finish(is_harmonized=True, texture_from_px=12, seed=3)
    case = (fill, image, mask, Rect(7, 5, 90, 80), finish, mask > 0)
    pid = finishing.process_id
    for _ in range(50):
        with pytest.raises(WorkerError, match="nothing was changed: there is too little memory"):
            finishing(*case)
    assert finishing.process_id == pid


def test_a_generators_process_without_memory_fills_or_says_so(
    monkeypatch: pytest.MonkeyPatch, scarce_memory: ModuleType
) -> None:
    serve = functools.partial(
        scarce_memory.serve_scarcely, worker_process.__name__, "_filled", "_serve"
    )
    monkeypatch.setattr(worker_process, "_serve", serve)
    card = next(card for card in classical_cards() if card.id == "telea")
    image = np.random.default_rng(2).random((80, 90, 3), np.float32)
    mask = np.zeros((80, 90), np.float32)
    mask[30:50, 30:50] = 1
    expected = ClassicalGenerator(card)(image, mask)
    generator = WorkerGenerator(card, "cpu")
    refused = 0
    for _ in range(50):
        try:
            np.testing.assert_array_equal(generator(image, mask), expected)
        except GeneratorMemoryError:
            refused += 1
    assert 5 < refused < 50
    assert generator.notices == ()
    generator.close()
