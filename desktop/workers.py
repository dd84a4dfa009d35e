"""Generators' processes kept warm between restorations: starting one costs a second or two."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from core.inpainting.card import GeneratorCard
from core.inpainting.generator import Device
from core.inpainting.worker import WorkerGenerator


class Workers:
    """Lends WorkerGenerators; the one last given back is kept. Any thread may call it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: tuple[str, Device, WorkerGenerator] | None = None
        self._is_closed = False

    @contextmanager
    def lent(self, card: GeneratorCard, device: Device) -> Iterator[WorkerGenerator]:
        """Lend the generator of a card; nobody else has it meanwhile."""
        generator = self._taken(card, device) or WorkerGenerator(card, device)
        try:
            yield generator
        finally:
            self._keep(card, device, generator)

    def close(self) -> None:
        """End the idle process; those still lent end when they are given back."""
        with self._lock:
            idle, self._idle, self._is_closed = self._idle, None, True
        if idle is not None:
            idle[2].close()

    def _taken(self, card: GeneratorCard, device: Device) -> WorkerGenerator | None:
        with self._lock:
            if self._idle is not None and self._idle[:2] == (card.id, device):
                generator, self._idle = self._idle[2], None
                return generator
        return None

    def _keep(self, card: GeneratorCard, device: Device, generator: WorkerGenerator) -> None:
        with self._lock:
            if self._is_closed:
                unwanted: WorkerGenerator | None = generator
            else:
                unwanted = None if self._idle is None else self._idle[2]
                self._idle = card.id, device, generator
        if unwanted is not None:
            unwanted.close()
