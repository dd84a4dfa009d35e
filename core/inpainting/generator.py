"""The one contract of all generators, and the one place that opens their backends."""

from collections.abc import Callable
from typing import Literal, Protocol, get_args

from core.errors import CardError, GeneratorError
from core.image.surface import F32
from core.inpainting.backends import LABELS, Backend, DeviceStatus, is_installed, nvidia_gpu
from core.inpainting.card import GeneratorCard
from core.inpainting.classical import ClassicalGenerator

Device = Literal["auto", "cpu", "cuda"]
Runtime = Literal["auto", "onnx", "torch"]


class Generator(Protocol):
    """Fills losses in a picture; every engine, in this process or another, looks like this."""

    @property
    def card(self) -> GeneratorCard:
        """What it is; its `engine` is the one that runs it, once that is known."""

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


def open_generator(
    card: GeneratorCard, device: Device = "auto", runtime: Runtime = "auto"
) -> Generator:
    """Open a card's generator in this process.

    Device "auto" takes CUDA where it really loads, else the CPU. Runtime "auto" takes ONNX
    Runtime, unless only PyTorch reaches the GPU or the card has weights for PyTorch alone.
    Classical engines know no runtime and always run on the CPU.
    Raises CardError if the card's files are missing or differ, GeneratorError if the device or
    the runtime asked for cannot be used.
    """
    if device not in get_args(Device):
        raise ValueError(f"device {device!r} is none of {get_args(Device)}")
    if runtime not in get_args(Runtime):
        raise ValueError(f"runtime {runtime!r} is none of {get_args(Runtime)}")
    if card.engine == "classical":
        return ClassicalGenerator(card)
    if card.engine not in get_args(Backend):
        raise CardError(f"The generator “{card.id}” asks for an engine this Lacuna does not have.")
    if runtime != "auto":
        return _opener(card, runtime)(card, device)
    allowed = [backend for backend in get_args(Backend) if backend in card.engines]
    usable = [backend for backend in allowed if is_installed(backend)]
    if len(usable) < 2 or device == "cpu" or nvidia_gpu() is None:
        return _opener(card, (usable or allowed or ["onnx"])[0])(card, device)
    return _on_gpu(card, device)


def usable_devices(backend: Backend) -> tuple[DeviceStatus, ...]:
    """Import a backend and return what it really runs on here, the CPU first.

    Raises what importing it raises.
    """
    # Imported here alone, as in _opener.
    if backend == "onnx":
        from core.inpainting import onnx_generator

        return onnx_generator.devices()
    from core.inpainting import torch_generator

    return torch_generator.devices()


def _on_gpu(card: GeneratorCard, device: Device) -> Generator:
    """Open a card that either backend runs, with the one that reaches the GPU."""
    generator = _opener(card, "onnx")(card, "auto")
    if generator.device == "cuda":
        return generator
    try:
        other = _opener(card, "torch")(card, "cuda")
    except GeneratorError:
        if device == "auto":
            return generator
        generator.close()
        raise
    generator.close()
    return other


def _opener(card: GeneratorCard, backend: Backend) -> Callable[[GeneratorCard, Device], Generator]:
    """Import what opens a card in a backend. Raises GeneratorError if that cannot run here."""
    label = LABELS[backend]
    others = [LABELS[other] for other in set(card.engines) & set(LABELS) - {backend}]
    advice = f"choose {' or '.join(others) or 'another generator'}."
    if backend not in card.engines:
        raise CardError(f"“{card.name}” has no weights for {label}; {advice}")
    if not is_installed(backend):
        raise GeneratorError(f"“{card.name}” needs {label}, which is not installed; {advice}")
    try:
        # Imported here alone: a backend costs seconds and 300 MB and more that others spare.
        if backend == "onnx":
            from core.inpainting.onnx_generator import OnnxGenerator

            return OnnxGenerator
        from core.inpainting.torch_generator import TorchGenerator

        return TorchGenerator
    except (ImportError, OSError) as cause:
        raise GeneratorError(
            f"“{card.name}” needs {label}, which does not load on this computer; {advice}"
        ) from cause
