"""Small pictures of the layers, made in a job whenever a layer has changed."""

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QColorSpace, QImage

from core.document.document import Document
from core.document.layer import PIXEL_KINDS, Layer, LayerKind, LayerStack
from core.document.thumbnail import thumbnail, thumbnail_level
from core.image.surface import PixelSource, Surface
from core.image.tile_cache import TileCache
from desktop.display_color import DisplayColor
from desktop.display_tile import ProgressiveSource
from desktop.jobs import Job, Jobs, Work

SIDE_PX = 64
_DELAY_MS = 250
_PATIENCE = 8
"""So often a better thumbnail of a slow painting is looked for, each time after twice as long."""
_CACHE_BYTES = 4 << 20

Content = Surface | PixelSource


class _Kept(NamedTuple):
    """A thumbnail and what it was made of, None if a better one will be had later; and by what."""

    content: Content | None
    color: DisplayColor
    image: QImage


class Thumbnails(QObject):
    """Of one document's layers. GUI thread only. changed: there are others now.

    A layer's thumbnail lags behind while it is painted on; only tiles not seen before are
    reduced, in one job at a time.
    """

    changed = Signal()

    def __init__(
        self, document: Document, color: DisplayColor, jobs: Jobs, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._color = color
        self._jobs = jobs
        self._cache = TileCache(_CACHE_BYTES)
        self._kept: dict[int, _Kept] = {}
        self._job: Job | None = None
        self._retries = 0
        self._timer = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._timer.timeout.connect(self._make)
        document.on_history.append(self._on_history)
        self._timer.start()

    def __call__(self, layer_id: int) -> QImage | None:
        """Return a layer's thumbnail, the latest there is."""
        kept = self._kept.get(layer_id)
        return None if kept is None else kept.image

    @property
    def is_settled(self) -> bool:
        """Whether all are of the committed state."""
        return self._job is None and not self._stale()

    def set_monitor(self, space: QColorSpace) -> None:
        """Make them for another monitor; until then those for the former one are shown."""
        self._color = self._color.with_monitor(space)
        self._on_history()

    def close(self) -> None:
        """Make no more."""
        self._timer.stop()

    def _on_history(self) -> None:
        if self._stale() and not self._timer.isActive():
            self._timer.start(_DELAY_MS)

    def _stale(self) -> list[Layer]:
        return [
            layer
            for layer in self._document.stack
            if _content(layer) is not None and not self._is_fresh(layer)
        ]

    def _is_fresh(self, layer: Layer) -> bool:
        kept = self._kept.get(layer.id)
        return kept is not None and kept.content is _content(layer) and kept.color is self._color

    def _make(self) -> None:
        stale = self._stale()
        if self._job is not None or not stale:
            return
        stack, ids = self._document.stack, {layer.id for layer in self._document.stack}
        self._kept = {layer_id: kept for layer_id, kept in self._kept.items() if layer_id in ids}
        job = self._jobs.create("thumbnails", _maker(stack, stale, self._color, self._cache))
        job.delivered.connect(self._keep)
        job.succeeded.connect(self._look_again)
        job.finished.connect(self._ended)
        self._job = job
        job.start()

    def _keep(self, made: tuple[int, _Kept]) -> None:
        self._kept[made[0]] = made[1]
        self.changed.emit()

    def _look_again(self) -> None:
        """See whether there was a step meanwhile, or the pyramid has the painting by now."""
        self._job = None
        stale = self._stale()
        if any(layer.source is None for layer in stale):
            self._on_history()
        elif stale and self._retries < _PATIENCE:
            self._retries += 1
            self._timer.start(_DELAY_MS << self._retries)

    def _ended(self) -> None:
        # A failure is not tried again before the next step: the canvas tells of it.
        self._job = None


def _maker(
    stack: LayerStack, stale: list[Layer], color: DisplayColor, cache: TileCache
) -> Callable[[Work], None]:
    def make(work: Work) -> None:
        level = thumbnail_level(stack, SIDE_PX)
        for layer in stale:
            content = _content(layer)
            if work.is_cancelled() or content is None:
                return
            source = layer.source
            if isinstance(source, ProgressiveSource) and not source.has(stack.rect, level):
                # Never read here: that would decode the whole file once more.
                kept = _Kept(None, color, color.to_display(source.coarse(stack.rect, level)))
            else:
                kept = _Kept(content, color, _image(stack, layer, level, color, cache))
            work.deliver((layer.id, kept))

    return make


def _image(
    stack: LayerStack, layer: Layer, level: int, color: DisplayColor, cache: TileCache
) -> QImage:
    source = layer.source
    if source is None:
        samples = thumbnail(stack, layer, level, cache)
        if layer.kind is LayerKind.RETOUCH:
            return color.to_display(samples)
        height, width = samples.shape
        return QImage(samples.data, width, height, width, QImage.Format.Format_Grayscale8).copy()
    return color.to_display(source.read(stack.rect, level))


def _content(layer: Layer) -> Content | None:
    return layer.surface if layer.kind in PIXEL_KINDS else layer.source
