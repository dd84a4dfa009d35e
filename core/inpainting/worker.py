"""Generators in a process of their own: the brush never waits, and what dies there harms nothing.

The process is spawned, so the program's main module must be light to import and, frozen, call
`multiprocessing.freeze_support()`. Pictures travel in shared memory, words through a pipe.
"""

import math
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.shared_memory import SharedMemory
from typing import Any, Final

from core import errors
from core.errors import Cancelled, GeneratorError, LacunaError, WorkerError
from core.image.surface import F32
from core.inpainting.backends import thread_limit
from core.inpainting.card import Engine, GeneratorCard
from core.inpainting.generator import Device, Runtime
from core.inpainting.pulse import SILENCE_S
from core.inpainting.worker_process import FAILED, Child, Shape, fits, new_memory, put, taken

# However slow, a process that works goes on for so long: a large net on a slow CPU takes tens of
# seconds for the largest window.
TIMEOUT_S: Final = 900.0
START_TIMEOUT_S: Final = 120.0


class WorkerGenerator:
    """Any generator behind the Generator protocol, running in a spawned process.

    `__call__` blocks the thread that calls it, one call at a time; `cancel` and `close` may come
    from any other. The process starts with the first call (or `start`), and is niced, so that it
    yields to painting. One that dies or hangs in a call is started again, once, and on the CPU if
    the graphics card may have been to blame.
    """

    def __init__(
        self,
        card: GeneratorCard,
        device: Device = "auto",
        runtime: Runtime = "auto",
        timeout_s: float = TIMEOUT_S,
        threads: int | None = None,
        silence_s: float = SILENCE_S,
    ) -> None:
        """timeout_s, silence_s: without an answer for so long, or without any work done, it counts
        as hung. threads: None = most."""
        self._card = card
        self._asked: Device = device
        self._runtime: Runtime = runtime
        self._timeout_s = timeout_s
        self._silence_s = silence_s
        self._threads = thread_limit() if threads is None else threads
        self._calling = threading.Lock()
        self._is_cancelled = threading.Event()
        self._is_closed = threading.Event()
        self._told: list[str] = []
        self._held = _Held()
        # Also at the program's end, so that no shared memory is left behind.
        self._release = weakref.finalize(self, self._held.release)

    @property
    def card(self) -> GeneratorCard:
        """What it is; its `engine` is the one that runs it once it has started."""
        return self._card.run_by(self._held.engine or self._card.engine)

    @property
    def device(self) -> str:
        """Where the generator runs: known once it has started, before that what was asked for."""
        return self._held.device or self._asked

    @property
    def notices(self) -> tuple[str, ...]:
        """Sentences on what did not go as asked: a new process, smaller windows, the CPU."""
        return (*self._told, *self._held.notices)

    @property
    def process_id(self) -> int | None:
        """The process's id while there is one."""
        child = self._held.child
        return child.process_id if child is not None else None

    def start(self) -> None:
        """Start the process and open the generator now; else the first call does.

        Raises what opening raises (CardError, GeneratorError), WorkerError or Cancelled.
        """
        with self._one_call():
            self._started()

    def __call__(self, image: F32, mask: F32) -> F32:
        """Fill as Generator says.

        Raises GeneratorError as the generator does, WorkerError if the process died, or did not
        answer in time, twice; Cancelled after `cancel` or `close`.
        """
        with self._one_call():
            try:
                return self._filled(image, mask)
            except _LostError as error:
                self._start_anew(error)
            if self._should_stop():
                raise Cancelled("The fill was cancelled; nothing was changed.")
            return self._filled(image, mask)

    def cancel(self) -> None:
        """Stop the running call within a second, by ending the process; without one, do nothing."""
        if self._calling.locked():
            self._is_cancelled.set()

    def close(self) -> None:
        """End the process within two seconds, cancelling a running call; may be called twice."""
        self._is_closed.set()
        # A running call ends by itself, at once; should it hang, memory is freed at exit.
        if self._calling.acquire(timeout=1.0):
            self._release()
            self._calling.release()

    @contextmanager
    def _one_call(self) -> Iterator[None]:
        with self._calling:
            try:
                yield
            finally:
                self._is_cancelled.clear()

    def _filled(self, image: F32, mask: F32) -> F32:
        child = self._started()
        shared = self._held.memory_for(mask.shape)
        put(shared, image, mask)
        self._exchange(child, shared, mask.shape)
        return taken(shared, mask.shape)

    def _start_anew(self, error: "_LostError") -> None:
        """Let the next process be another one; a graphics card may be lost to all but a new one."""
        where = ""
        if self._held.device == "cuda" or (self._held.device is None and self._asked == "auto"):
            self._asked, where = "cpu", " on the CPU"
        self._told.extend(self._held.forget())
        self._told.append(
            f"The process that runs “{self._card.name}” {error.what} and was started again{where}."
        )

    def _started(self) -> Child:
        if self._is_closed.is_set():
            raise ValueError("this generator is closed")
        if self._held.child is None:
            self._held.child = Child(self._card, self._asked, self._runtime, self._threads)
            self._held.device = None
            try:
                self._answered(self._held.child, START_TIMEOUT_S)
            except LacunaError:  # it could not open the generator, and ends
                self._held.kill()
                raise
        return self._held.child

    def _exchange(self, child: Child, shared: SharedMemory, shape: Shape) -> None:
        try:
            child.ask(shared, shape)
        except OSError as cause:
            self._held.kill()
            raise self._lost("stopped") from cause
        self._answered(child, self._timeout_s, self._silence_s)

    def _answered(self, child: Child, timeout_s: float, silence_s: float = math.inf) -> None:
        """Wait for an answer. A process that gave none is ended; after an error it goes on."""
        try:
            kind, *rest = child.answer(timeout_s, self._should_stop, silence_s)
        except TimeoutError as cause:
            self._held.kill()
            raise self._lost("did not answer in time") from cause
        except OSError as cause:
            self._held.kill()
            raise self._lost("stopped") from cause
        except BaseException:  # Cancelled, Ctrl-C: its answer would be taken for the next call's
            self._held.kill()
            raise
        if kind == FAILED:
            raise _error(*rest)
        self._held.device, self._held.engine, self._held.notices = rest

    def _lost(self, what: str) -> WorkerError:
        return _LostError(self._card.name, what)

    def _should_stop(self) -> bool:
        return self._is_cancelled.is_set() or self._is_closed.is_set()


