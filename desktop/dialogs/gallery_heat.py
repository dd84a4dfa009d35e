"""Where the gallery's fills disagree: computed when asked for, and anew for each that arrives."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from core.image.geometry import Rect
from core.inpainting.loss_labels import LossLabels
from core.inpainting.variants import Variant
from desktop.heat import Heat, heat_of
from desktop.jobs import Job, Jobs


class GalleryHeat(QObject):
    """changed: `shown` is another one. GUI thread only."""

    changed = Signal()

    def __init__(self, picture: Rect, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._picture = picture
        self._jobs = jobs
        self._job: Job | None = None
        self._is_on = False
        self.known: list[Heat] = []

    @property
    def shown(self) -> Sequence[Heat]:
        """What is to be laid over the fills."""
        return self.known if self._is_on else ()

    @property
    def is_settled(self) -> bool:
        """Whether it is asked for, and what is known is all."""
        return self._is_on and self._job is None

    def forget(self) -> None:
        """The fills are others now."""
        self.known = []

    def ask(self, is_on: bool, variants: Sequence[Variant], labels: LossLabels | None) -> None:
        """Show it, once it is known, or no more; a newer wish takes the place of an older one."""
        self._is_on = is_on
        if not is_on or self.known or len(variants) < 2 or labels is None:
            self.changed.emit()
            return
        self.cancel()
        picture = self._picture
        self._job = self._jobs.create(
            "heat", lambda work: heat_of(list(variants), labels, picture, work.is_cancelled)
        )
        self._job.succeeded.connect(self._take)
        self._job.start()

    def cancel(self) -> None:
        """Give up what is being computed."""
        if self._job is not None:
            self._job.cancel()

    def _take(self, heat: list[Heat]) -> None:
        self.known, self._job = heat, None
        self.changed.emit()
