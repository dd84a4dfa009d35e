"""Mouse and pen events as gestures: one at a time, and each of them ends."""

import logging
from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPointingDevice, QTabletEvent

from desktop.tools import Gesture, Touch

log = logging.getLogger(__name__)
_PEN_SILENCE_MS = 2000
"""A pen that is down tells of itself all the time; when it is silent so long, it is unplugged."""


class Press(NamedTuple):
    """How a gesture begins."""

    touch: Touch
    button: Qt.MouseButton
    modifiers: Qt.KeyboardModifier
    is_eraser_end: bool = False


def held_keys(keys: Qt.KeyboardModifier) -> tuple[bool, bool]:
    """Return whether Shift and Alt are held."""
    modifier = Qt.KeyboardModifier
    return bool(keys & modifier.ShiftModifier), bool(keys & modifier.AltModifier)


class Pointer(QObject):
    """Runs the gesture that `start` returns for a press, until its release.

    A release that never comes (focus or window lost, pen out of reach or unplugged, button up
    elsewhere, another press) is made up for: the gesture ends where it last was, and what it
    did counts. changed: a gesture began or ended.
    """

    changed = Signal()

    def __init__(
        self,
        start: Callable[[Press], Gesture | None],
        touch_at: Callable[[QMouseEvent | QTabletEvent], Touch],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._start = start
        self._touch_at = touch_at
        self._gesture: Gesture | None = None
        self._last: Touch | None = None
        self._button = Qt.MouseButton.NoButton
        self._is_pen = False
        self._is_stepping = False
        self._silence = QTimer(self, singleShot=True, interval=_PEN_SILENCE_MS)
        self._silence.timeout.connect(self.end)

    @property
    def is_active(self) -> bool:
        """Whether a gesture is under way."""
        return self._gesture is not None

    @property
    def button(self) -> Qt.MouseButton:
        """The button that the gesture under way, or the latest one, began with."""
        return self._button

    def mouse_press(self, event: QMouseEvent) -> None:
        """Begin a gesture; one that is still under way ends first."""
        touch = self._touch_at(event)
        self._begin(Press(touch, event.button(), event.modifiers()), is_pen=False)

    def mouse_move(self, event: QMouseEvent) -> None:
        """Go on, or end if the button is no longer down."""
        if self.is_active and not self._is_pen:
            if event.buttons() & self._button:
                self._send(self._touch_at(event))
            else:
                self.end()

    def mouse_release(self, event: QMouseEvent) -> None:
        """End the gesture that this button began."""
        if self.is_active and not self._is_pen and event.button() == self._button:
            self._send(self._touch_at(event)._replace(is_down=False))

    def tablet(self, event: QTabletEvent) -> None:
        """Begin, go on or end by pen. A pen that moves pressed down begins, press or not."""
        touch = self._touch_at(event)
        kind = event.type()
        if kind == QEvent.Type.TabletRelease:
            if self.is_active and self._is_pen:
                self._send(touch._replace(is_down=False))
        elif self.is_active and self._is_pen and kind == QEvent.Type.TabletMove:
            self._silence.start()
            self._send(touch)
        elif kind == QEvent.Type.TabletPress or self._is_down_again(event):
            button = event.button()
            if button == Qt.MouseButton.NoButton:
                button = Qt.MouseButton.LeftButton
            is_eraser_end = event.pointerType() is QPointingDevice.PointerType.Eraser
            self._begin(Press(touch, button, event.modifiers(), is_eraser_end), is_pen=True)

    def end(self) -> None:
        """End the gesture under way, if any, where it last was: as if released."""
        if self._last is not None and self.is_active and not self._is_stepping:
            self._send(self._last._replace(is_down=False))

    def cancel(self) -> None:
        """Give the gesture up: a stroke changes nothing."""
        gesture = self._gesture
        self._finish()
        if gesture is not None:
            gesture.close()

    def follow_keys(self, event: QKeyEvent) -> None:
        """Tell the gesture under way that Shift or Alt went down or up, the pointer being still."""
        if self._last is None or not self.is_active or self._is_stepping:
            return
        is_down = event.type() == QEvent.Type.KeyPress
        if event.key() == Qt.Key.Key_Shift:
            self._send(self._last._replace(has_shift=is_down))
        elif event.key() == Qt.Key.Key_Alt:
            self._send(self._last._replace(has_alt=is_down))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice the pen leaving, which Qt tells the application alone."""
        if event.type() == QEvent.Type.TabletLeaveProximity:
            self.end()
        return False

    def _is_down_again(self, event: QTabletEvent) -> bool:
        is_pressed = bool(event.buttons() & Qt.MouseButton.LeftButton) and event.pressure() > 0.0
        return event.type() == QEvent.Type.TabletMove and is_pressed and not self.is_active

    def _begin(self, press: Press, is_pen: bool) -> None:
        self.end()
        gesture = self._start(press)
        if gesture is None:
            return
        self._gesture, self._last = gesture, press.touch
        self._button, self._is_pen = press.button, is_pen
        application = QCoreApplication.instance()
        if is_pen and application is not None:
            # Only while needed: a filter sees every event of the program.
            application.installEventFilter(self)
            self._silence.start()
        self.changed.emit()
        self._advance(lambda: next(gesture))

    def _send(self, touch: Touch) -> None:
        gesture = self._gesture
        if gesture is not None:
            self._last = touch
            self._advance(lambda: gesture.send(touch))
        if not touch.is_down:
            self._finish()

    def _advance(self, step: Callable[[], None]) -> None:
        self._is_stepping = True
        try:
            step()
        except StopIteration:
            self._finish()
        except Exception:
            # The tool has taken back what it did; the next press works again.
            log.exception("a tool failed")
            self._finish()
        finally:
            self._is_stepping = False

    def _finish(self) -> None:
        self._gesture = None
        self._silence.stop()
        application = QCoreApplication.instance()
        if self._is_pen and application is not None:
            application.removeEventFilter(self)
        self._is_pen = False
        self.changed.emit()
