"""The spawned process that runs a generator: both ends of the pipe, and the memory they share."""

import math
import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from core.errors import Cancelled, GeneratorMemoryError, LacunaError, WorkerError
from core.image.surface import F32
from core.inpainting.backends import is_out_of_memory
from core.inpainting.card import Engine, GeneratorCard
from core.inpainting.generator import Device, Runtime
from core.inpainting.pulse import BEAT, Pulse, Speaker
from core.inpainting.sparing import SparingGenerator, open_sparing

# What the process answers: (READY or FILLED, device, engine, all notices so far), or
# (FAILED, error's name, text, trace); while it fills it beats (pulse.py).
READY: Final = "ready"
FILLED: Final = "filled"
FAILED: Final = "failed"

_POLL_S = 0.05
_STOP_S = 0.5
NICENESS = 10
_BLAS_THREADS: Final = ("OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_SHARED_DIR = Path("/dev/shm")

Shape = tuple[int, ...]


class Child:
    """The program's end: one process and the pipe to it. Used by one thread at a time."""

    def __init__(self, card: GeneratorCard, device: Device, runtime: Runtime, threads: int) -> None:
        """Start the process; its first message is READY or FAILED. Raises WorkerError."""
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve,
            args=(theirs, card, device, runtime, threads),
            name="lacuna-fill",
            daemon=True,
        )
        try:
            with sigint_blocked(), one_blas_thread():
                self._process.start()
        except OSError as cause:
            self._connection.close()
            raise WorkerError(
                "The process that runs generators could not be started; close other programs "
                "and try again."
            ) from cause
        finally:
            theirs.close()

    @property
    def process_id(self) -> int | None:
        """The process's id."""
        return self._process.pid

    def ask(self, shared: SharedMemory, shape: Shape) -> None:
        """Have the picture in shared memory filled. Raises OSError if the process is gone."""
        self._connection.send((shared.name, shape))

    def answer(
        self, timeout_s: float, should_stop: Callable[[], bool], silence_s: float = math.inf
    ) -> Any:
        """Return the answer. Raises Cancelled, TimeoutError, or OSError if it is gone.

        TimeoutError comes after timeout_s, or if the process does nothing for silence_s.
        """
        deadline = time.monotonic() + timeout_s
        pulse = Pulse(silence_s, time.monotonic())
        while True:
            ready = wait([self._connection, self._process.sentinel], _POLL_S)
            if should_stop():
                raise Cancelled("The fill was cancelled; nothing was changed.")
            if self._connection in ready or self._connection.poll():
                kind, *rest = self._received()
                if kind != BEAT:
                    return (kind, *rest)
                pulse.beat(rest[0], time.monotonic())
            elif ready:
                raise OSError(f"the process ended with exit code {self._process.exitcode}")
            if time.monotonic() > deadline or pulse.is_lost(time.monotonic()):
                raise TimeoutError(f"no answer within {timeout_s} s, or nothing done")

    def close(self) -> None:
        """End an idle process by closing its pipe; one that does not go is killed."""
        self._connection.close()
        self._process.join(_STOP_S)
        self.kill()

    def kill(self) -> None:
        """End the process at once, whatever it does."""
        self._connection.close()
        self._process.kill()
        self._process.join()
        self._process.close()

    def _received(self) -> Any:
        try:
            return self._connection.recv()
        except EOFError as cause:
            raise OSError("the process ended") from cause


