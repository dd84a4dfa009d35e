"""Blinking: what is shown and the original in turn, so that the eye sees what differs."""

from PySide6.QtCore import QObject, QTimer

from desktop.canvas import Canvas

PERIOD_MS = 600


class Blinking(QObject):
    """Of one canvas at a time. GUI thread only. While somebody paints, the work is shown."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._canvas: Canvas | None = None
        self._timer = QTimer(self, interval=PERIOD_MS)
        self._timer.timeout.connect(self._blink)

    @property
    def canvas(self) -> Canvas | None:
        """Which blinks; None while none does."""
        return self._canvas

    def start(self, canvas: Canvas) -> None:
        """Begin, with the original."""
        self._canvas = canvas
        canvas.set_show_original(True)
        self._timer.start()

    def stop(self) -> None:
        """End it; what is shown then is the work."""
        canvas, self._canvas = self._canvas, None
        self._timer.stop()
        if canvas is not None:
            canvas.set_show_original(False)

    def _blink(self) -> None:
        canvas = self._canvas
        if canvas is not None:
            wants_original = not canvas.is_original_shown and not canvas.is_gesture_active
            canvas.set_show_original(wants_original)
