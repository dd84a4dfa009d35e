"""Generators that run as PyTorch nets, on the GPU where that really works, else on the CPU."""

import contextlib
import threading
import warnings
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Literal, get_args

import torch
from safetensors.torch import load as read_safetensors
from torch import Tensor, nn

from core.errors import CardError, GeneratorError, GeneratorMemoryError
from core.image.surface import F32
from core.inpainting.backends import DeviceStatus, cpu, is_out_of_memory, thread_limit
from core.inpainting.card import WEIGHTS_FILE, GeneratorCard
from core.inpainting.net_window import filled_window
from core.models.registry import build

Precision = Literal["auto", "float32", "bfloat16", "float16"]

_AUTOCAST: Mapping[Precision, torch.dtype] = MappingProxyType(
    {"bfloat16": torch.bfloat16, "float16": torch.float16}
)


class TorchGenerator:
    """A card's `model.safetensors` behind the Generator protocol; one call at a time."""

    def __init__(
        self,
        card: GeneratorCard,
        device: Literal["auto", "cpu", "cuda"] = "auto",
        precision: Precision = "auto",
    ) -> None:
        """Build the card's net and load its weights.

        precision "auto" is float32: what the card measured and what ONNX Runtime computes;
        the others let autocast take its convolutions at half precision.
        Raises CardError if the file is missing, has another hash, or does not fit the net of the
        card's architecture and options; GeneratorError if device is "cuda" and CUDA does not load.
        """
        if precision not in get_args(Precision):
            raise ValueError(f"precision {precision!r} is none of {get_args(Precision)}")
        self.card = card.run_by("torch")
        self._precision: Precision = precision
        self._weights = card.checked_bytes(WEIGHTS_FILE)
        self._lock = threading.Lock()
        self._stand_on_cpu()
        if device != "cpu" and not self._reached_gpu() and device == "cuda":
            raise GeneratorError(
                "CUDA was asked for, but it does not load on this computer; choose “auto” or “cpu”."
            )

    @property
    def device(self) -> str:
        """Where the net really runs, whatever was asked for."""
        return self._device.type

    def __call__(self, image: F32, mask: F32) -> F32:
        """Fill as Generator says. Raises GeneratorError, also as GeneratorOutputError."""
        return filled_window(self._locked_run, self.card, image, mask)

    def close(self) -> None:
        """Free the net and the GPU's memory. Waits for a running call."""
        with self._lock:
            del self._net
            self._weights = b""
            self._free_gpu()

    def _stand_on_cpu(self) -> None:
        # Pictures come as H x W x C: with weights in that order too, nothing is rearranged.
        net = net_from(self.card, self._weights)
        self._net = net.to(memory_format=torch.channels_last)
        self._device = torch.device("cpu")

    def _reached_gpu(self) -> bool:
        if not _has_cuda():
            return False
        try:
            self._net = self._net.to("cuda")
        except RuntimeError:  # too little memory, and half the net may have moved already
            self._stand_on_cpu()
            return False
        self._device = torch.device("cuda")
        return True

    def _locked_run(self, image: F32, mask: F32) -> Any:
        with self._lock:
            return self._run(image, mask)

    def _run(self, image: F32, mask: F32) -> Any:
        try:
            with _calm(), torch.inference_mode(), self._autocast():
                known, hole = (torch.from_numpy(x).to(self._device) for x in (image, mask))
                filled: Tensor = self._net(known, hole)
                return filled.float().cpu().numpy()
        except Exception as cause:  # whatever a net raises on inputs of another kind than its own
            is_scarce = is_out_of_memory(cause)
            if self.device == "cpu" and not is_scarce:
                raise GeneratorError(
                    f"“{self.card.name}” failed while it filled a loss; nothing was changed."
                ) from cause
        # Outside the except block, which would keep the failed run's memory alive.
        if is_scarce:
            self._free_gpu()
            raise GeneratorMemoryError(
                f"The {self.device.upper()} has too little memory for “{self.card.name}”; nothing "
                "was changed."
            )
        # A GPU that is lost: the same window on the CPU. It gives no weights back: read anew.
        del self._net
        self._free_gpu()
        self._stand_on_cpu()
        return self._run(image, mask)

    def _autocast(self) -> contextlib.AbstractContextManager[Any]:
        if self._precision not in _AUTOCAST:
            return contextlib.nullcontext()
        return torch.autocast(self._device.type, dtype=_AUTOCAST[self._precision])

    def _free_gpu(self) -> None:
        if self.device == "cuda":
            with contextlib.suppress(RuntimeError):  # of a lost GPU, nothing is left to free
                torch.cuda.empty_cache()


def net_from(card: GeneratorCard, data: bytes) -> nn.Module:
    """Return the card's net with the weights of a safetensors file, in eval mode, on the CPU.

    Weights of another float type than the net's are converted.
    Raises CardError if the bytes are no safetensors file or belong to another net.
    """
    try:
        weights = read_safetensors(data)
    except Exception as cause:  # it has an error class, but odd files raise others too
        raise CardError(
            f"The file “{WEIGHTS_FILE}” of the generator “{card.id}” is damaged; reinstall it."
        ) from cause
    # First without memory: a card's options could ask for more than the computer has.
    with torch.device("meta"):
        _check_fit(_built(card), weights, card)
    net = _built(card)
    net.load_state_dict(weights)
    return net.eval()


def devices() -> tuple[DeviceStatus, ...]:
    """Return what PyTorch really runs on here: the CPU, and CUDA if it computes there."""
    if not _has_cuda():
        return (cpu(),)
    try:
        one = torch.ones(1, 1, 1, 1, device="cuda")
        torch.nn.functional.conv2d(one, one).item()
        gpu = torch.cuda.get_device_properties(0)
    except RuntimeError:  # a GPU this PyTorch was not built for, or one that is lost
        return (cpu(),)
    return cpu(), DeviceStatus("cuda", gpu.name, gpu.total_memory)


def _has_cuda() -> bool:
    with warnings.catch_warnings():
        # An old driver is told as a warning; the answer is enough.
        warnings.simplefilter("ignore")
        return torch.cuda.is_available()


def _built(card: GeneratorCard) -> nn.Module:
    try:
        return build(card.architecture, **card.options)
    except Exception as cause:  # an option of another kind than the net's fails in any way
        raise CardError(
            f"The generator “{card.id}” asks for the net “{card.architecture}” with options that "
            "this Lacuna does not have."
        ) from cause


def _check_fit(net: nn.Module, weights: Mapping[str, Tensor], card: GeneratorCard) -> None:
    expected = net.state_dict()
    wrong = sorted(set(expected) ^ set(weights)) or [
        name for name, weight in weights.items() if not _fits(weight, expected[name])
    ]
    if wrong:
        raise CardError(
            f"The weights of “{card.name}” are not those of the net its card names (“{wrong[0]}” "
            f"differs, {len(wrong)} in all); reinstall it."
        )


def _fits(weight: Tensor, expected: Tensor) -> bool:
    same_kind = weight.is_floating_point() == expected.is_floating_point()
    return weight.shape == expected.shape and same_kind


@contextlib.contextmanager
def _calm() -> Iterator[None]:
    """Bound the threads, and have float32 mean float32: TF32 rounds to 10 bits before it sums."""
    threads = torch.get_num_threads()
    torch.set_num_threads(min(threads, thread_limit()))
    try:
        with torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False):
            yield
    finally:
        torch.set_num_threads(threads)
