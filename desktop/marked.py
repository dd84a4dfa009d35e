"""How much is marked as loss: counted in a job whenever the masks have changed."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from core.document.composite import mask_area
from core.document.document import Document
from core.document.layer import LayerKind, LayerStack
from core.image.surface import Surface
from core.inpainting.loss_map import loss_thickness
from desktop.jobs import Job, Jobs, Work

_DELAY_MS = 120
_CM_PER_INCH = 2.54


@dataclass(frozen=True)
class Marked:
    """What the visible masks mark: pixels, and the width of the widest loss (px)."""

    pixels: int = 0
    thickness_px: int = 0
    picture_px: int = 1

    @property
    def is_empty(self) -> bool:
        """Whether nothing is marked."""
        return self.pixels == 0

    @property
    def is_full(self) -> bool:
        """Whether no sound paint is left."""
        return self.pixels >= self.picture_px

    @property
    def percent(self) -> float:
        """The part of the picture that is marked."""
        return 100.0 * self.pixels / self.picture_px

    def square_cm(self, dpi: tuple[float, float] | None) -> float | None:
        """Return the area on the painting, None if its scale is not known."""
        if dpi is None:
            return None
        return self.pixels * _CM_PER_INCH**2 / (dpi[0] * dpi[1])


class MarkedWatch(QObject):
    """Keeps `marked` up to date with a document's committed masks. GUI thread only.

    changed: it is different now, or is being counted (`is_counting`).
    """

    changed = Signal()

    def __init__(self, document: Document, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._jobs = jobs
        self._counted: tuple[Surface, ...] | None = None
        self._job: Job | None = None
        self.marked = Marked(picture_px=document.stack.rect.area)
        self._timer = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._timer.timeout.connect(self._count)
        document.on_history.append(self._on_history)
        self._on_history()

    @property
    def is_counting(self) -> bool:
        """Whether `marked` lags behind."""
        surfaces = self._surfaces()
        counted = self._counted
        if counted is None or len(counted) != len(surfaces):
            return True
        return any(one is not other for one, other in zip(counted, surfaces, strict=True))

    def _on_history(self) -> None:
        if self.is_counting:
            self._timer.start()

    def _surfaces(self) -> tuple[Surface, ...]:
        return tuple(mask.pixels for mask in self._document.stack.seen(LayerKind.MASK))

    def _count(self) -> None:
        if self._job is not None:
            return
        stack, surfaces = self._document.stack, self._surfaces()
        self._job = self._jobs.create("count", lambda _work: _marked(stack, _work))

        def counted(marked: Marked) -> None:
            self._counted, self.marked = surfaces, marked
            self.changed.emit()

        self._job.succeeded.connect(counted)
        self._job.finished.connect(self._ended)
        self._job.start()

    def _ended(self) -> None:
        self._job = None
        self._on_history()


def _marked(stack: LayerStack, work: Work) -> Marked:
    del work
    return Marked(mask_area(stack), loss_thickness(stack), stack.rect.area)
