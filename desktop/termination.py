"""Logging out, SIGTERM and SIGHUP: close as if the user had, strokes made safe first."""

import signal
import socket
from collections.abc import Callable

from PySide6.QtCore import QObject, QSocketNotifier


class Termination(QObject):
    """Calls `close` in the GUI thread when the process is asked to end."""

    def __init__(self, close: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        # Python runs handlers only between its own instructions; while Qt waits there are none,
        # so the signal's number comes through a socket that Qt listens to.
        self._inner, self._outer = socket.socketpair()
        self._inner.setblocking(False)
        self._outer.setblocking(False)
        signal.set_wakeup_fd(self._outer.fileno(), warn_on_full_buffer=False)
        for name in ("SIGTERM", "SIGHUP", "SIGINT"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda _number, _frame: None)
        self._notifier = QSocketNotifier(self._inner.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(lambda: self._heard(close))

    def _heard(self, close: Callable[[], object]) -> None:
        self._inner.recv(64)
        close()
