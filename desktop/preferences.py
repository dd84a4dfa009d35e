"""The settings while the window runs: changed one by one, written soon after."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.places import Places
from desktop.settings import Settings, load_settings, save_settings

_SAVE_DELAY_MS = 800


class Preferences(QObject):
    """Holds the Settings value. GUI thread only. changed: it is another one now.

    `notice` is a sentence about the settings file, if there is something to say.
    """

    changed = Signal()

    def __init__(self, places: Places, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.places = places
        self.settings: Settings
        self.settings, self.notice = load_settings(places.settings)
        self._timer = QTimer(self, singleShot=True, interval=_SAVE_DELAY_MS)
        self._timer.timeout.connect(self.save)

    def change(self, **values: Any) -> None:
        """Change fields of the settings."""
        self.adopt(replace(self.settings, **values))

    def adopt(self, settings: Settings) -> None:
        """Take over other settings."""
        if settings != self.settings:
            self.settings = settings
            self._timer.start()
            self.changed.emit()

    def save(self) -> bool:
        """Write them now; return whether that worked. Lacuna works without."""
        self._timer.stop()
        return save_settings(self.settings, self.places.settings)
