import os
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

from core.errors import CardError, GeneratorError, GeneratorMemoryError, GeneratorOutputError
from core.inpainting import onnx_generator
from core.inpainting.backends import DeviceStatus
from core.inpainting.card import GeneratorCard
from core.inpainting.generator import open_generator
from core.inpainting.onnx_generator import OnnxGenerator, devices

MakeCard = Callable[..., GeneratorCard]


def _case(height: int = 60, width: int = 90) -> tuple[np.ndarray, np.ndarray]:
    image = np.random.default_rng(0).random((height, width, 3), np.float32) * 1.4 - 0.2
    mask = np.zeros((height, width), np.float32)
    mask[20:26, 10:80] = 1
    return image.astype(np.float32), mask


def test_the_graph_is_run_on_the_picture_with_its_loss_blacked_out(
    make_card: MakeCard, graphs: SimpleNamespace
) -> None:
    image, mask = _case()
    image[mask > 0] = np.nan
    # The model adds 1/4 to the loss, which arrives as 0; a little noise keeps it from being flat.
    made = graphs.brightening()
    noise = helper.make_node("RandomUniformLike", ["image"], ["noise"], low=0.0, high=0.01)
    made.graph.node.insert(0, noise)
    made.graph.node[-1].output[0] = "lifted"
    made.graph.node.append(helper.make_node("Add", ["lifted", "noise"], ["filled"]))
    filled = OnnxGenerator(make_card(made), "cpu")(image, mask)
    assert filled.dtype == np.float32
    np.testing.assert_allclose(filled[mask > 0], 0.25, atol=0.011)
    np.testing.assert_allclose(filled[mask == 0], image[mask == 0], atol=0.011)


@pytest.mark.parametrize(("multiple_of", "min_size_px"), [(1, 1), (32, 1), (8, 128)])
@pytest.mark.parametrize("size", [(60, 90), (33, 81), (64, 96)])
def test_any_size_is_padded_and_cropped(
    make_card: MakeCard,
    graphs: SimpleNamespace,
    multiple_of: int,
    min_size_px: int,
    size: tuple[int, int],
) -> None:
    card = make_card(graphs.averaging(), multiple_of=multiple_of, min_size_px=min_size_px)
    image, mask = _case(*size)
    generator = open_generator(card, "cpu")
    assert generator(image, mask).shape == image.shape
    assert generator.device == "cpu"
    generator.close()


def test_auto_runs_wherever_it_can(make_card: MakeCard, graphs: SimpleNamespace) -> None:
    generator = OnnxGenerator(make_card(graphs.averaging()))
    assert generator.device in ("cpu", "cuda")
    assert np.isfinite(generator(*_case())).all()


def test_cuda_that_does_not_load_is_told_and_not_silently_replaced(
    make_card: MakeCard, graphs: SimpleNamespace
) -> None:
    card = make_card(graphs.averaging())
    if OnnxGenerator(card).device == "cuda":
        assert OnnxGenerator(card, "cuda").device == "cuda"
    else:
        with pytest.raises(GeneratorError, match="CUDA"):
            OnnxGenerator(card, "cuda")


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": ["image"]},
        {"inputs": ["image", "mask", "extra"]},
        {"names": {"image": "picture"}},
        {"names": {"filled": "result"}},
        {"shapes": {"image": ["n", 4, "h", "w"]}},
        {"shapes": {"image": ["n", 3, 256, 256]}},
        {"shapes": {"mask": ["n", 3, "h", "w"]}},
        {"shapes": {"mask": ["n", "h", "w"]}},
        {"shapes": {"image": [4, 3, "h", "w"]}},
        {"types": {"mask": TensorProto.UINT8}},
    ],
)
def test_a_model_of_another_contract_is_refused(
    make_card: MakeCard, graphs: SimpleNamespace, change: dict[str, Any]
) -> None:
    shapes = {"image": ["n", 3, "h", "w"], "mask": ["n", 1, "h", "w"], "extra": [1]}
    shapes |= change.get("shapes", {})
    names = {"image": "image", "mask": "mask", "extra": "extra", "filled": "filled"}
    names |= change.get("names", {})
    types = change.get("types", {})
    inputs = [
        graphs.value(names[name], shapes[name], types.get(name, TensorProto.FLOAT))
        for name in change.get("inputs", ["image", "mask"])
    ]
    made = graphs.model(
        [helper.make_node("Identity", [names["image"]], [names["filled"]])],
        inputs=inputs,
        outputs=[graphs.value(names["filled"], ["n", "c", "h", "w"])],
    )
    with pytest.raises(CardError, match=r"“Test test-net”.*\.$"):
        OnnxGenerator(make_card(made), "cpu")


