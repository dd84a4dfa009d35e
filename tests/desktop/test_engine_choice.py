from dataclasses import replace

import pytest

from core.inpainting.backends import DeviceStatus
from core.inpainting.card import GeneratorCard
from core.inpainting.classical import classical_cards
from core.inpainting.engines import EngineStatus
from desktop.engine_choice import EngineChoice, device_of, runtime_of

CPU = DeviceStatus("cpu", "CPU", 16 << 30)
GPU = DeviceStatus("cuda", "NVIDIA H200", 140 << 30)
ONNX = EngineStatus("onnx", True, "", (CPU,))
ONNX_GPU = EngineStatus("onnx", True, "", (CPU, GPU))
TORCH = EngineStatus("torch", True, "", (CPU,))
TORCH_GPU = EngineStatus("torch", True, "", (CPU, GPU))
NO_TORCH = EngineStatus("torch", False, "PyTorch is not installed.", ())
NO_ONNX = EngineStatus("onnx", False, "ONNX Runtime is not installed.", ())

BOTH = GeneratorCard("both", "Both", "", "onnx", files={"model.onnx": "", "model.safetensors": ""})
FOR_ONNX = replace(BOTH, id="for-onnx", files={"model.onnx": ""})
FOR_TORCH = replace(BOTH, id="for-torch", files={"model.safetensors": ""})
TELEA = classical_cards()[-1]


@pytest.mark.parametrize(
    ("choice", "card", "why"),
    [
        (EngineChoice((ONNX, NO_TORCH)), FOR_ONNX, ""),
        (EngineChoice((ONNX, NO_TORCH)), BOTH, ""),
        (EngineChoice((ONNX, NO_TORCH)), FOR_TORCH, "PyTorch is not installed."),
        (EngineChoice((ONNX, NO_TORCH)), TELEA, ""),
        (EngineChoice((NO_ONNX, NO_TORCH), "torch", "cuda", True), TELEA, ""),
        (EngineChoice((NO_ONNX, TORCH)), BOTH, ""),
        (EngineChoice((NO_ONNX, TORCH)), FOR_ONNX, "ONNX Runtime is not installed."),
        (
            EngineChoice((ONNX, TORCH), "torch"),
            FOR_ONNX,
            "It has no weights for PyTorch, only for ONNX Runtime.",
        ),
        (
            EngineChoice((ONNX, TORCH), "onnx"),
            FOR_TORCH,
            "It has no weights for ONNX Runtime, only for PyTorch.",
        ),
        (EngineChoice((ONNX, TORCH), "torch"), BOTH, ""),
        (EngineChoice((ONNX, TORCH_GPU), device="cuda", is_probed=True), BOTH, ""),
        (EngineChoice((ONNX, TORCH_GPU), device="cuda", is_probed=True), FOR_TORCH, ""),
        (
            EngineChoice((ONNX, TORCH_GPU), device="cuda", is_probed=True),
            FOR_ONNX,
            "No CUDA device was found.",
        ),
        (
            EngineChoice((replace(ONNX, reason="No GPU for it."), TORCH), "auto", "cuda", True),
            BOTH,
            "No GPU for it.",
        ),
        # Not yet looked for: the worker itself will say.
        (EngineChoice((ONNX, TORCH), device="cuda"), BOTH, ""),
        (EngineChoice(()), BOTH, "No engine is there that could run it."),
        (EngineChoice((ONNX, NO_TORCH)), replace(BOTH, files={}), ""),
    ],
)
def test_a_generator_that_cannot_run_as_chosen_says_why(
    choice: EngineChoice, card: GeneratorCard, why: str
) -> None:
    assert choice.obstacle(card) == why


def test_engines_that_are_not_there_are_listed_with_the_reason() -> None:
    options = EngineChoice((ONNX, NO_TORCH)).engine_options()
    assert [(option.value, option.text, option.reason) for option in options] == [
        ("auto", "Automatic", ""),
        ("onnx", "ONNX Runtime", ""),
        ("torch", "PyTorch", "PyTorch is not installed."),
    ]


@pytest.mark.parametrize(
    ("choice", "text", "reason"),
    [
        (EngineChoice((ONNX, TORCH_GPU), is_probed=True), "NVIDIA H200 · 140 GB", ""),
        (
            EngineChoice((ONNX, TORCH_GPU), "onnx", is_probed=True),
            "Graphics card (CUDA)",
            "No CUDA device was found.",
        ),
        (
            EngineChoice((ONNX, TORCH)),
            "Graphics card (CUDA)",
            "Graphics cards are still being looked for.",
        ),
    ],
)
def test_the_devices_are_those_of_the_chosen_engine(
    choice: EngineChoice, text: str, reason: str
) -> None:
    options = choice.device_options()
    assert [option.value for option in options] == ["auto", "cpu", "cuda"]
    assert options[1].text == "Processor (CPU) · 16 GB"
    assert options[2][1:] == (text, reason)


def test_memory_that_is_not_known_is_not_told() -> None:
    engine = replace(ONNX, devices=(replace(CPU, memory_bytes=0),))
    assert EngineChoice((engine,)).device_options()[1].text == "Processor (CPU)"


def test_names_of_another_lacuna_give_automatic() -> None:
    assert (runtime_of("torch"), runtime_of("tensorrt"), runtime_of("")) == (
        "torch",
        "auto",
        "auto",
    )
    assert (device_of("cuda"), device_of("npu"), device_of("")) == ("cuda", "auto", "auto")
