"""Merging a layer down: computed in a job, taken when no stroke is under way."""

from PySide6.QtCore import QObject, QTimer, Signal

from core.document.document import Document
from core.document.layer import LayerStack
from core.document.merging import below_for_merging, merging_down
from desktop.jobs import Jobs

_ASK_AGAIN_MS = 50


class Merging(QObject):
    """At most one merge of a document at a time. GUI thread only.

    merged(before, after, int upper): the committed state is still `before`, and `after` is it
    with the upper layer merged down. failed(str): why nothing was merged.
    """

    merged = Signal(object, object, int)
    failed = Signal(str)

    def __init__(self, document: Document, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._jobs = jobs
        self._is_running = False

    def start(self, layer_id: int) -> None:
        """Begin, if none is running."""
        if not self._is_running:
            self._is_running = True
            self._begin(layer_id)

    def _begin(self, layer_id: int) -> None:
        stack = self._document.stack
        if layer_id not in [la.id for la in stack] or below_for_merging(stack, layer_id) is None:
            # Meanwhile it was undone, hidden or locked.
            self._is_running = False
            return
        job = self._jobs.create(
            "merge", lambda work: merging_down(stack, layer_id, work.is_cancelled)
        )
        job.succeeded.connect(lambda after: self._take(layer_id, stack, after))
        job.failed.connect(self.failed)
        job.failed.connect(self._end)
        job.cancelled.connect(self._end)
        job.start()

    def _take(self, layer_id: int, before: LayerStack, after: LayerStack) -> None:
        if self._document.is_previewing:
            # A stroke may be on the very layer that would go.
            QTimer.singleShot(_ASK_AGAIN_MS, self, lambda: self._take(layer_id, before, after))
        elif self._document.stack is not before:
            self._begin(layer_id)
        else:
            self._is_running = False
            self.merged.emit(before, after, layer_id)

    def _end(self) -> None:
        self._is_running = False
