"""What runs nets on this computer: the libraries that are installed, its processors, its threads.

Nothing here imports a backend, so that the window and the commands may ask at any time.
"""

import ctypes
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType
from typing import Final, Literal

Backend = Literal["onnx", "torch"]

LABELS: Mapping[str, str] = MappingProxyType({"onnx": "ONNX Runtime", "torch": "PyTorch"})
_MODULES: Mapping[Backend, tuple[str, ...]] = MappingProxyType(
    {"onnx": ("onnxruntime",), "torch": ("torch", "safetensors")}
)

# What NumPy, ONNX Runtime, PyTorch, CUDA and OpenCV say when memory runs out, in small letters.
_OUT_OF_MEMORY: Final = (
    "out of memory",
    "out_of_memory",
    "can't allocate memory",
    "not enough memory",
    "unable to allocate",
    "alloc_failed",
    "allocation failed",
    "failed to allocate",
    "insufficient memory",
    "bad allocation",
    "bad_alloc",
)
# More threads than this gain nothing on pictures of a window's size.
_MAX_THREADS: Final = 8
_NAME_BYTES: Final = 256


@dataclass(frozen=True)
class DeviceStatus:
    """A device that a backend really runs on; memory_bytes is 0 where it is not known."""

    name: Literal["cpu", "cuda"]
    label: str
    memory_bytes: int


def is_installed(backend: Backend) -> bool:
    """Whether all that a backend needs could be imported; none of it is."""
    return all(find_spec(name) is not None for name in _MODULES[backend])


def cpu() -> DeviceStatus:
    """Return the processor, with the computer's memory."""
    # Windows has no such table.
    names = getattr(os, "sysconf_names", {})
    is_told = "SC_PHYS_PAGES" in names and "SC_PAGE_SIZE" in names
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if is_told else 0
    return DeviceStatus("cpu", "CPU", memory)


def nvidia_gpu() -> DeviceStatus | None:
    """Return the first NVIDIA GPU, asked of its driver alone; None where there is none.

    Whether a backend can use it is another question. CUDA's own libraries, hundreds of megabytes,
    are not loaded.
    """
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return None
    device, size = ctypes.c_int(), ctypes.c_size_t()
    name = ctypes.create_string_buffer(_NAME_BYTES)
    # CUDA driver API; each call returns 0 (CUDA_SUCCESS) or an error's number.
    failures = (
        driver.cuInit(0),
        driver.cuDeviceGet(ctypes.byref(device), 0),
        driver.cuDeviceGetName(name, _NAME_BYTES, device),
        driver.cuDeviceTotalMem_v2(ctypes.byref(size), device),
    )
    if any(failures):
        return None
    return DeviceStatus("cuda", name.value.decode("utf-8", "replace"), size.value)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether something failed for want of memory, for which backends have no class of their own.

    OpenCV, too, which gives a SystemError where NumPy had no memory for its result.
    """
    if isinstance(error, MemoryError) or isinstance(error.__cause__, MemoryError):
        return True
    text = str(error).lower()
    return any(words in text for words in _OUT_OF_MEMORY)


def thread_limit() -> int:
    """Return how many threads a backend may take: all but one, which stays the brush's.

    Fewer where OMP_NUM_THREADS says so, as it does in a process that shares the computer.
    """
    told = os.environ.get("OMP_NUM_THREADS", "")
    most = int(told) if told.isdecimal() and int(told) > 0 else _MAX_THREADS
    return max(1, min((os.cpu_count() or 1) - 1, most, _MAX_THREADS))
