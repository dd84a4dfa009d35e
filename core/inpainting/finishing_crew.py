"""Finishing processes, as many as the computer has room for beside the generator's."""

import queue
import threading
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.errors import Cancelled
from core.image.geometry import Rect
from core.image.surface import F32
from core.inpainting.backends import thread_limit
from core.inpainting.finishing import Finish, Finished
from core.inpainting.finishing_process import FinishingProcess

# More than so many pixels of windows are finished elsewhere, thin losses too: 2 s of CPU that
# would be taken from the brush.
_MUCH_PX: Final = 4 << 20
_MOST: Final = 3


class FinishingCrew:
    """Finishes windows, `len(crew)` of them at a time, from as many threads; then `close`."""

    def __init__(self, pixels: int) -> None:
        """pixels: how many there are to be finished in all. Starts processes if they are many."""
        # Each takes one core, and none while the brush wants it.
        self._members = [FinishingProcess() for _ in range(min(_MOST, thread_limit() + 1))]
        # The last one given back first: it runs already.
        self._idle: queue.LifoQueue[FinishingProcess] = queue.LifoQueue()
        for member in self._members:
            self._idle.put(member)
            if pixels > _MUCH_PX:
                member.start()

    def __len__(self) -> int:
        return len(self._members)

    def finished(
        self,
        filled: F32,
        image: F32,
        mask: F32,
        window: Rect,
        finish: Finish,
        wanted: NDArray[np.bool_],
        stop: threading.Event,
    ) -> Finished:
        """Return what `finishing.finished` does. Raises WorkerError, or Cancelled at `stop`."""

        def stop_if_asked() -> None:
            if stop.is_set():
                raise Cancelled("The fill was cancelled; nothing was changed.")

        member = self._idle.get()
        try:
            return member(filled, image, mask, window, finish, wanted, stop_if_asked)
        finally:
            self._idle.put(member)

    def close(self) -> None:
        """End the processes at once."""
        for member in self._members:
            member.close()
