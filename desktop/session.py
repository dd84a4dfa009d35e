"""One open painting: its document and project, what runs on it, and what is chosen in it."""

from enum import Enum

from PySide6.QtCore import QObject, QTimer, Signal

from core.document.layer import LayerKind
from core.inpainting.card import GeneratorCard
from core.inpainting.engine import FillOptions
from core.inpainting.generator import Device, Runtime
from desktop.jobs import Jobs, Work
from desktop.layer_commands import LayerCommands
from desktop.marked import MarkedWatch
from desktop.opening import Opened
from desktop.restoring import Request, Restoring
from desktop.workers import Workers

_CLOSE_TIMEOUT_S = 2.0


class Obstacle(Enum):
    """Why nothing can be restored now."""

    NONE = "none"
    NO_MASK = "no mask"
    HIDDEN_MASK = "hidden mask"
    EMPTY_MASK = "empty mask"
    FULL_MASK = "full mask"


class Session(QObject):
    """GUI thread only. Signals: changed (layers, choice, history or marks), safety_changed,
    restoring_changed, noticed(str sentence), restored(str device).
    """

    changed = Signal()
    safety_changed = Signal()
    restoring_changed = Signal()
    noticed = Signal(str)
    restored = Signal(str)
    _safe = Signal()
    _unsafe = Signal(str)

    def __init__(self, opened: Opened, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.opened = opened
        self.path = opened.path
        self.document = opened.document
        self.project = opened.project
        self.safety_error = ""
        self.jobs = Jobs(self)
        self._attach_project()
        self.layers = LayerCommands(self.document, self)
        self.watch = MarkedWatch(self.document, self.jobs, self)
        self.restoring = Restoring(self.document, self.jobs, workers, self)
        self.layers.changed.connect(self.changed)
        self.watch.changed.connect(self.changed)
        self.restoring.changed.connect(self.restoring_changed)
        self.restoring.failed.connect(self.noticed)
        self.restoring.finished.connect(self.restored)
        # After the first look at the painting: its sketch needs the file for itself.
        QTimer.singleShot(0, self, self._build_pyramid)

    @property
    def pending(self) -> int:
        """How many strokes are not yet safe on the disk."""
        return 0 if self.project is None else self.project.pending

    @property
    def obstacle(self) -> Obstacle:
        """What keeps a restoration from being started."""
        masks = self.document.stack.of_kind(LayerKind.MASK)
        visible = [mask for mask in masks if mask.is_visible]
        if not masks:
            return Obstacle.NO_MASK
        if not visible:
            has_marks = any(mask.pixels.tiles for mask in masks)
            return Obstacle.HIDDEN_MASK if has_marks else Obstacle.EMPTY_MASK
        if not any(mask.pixels.tiles for mask in visible):
            return Obstacle.EMPTY_MASK
        if not self.watch.is_counting and self.watch.marked.is_full:
            return Obstacle.FULL_MASK
        return Obstacle.NONE

    def restore(
        self, card: GeneratorCard, device: Device, operator: str, runtime: Runtime = "auto"
    ) -> None:
        """Fill what the visible masks mark, on the chosen retouch layer or a new one."""
        if self.obstacle is not Obstacle.NONE or self.restoring.is_running:
            return
        target = self.layers.retouch_target
        request = Request(
            self.document.stack,
            self.opened.profile,
            card,
            device,
            None if target is None else target.id,
            FillOptions(operator=operator),
            runtime,
        )
        self.restoring.start(request)

    def stop(self) -> bool:
        """Stop all work and wait up to 2 s for the strokes; return whether all are safe."""
        self.restoring.cancel()
        self.jobs.close(_CLOSE_TIMEOUT_S)
        return self.project is None or self.project.flush(_CLOSE_TIMEOUT_S)

    def close(self) -> None:
        """After `stop`: let go of the files. Strokes still not safe are given up."""
        if self.project is not None:
            self.project.close(_CLOSE_TIMEOUT_S, is_discarding=self.project.pending > 0)
        self.opened.pyramid.close()
        self.opened.source.close()

    def _attach_project(self) -> None:
        self._safe.connect(self._on_safe)
        self._unsafe.connect(self._on_unsafe)
        project = self.project
        if project is None:
            return
        # The writer's thread calls these; the signals carry them over.
        project.on_safe.append(self._safe.emit)
        project.on_error.append(self._unsafe.emit)
        self.document.on_command.append(lambda _event: self.safety_changed.emit())

    def _on_safe(self) -> None:
        self.safety_error = ""
        self.safety_changed.emit()

    def _on_unsafe(self, sentence: str) -> None:
        if sentence != self.safety_error:
            self.safety_error = sentence
            self.noticed.emit(sentence)
        self.safety_changed.emit()

    def _build_pyramid(self) -> None:
        pyramid = self.opened.pyramid

        def build(work: Work) -> None:
            pyramid.build(lambda part: work.report(part), work.is_cancelled)

        job = self.jobs.create("build", build)
        job.failed.connect(self.noticed)
        job.start()
