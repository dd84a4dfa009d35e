"""Which device trains, what it is called, and what it does fast."""

import platform
from functools import cache
from pathlib import Path

import torch


def device_named(name: str, number: int = 0) -> torch.device:
    """Return the device “cpu” or “cuda”, or of the two the best there is for “auto”.

    number is that of the CUDA device. Raises ValueError where there is none, or none so numbered.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("There is no CUDA device here; leave --device out to use the CPU.")
    if name == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    if number >= torch.cuda.device_count():
        raise ValueError(
            f"There are only {torch.cuda.device_count()} CUDA devices here; lower --nproc-per-node."
        )
    return torch.device("cuda", number)


def hardware(device: torch.device) -> str:
    """Return the name of the device, for logs and cards."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    names = (line.partition(":")[2].strip() for line in _cpu_info() if "model name" in line)
    return next(names, platform.processor() or "CPU")


def has_bfloat16(device: torch.device) -> bool:
    """Return whether bf16 is faster than float32 here: on a CPU only with avx512_bf16."""
    return device.type == "cuda" or any("avx512_bf16" in line for line in _cpu_info())


@cache
def _cpu_info() -> tuple[str, ...]:
    try:
        return tuple(Path("/proc/cpuinfo").read_text("utf-8").splitlines())
    except OSError:
        return ()
