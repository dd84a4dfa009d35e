import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch

from core.errors import CardError, GeneratorError, GeneratorMemoryError, GeneratorOutputError
from core.inpainting import torch_generator
from core.inpainting.card import WEIGHTS_FILE, GeneratorCard, read_card, write_card
from core.inpainting.generator import open_generator
from core.inpainting.torch_generator import TorchGenerator, devices, net_from
from core.inpainting.worker import WorkerGenerator
from core.models.registry import ARCHITECTURES, build
from core.resources import generators_dir

MakeCard = Callable[..., GeneratorCard]
OPTIONS = {"width": 8, "sweeps": 1}
# The card's tolerance: one step of 10 bits.
TOLERANCE = 1 / 1023


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def net() -> torch.nn.Module:
    torch.manual_seed(0)
    net = build("atelier-crack", **OPTIONS)
    torch.nn.init.normal_(net.head.weight, std=0.02)  # type: ignore[union-attr,arg-type]
    return net.eval()


@pytest.fixture
def make(tmp_path: Path, net: torch.nn.Module) -> MakeCard:
    """make(data=None, **card fields): a card with model.safetensors alone, of `net`'s weights."""

    def make_one(data: bytes | None = None, **fields: Any) -> GeneratorCard:
        data = safetensors.torch.save(net.state_dict()) if data is None else data
        (tmp_path / WEIGHTS_FILE).write_bytes(data)
        fields = {
            "id": "tiny",
            "name": "Tiny",
            "summary": "A net of a test.",
            "engine": "torch",
            "architecture": "atelier-crack",
            "options": OPTIONS,
            "multiple_of": 32,
            "min_size_px": 32,
            "files": {WEIGHTS_FILE: hashlib.sha256(data).hexdigest()},
        } | fields
        write_card(GeneratorCard(**fields), tmp_path)
        return read_card(tmp_path)

    return make_one


def _case(height: int = 60, width: int = 90) -> tuple[np.ndarray, np.ndarray]:
    image = np.random.default_rng(0).random((height, width, 3), np.float32)
    mask = np.zeros((height, width), np.float32)
    mask[height // 3 : height // 3 + 6, width // 9 : -width // 9] = 1
    return image, mask


def test_it_computes_what_the_net_computes(make: MakeCard, net: torch.nn.Module) -> None:
    image, mask = _case(64, 96)
    with torch.no_grad():
        nchw = torch.from_numpy(image).permute(2, 0, 1)[None]
        expected = net(nchw, torch.from_numpy(mask)[None, None])[0].permute(1, 2, 0).numpy()
    image[mask > 0] = np.nan
    generator = TorchGenerator(make())
    filled = generator(image, mask)
    assert filled.dtype == np.float32
    assert filled.flags.c_contiguous
    np.testing.assert_allclose(filled[mask > 0], expected[mask > 0], atol=1e-5)
    generator.close()


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (33, 31), (64, 96), (101, 65)])
def test_both_engines_agree_on_the_shipped_generator_at_any_size(size: tuple[int, int]) -> None:
    card = read_card(generators_dir() / "atelier-crack")
    assert card.engines == ("onnx", "torch")
    one, other = (open_generator(card, "cpu", engine) for engine in ("onnx", "torch"))
    assert (one.card.engine, other.card.engine) == ("onnx", "torch")
    image, mask = _case(*size)
    difference = np.abs(one(image, mask) - other(image, mask))
    assert difference.max() <= TOLERANCE
    one.close()
    other.close()


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_half_precision_is_near_and_only_when_asked_for(make: MakeCard, precision: Any) -> None:
    card = make()
    image, mask = _case()
    whole, plain = TorchGenerator(card, "cpu"), TorchGenerator(card, "cpu", "float32")
    np.testing.assert_array_equal(whole(image, mask), plain(image, mask))
    halved = TorchGenerator(card, "cpu", precision)(image, mask)
    difference = np.abs(halved - whole(image, mask)).max()
    assert 0 < difference < 0.02
    with pytest.raises(ValueError, match="int8"):
        TorchGenerator(card, "cpu", "int8")  # type: ignore[arg-type]


