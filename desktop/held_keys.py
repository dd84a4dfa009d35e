"""The keys that do something as long as they are held: panning, and showing the original."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

_NO_MODIFIERS = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier


class HeldKeys:
    """Which of them are down now. GUI thread only."""

    def __init__(
        self, show_original: Callable[[bool], None], pan_changed: Callable[[], None]
    ) -> None:
        self.pan_key: int = Qt.Key.Key_Space
        self.original_key: int = Qt.Key.Key_Backslash
        self.is_pan_held = False
        self._is_original_held = False
        self._show_original = show_original
        self._pan_changed = pan_changed

    def takes(self, event: QKeyEvent) -> bool:
        """Whether a key, by itself, is one of them."""
        is_bare = event.modifiers() in _NO_MODIFIERS
        return is_bare and event.key() in (self.pan_key, self.original_key)

    def press(self, event: QKeyEvent) -> bool:
        """Begin what a key does; return whether it is one of them."""
        return self.takes(event) and self._set(event, True)

    def release(self, event: QKeyEvent) -> bool:
        """End it, whatever else is held by now; return whether it is one of them."""
        return self._set(event, False)

    def let_go(self) -> None:
        """End all of it: the releases may never come."""
        if self.is_pan_held:
            self.is_pan_held = False
            self._pan_changed()
        if self._is_original_held:
            self._is_original_held = False
            self._show_original(False)

    def _set(self, event: QKeyEvent, is_down: bool) -> bool:
        if event.key() == self.pan_key:
            if not event.isAutoRepeat() and self.is_pan_held != is_down:
                self.is_pan_held = is_down
                self._pan_changed()
        elif event.key() == self.original_key:
            if not event.isAutoRepeat() and self._is_original_held != is_down:
                self._is_original_held = is_down
                self._show_original(is_down)
        else:
            return False
        return True
