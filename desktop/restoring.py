"""A restoration: the engine in a job, its patches previewed as they come, one step at the end."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from core.document.document import Document
from core.document.layer import Layer, LayerKind, LayerStack
from core.document.patch import Patch, recorded
from core.errors import GeneratorError, GeneratorMemoryError
from core.image.color import ColorProfile
from core.image.surface import Surface
from core.inpainting.card import GeneratorCard
from core.inpainting.engine import FillOptions, Progress, inpaint
from core.inpainting.generator import Device, Runtime
from core.inpainting.unfinished import not_filled
from desktop.jobs import Job, Jobs, Work
from desktop.workers import Workers

_ASK_AGAIN_MS = 100


@dataclass(frozen=True)
class Request:
    """All that one restoration depends on. layer_id: the RETOUCH layer to fill on, None = new."""

    layers: LayerStack
    profile: ColorProfile
    card: GeneratorCard
    device: Device
    layer_id: int | None
    options: FillOptions
    runtime: Runtime = "auto"


class _Placed(NamedTuple):
    """A patch, and the retouch layer with all patches so far: laid down off the GUI thread."""

    patch: Patch
    layer: Layer

    def on(self, stack: LayerStack, layer_id: int) -> LayerStack:
        """Return a stack in which a layer holds what this one does."""
        layer = stack.layer(layer_id)
        return stack.replacing(
            replace(layer, surface=self.layer.surface, origins=self.layer.origins)
        )


class _Rest(NamedTuple):
    """What a restoration that failed half-way had not filled yet, as a mask."""

    surface: Surface


class _Ended(NamedTuple):
    """By which device it was done, and sentences on what did not go as asked."""

    device: str
    notices: tuple[str, ...]


class _Unfinished(NamedTuple):
    request: Request
    placed: list[_Placed]
    rest: Surface


class Restoring(QObject):
    """At most one restoration of a document at a time. GUI thread only.

    changed: begun, gone on or ended. failed(str): a sentence; nothing was changed.
    interrupted(str, int): the same, but so many areas had been filled: `keep_filled` may be called.
    noticed(str): a sentence on how it went. finished(str device): the step is done.
    """

    changed = Signal()
    failed = Signal(str)
    interrupted = Signal(str, int)
    noticed = Signal(str)
    finished = Signal(str)

    def __init__(
        self, document: Document, jobs: Jobs, workers: Workers, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._jobs = jobs
        self._workers = workers
        self._job: Job | None = None
        self._request: Request | None = None
        self._placed: list[_Placed] = []
        self._rest: Surface | None = None
        self._unfinished: _Unfinished | None = None
        self._shown_id = 0
        self.fraction = -1.0
        self.text = ""
        # A call that begins just after the wish to stop would run to its end: ask again.
        self._stopping = QTimer(self, interval=_ASK_AGAIN_MS)
        self._stopping.timeout.connect(self._ask_again)
        document.on_history.append(self._show_all)

    @property
    def is_running(self) -> bool:
        """Whether one is under way, even if it is stopping."""
        return self._job is not None

    @property
    def is_cancelling(self) -> bool:
        """Whether it was asked to stop."""
        return self._job is not None and self._job.is_cancelling

    def start(self, request: Request) -> None:
        """Begin, if none is running."""
        if self._job is not None:
            return
        self._request, self._placed = request, []
        self._rest = self._unfinished = None
        self.fraction, self.text = -1.0, self.tr("Starting {0}…").format(request.card.name)
        run = _Run(request, self._workers)
        job = self._jobs.create("restore", run)
        job.on_cancel = run.cancel
        job.progressed.connect(self._progressed)
        job.delivered.connect(self._take)
        job.succeeded.connect(self._commit)
        job.failed.connect(self._fail)
        job.finished.connect(self._ended)
        self._job = job
        job.start()
        self.changed.emit()

    def cancel(self) -> None:
        """Stop within a second; nothing is changed."""
        if self._job is not None and not self._job.is_cancelling:
            self._job.cancel()
            self._stopping.start()
            self._placed = []
            self._document.preview(None)
            self.changed.emit()

    def keep_filled(self) -> None:
        """Commit what the last restoration had filled before it failed, and mark the rest."""
        unfinished, self._unfinished = self._unfinished, None
        if unfinished is None or self.is_running:
            return
        self._request, self._placed = unfinished.request, unfinished.placed
        stack = self._without_marks(self._filled()[0])
        new = stack.next_id
        stack = stack.adding(LayerKind.MASK, self.tr("Losses not filled"))
        stack = stack.with_surface(new, unfinished.rest)
        text = self.tr("Restore with {0}, mark the rest")
        self._do(text.format(self._request.card.name), stack)

    def _ask_again(self) -> None:
        if self._job is not None and self._job.on_cancel is not None:
            self._job.on_cancel()

    def _progressed(self, fraction: float, text: str) -> None:
        self.fraction, self.text = fraction, text
        self.changed.emit()

    def _take(self, item: _Placed | _Rest) -> None:
        if isinstance(item, _Rest):
            self._rest = item.surface
        else:
            self._place(item)

    def _fail(self, sentence: str) -> None:
        if self._request is None or self._rest is None or not self._placed:
            self.failed.emit(sentence)
            return
        self._unfinished = _Unfinished(self._request, self._placed, self._rest)
        self.interrupted.emit(sentence, len(self._placed))

    def _place(self, placed: _Placed) -> None:
        self._placed.append(placed)
        shown = self._document.shown
        ids = [layer.id for layer in shown.of_kind(LayerKind.RETOUCH)]
        if self._document.is_previewing and self._shown_id in ids:
            # On what is shown, which may be a stroke under way.
            self._document.preview(placed.on(shown, self._shown_id), placed.patch.rect)
        else:
            self._show_all()

    def _show_all(self) -> None:
        """Preview all patches there are on the committed layers as they are now."""
        if self._placed and self._request is not None:
            stack, self._shown_id = self._filled()
            self._document.preview(stack)

    def _filled(self) -> tuple[LayerStack, int]:
        """Return the committed layers with the fill, and the id of the layer it is on."""
        assert self._request is not None
        stack, wanted = self._document.stack, self._request.layer_id
        retouch = stack.of_kind(LayerKind.RETOUCH)
        ids = [layer.id for layer in retouch if not stack.is_locked(layer)]
        if wanted is None or wanted not in ids:
            name = self.tr("Fill by {0}").format(self._request.card.name)
            new = stack.next_id
            stack = stack.adding(LayerKind.RETOUCH, name)
            if wanted is None:
                return self._placed[-1].on(stack, new), new
            wanted = new
        elif stack.layer(wanted).pixels is self._request.layers.layer(wanted).pixels:
            return self._placed[-1].on(stack, wanted), wanted
        # The layer was changed meanwhile: the patches go on what it is now.
        for placed in self._placed:
            stack = stack.placing(placed.patch, wanted)
        return stack, wanted

    def _commit(self, ended: _Ended) -> None:
        assert self._request is not None
        if not self._placed:
            return
        count, stack = len(self._placed), self._without_marks(self._filled()[0])
        text = self.tr("Restore with {0}") if count == 1 else self.tr("Restore {1} areas with {0}")
        self._do(text.format(self._request.card.name, count), stack)
        for notice in ended.notices:
            self.noticed.emit(notice)
        self.finished.emit(ended.device)

    def _without_marks(self, stack: LayerStack) -> LayerStack:
        """Return the layers with the masks hidden: the fill must be seen, not the marks over it."""
        assert self._request is not None
        for mask in self._request.layers.of_kind(LayerKind.MASK):
            now = {layer.id: layer for layer in stack}.get(mask.id)
            if self._request.layers.is_seen(mask) and now is not None:
                stack = stack.replacing(replace(now, is_visible=False))
        return stack

    def _do(self, label: str, stack: LayerStack) -> None:
        """Make it one step, with the record of who filled."""
        provenance = recorded(placed.patch for placed in self._placed)
        self._placed = []
        self._document.do(label, stack, provenance)

    def _ended(self) -> None:
        self._job = None
        self._stopping.stop()
        if self._placed:
            # It failed half-way: what was shown of it goes.
            self._placed = []
            self._document.preview(None)
        self.changed.emit()


class _Run:
    """The part of a restoration that runs in the job's thread."""

    def __init__(self, request: Request, workers: Workers) -> None:
        self._request = request
        self._workers = workers
        self._stop: Callable[[], None] | None = None

    def __call__(self, work: Work) -> _Ended:
        request = self._request
        filled: list[Patch] = []
        layers, layer_id = request.layers, request.layer_id
        if layer_id is None:
            layer_id = layers.next_id
            layers = layers.adding(LayerKind.RETOUCH, "")
        with self._workers.lent(request.card, request.device, request.runtime) as generator:
            self._stop = generator.cancel
            patches = inpaint(
                request.layers,
                request.profile,
                generator,
                request.options,
                progress=lambda progress: _report(work, progress),
                is_cancelled=work.is_cancelled,
            )
            try:
                for patch in patches:
                    layers = _placing(layers, patch, layer_id)
                    filled.append(patch)
                    work.deliver(_Placed(patch, layers.layer(layer_id)))
            except GeneratorError:
                if filled:
                    work.deliver(_Rest(not_filled(request.layers, filled)))
                raise
            return _Ended(generator.device, generator.notices)

    def cancel(self) -> None:
        """Make the generator stop in the middle of its work."""
        if self._stop is not None:
            self._stop()


def _placing(layers: LayerStack, patch: Patch, layer_id: int) -> LayerStack:
    """Return layers with a patch laid down. Raises GeneratorMemoryError."""
    try:
        return layers.placing(patch, layer_id)
    except MemoryError as cause:
        raise GeneratorMemoryError(
            QCoreApplication.translate(
                "Restoring",
                "There is too little memory to lay down what was filled; nothing was changed. "
                "Close other programs and try again.",
            )
        ) from cause


def _report(work: Work, progress: Progress) -> None:
    work.report(progress.done / max(1, progress.total), progress.text)