def test_half_weights_are_computed_in_float32(make: MakeCard, net: torch.nn.Module) -> None:
    halves = {
        name: weight.half() if weight.ndim > 1 else weight
        for name, weight in net.state_dict().items()
    }
    image, mask = _case()
    expected = TorchGenerator(make())(image, mask)
    card = make(safetensors.torch.save(halves))
    read = net_from(card, card.checked_bytes(WEIGHTS_FILE))
    assert {weight.dtype for weight in read.parameters()} == {torch.float32}
    assert not read.training
    np.testing.assert_allclose(TorchGenerator(card)(image, mask), expected, atol=TOLERANCE)


def _without_bias(weights: dict[str, torch.Tensor]) -> None:
    del weights["head.bias"]


def _with_more(weights: dict[str, torch.Tensor]) -> None:
    weights["extra"] = torch.zeros(3)


def _transposed(weights: dict[str, torch.Tensor]) -> None:
    weights["stem.weight"] = weights["stem.weight"].transpose(0, 1).contiguous()


def _as_integers(weights: dict[str, torch.Tensor]) -> None:
    weights["head.bias"] = weights["head.bias"].to(torch.int32)


@pytest.mark.parametrize("change", [_without_bias, _with_more, _transposed, _as_integers])
def test_weights_of_another_net_are_refused(
    make: MakeCard, net: torch.nn.Module, change: Callable[[dict[str, torch.Tensor]], None]
) -> None:
    weights = dict(net.state_dict())
    change(weights)
    with pytest.raises(CardError, match=r"^[^\n]*“Tiny”[^\n]*reinstall it\.$"):
        TorchGenerator(make(safetensors.torch.save(weights)))


@pytest.mark.parametrize(
    "fields",
    [
        {"architecture": "no-such-net"},
        {"architecture": ""},
        {"architecture": "glcic", "options": {"width": 8}},
        {"options": {}},
        {"options": {"width": 8, "wings": 2}},
        {"options": {"width": "wide"}},
        {"options": {"width": None}},
        {"options": {"width": -8}},
        {"options": {"width": 10**7}},  # more memory than any computer has
        {"options": {"self": 1}},
        {"options": {"architecture": "glcic"}},
    ],
)
def test_a_card_of_another_net_is_refused_in_a_sentence(
    make: MakeCard, fields: dict[str, Any]
) -> None:
    with pytest.raises(CardError, match=r"^[^\n]*(“tiny”|“Tiny”)[^\n]*\.$"):
        TorchGenerator(make(**fields))


@pytest.mark.parametrize("keep", [0, 4, 8, 100, -1, -1000])
def test_a_truncated_file_is_refused(make: MakeCard, net: torch.nn.Module, keep: int) -> None:
    data = safetensors.torch.save(net.state_dict())[:keep]
    with pytest.raises(CardError, match="damaged"):
        TorchGenerator(make(data))


def test_a_pickle_is_never_read(make: MakeCard, net: torch.nn.Module, tmp_path: Path) -> None:
    torch.save(net.state_dict(), tmp_path / "weights.pt")
    with pytest.raises(CardError, match="damaged"):
        TorchGenerator(make((tmp_path / "weights.pt").read_bytes()))


def test_a_missing_or_changed_file_is_not_run(make: MakeCard) -> None:
    card = make()
    path = card.path(WEIGHTS_FILE)
    path.write_bytes(path.read_bytes()[:-4] + b"\0\0\0\0")
    with pytest.raises(CardError, match="SHA-256"):
        TorchGenerator(card)
    path.unlink()
    with pytest.raises(CardError, match="cannot be read"):
        TorchGenerator(card)


def test_a_result_that_cannot_be_paint_is_refused(make: MakeCard, net: torch.nn.Module) -> None:
    weights = net.state_dict() | {"head.bias": torch.full((12,), float("nan"))}
    with pytest.raises(GeneratorOutputError, match="NaN"):
        TorchGenerator(make(safetensors.torch.save(weights)))(*_case())


