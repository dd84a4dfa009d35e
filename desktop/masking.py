"""Edits of whole masks: computed in jobs, one after the other, while the brush stays live."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from core.document.document import Document
from core.document.layer import Layer, LayerKind, LayerStack
from core.image.selection import Mode, combined
from core.image.surface import Surface
from desktop.jobs import Job, Jobs, Work
from desktop.refusal import refusal

MakeShape = Callable[[LayerStack, Work], Surface]
Change = Callable[[Surface, Work], Surface]


@dataclass(frozen=True)
class _Task:
    """An edit asked for: a selection to be combined with the mask, or a change of it."""

    layer_id: int
    label: str
    make_shape: MakeShape | None = None
    mode: Mode = Mode.ADD
    change: Change | None = None
    nothing: str = ""
    unchanged: str = ""


class Masking(QObject):
    """Works on the mask `layer_id` of one document. GUI thread only.

    hinted(str): why nothing was done. busy(float): how far the edit under way is, 0..1, or −1;
    idle: none is. done: an edit is a step of the history, or was found to change nothing.
    """

    hinted = Signal(str)
    busy = Signal(float)
    idle = Signal()
    done = Signal()

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.layer_id: int | None = None
        self._document = document
        self._jobs = Jobs(self)
        self._tasks: list[_Task] = []
        self._job: Job | None = None
        self._preview_job: Job | None = None
        self._previewed: tuple[Surface, Surface] | None = None
        self._is_held = False
        self._ready: Callable[[], None] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether an edit is under way."""
        return bool(self._tasks)

    def target(self) -> Layer | None:
        """Return the mask to work on; None, and a hint to the user, if none can be worked on."""
        stack = self._document.stack
        masks = {layer.id: layer for layer in stack.of_kind(LayerKind.MASK)}
        layer = None if self.layer_id is None else masks.get(self.layer_id)
        if layer is None:
            self.hinted.emit(self.tr("Choose a mask layer to mark on."))
        elif why := refusal(stack, layer):
            self.hinted.emit(why)
            return None
        elif not stack.is_seen(layer):
            text = self.tr("The mask layer “{0}” is hidden; show it to mark on it.")
            self.hinted.emit(text.format(layer.name))
            return None
        return layer

    def select(
        self, label: str, make_shape: MakeShape, mode: Mode, nothing: str = "", unchanged: str = ""
    ) -> None:
        """Combine the mask with a selection that a job computes.

        nothing, unchanged: what to tell the user if the selection is empty, or changes nothing.
        """
        layer = self.target()
        if layer is None:
            self.done.emit()
            return
        self._ask(_Task(layer.id, label, make_shape, mode, None, nothing, unchanged))

    def change(self, label: str, change: Change) -> None:
        """Replace the mask by what a job makes of it."""
        layer = self.target()
        if layer is not None:
            self._ask(_Task(layer.id, label, change=change))

    def cancel(self) -> None:
        """Give up what is under way and what waits."""
        del self._tasks[1:]
        self._ready = None
        if self._job is not None:
            self._job.cancel()
        elif self._tasks:
            self._end()

    def hold(self, is_held: bool) -> None:
        """Keep results back while a stroke is painted, whose tiles they would change."""
        self._is_held = is_held
        if not is_held and self._ready is not None:
            ready, self._ready = self._ready, None
            ready()

    def close(self) -> None:
        """Stop all work."""
        self._tasks.clear()
        self._ready = None
        self._jobs.close()

    # A change tried out: shown, but no step of the history.

    def preview(self, change: Change) -> None:
        """Show what a change would make of the mask; a former one that still runs is given up."""
        layer = self.target()
        self._stop_preview()
        if layer is None:
            return
        before, layer_id = layer.pixels, layer.id
        job = self._jobs.create("preview mask", lambda work: change(before, work))
        job.succeeded.connect(lambda after: self._show_preview(layer_id, before, after))
        job.failed.connect(self.hinted)
        job.finished.connect(lambda: self._preview_ended(job))
        self._preview_job = job
        self.busy.emit(-1.0)
        job.start()

    def drop_preview(self) -> None:
        """Show the mask as it is."""
        self._stop_preview()
        if self._previewed is not None:
            self._previewed = None
            self._document.preview(None)

    def commit_preview(self, label: str, change: Change) -> None:
        """Do the change that was tried out; what is shown need not be computed again."""
        layer, previewed = self.target(), self._previewed
        is_known = previewed is not None and layer is not None and previewed[0] is layer.pixels
        is_running = self._preview_job is not None
        self._stop_preview()
        self._previewed = None
        if is_known and not is_running and layer is not None and previewed is not None:
            self._document.do(label, self._document.stack.with_surface(layer.id, previewed[1]))
            self.done.emit()
        else:
            self._document.preview(None)
            self.change(label, change)

    def _show_preview(self, layer_id: int, before: Surface, after: Surface) -> None:
        if self._is_held:
            # A stroke is shown; at its end the mask is another one.
            return
        stack = self._document.stack
        layer = next((layer for layer in stack if layer.id == layer_id), None)
        if layer is not None and layer.pixels is before and not stack.is_locked(layer):
            self._previewed = before, after
            self._document.preview(stack.with_surface(layer_id, after))

    def _preview_ended(self, job: Job) -> None:
        if job is self._preview_job:
            self._preview_job = None
            self.idle.emit()

    def _stop_preview(self) -> None:
        if self._preview_job is not None:
            self._preview_job.cancel()
            self._preview_job = None
            self.idle.emit()

    # One edit after the other.

    def _ask(self, task: _Task) -> None:
        self._tasks.append(task)
        if len(self._tasks) == 1:
            self._start(task)

    def _start(self, task: _Task) -> None:
        stack = self._document.stack
        before = self._mask_of(task)
        if before is None:
            self._end()
            return

        def work_on(work: Work) -> Surface:
            if task.make_shape is not None:
                return task.make_shape(stack, work)
            return before if task.change is None else task.change(before, work)

        job = self._jobs.create("mask", work_on)
        job.progressed.connect(lambda part, _text: self.busy.emit(part))
        job.succeeded.connect(lambda result: self._when_free(task, before, result))
        job.failed.connect(self.hinted)
        job.failed.connect(self._end)
        job.cancelled.connect(self._end)
        self._job = job
        self.busy.emit(-1.0)
        job.start()

    def _when_free(self, task: _Task, before: Surface, result: Surface) -> None:
        self._job = None
        if self._is_held:
            self._ready = lambda: self._take(task, before, result)
        else:
            self._take(task, before, result)

    def _take(self, task: _Task, before: Surface, result: Surface) -> None:
        """Make a result a step, on the mask as it is by now."""
        current = self._mask_of(task)
        if current is not None and task.make_shape is None:
            if current is not before:
                # Painted on meanwhile: what was computed is not of this mask.
                self._start(task)
                return
            self._do(task, result)
        elif current is not None:
            if task.nothing and not result.tiles:
                self.hinted.emit(task.nothing)
            else:
                self._do(task, combined(current, result, task.mode))
        self._end()

    def _do(self, task: _Task, after: Surface) -> None:
        stack = self._document.stack.with_surface(task.layer_id, after)
        if self._document.do(task.label, stack) is None and task.unchanged:
            self.hinted.emit(task.unchanged)

    def _end(self) -> None:
        self._job = None
        if self._tasks:
            self._tasks.pop(0)
        self.done.emit()
        if self._tasks:
            self._start(self._tasks[0])
        else:
            self.idle.emit()

    def _mask_of(self, task: _Task) -> Surface | None:
        stack = self._document.stack
        masks = {layer.id: layer for layer in stack.of_kind(LayerKind.MASK)}
        layer = masks.get(task.layer_id)
        # What was locked while the edit was computed stays as it is.
        return None if layer is None or stack.is_locked(layer) else layer.pixels
