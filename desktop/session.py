"""One open painting: its document and project, what runs on it, and what is chosen in it."""

import time
from enum import Enum

from PySide6.QtCore import QObject, QTimer, Signal

from core.document.layer import LayerKind
from core.inpainting.card import GeneratorCard
from core.inpainting.engine import FillOptions
from core.inpainting.generator import Device, Runtime
from desktop.display_color import DisplayColor
from desktop.jobs import Job, Jobs
from desktop.layer_commands import LayerCommands
from desktop.marked import MarkedWatch
from desktop.opening import Opened
from desktop.painting_watch import PaintingWatch
from desktop.restoring import Request, Restoring
from desktop.thumbnails import Thumbnails
from desktop.workers import Workers

_CLOSE_TIMEOUT_S = 2.0
_QUIET_S = 0.7


class Obstacle(Enum):
    """Why nothing can be restored now."""

    NONE = "none"
    NO_MASK = "no mask"
    HIDDEN_MASK = "hidden mask"
    EMPTY_MASK = "empty mask"
    FULL_MASK = "full mask"


class Session(QObject):
    """GUI thread only. Signals: changed (layers, choice, history or marks), safety_changed,
    restoring_changed, noticed(str sentence), restored(str device), preparing_changed: `preparing`,
    how far the painting is made quick to view, 0..1, or None, is another one.
    """

    changed = Signal()
    safety_changed = Signal()
    restoring_changed = Signal()
    noticed = Signal(str)
    restored = Signal(str)
    preparing_changed = Signal()
    _damaged = Signal(str)
    _safe = Signal()
    _unsafe = Signal(str)

    def __init__(self, opened: Opened, workers: Workers, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.opened = opened
        self.path = opened.path
        self.document = opened.document
        self.project = opened.project
        # Dots per inch by which lengths are told: the file's, or what the user knows better.
        self.dpi = opened.info.dpi
        self.safety_error = ""
        self.preparing: float | None = None
        self._preparation: Job | None = None
        self._preparing_since = 0.0
        self.jobs = Jobs(self)
        self.painting_watch: PaintingWatch | None = None
        self._attach_project()
        self.layers = LayerCommands(self.document, self, self.jobs)
        color = DisplayColor(opened.profile, opened.info.icc_profile)
        self.thumbnails = Thumbnails(self.document, color, self.jobs, self)
        self.watch = MarkedWatch(self.document, self.jobs, self)
        self.restoring = Restoring(self.document, self.jobs, workers, self)
        self.layers.changed.connect(self.changed)
        self.watch.changed.connect(self.changed)
        self.restoring.changed.connect(self.restoring_changed)
        self.restoring.failed.connect(self.noticed)
        self.restoring.noticed.connect(self.noticed)
        self._damaged.connect(self.noticed)
        self.restoring.finished.connect(self.restored)
        # After the first look at the painting: its sketch needs the file for itself.
        QTimer.singleShot(0, self, self._prepare)

    @property
    def pending(self) -> int:
        """How many strokes are not yet safe on the disk."""
        return 0 if self.project is None else self.project.pending

    @property
    def obstacle(self) -> Obstacle:
        """What keeps a restoration from being started."""
        stack = self.document.stack
        masks, visible = stack.of_kind(LayerKind.MASK), stack.seen(LayerKind.MASK)
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

    def flush(self) -> bool:
        """Wait up to 2 s for the strokes; return whether all are safe."""
        return self.project is None or self.project.flush(_CLOSE_TIMEOUT_S)

    def stop(self) -> None:
        """Stop all work, for good: nothing can be begun any more."""
        self.restoring.cancel()
        self.jobs.close(_CLOSE_TIMEOUT_S)

    def close(self) -> None:
        """After `stop`: let go of the files. Strokes still not safe are given up."""
        self.thumbnails.close()
        if self.project is not None:
            self.project.close(_CLOSE_TIMEOUT_S, is_discarding=self.project.pending > 0)
        self.opened.close()

    def _attach_project(self) -> None:
        self._safe.connect(self._on_safe)
        self._unsafe.connect(self._on_unsafe)
        project = self.project
        if project is None:
            return
        self.painting_watch = PaintingWatch(project, self.jobs, self)
        self.painting_watch.noticed.connect(self.noticed)
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

    def stop_preparing(self) -> None:
        """Leave the painting as far prepared as it is; the next time that is taken up again."""
        if self._preparation is not None:
            self._preparation.cancel()

    def _prepare(self) -> None:
        if self.opened.levels is not None:
            # A worker's thread calls this; the signal carries it over.
            self.opened.levels.on_problem.append(self._damaged.emit)
        self.prepare_evidence()
        job = self.jobs.create("prepare", self.opened.prepare)
        job.progressed.connect(lambda share, _text: self._tell_prepared(share))
        job.succeeded.connect(self._tell_unprepared)
        job.failed.connect(self.noticed)
        job.finished.connect(self._end_preparing)
        self._preparation = job
        self._preparing_since = time.monotonic()
        job.start()

    def prepare_evidence(self) -> None:
        """Make the evidence quick to view, in the background."""
        pictures = self.opened.evidence
        if pictures is not None:
            job = self.jobs.create(
                "prepare evidence", lambda work: pictures.prepare(work.is_cancelled)
            )
            job.failed.connect(self.noticed)
            job.start()

    def _tell_prepared(self, share: float) -> None:
        # What is done in a moment is not worth a word.
        if time.monotonic() - self._preparing_since > _QUIET_S:
            self.preparing = share
            self.preparing_changed.emit()

    def _tell_unprepared(self, sentence: str) -> None:
        if sentence:
            self.noticed.emit(sentence)

    def _end_preparing(self) -> None:
        self._preparation = self.preparing = None
        self.preparing_changed.emit()
