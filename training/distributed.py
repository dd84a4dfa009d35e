"""The processes that train one net together: who they are, and what they agree on.

Gradients are averaged by an explicit all-reduce between backward and step, not through
DistributedDataParallel: its hooks fire in one backward per forward, but here a phase may train
one side alone, the generator is run without gradients, the penalty differentiates gradients, and
the log takes gradients of parts of the loss. What it costs is the overlap of sending with
computing. Batch norms see their own process's batch; their running statistics are averaged after
each step (means exactly; variances without those of the means between processes), so that all
processes hold the same nets, also in a late part with frozen norms.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
import torch.distributed as dist
from torch import Tensor, nn


class TeamError(ConnectionError):
    """Another process of the run failed, or they could not find each other; one sentence."""


class Order(NamedTuple):
    """What all processes do next: the run's progress 0..1, and whether to save or to stop."""

    progress: float
    saves: bool
    stops: bool


@dataclass(frozen=True)
class Team:
    """This process among those that train together; alone it leaves every value as it is.

    Rank 0 leads: it alone tells the time, logs, draws samples and writes checkpoints.
    """

    rank: int = 0
    size: int = 1

    @property
    def is_leader(self) -> bool:
        """Whether this process leads."""
        return self.rank == 0

    def average_gradients(self, net: nn.Module) -> None:
        """Give the net's parameters the mean of all processes' gradients."""
        if self.size > 1:
            self._average(weight.grad for weight in net.parameters())

    def average_statistics(self, net: nn.Module) -> None:
        """Give the net's learning batch norms the mean of all processes' running statistics."""
        if self.size > 1:
            norms = [part for part in net.modules() if isinstance(part, nn.BatchNorm2d)]
            learning = [norm for norm in norms if norm.training]
            self._average(norm.running_mean for norm in learning)
            self._average(norm.running_var for norm in learning)

    def agreed(self, order: Order) -> Order:
        """Return the leader's order, with a stop that any process asks for."""
        if self.size == 1:
            return order
        led = (order.progress, float(order.saves)) if self.is_leader else (0.0, 0.0)
        said = torch.tensor([*led, float(order.stops)], dtype=torch.float64)
        _add_up(said)
        progress, saves, stops = said.tolist()
        return Order(progress, saves > 0, stops > 0)

    def gathered(self, value: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return every process's value by rank to the leader, an empty list to the others."""
        if self.size == 1:
            return [value]
        values = [value] * self.size if self.is_leader else None
        with _failures_told():
            dist.gather_object(value, values)
        return values or []

    def wait(self) -> None:
        """Go on only once all processes have come here."""
        if self.size > 1:
            _add_up(torch.zeros(1))

    def _average(self, found: Iterable[Tensor | None]) -> None:
        tensors = [tensor for tensor in found if tensor is not None]
        if not tensors:
            return
        flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
        _add_up(flat)
        flat /= self.size
        pieces = torch.split(flat, [tensor.numel() for tensor in tensors])
        for tensor, piece in zip(tensors, pieces, strict=True):
            tensor.copy_(piece.view(tensor.shape))


ALONE = Team()


def local_rank() -> int:
    """Return the number of this process on its machine, which is that of its CUDA device."""
    return int(os.environ.get("LOCAL_RANK", "0"))


@contextmanager
def assembled(device: torch.device) -> Iterator[Team]:
    """Join the processes that torchrun started, until the block ends; without it, be alone.

    Gradients on a CUDA device travel by NCCL, all else by Gloo. Raises TeamError.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield ALONE
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    try:
        dist.init_process_group("cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo")
    except (RuntimeError, ValueError) as cause:
        raise TeamError(f"The {size} processes of this run cannot reach each other.") from cause
    try:
        yield Team(dist.get_rank(), size)
    finally:
        dist.destroy_process_group()


def _add_up(values: Tensor) -> None:
    with _failures_told():
        dist.all_reduce(values)


@contextmanager
def _failures_told() -> Iterator[None]:
    try:
        yield
    except RuntimeError as cause:
        raise TeamError("Another process of this run has failed, so this one stops too.") from cause
