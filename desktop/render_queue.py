"""Two threads that make display tiles: nearest first, what is no longer wanted never."""

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

THREADS = 2


class Request(Protocol):
    """What is to be made; requests of the same key are for the same thing."""

    @property
    def key(self) -> Hashable:
        """What it is for."""


RequestT = TypeVar("RequestT", bound=Request)
ResultT = TypeVar("ResultT")


class _Bell(QObject):
    """Calls back in the thread it was made in; any thread may emit `rung`."""

    rung = Signal()

    def __init__(self, callback: Callable[[], None]) -> None:
        super().__init__()
        self._callback = callback
        self.rung.connect(self._ring, Qt.ConnectionType.QueuedConnection)

    @Slot()
    def _ring(self) -> None:
        self._callback()


class RenderQueue(Generic[RequestT, ResultT]):
    """Runs `make(request)` in threads and gives the results to `deliver` in the GUI thread.

    Only the GUI thread calls its methods. `make` must not raise.
    """

    def __init__(
        self, make: Callable[[RequestT], ResultT], deliver: Callable[[list[ResultT]], None]
    ) -> None:
        self._make = make
        self._deliver = deliver
        self._lock = threading.Lock()
        self._waiting: list[RequestT] = []
        self._making: set[Hashable] = set()
        self._made: deque[tuple[Hashable, ResultT]] = deque()
        self._is_closed = threading.Event()
        self._threads = ThreadPoolExecutor(THREADS, "tiles", initializer=_be_humble)
        self._bell = _Bell(self._take)

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits, is being made, or is made and not yet delivered."""
        with self._lock:
            return not (self._waiting or self._making)

    def want(self, requests: Sequence[RequestT]) -> set[Hashable]:
        """Replace what waits by these, the first first; return the keys already being made.

        Those are left out: they are delivered as they were asked for.
        """
        with self._lock:
            if self._is_closed.is_set():
                return set()
            making = set(self._making)
            self._waiting = [request for request in requests if request.key not in making]
            count = len(self._waiting)
        for _ in range(min(count, THREADS)):
            self._threads.submit(self._work)
        return making

    def close(self) -> None:
        """Drop what waits and wait for what is being made; nothing is delivered any more."""
        with self._lock:
            self._is_closed.set()
            self._waiting = []
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting or self._is_closed.is_set():
                    return
                request = self._waiting.pop(0)
                self._making.add(request.key)
            result = self._make(request)
            with self._lock:
                if self._is_closed.is_set():
                    return
                self._made.append((request.key, result))
                if len(self._made) == 1:
                    self._bell.rung.emit()

    def _take(self) -> None:
        """Hand over what is made; runs in the GUI thread, where the bell lives."""
        with self._lock:
            made = list(self._made)
            self._made.clear()
            self._making.difference_update(key for key, _ in made)
        if made and not self._is_closed.is_set():
            self._deliver([result for _, result in made])


def _be_humble() -> None:
    """Let the brush go before the tiles; on Linux niceness is a thread's own."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)
