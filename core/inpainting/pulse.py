"""Whether a process works or hangs: it tells each second how much CPU time it has taken."""

import threading
import time
from multiprocessing.connection import Connection
from typing import Any, Final

# A message of a process at work: (BEAT, seconds of CPU time).
BEAT: Final = "beat"
# A process that takes no CPU time for so long hangs; one that does, however slow, goes on.
SILENCE_S: Final = 25.0

_BEAT_S = 1.0
# What beating alone takes in as long is far less, and what a slow net takes is far more.
_LEAST_WORK_S = 0.02


class Pulse:
    """Whether a process works, however slowly, or hangs: no word of work done for `silence_s`.

    A net on a slow CPU takes minutes, and a lost graphics card for ever; but the one takes CPU
    time, and what waits for the other takes none. Times are those of time.monotonic.
    """

    def __init__(self, silence_s: float, now: float) -> None:
        self._silence_s = silence_s
        self._heard = now
        self._cpu_s: float | None = None

    def beat(self, cpu_s: float, now: float) -> None:
        """Hear how much CPU time the process has taken until now."""
        if self._cpu_s is None or cpu_s - self._cpu_s >= _LEAST_WORK_S:
            self._cpu_s, self._heard = cpu_s, now

    def is_lost(self, now: float) -> bool:
        """Whether it hangs."""
        return now - self._heard > self._silence_s


class Speaker:
    """A process's voice: a beat each second while it works, from a thread, then the answer."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._is_working = threading.Event()
        threading.Thread(target=self._beat, daemon=True).start()

    def begin(self) -> None:
        """Beat from now on."""
        self._is_working.set()

    def answer(self, message: tuple[Any, ...]) -> None:
        """Beat no more, and say it."""
        with self._lock:
            self._is_working.clear()
            self._connection.send(message)

    def _beat(self) -> None:
        while self._is_working.wait():
            with self._lock:
                if self._is_working.is_set():
                    try:
                        self._connection.send((BEAT, time.process_time()))
                    except OSError:
                        return  # the program is gone
            time.sleep(_BEAT_S)
