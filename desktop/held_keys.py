"""The keys that do something while they are held: panning, turning, and showing the original."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

_BARE = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier


class HeldKeys:
    """Which of them are down now. GUI thread only. hand_changed: panning or turning is, or not."""

    def __init__(
        self, show_original: Callable[[bool], None], hand_changed: Callable[[], None]
    ) -> None:
        self.pan_key: int = Qt.Key.Key_Space
        self.original_key: int = Qt.Key.Key_Backslash
        self.turn_key: int = Qt.Key.Key_R
        self._down: set[int] = set()
        self._show_original = show_original
        self._hand_changed = hand_changed

    @property
    def is_pan_held(self) -> bool:
        """Whether the picture is to be panned."""
        return self.pan_key in self._down

    @property
    def is_turn_held(self) -> bool:
        """Whether the picture is to be turned."""
        return self.turn_key in self._down

    def takes(self, event: QKeyEvent) -> bool:
        """Whether a key, by itself, is one of them; Shift beside the turning one means steps."""
        if event.key() == self.turn_key:
            return event.modifiers() in (*_BARE, Qt.KeyboardModifier.ShiftModifier)
        return event.modifiers() in _BARE and event.key() in (self.pan_key, self.original_key)

    def press(self, event: QKeyEvent) -> bool:
        """Begin what a key does; return whether it is one of them."""
        is_taken = self.takes(event)
        if is_taken and not event.isAutoRepeat():
            self._set(event.key(), True)
        return is_taken

    def release(self, event: QKeyEvent) -> bool:
        """End it, whatever else is held by now; return whether it is one of them."""
        if event.key() not in (self.pan_key, self.original_key, self.turn_key):
            return False
        if not event.isAutoRepeat():
            self._set(event.key(), False)
        return True

    def let_go(self) -> None:
        """End all of it: the releases may never come."""
        for key in tuple(self._down):
            self._set(key, False)

    def _set(self, key: int, is_down: bool) -> None:
        if is_down == (key in self._down):
            return
        self._down ^= {key}
        if key == self.original_key:
            self._show_original(is_down)
        else:
            self._hand_changed()
