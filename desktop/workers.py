"""Generators' processes kept warm between restorations: starting one costs a second or two."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from core.inpainting.card import GeneratorCard
from core.inpainting.generator import Device, Runtime
from core.inpainting.worker import WorkerGenerator


class _Lent(NamedTuple):
    card: GeneratorCard
    device: Device
    runtime: Runtime


class Workers:
    """Lends WorkerGenerators; the one last given back is kept. Any thread may call it.

    One that did not run as asked (it fell to the CPU, say) is not: the next may run better.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: tuple[_Lent, WorkerGenerator] | None = None
        self._is_closed = False

    @contextmanager
    def lent(
        self, card: GeneratorCard, device: Device, runtime: Runtime = "auto"
    ) -> Iterator[WorkerGenerator]:
        """Lend the generator of a card; nobody else has it meanwhile."""
        wanted = _Lent(card, device, runtime)
        generator = self._taken(wanted) or WorkerGenerator(card, device, runtime=runtime)
        try:
            yield generator
        finally:
            self._keep(wanted, generator)

    def close(self) -> None:
        """End the idle process; those still lent end when they are given back."""
        with self._lock:
            idle, self._idle, self._is_closed = self._idle, None, True
        if idle is not None:
            idle[1].close()

    def _taken(self, wanted: _Lent) -> WorkerGenerator | None:
        with self._lock:
            if self._idle is not None and self._idle[0] == wanted:
                generator, self._idle = self._idle[1], None
                return generator
        return None

    def _keep(self, wanted: _Lent, generator: WorkerGenerator) -> None:
        with self._lock:
            if self._is_closed or generator.notices:
                unwanted: WorkerGenerator | None = generator
            else:
                unwanted = None if self._idle is None else self._idle[1]
                self._idle = wanted, generator
        if unwanted is not None:
            unwanted.close()
