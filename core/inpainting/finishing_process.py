"""Tone and brushwork of fills in a process of its own, at low priority."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import WorkerError
from core.image.geometry import Rect
from core.image.surface import F32
from core.inpainting.backends import is_out_of_memory, thread_limit
from core.inpainting.finishing import Finish, Finished, finished
from core.inpainting.pulse import BEAT, SILENCE_S, Pulse, Speaker
from core.inpainting.texture import wide
from core.inpainting.worker_process import NICENESS, one_blas_thread, sigint_blocked

# What the process says: that it is there, then to each window (DONE, samples, origins) or
# (FAILED, sentence); while it works it beats.
_READY: Final = ("ready",)
_DONE: Final = "done"
_FAILED: Final = "failed"

_POLL_S: Final = 0.05
_START_S: Final = 120.0
_TRIES: Final = 2
_SCARCE: Final = "there is too little memory; close other programs and try again."


class FinishingProcess:
    """`finished`, run elsewhere if it takes long. One call at a time; call `close` at the end.

    The process starts with `start`, or with the first loss that is wide enough for brushwork;
    while there is none, a window is finished here. One that dies, or takes no CPU time for
    silence_s, is started again once per call.
    """

    def __init__(self, silence_s: float = SILENCE_S) -> None:
        self._silence_s = silence_s
        self._is_ready = False
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._lock = threading.Lock()

    def __call__(
        self,
        filled: F32,
        image: F32,
        mask: F32,
        window: Rect,
        finish: Finish,
        wanted: NDArray[np.bool_],
        stop_if_cancelled: Callable[[], None] | None = None,
    ) -> Finished:
        """Return what `finished` does; what stop_if_cancelled raises also ends the process.

        Raises WorkerError if it failed, or if the process died twice.
        """
        if self._connection is None and not _needs_brushwork(mask, finish, wanted):
            return finished(filled, image, mask, window, finish, wanted)
        arguments = (filled, image, mask, window, finish, wanted)
        stop = stop_if_cancelled or _never
        for tries_left in range(_TRIES - 1, -1, -1):
            try:
                answer = self._asked(arguments, stop)
                break
            except (OSError, EOFError) as cause:
                self.close()
                if not tries_left:
                    raise WorkerError(
                        "The process that searches for brushwork ended, twice; nothing was "
                        "changed. Close other programs and try again."
                    ) from cause
            except BaseException:
                self.close()
                raise
        kind, *rest = answer
        if kind == _FAILED:
            raise WorkerError(f"No brushwork was found for a loss; nothing was changed: {rest[0]}")
        return Finished(*rest)

    @property
    def process_id(self) -> int | None:
        """The process's id while there is one."""
        return None if self._process is None else self._process.pid

    def start(self) -> None:
        """Start the process now, without waiting for it. Raises WorkerError."""
        try:
            self._started()
        except OSError as cause:
            raise WorkerError(
                "The process that searches for brushwork could not be started; close other "
                "programs and try again."
            ) from cause

    def close(self) -> None:
        """End the process at once, whatever it does."""
        with self._lock:
            connection, self._connection = self._connection, None
            process, self._process = self._process, None
        if connection is not None:
            connection.close()
        if process is not None:
            process.kill()
            process.join()

    def _asked(self, arguments: Any, stop_if_cancelled: Callable[[], None]) -> Any:
        """Return its answer. Raises OSError or EOFError if it is gone, or hangs."""
        connection = self._started()
        if not self._is_ready:
            # A window is larger than the pipe: nobody could cancel until it is taken out.
            self._heard(connection, stop_if_cancelled, _START_S)
            self._is_ready = True
        connection.send(arguments)
        return self._heard(connection, stop_if_cancelled, self._silence_s)

    def _heard(
        self, connection: Connection, stop_if_cancelled: Callable[[], None], silence_s: float
    ) -> Any:
        """Wait for a message that is no beat."""
        pulse = Pulse(silence_s, time.monotonic())
        while True:
            if connection.poll(_POLL_S):
                message = connection.recv()
                if message[0] != BEAT:
                    return message
                pulse.beat(message[1], time.monotonic())
            stop_if_cancelled()
            if pulse.is_lost(time.monotonic()):
                raise TimeoutError("the process does nothing")

    def _started(self) -> Connection:
        if self._connection is None:
            context = multiprocessing.get_context("spawn")
            connection, theirs = context.Pipe()
            process = context.Process(
                target=_serve, args=(theirs, thread_limit()), name="lacuna-finish", daemon=True
            )
            try:
                with sigint_blocked(), one_blas_thread():
                    process.start()
            except BaseException:
                connection.close()
                raise
            finally:
                theirs.close()
            self._process, self._connection, self._is_ready = process, connection, False
        return self._connection


def _needs_brushwork(mask: F32, finish: Finish, wanted: NDArray[np.bool_]) -> bool:
    if finish.texture_from_px is None:
        return False
    parts = wide((mask > 0).astype(np.uint8), finish.texture_from_px)
    return bool((wanted & (parts > 0)).any())


def _serve(connection: Connection, threads: int) -> None:
    """Run in the spawned process: finish until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    cv2.setNumThreads(threads)
    speaker = Speaker(connection)
    try:
        connection.send(_READY)
        while True:
            arguments = connection.recv()
            speaker.begin()
            speaker.answer(_answer(arguments))
    except (EOFError, OSError):
        return  # the program closed the pipe, or is gone


def _answer(arguments: Any) -> tuple[Any, ...]:
    try:
        return (_DONE, *finished(*arguments))
    except Exception as error:  # whatever it is, the other side must hear of it
        text = _SCARCE if is_out_of_memory(error) else f"{type(error).__name__}: {error}"
        return (_FAILED, text)


def _never() -> None:
    """Cancel nothing."""