def _serve(
    connection: Connection, card: GeneratorCard, device: Device, runtime: Runtime, threads: int
) -> None:
    """Run in the spawned process: open the generator, then fill until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    cv2.setNumThreads(threads)
    # It bounds the backends too: they are imported only now.
    os.environ["OMP_NUM_THREADS"] = str(threads)
    try:
        generator = open_sparing(card, device, runtime)
    except Exception as error:  # whatever it is, the other side must hear of it
        connection.send(_failure(error))
        return
    connection.send((READY, *_place(generator)))
    speaker = Speaker(connection)
    shared: SharedMemory | None = None
    try:
        while True:
            name, shape = connection.recv()
            speaker.begin()
            if shared is None or shared.name != name:
                if shared is not None:
                    shared.close()
                shared = SharedMemory(name)
            speaker.answer(_filled(generator, shared, shape))
    except (EOFError, OSError):
        return  # the program closed the pipe, or is gone
    finally:
        generator.close()
        if shared is not None:
            shared.close()


def _filled(generator: SparingGenerator, shared: SharedMemory, shape: Shape) -> tuple[Any, ...]:
    pixels, holes, result = _arrays(shared, shape)
    try:
        np.copyto(result, generator(pixels, holes))
    except Exception as error:  # as above
        if not isinstance(error, LacunaError) and is_out_of_memory(error):
            scarce = GeneratorMemoryError(
                f"There is too little memory for “{generator.card.name}”; nothing was changed. "
                "Close other programs and try again."
            )
            return _failure(scarce)
        return _failure(error)
    return (FILLED, *_place(generator))


def _place(generator: SparingGenerator) -> tuple[str, Engine, tuple[str, ...]]:
    return generator.device, generator.card.engine, tuple(generator.notices)


def _failure(error: Exception) -> tuple[str, ...]:
    return (FAILED, type(error).__name__, str(error), traceback.format_exc())


def new_memory(shape: Shape) -> SharedMemory:
    """Return shared memory for a picture of (H, W). Raises WorkerError if there is too little."""
    size = _offsets(shape)[-1]
    scarce = WorkerError(
        f"There is too little shared memory for a fill ({size / 1e6:.0f} MB are needed); close "
        "other programs and try again."
    )
    # Memory beyond what the system has would end the program on first touch, not here.
    if _SHARED_DIR.is_dir():
        stats = os.statvfs(_SHARED_DIR)
        if stats.f_bavail * stats.f_frsize < size:
            raise scarce
    try:
        return SharedMemory(create=True, size=size)
    except OSError as cause:
        raise scarce from cause


def fits(shared: SharedMemory, shape: Shape) -> bool:
    """Whether a picture of (H, W) fits into shared memory."""
    return shared.size >= _offsets(shape)[-1]


def put(shared: SharedMemory, image: F32, mask: F32) -> None:
    """Copy a picture in: (H, W, 3) and (H, W)."""
    pixels, holes, _ = _arrays(shared, mask.shape)
    np.copyto(pixels, image)
    np.copyto(holes, mask)


def taken(shared: SharedMemory, shape: Shape) -> F32:
    """Copy the result out: (H, W, 3)."""
    return _arrays(shared, shape)[2].copy()


def _offsets(shape: Shape) -> tuple[int, int, int]:
    """Return where the mask begins, where the result begins, and the end, in bytes."""
    pixels = shape[0] * shape[1] * np.dtype(np.float32).itemsize
    return 3 * pixels, 4 * pixels, 7 * pixels


def _arrays(shared: SharedMemory, shape: Shape) -> tuple[F32, F32, F32]:
    # Views keep the memory mapped, so they must not outlive the call they are made for.
    mask, result, _ = _offsets(shape)
    colours = (*shape, 3)
    return (
        np.ndarray(colours, np.float32, shared.buf),
        np.ndarray(shape, np.float32, shared.buf, mask),
        np.ndarray(colours, np.float32, shared.buf, result),
    )


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let NumPy's products in processes started meanwhile take one thread.

    They are small, and waiting threads spin: the brushwork of the sample painting took 58 s of CPU
    with two, 13 s with one. NumPy reads this when it is imported, so it must be told from here.
    """
    before = {name: os.environ.get(name) for name in _BLAS_THREADS}
    os.environ.update(dict.fromkeys(_BLAS_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def sigint_blocked() -> Iterator[None]:
    """Let Ctrl-C reach the program alone: a process inherits what is blocked when it starts."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