@pytest.mark.parametrize("factor", [float("nan"), float("inf"), 1e6, -50.0])
def test_a_result_that_cannot_be_paint_is_refused(
    make_card: MakeCard, graphs: SimpleNamespace, factor: float
) -> None:
    generator = OnnxGenerator(make_card(graphs.scaling(factor)), "cpu")
    with pytest.raises(GeneratorOutputError):
        generator(*_case())


def test_one_flat_colour_and_another_size_are_refused(
    make_card: MakeCard, graphs: SimpleNamespace
) -> None:
    with pytest.raises(GeneratorOutputError, match="flat"):
        OnnxGenerator(make_card(graphs.brightening()), "cpu")(*_case())
    halving = graphs.model(
        [helper.make_node("AveragePool", ["image"], ["filled"], kernel_shape=[2, 2],
                          strides=[2, 2])]
    )  # fmt: skip
    with pytest.raises(GeneratorOutputError, match="size"):
        OnnxGenerator(make_card(halving, id="half"), "cpu")(*_case())


def test_a_graph_that_fails_while_running_is_a_sentence(
    make_card: MakeCard, graphs: SimpleNamespace
) -> None:
    picking = graphs.model(
        [helper.make_node("Gather", ["image", "channels"], ["filled"], axis=1)],
        [helper.make_tensor("channels", TensorProto.INT64, [3], [0, 9, 1])],
    )
    with pytest.raises(GeneratorError, match="nothing was changed"):
        OnnxGenerator(make_card(picking), "cpu")(*_case())


def test_a_changed_model_is_not_run(make_card: MakeCard, graphs: SimpleNamespace) -> None:
    card = make_card(graphs.averaging())
    card.path("model.onnx").write_bytes(graphs.brightening().SerializeToString())
    with pytest.raises(CardError, match="SHA-256"):
        open_generator(card)


def test_a_model_replaced_while_running_changes_nothing(
    make_card: MakeCard, graphs: SimpleNamespace
) -> None:
    card = make_card(graphs.averaging())
    generator = OnnxGenerator(card, "cpu")
    before = generator(*_case())
    card.path("model.onnx").write_bytes(b"garbage")
    np.testing.assert_array_equal(generator(*_case()), before)


@pytest.mark.parametrize("data", [b"", b"garbage", b"\x08\x08"])
def test_a_file_that_is_no_model_is_refused(make_card: MakeCard, data: bytes) -> None:
    with pytest.raises(CardError, match="“Test test-net”"):
        OnnxGenerator(make_card(data), "cpu")


