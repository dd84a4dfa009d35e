import os
import subprocess
import sys
import time
from typing import Any

import pytest

from core.inpainting import backends, engines
from core.inpainting.engines import DeviceStatus, EngineStatus, installed_engines, probe_engines


def _without_torch(name: str) -> object:
    return None if name == "torch" else name


def _dies(answer: Any, name: str) -> None:
    os._exit(7)


def _breaks(answer: Any, name: str) -> None:
    answer.send("ImportError")


def _hangs(answer: Any, name: str) -> None:
    time.sleep(60)


def test_engines_are_listed_at_once_and_without_importing_any() -> None:
    script = (
        "import sys\n"
        "from core.inpainting.engines import installed_engines\n"
        "print([(e.name, e.label, e.is_available, len(e.devices)) for e in installed_engines()])\n"
        "print(sorted({'torch', 'onnxruntime', 'safetensors'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        "[('onnx', 'ONNX Runtime', True, 1), ('torch', 'PyTorch', True, 1)]",
        "[]",
    ]


def test_a_probe_tries_each_engine_in_a_process_of_its_own() -> None:
    onnx, torch = probe_engines(timeout_s=300)
    assert (onnx.name, torch.name) == ("onnx", "torch")
    for status in (onnx, torch):
        assert status.is_available, status.reason
        assert status.devices[0].name == "cpu"
        assert all(device.label for device in status.devices)


def test_an_engine_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "find_spec", _without_torch)
    expected = EngineStatus("torch", False, "PyTorch is not installed.", ())
    assert installed_engines()[1] == expected
    monkeypatch.setattr(backends, "find_spec", lambda name: None)
    assert probe_engines()[1] == expected
    assert [status.is_available for status in probe_engines()] == [False, False]


@pytest.mark.parametrize(
    ("told", "words"), [(_dies, "ended"), (_breaks, "ImportError"), (_hangs, "in time")]
)
def test_an_engine_that_fails_is_unavailable_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, told: Any, words: str
) -> None:
    monkeypatch.setattr(engines, "_tell", told)
    monkeypatch.setattr(backends, "find_spec", _without_torch)
    start = time.monotonic()
    status = probe_engines(timeout_s=3 if told is _hangs else 60)[0]
    assert not status.is_available
    assert words in status.reason
    assert status.reason.endswith(".")
    assert status.devices == ()
    assert time.monotonic() - start < 30


def test_a_process_that_cannot_be_started_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: object) -> None:
        raise OSError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("multiprocessing.context.SpawnProcess.start", refused)
    for status in probe_engines():
        assert not status.is_available
        assert "could not be tried" in status.reason


def test_a_gpu_an_engine_cannot_use_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = DeviceStatus("cuda", "Some GPU", 8 << 30)
    monkeypatch.setattr(engines, "nvidia_gpu", lambda: gpu)
    monkeypatch.setattr(backends, "find_spec", lambda name: name if name == "onnxruntime" else None)
    status = probe_engines()[0]
    assert status.is_available
    if len(status.devices) == 1:
        assert "GPU" in status.reason
