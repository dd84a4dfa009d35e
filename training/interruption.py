"""Ctrl-C and SIGTERM while training: noted, and answered when the step has ended."""

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any


@contextmanager
def interruption() -> Iterator[Callable[[], bool]]:
    """Give a function that tells whether the run was asked to stop, until the block ends.

    The first signal is only noted; a second one acts at once, as without this. Outside the main
    thread, where signals never arrive, nothing is asked.
    """
    asked: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def note(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        _restore(before)

    for number in before:
        signal.signal(number, note)
    try:
        yield lambda: bool(asked)
    finally:
        _restore(before)


def _restore(handlers: Mapping[signal.Signals, Any]) -> None:
    for number, handler in handlers.items():
        signal.signal(number, handler)
