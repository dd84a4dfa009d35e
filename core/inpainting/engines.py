"""Which engines run nets on this computer, and on what: quickly guessed, or really tried."""

import multiprocessing
import os
import signal
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import get_args

from core.inpainting.backends import (
    LABELS,
    Backend,
    DeviceStatus,
    cpu,
    is_installed,
    nvidia_gpu,
)
from core.inpainting.generator import usable_devices
from core.inpainting.worker_process import NICENESS, sigint_blocked

__all__ = ["DeviceStatus", "EngineStatus", "installed_engines", "probe_engines"]


@dataclass(frozen=True)
class EngineStatus:
    """Whether an engine can be chosen, and the devices it runs on, the CPU first.

    reason: one sentence on what is amiss; "" if nothing is. An engine may be available and yet
    have one: a GPU is there that it cannot use.
    """

    name: Backend
    is_available: bool
    reason: str
    devices: tuple[DeviceStatus, ...]

    @property
    def label(self) -> str:
        """What a conservator knows it by."""
        return LABELS[self.name]


def installed_engines() -> tuple[EngineStatus, ...]:
    """Return what is installed, at once, without importing it and so with the CPU alone."""
    return tuple(
        EngineStatus(name, True, "", (cpu(),)) if is_installed(name) else _missing(name)
        for name in get_args(Backend)
    )


def probe_engines(timeout_s: float = 60.0) -> tuple[EngineStatus, ...]:
    """Import each engine, try it on each device, and return what really works.

    This happens in short-lived processes, one per engine, side by side: the caller loads nothing,
    and what dies there is told as a reason. Blocks up to timeout_s, and may run in any thread.
    """
    deadline = time.monotonic() + timeout_s
    with ExitStack() as running:
        names = [name for name in get_args(Backend) if is_installed(name)]
        probes = [running.enter_context(closing(_Probe(name))) for name in names]
        answers = {probe.name: probe.status(deadline) for probe in probes}
    return tuple(answers.get(name) or _missing(name) for name in get_args(Backend))


class _Probe:
    """A process that imports one engine and tells what it runs on."""

    def __init__(self, name: Backend) -> None:
        self.name = name
        context = multiprocessing.get_context("spawn")
        self._answer, theirs = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_tell, args=(theirs, name), name=f"lacuna-probe-{name}", daemon=True
        )
        self._is_started = True
        try:
            with sigint_blocked():
                self._process.start()
        except OSError:
            self._is_started = False
        finally:
            theirs.close()

    def status(self, deadline: float) -> EngineStatus:
        """Wait for what the process tells, at most until the deadline (time.monotonic)."""
        label = LABELS[self.name]
        if not self._is_started:
            return _unavailable(self.name, f"{label} could not be tried: close other programs.")
        try:
            if not self._answer.poll(max(0.0, deadline - time.monotonic())):
                return _unavailable(self.name, f"{label} did not answer in time.")
            devices = self._answer.recv()
        except (EOFError, OSError):
            return _unavailable(self.name, f"{label} ended the process that tried it.")
        if isinstance(devices, str):
            return _unavailable(self.name, f"{label} is installed but does not load ({devices}).")
        reason = ""
        if len(devices) == 1 and nvidia_gpu() is not None:
            reason = f"{label} cannot use the GPU of this computer, so it runs on the CPU."
        return EngineStatus(self.name, True, reason, devices)

    def close(self) -> None:
        """End the process, whatever it does: what it had to tell is told."""
        self._answer.close()
        if self._is_started:
            self._process.kill()
            self._process.join()
        self._process.close()


def _tell(answer: Connection, name: Backend) -> None:
    """Run in the spawned process: send the devices, or the name of the error that came instead."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    try:
        answer.send(usable_devices(name))
    except Exception as error:  # whatever a broken installation raises
        answer.send(type(error).__name__)


def _missing(name: Backend) -> EngineStatus:
    return _unavailable(name, f"{LABELS[name]} is not installed.")


def _unavailable(name: Backend, reason: str) -> EngineStatus:
    return EngineStatus(name, False, reason, ())
