import ctypes
from types import SimpleNamespace
from typing import Any

import pytest

from core.inpainting import backends
from core.inpainting.backends import cpu, is_installed, nvidia_gpu, thread_limit


def test_what_is_installed_is_told_without_importing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {"torch", "onnxruntime"}
    monkeypatch.setattr(backends, "find_spec", lambda name: name if name in there else None)
    assert is_installed("onnx")
    assert not is_installed("torch")  # safetensors is missing
    there.add("safetensors")
    assert is_installed("torch")


def test_the_processor_is_always_there() -> None:
    assert cpu().name == "cpu"
    assert cpu().memory_bytes >= 0
    assert thread_limit() >= 1


def test_without_a_driver_there_is_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> Any:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", absent)
    assert nvidia_gpu() is None


@pytest.mark.parametrize("status", [0, 100])
def test_the_driver_names_its_gpu_or_has_none(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    def named(name: Any, size: int, device: Any) -> int:
        name.value = b"Some GPU"
        return status

    def sized(size: Any, device: Any) -> int:
        size._obj.value = 8 << 30
        return status

    driver = SimpleNamespace(
        cuInit=lambda flags: status,
        cuDeviceGet=lambda device, index: status,
        cuDeviceGetName=named,
        cuDeviceTotalMem_v2=sized,
    )
    monkeypatch.setattr(ctypes, "CDLL", lambda name: driver)
    gpu = nvidia_gpu()
    if status:
        assert gpu is None
    else:
        assert gpu == backends.DeviceStatus("cuda", "Some GPU", 8 << 30)