def test_external_data_beside_the_working_directory_is_not_read(
    make_card: MakeCard,
    graphs: SimpleNamespace,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.bin").write_bytes(np.ones(3, np.float32).tobytes())
    far = TensorProto(name="far", data_type=TensorProto.FLOAT, dims=[1, 3, 1, 1])
    far.data_location = TensorProto.EXTERNAL
    far.external_data.add(key="location", value="secret.bin")
    made = graphs.model([helper.make_node("Add", ["image", "far"], ["filled"])], [far])
    with pytest.raises(CardError, match="other files"):
        OnnxGenerator(make_card(made), "cpu")


def test_telemetry_is_off_before_the_runtime_is_imported() -> None:
    script = (
        "import os, sys\n"
        "class Watch:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'onnxruntime':\n"
        "            print(os.environ.get('ORT_DISABLE_TELEMETRY'))\n"
        "sys.meta_path.insert(0, Watch())\n"
        "import core.inpainting.onnx_generator\n"
    )
    env = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    done = subprocess.run(
        [sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[0] == "1"


def test_only_opening_an_onnx_card_imports_the_runtime() -> None:
    script = (
        "import sys\n"
        "from core.inpainting.catalogue import catalogue\n"
        "from core.inpainting.engine import inpaint\n"
        "from core.inpainting.generator import open_generator\n"
        "cards, _ = catalogue()\n"
        "open_generator(next(card for card in cards if card.id == 'telea'))\n"
        "print([name for name in ('onnxruntime', 'torch', 'PySide6') if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.filterwarnings("ignore:Duplicate provider")
def test_cuda_is_tried_only_where_there_is_a_gpu_and_never_fails_over_its_libraries(
    make_card: MakeCard, graphs: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    calls = []

    def preload() -> None:
        calls.append(1)
        print("Failed to load libcublasLt.so.12")
        raise RuntimeError("no directory")

    monkeypatch.setattr(onnx_generator.ort, "preload_dlls", preload, raising=False)
    monkeypatch.setattr(onnx_generator, "_CUDA", "CPUExecutionProvider")  # one that always loads
    card = make_card(graphs.averaging())
    monkeypatch.setattr(onnx_generator, "nvidia_gpu", lambda: None)
    assert [device.name for device in devices()] == ["cpu"]
    OnnxGenerator(card)
    assert not calls
    gpu = DeviceStatus("cuda", "Some GPU", 8 << 30)
    monkeypatch.setattr(onnx_generator, "nvidia_gpu", lambda: gpu)
    assert devices()[1:] == (gpu,)
    assert np.isfinite(OnnxGenerator(card)(*_case())).all()
    assert len(calls) == 2
    monkeypatch.delattr(onnx_generator.ort, "preload_dlls")
    OnnxGenerator(card)
    assert capsys.readouterr().out == ""


def test_a_provider_that_does_not_load_is_no_device(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = DeviceStatus("cuda", "Some GPU", 8 << 30)
    monkeypatch.setattr(onnx_generator, "nvidia_gpu", lambda: gpu)
    monkeypatch.setattr(onnx_generator, "_CUDA", "AbsentExecutionProvider")
    assert [device.name for device in devices()] == ["cpu"]


def test_a_lost_gpu_is_replaced_by_the_cpu(
    make_card: MakeCard, graphs: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = OnnxGenerator(make_card(graphs.averaging()), "cpu")
    expected = generator(*_case())

    class LostGpu:
        def run(self, outputs: object, feeds: object) -> object:
            raise RuntimeError("CUDA failure 999: unknown error")

        def get_providers(self) -> list[str]:
            return ["CUDAExecutionProvider", "CPUExecutionProvider"]

    monkeypatch.setattr(generator, "_session", LostGpu())
    assert generator.device == "cuda"
    np.testing.assert_array_equal(generator(*_case()), expected)
    assert generator.device == "cpu"


def test_a_gpu_out_of_memory_is_told_as_that(
    make_card: MakeCard, graphs: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = OnnxGenerator(make_card(graphs.averaging()), "cpu")

    class FullGpu:
        def run(self, outputs: object, feeds: object) -> object:
            raise RuntimeError("BFCArena::AllocateRawInternal Failed to allocate memory for 4096")

        def get_providers(self) -> list[str]:
            return ["CUDAExecutionProvider", "CPUExecutionProvider"]

    monkeypatch.setattr(generator, "_session", FullGpu())
    with pytest.raises(GeneratorMemoryError, match="CUDA has too little memory") as raised:
        generator(*_case())
    # A cause would keep the failed run's frames, and so its memory, alive.
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None
