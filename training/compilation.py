"""The compiled forward of a net: `--compile`, where a compiler is there."""

import torch
from torch import Tensor, nn


class CompilationError(ValueError):
    """This machine cannot compile nets; one sentence."""


def compile_forward(net: nn.Module, device: torch.device) -> None:
    """Have the net's forward compiled at its first call, in place.

    The net stays the same module, so its state dict keeps its names. A small function is compiled
    first, to find a missing compiler before the run begins. Raises CompilationError.
    """
    try:
        torch.compile(_tried)(torch.zeros(8, device=device))
    except RuntimeError as cause:
        reason = str(cause).strip().splitlines()[0]
        raise CompilationError(
            f"This machine cannot compile nets ({reason}); install a C++ compiler (and Triton for "
            "a CUDA device) or leave out --compile and run.compile."
        ) from cause
    net.compile()


def _tried(x: Tensor) -> Tensor:
    return x.sin() + 1
