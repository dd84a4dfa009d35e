"""The search for brushwork in a process of its own, at low priority, so that painting goes on."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import WorkerError
from core.image.surface import F32, U8
from core.inpainting.backends import thread_limit
from core.inpainting.texture import TEXTURE_FROM_PX, Textured, textured, wide
from core.inpainting.worker_process import NICENESS, one_blas_thread, sigint_blocked

_POLL_S: Final = 0.05
_TRIES: Final = 2


class TextureProcess:
    """`textured`, run elsewhere. One call at a time, from any thread; call `close` at the end.

    The process starts with the first loss that is wide enough to need it. One that dies is started
    again once per call.
    """

    def __init__(self) -> None:
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def __call__(
        self,
        filled: F32,
        image: F32,
        hole: U8,
        from_px: int = TEXTURE_FROM_PX,
        seed: int = 0,
        wanted: NDArray[np.bool_] | None = None,
        stop_if_cancelled: Callable[[], None] | None = None,
    ) -> Textured:
        """Return what `textured` does; what stop_if_cancelled raises also ends the process.

        Raises WorkerError if the search failed, or if the process died twice.
        """
        asked = wide((hole > 0).astype(np.uint8), from_px) > 0
        if not (asked if wanted is None else asked & wanted).any():
            return Textured(filled.copy(), np.full((*hole.shape, 2), -1, np.int32))
        for tries_left in range(_TRIES - 1, -1, -1):
            try:
                answer = self._asked(
                    (filled, image, hole, from_px, seed, wanted), stop_if_cancelled
                )
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
        if isinstance(answer, str):
            raise WorkerError(f"No brushwork was found for a loss; nothing was changed: {answer}")
        return Textured(*answer)

    def close(self) -> None:
        """End the process at once, whatever it does."""
        connection, self._connection = self._connection, None
        process, self._process = self._process, None
        if connection is not None:
            connection.close()
        if process is not None:
            process.kill()
            process.join()

    def _asked(self, arguments: Any, stop_if_cancelled: Callable[[], None] | None) -> Any:
        connection = self._started()
        connection.send(arguments)
        while not connection.poll(_POLL_S):
            if stop_if_cancelled is not None:
                stop_if_cancelled()
        return connection.recv()

    def _started(self) -> Connection:
        if self._connection is None:
            context = multiprocessing.get_context("spawn")
            self._connection, theirs = context.Pipe()
            process = context.Process(
                target=_serve, args=(theirs, thread_limit()), name="lacuna-texture", daemon=True
            )
            try:
                with sigint_blocked(), one_blas_thread():
                    process.start()
                self._process = process
            finally:
                theirs.close()
        return self._connection


def _serve(connection: Connection, threads: int) -> None:
    """Run in the spawned process: search until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    cv2.setNumThreads(threads)
    while True:
        try:
            arguments = connection.recv()
        except (EOFError, OSError):
            return  # the program closed the pipe, or is gone
        try:
            found = textured(*arguments)
            answer: Any = (found.samples, found.source_map)
        except Exception as error:  # whatever it is, the other side must hear of it
            answer = f"{type(error).__name__}: {error}"
        connection.send(answer)