def test_a_net_that_fails_while_running_is_a_sentence(make: MakeCard) -> None:
    generator = TorchGenerator(make(multiple_of=1, min_size_px=1), "cpu")
    with pytest.raises(GeneratorError, match="nothing was changed"):
        generator(*_case(33, 35))


def test_cuda_that_is_not_there_is_told_and_auto_takes_the_cpu(
    make: MakeCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert [device.name for device in devices()] == ["cpu"]
    assert TorchGenerator(make()).device == "cpu"
    with pytest.raises(GeneratorError, match="CUDA"):
        TorchGenerator(make(), "cuda")


def test_a_gpu_without_memory_for_the_net_is_left_for_the_cpu(
    make: MakeCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: torch.nn.Module, device: object = None, **options: object) -> torch.nn.Module:
        if device == "cuda":
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return self

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.nn.Module, "to", full)
    assert TorchGenerator(make()).device == "cpu"
    with pytest.raises(GeneratorError, match="CUDA"):
        TorchGenerator(make(), "cuda")


@pytest.mark.parametrize("is_full", [True, False])
def test_a_lost_gpu_is_replaced_by_the_cpu_and_a_full_one_is_told(
    make: MakeCard, monkeypatch: pytest.MonkeyPatch, is_full: bool
) -> None:
    generator = TorchGenerator(make(), "cpu")
    expected = generator(*_case())

    def failing(*_: object) -> None:
        if is_full:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        raise RuntimeError("CUDA error: device-side assert triggered")

    # Without a GPU, moving the picture there fails; with one, the net does.
    monkeypatch.setattr(generator, "_device", torch.device("cuda"))
    monkeypatch.setattr(generator, "_net", failing)
    if is_full and torch.cuda.is_available():
        with pytest.raises(GeneratorMemoryError, match="CUDA has too little memory"):
            generator(*_case())
        return
    assert generator.device == "cuda"
    if is_full:
        # What a GPU that is not there says is no want of memory: stand in for it.
        monkeypatch.setattr(torch_generator, "is_out_of_memory", lambda _error: True)
        with pytest.raises(GeneratorMemoryError, match="CUDA has too little memory"):
            generator(*_case())
        return
    np.testing.assert_array_equal(generator(*_case()), expected)
    assert generator.device == "cpu"


def test_threads_are_bounded_only_while_it_runs(
    make: MakeCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch_generator, "thread_limit", lambda: 2)
    torch.set_num_threads(3)
    generator = TorchGenerator(make())
    seen = []
    generator._net.register_forward_pre_hook(lambda *_: seen.append(torch.get_num_threads()))
    generator(*_case())
    assert seen == [2]
    assert torch.get_num_threads() == 3
    assert torch.backends.cudnn.allow_tf32


@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_every_net_can_be_checked_before_it_takes_memory(name: str) -> None:
    with torch.device("meta"):
        assert all(weight.is_meta for weight in build(name).state_dict().values())


def test_a_worker_runs_it_and_says_so(make: MakeCard) -> None:
    card = replace(make(), engine="onnx")
    worker = WorkerGenerator(card, "cpu", "torch")
    try:
        assert worker.card is card
        filled = worker(*_case())
        assert worker.card.engine == "torch"
        assert worker.device == "cpu"
    finally:
        worker.close()
    np.testing.assert_allclose(filled, TorchGenerator(card)(*_case()), atol=1e-6)


@pytest.mark.gpu
@pytest.mark.parametrize("size", [(33, 31), (256, 384)])
def test_the_gpu_computes_what_the_cpu_computes(size: tuple[int, int]) -> None:
    card = read_card(generators_dir() / "atelier-crack")
    image, mask = _case(*size)
    expected = TorchGenerator(card, "cpu")(image, mask)
    generator = TorchGenerator(card, "cuda")
    assert generator.device == "cuda"
    assert np.abs(generator(image, mask) - expected).max() <= TOLERANCE
    assert generator.device == "cuda"
    generator.close()
    for precision in ("bfloat16", "float16"):
        halved = TorchGenerator(card, "cuda", precision)  # type: ignore[arg-type]
        assert np.abs(halved(image, mask) - expected).max() < 0.02
        halved.close()
    assert {device.name for device in devices()} == {"cpu", "cuda"}
