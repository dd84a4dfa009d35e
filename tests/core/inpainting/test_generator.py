import sys
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from core.errors import CardError, GeneratorError
from core.inpainting import backends, generator, onnx_generator, torch_generator
from core.inpainting.backends import DeviceStatus
from core.inpainting.card import GeneratorCard
from core.inpainting.classical import ClassicalGenerator, classical_cards
from core.inpainting.generator import open_generator

TELEA = next(card for card in classical_cards() if card.id == "telea")
BOTH = GeneratorCard(
    "both",
    "Both",
    "Fills.",
    "onnx",
    files={"model.onnx": "0" * 64, "model.safetensors": "0" * 64},
)
ONNX = replace(BOTH, files={"model.onnx": "0" * 64})
TORCH = replace(BOTH, engine="torch", files={"model.safetensors": "0" * 64})


class Opened:
    """Stands for a backend's generator that was opened; `reaches_gpu` is set by a test."""

    reaches_gpu = False

    def __init__(self, card: GeneratorCard, device: str) -> None:
        if device == "cuda" and not self.reaches_gpu:
            raise GeneratorError("CUDA was asked for, but it does not load.")
        self.card = card
        self.device = "cuda" if device != "cpu" and self.reaches_gpu else "cpu"
        self.is_closed = False

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def computer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """computer(onnx=..., torch=...): a computer with a GPU that these backends reach or do not."""

    def built(onnx: bool = False, torch: bool = False, has_gpu: bool = True) -> None:
        gpu = DeviceStatus("cuda", "Some GPU", 8 << 30) if has_gpu else None
        monkeypatch.setattr(generator, "nvidia_gpu", lambda: gpu)
        for module, name, reaches in (
            (onnx_generator, "OnnxGenerator", onnx),
            (torch_generator, "TorchGenerator", torch),
        ):
            opener = type(name, (Opened,), {"reaches_gpu": reaches})
            monkeypatch.setattr(module, name, opener)

    return built


def _opened(*arguments: Any) -> tuple[str, str]:
    opened = open_generator(*arguments)
    return type(opened).__name__, opened.device


def test_a_card_opens_with_its_own_engine(make_card: Any, graphs: SimpleNamespace) -> None:
    assert isinstance(open_generator(TELEA, "cuda", "torch"), ClassicalGenerator)
    card = make_card(graphs.averaging())
    opened = open_generator(card, "cpu")
    assert type(opened).__name__ == "OnnxGenerator"
    assert opened.card is card
    opened.close()


@pytest.mark.parametrize("device", ["auto", "cpu"])
@pytest.mark.parametrize(
    ("card", "runtime", "name"),
    [
        (BOTH, "auto", "OnnxGenerator"),
        (BOTH, "onnx", "OnnxGenerator"),
        (BOTH, "torch", "TorchGenerator"),
        (ONNX, "auto", "OnnxGenerator"),
        (TORCH, "auto", "TorchGenerator"),
        (TORCH, "torch", "TorchGenerator"),
    ],
)
def test_a_runtime_can_be_chosen(
    computer: Callable[..., None], device: str, card: GeneratorCard, runtime: str, name: str
) -> None:
    computer(has_gpu=False)
    assert _opened(card, device, runtime) == (name, "cpu")


@pytest.mark.parametrize(
    ("onnx", "torch", "device", "expected"),
    [
        (True, True, "auto", ("OnnxGenerator", "cuda")),
        (True, True, "cpu", ("OnnxGenerator", "cpu")),
        (False, True, "auto", ("TorchGenerator", "cuda")),
        (False, True, "cuda", ("TorchGenerator", "cuda")),
        (False, True, "cpu", ("OnnxGenerator", "cpu")),
        (False, False, "auto", ("OnnxGenerator", "cpu")),
    ],
)
def test_pytorch_is_chosen_where_it_alone_reaches_the_gpu(
    computer: Callable[..., None], onnx: bool, torch: bool, device: str, expected: tuple[str, str]
) -> None:
    computer(onnx=onnx, torch=torch)
    assert _opened(BOTH, device) == expected


def test_a_gpu_that_neither_reaches_is_told(computer: Callable[..., None]) -> None:
    computer()
    with pytest.raises(GeneratorError, match="CUDA"):
        open_generator(BOTH, "cuda")


@pytest.mark.parametrize(
    ("card", "runtime", "words"),
    [(ONNX, "torch", "PyTorch; choose ONNX Runtime"), (TORCH, "onnx", "ONNX Runtime; choose PyT")],
)
def test_a_runtime_the_card_has_no_weights_for_is_refused(
    card: GeneratorCard, runtime: Any, words: str
) -> None:
    with pytest.raises(CardError, match=f"“Both” has no weights for {words}"):
        open_generator(card, "cpu", runtime)


def test_a_card_without_weights_is_refused() -> None:
    with pytest.raises(CardError, match="no weights"):
        open_generator(replace(BOTH, files={}))


def test_a_runtime_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(GeneratorError) as raised:
        open_generator(BOTH, "cpu", "torch")
    assert str(raised.value) == "“Both” needs PyTorch, which is not installed; choose ONNX Runtime."
    with pytest.raises(GeneratorError, match=r"not installed; choose another generator\.$"):
        open_generator(TORCH, "cpu")


def test_the_runtime_that_is_installed_is_taken(
    monkeypatch: pytest.MonkeyPatch, computer: Callable[..., None]
) -> None:
    computer()
    monkeypatch.setattr(backends, "find_spec", lambda name: name != "onnxruntime" or None)
    assert _opened(BOTH, "cpu") == ("TorchGenerator", "cpu")


def test_a_runtime_that_does_not_load_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    # A module that is None fails to import, as one whose libraries are missing does.
    monkeypatch.setitem(sys.modules, "core.inpainting.torch_generator", None)
    with pytest.raises(GeneratorError, match=r"does not load .* choose ONNX Runtime\.$"):
        open_generator(BOTH, "cpu", "torch")


def test_an_engine_this_lacuna_does_not_have_is_refused() -> None:
    with pytest.raises(CardError, match="engine"):
        open_generator(replace(TELEA, engine="quantum"))  # type: ignore[arg-type]


def test_a_device_or_runtime_there_is_not_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="abacus"):
        open_generator(TELEA, "abacus")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="pickle"):
        open_generator(TELEA, "cpu", "pickle")  # type: ignore[arg-type]
