"""Background work: a function in a thread, its progress, results and failure in the GUI thread."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, Qt, Signal

from core.errors import Cancelled, LacunaError
from desktop.mistakes import traced

log = logging.getLogger(__name__)
_ASK_AGAIN_S = 0.05


class _Post(NamedTuple):
    kind: str
    value: Any


class Work:
    """What the function in the thread may call; any thread."""

    def __init__(self, post: Callable[[_Post], None]) -> None:
        self._post = post
        self._stop = threading.Event()

    def is_cancelled(self) -> bool:
        """Whether the user asked to stop."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Ask the function to stop."""
        self._stop.set()

    def report(self, fraction: float, text: str = "") -> None:
        """Tell how far it is, 0..1; -1 when nobody knows."""
        self._post(_Post("progress", (fraction, text)))

    def deliver(self, item: object) -> None:
        """Hand over a result that is ready before the end."""
        self._post(_Post("item", item))


class Job(QObject):
    """One function at work. All signals come in the GUI thread.

    Exactly one of succeeded, failed(sentence) and cancelled comes, then finished. After `cancel`
    no item and no success comes any more, even if the function was already done. When it failed,
    `error` is what core raised, None for a mistake of the program.
    """

    progressed = Signal(float, str)
    delivered = Signal(object)
    succeeded = Signal(object)
    failed = Signal(str)
    cancelled = Signal()
    finished = Signal()
    _posted = Signal(object)

    def __init__(self, name: str, function: Callable[[Work], Any], parent: QObject | None) -> None:
        super().__init__(parent)
        self.name = name
        self.is_finished = False
        self.error: LacunaError | None = None
        self.on_cancel: Callable[[], None] | None = None
        self._function = function
        self._work = Work(self._post)
        self._is_abandoned = False
        # Emitted in the worker, received here: Qt's queue carries it over.
        self._posted.connect(self._on_posted, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, name=f"job {name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def cancel(self) -> None:
        """Ask to stop; `cancelled` comes when the function has."""
        if not self._work.is_cancelled():
            self._work.stop()
            if self.on_cancel is not None:
                self.on_cancel()

    @property
    def is_cancelling(self) -> bool:
        """Whether it was asked to stop."""
        return self._work.is_cancelled()

    def abandon(self, timeout_s: float) -> bool:
        """Cancel, wait at most so long, and hear nothing more of it; return whether it ended."""
        self.cancel()
        self._is_abandoned = True
        deadline = time.monotonic() + timeout_s
        while self._thread.is_alive() and time.monotonic() < deadline:
            # Again and again: what began just after the first wish has not heard it.
            if self.on_cancel is not None:
                self.on_cancel()
            self._thread.join(_ASK_AGAIN_S)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            result = self._function(self._work)
        except Cancelled:
            self._post(_Post("cancelled", None))
        except LacunaError as error:
            log.warning("job %s failed\n%s", self.name, traced(error))
            self._post(_Post("failed", error))
        except Exception as error:
            log.error("a mistake in job %s\n%s", self.name, traced(error))
            self._post(_Post("failed", None))
        else:
            self._post(_Post("result", result))

    def _post(self, post: _Post) -> None:
        if self._is_abandoned:
            return
        # Qt deletes a job with its owner, which may be between the question above and this line.
        with suppress(RuntimeError):
            self._posted.emit(post)

    def _on_posted(self, post: _Post) -> None:
        if self._is_abandoned or self.is_finished:
            return
        if post.kind == "progress":
            self.progressed.emit(*post.value)
        elif post.kind == "item":
            if not self.is_cancelling:
                self.delivered.emit(post.value)
        else:
            self._end(post)

    def _end(self, post: _Post) -> None:
        self.is_finished = True
        if self.is_cancelling or post.kind == "cancelled":
            self.cancelled.emit()
        elif post.kind == "failed":
            self.error = post.value
            text = self.tr("Lacuna made a mistake of its own; nothing was changed.")
            self.failed.emit(str(self.error) if self.error is not None else text)
        else:
            self.succeeded.emit(post.value)
        self.finished.emit()
        self.deleteLater()


class Jobs(QObject):
    """The jobs of one owner. GUI thread only."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: list[Job] = []

    @property
    def running(self) -> tuple[Job, ...]:
        """Those not finished."""
        return tuple(self._running)

    def create(self, name: str, function: Callable[[Work], Any]) -> Job:
        """Return a job for a function; connect its signals, then call `start`."""
        job = Job(name, function, self)
        self._running.append(job)
        job.finished.connect(lambda: self._running.remove(job))
        return job

    def close(self, timeout_s: float = 2.0) -> bool:
        """Cancel all, wait at most so long in all; return whether all threads ended."""
        deadline = time.monotonic() + timeout_s
        for job in self._running:
            job.cancel()
        ended = [job.abandon(max(0.0, deadline - time.monotonic())) for job in self._running]
        self._running.clear()
        return all(ended)
