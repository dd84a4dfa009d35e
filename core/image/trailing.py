"""A stroke painted in a thread, a few moves behind the hand."""

import threading

from core.image.geometry import Point
from core.image.retouch_stroke import RetouchStroke
from core.image.surface import Surface

_MOST_TOUCHES = 32
"""At once: what is dropped must end soon."""

Touches = list[tuple[Point, float]]


class Trailing:
    """Leads a stroke, which nobody else leads meanwhile, to where it is told.

    What comes while it is at work is laid together. To be used by one thread; `finish` by
    another one, if that is the last call.
    """

    def __init__(self, stroke: RetouchStroke) -> None:
        self._stroke = stroke
        self._waiting: Touches = []
        self._has_more = threading.Condition()
        self._is_closed = self._is_dropped = False
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="stroke in full")
        self._thread.start()

    def to(self, point: Point, pressure: float) -> None:
        """Have the stroke led to a point. Raises what doing so for former points raised."""
        if self._error is not None:
            raise self._error
        with self._has_more:
            self._waiting.append((point, pressure))
            self._has_more.notify()

    def caught_up(self) -> RetouchStroke:
        """Wait until all is laid, and return the stroke, to be led otherwise from now on.

        Raises what laying it raised.
        """
        with self._has_more:
            self._is_closed = True
            self._has_more.notify()
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._stroke

    def finish(self) -> Surface:
        """Wait until all is laid, and end the stroke. Raises what laying it raised."""
        return self.caught_up().finish()

    def drop(self) -> None:
        """Lay no more; nobody waits for it."""
        with self._has_more:
            self._is_closed = self._is_dropped = True
            self._waiting = []
            self._has_more.notify()

    def _run(self) -> None:
        try:
            while touches := self._next():
                self._stroke.along(touches)
        except Exception as error:
            self._error = error
        if self._is_dropped:
            self._stroke.close()

    def _next(self) -> Touches:
        """Return what to lay next, once there is something; nothing at the end."""
        with self._has_more:
            self._has_more.wait_for(lambda: self._waiting or self._is_closed)
            touches = self._waiting[:_MOST_TOUCHES]
            del self._waiting[:_MOST_TOUCHES]
            return touches
