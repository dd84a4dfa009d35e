"""Edits of whole masks, and from masks: jobs, one after the other, while the brush stays live."""

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
Surfaces = tuple[Surface, ...]


@dataclass(frozen=True)
class _Task:
    """An edit asked for.

    read: the surfaces it is about, as they are by now; None if they are not to be had any more.
    make: what a job makes of them. take: what is done with that, in the GUI thread.
    is_bound: the result is of those very surfaces; were they changed meanwhile, it is made anew.
    """

    read: Callable[[], Surfaces | None]
    make: Callable[[LayerStack, Surfaces, Work], Surface]
    take: Callable[[Surface], object]
    is_bound: bool = True


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
        layer_id = layer.id

        def take(shape: Surface) -> None:
            current = self._mask_of(layer_id)
            if nothing and not shape.tiles:
                self.hinted.emit(nothing)
            elif current is not None:
                self._do(layer_id, label, combined(current[0], shape, mode), unchanged)

        self._ask(
            _Task(
                lambda: self._mask_of(layer_id),
                lambda stack, _surfaces, work: make_shape(stack, work),
                take,
                is_bound=False,
            )
        )

    def change(self, label: str, change: Change) -> None:
        """Replace the mask by what a job makes of it."""
        layer = self.target()
        if layer is not None:
            layer_id = layer.id
            self.compute(
                lambda: self._mask_of(layer_id),
                lambda surfaces, work: change(surfaces[0], work),
                lambda after: self._do(layer_id, label, after),
            )

    def compute(
        self,
        read: Callable[[], Surfaces | None],
        make: Callable[[Surfaces, Work], Surface],
        take: Callable[[Surface], object],
    ) -> None:
        """Have a job make a surface of others, masks or not, and take it.

        read gives those as they are by then: what was changed meanwhile is computed anew, and
        for None, where they are gone or locked, nothing is taken.
        """
        self._ask(_Task(read, lambda _stack, surfaces, work: make(surfaces, work), take))

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
        stack, before = self._document.stack, task.read()
        if before is None:
            self._end()
            return
        job = self._jobs.create("mask", lambda work: task.make(stack, before, work))
        job.progressed.connect(lambda part, _text: self.busy.emit(part))
        job.succeeded.connect(lambda result: self._when_free(task, before, result))
        job.failed.connect(self.hinted)
        job.failed.connect(self._end)
        job.cancelled.connect(self._end)
        self._job = job
        self.busy.emit(-1.0)
        job.start()

    def _when_free(self, task: _Task, before: Surfaces, result: Surface) -> None:
        self._job = None
        if self._is_held:
            self._ready = lambda: self._take(task, before, result)
        else:
            self._take(task, before, result)

    def _take(self, task: _Task, before: Surfaces, result: Surface) -> None:
        """Make a result a step, if it still is of what there is."""
        current = task.read()
        if current is not None:
            if task.is_bound and not _are_same(current, before):
                # Painted on meanwhile: what was computed is not of this.
                self._start(task)
                return
            task.take(result)
        self._end()

    def _do(self, layer_id: int, label: str, after: Surface, unchanged: str = "") -> None:
        stack = self._document.stack.with_surface(layer_id, after)
        if self._document.do(label, stack) is None and unchanged:
            self.hinted.emit(unchanged)

    def _end(self) -> None:
        self._job = None
        if self._tasks:
            self._tasks.pop(0)
        self.done.emit()
        if self._tasks:
            self._start(self._tasks[0])
        else:
            self.idle.emit()

    def _mask_of(self, layer_id: int) -> Surfaces | None:
        stack = self._document.stack
        masks = {layer.id: layer for layer in stack.of_kind(LayerKind.MASK)}
        layer = masks.get(layer_id)
        # What was locked while the edit was computed stays as it is.
        return None if layer is None or stack.is_locked(layer) else (layer.pixels,)


def _are_same(some: Surfaces, others: Surfaces) -> bool:
    return all(one is other for one, other in zip(some, others, strict=True))
