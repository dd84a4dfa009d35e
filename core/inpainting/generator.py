"""The one contract of all generators, and the one place that opens their backends."""

from typing import Literal, Protocol, get_args

from core.errors import CardError
from core.image.surface import F32
from core.inpainting.card import GeneratorCard
from core.inpainting.classical import ClassicalGenerator

Device = Literal["auto", "cpu", "cuda"]


class Generator(Protocol):
    """Fills losses in a picture; every engine, in this process or another, looks like this."""

    @property
    def card(self) -> GeneratorCard:
        """What it is."""

    @property
    def device(self) -> str:
        """Where it runs: "cpu" or "cuda". May fall from cuda to cpu while it runs."""

    def __call__(self, image: F32, mask: F32) -> F32:
        """Return the filled picture, (H, W, 3) float32.

        image: (H, W, 3) float32 sRGB-encoded, 0..1, values outside allowed; mask: (H, W) float32,
        1 = loss (any value above 0 counts as loss). Any H and W ≥ 1: padding to the card's
        `multiple_of` is the generator's own affair. What the image holds under the mask has no
        influence. Outside the mask the result means nothing: the caller composes.
        Raises GeneratorError.
        """

    def close(self) -> None:
        """Give back memory and processes; a closed generator is not called again."""


def open_generator(card: GeneratorCard, device: Device = "auto") -> Generator:
    """Open a card's generator in this process.

    "auto" takes CUDA where it really loads, else the CPU; classical engines always run on the CPU.
    Raises CardError if the card's files are missing or differ, GeneratorError if the device
    asked for cannot be used.
    """
    if device not in get_args(Device):
        raise ValueError(f"device {device!r} is none of {get_args(Device)}")
    if card.engine == "classical":
        return ClassicalGenerator(card)
    if card.engine == "onnx":
        # Imported here alone: ONNX Runtime costs a second and 300 MB that classical fills spare.
        from core.inpainting.onnx_generator import OnnxGenerator

        return OnnxGenerator(card, device)
    raise CardError(f"The generator “{card.id}” asks for an engine this Lacuna does not have.")
