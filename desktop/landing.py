"""The end of a stroke that takes a while: finished in a thread, and waited for where need be."""

import threading

from PySide6.QtCore import QObject, Qt, Signal

from core.image.retouch_stroke import RetouchStroke
from core.image.surface import Surface
from core.image.wide_stroke import WideStroke


class Landing(QObject):
    """Finishes one stroke, which nobody else leads any more. GUI thread only.

    landed(Landing): `surface` answers at once.
    """

    landed = Signal(object)
    _done = Signal()

    def __init__(self, stroke: RetouchStroke | WideStroke, parent: QObject) -> None:
        super().__init__(parent)
        self._stroke = stroke
        self._surface: Surface | None = None
        self._error: Exception | None = None
        # Emitted in the thread, received here: Qt's queue carries it over.
        self._done.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._run, daemon=True, name="stroke's end")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def surface(self) -> Surface:
        """Return the painted surface, once it is there. Raises what `finish` raises."""
        self._thread.join()
        if self._surface is None:
            assert self._error is not None
            raise self._error
        return self._surface

    def _run(self) -> None:
        try:
            self._surface = self._stroke.finish()
        except Exception as error:
            self._error = error
        self._done.emit()

    def _tell(self) -> None:
        self.landed.emit(self)
