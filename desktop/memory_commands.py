"""The dialog about memory and disk at work: other budgets, and prepared tiles cleared away."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.actions import Actions
from desktop.caches import Caches
from desktop.dialogs.memory_dialog import MemoryDialog
from desktop.jobs import Jobs
from desktop.preferences import Preferences


class MemoryCommands(QObject):
    """GUI thread only; files are removed in jobs."""

    def __init__(
        self, actions: Actions, caches: Caches, preferences: Preferences, window: QWidget
    ) -> None:
        super().__init__(window)
        self._caches = caches
        self._preferences = preferences
        self._window = window
        self._jobs = Jobs(self)
        self.dialog: MemoryDialog | None = None
        actions.on("memory", self._ask)

    def close(self) -> None:
        """Stop what is being removed."""
        self._jobs.close()

    def use(self, memory_mb: float, tiles_gb: float) -> None:
        """Keep to other budgets from now on, and remember them."""
        self._preferences.change(memory_mb=memory_mb, tiles_gb=tiles_gb)
        self._caches.adopt(self._preferences.settings)
        self._jobs.create("evict", lambda _work: self._caches.stores.evict(0)).start()

    def clear(self) -> None:
        """Remove the prepared tiles of all paintings that are not open."""
        job = self._jobs.create("clear tiles", lambda _work: self._caches.stores.clear())
        job.finished.connect(self._tell_usage)
        job.start()

    def _ask(self) -> None:
        if self.dialog is not None:
            self.dialog.raise_()
            return
        settings = self._preferences.settings
        dialog = MemoryDialog(settings.memory_mb, settings.tiles_gb, self._window)
        self.dialog = dialog
        dialog.usage_asked.connect(self._tell_usage)
        dialog.clear_asked.connect(self.clear)
        dialog.chosen.connect(self.use)
        dialog.finished.connect(self._closed)
        dialog.finished.connect(dialog.deleteLater)
        self._tell_usage()
        dialog.show()

    def _tell_usage(self) -> None:
        if self.dialog is not None:
            stores = self._caches.stores
            self.dialog.show_usage(self._caches.nbytes, stores.nbytes(), stores.count())

    def _closed(self) -> None:
        self.dialog = None