class _LostError(WorkerError):
    """A process that died, or that was ended because it hung."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(
            f"The process that runs “{name}” {what}; nothing was changed. Try again, or choose "
            "another generator."
        )
        self.what = what


class _Held:
    """What must be given back: the process and the shared memory."""

    def __init__(self) -> None:
        self.child: Child | None = None
        self.device: str | None = None
        self.engine: Engine | None = None
        self.notices: tuple[str, ...] = ()
        self._memory: SharedMemory | None = None

    def memory_for(self, shape: Shape) -> SharedMemory:
        if self._memory is None or not fits(self._memory, shape):
            self._free_memory()
            self._memory = new_memory(shape)
        return self._memory

    def kill(self) -> None:
        child, self.child = self.child, None
        if child is not None:
            child.kill()

    def forget(self) -> tuple[str, ...]:
        """Return what the last process told, and forget it."""
        notices, self.notices = self.notices, ()
        return notices

    def release(self) -> None:
        child, self.child = self.child, None
        if child is not None:
            child.close()
        self._free_memory()

    def _free_memory(self) -> None:
        memory, self._memory = self._memory, None
        if memory is not None:
            memory.close()
            memory.unlink()


def _error(name: Any, text: Any, trace: Any) -> LacunaError:
    """Rebuild the process's error; what it did not mean for the conservator becomes one."""
    kind = getattr(errors, name, None)
    if isinstance(kind, type) and issubclass(kind, LacunaError):
        error = kind(text)
    else:
        error = GeneratorError("The generator failed; nothing was changed. Try another one.")
    error.__cause__ = RuntimeError(trace)
    return error
