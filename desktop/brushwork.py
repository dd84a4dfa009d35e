"""Strokes on a document: previewed while they are painted, one step of the history at the end."""

from PySide6.QtCore import QObject

from core.document.document import Document
from core.document.layer import Layer, LayerKind
from core.image.brush import Erase, MaskPaint, Stroke
from core.image.geometry import EMPTY_RECT, Point
from core.image.surface import Surface
from desktop.brush_easel import BrushEasel
from desktop.refusal import refusal
from desktop.tile_renderer import TileRenderer


class Brushwork(BrushEasel):
    """The easel of masks. GUI thread only; at most one stroke at a time."""

    def __init__(self, document: Document, renderer: TileRenderer, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._renderer = renderer
        self._stroke: Stroke | None = None
        self._painted_id = 0
        self._before = Surface.mask()
        self._is_eraser = False
        self._dirty = EMPTY_RECT

    def begin_stroke(self, is_eraser: bool) -> bool:
        """Start a stroke on the chosen mask; False (and a hint to the user) if there is none."""
        layer = self._layer()
        if layer is None:
            return False
        brush = self.brush(is_eraser)
        self._painted_id, self._before = layer.id, layer.pixels
        self._is_eraser = is_eraser
        self._dirty = EMPTY_RECT
        self._renderer.begin_stroke(layer.id, layer.pixels)
        paint = Erase() if is_eraser else MaskPaint()
        self._stroke = Stroke(brush, layer.pixels, paint, self._document.stack.rect)
        return True

    def paint_to(self, point: Point, pressure: float) -> None:
        """Lead the stroke to a point and show it."""
        if self._stroke is None:
            return
        dirty = self._stroke.to(point, pressure)
        self.last_point = point
        if not dirty.is_empty:
            self._dirty = self._dirty.union(dirty)
            # On what is shown, which may be the fills of a restoration still under way.
            shown = self._document.shown.with_surface(self._painted_id, self._stroke.surface)
            self._document.preview(shown, dirty)

    def commit_stroke(self) -> None:
        """Make the stroke one step of the history."""
        stroke, stack = self._stroke, self._document.stack
        if stroke is None:
            return
        painted = stroke.finish()
        self._end()
        layers = {layer.id: layer for layer in stack if not stack.is_locked(layer)}
        if self._painted_id not in layers:
            # The layer itself was undone, or locked, meanwhile.
            self._document.preview(None, self._dirty)
            return
        current = layers[self._painted_id].pixels
        if current is not self._before:
            # An edit came in between, such as an undo: only the stroke's own tiles are laid on it.
            changes = {key: painted.tiles.get(key) for key in painted.differing_keys(self._before)}
            painted = current.with_tiles(changes)
        label = self.tr("Erase mask") if self._is_eraser else self.tr("Paint mask")
        self._document.do(label, stack.with_surface(self._painted_id, painted))
        self.finished.emit()

    def drop_stroke(self) -> None:
        """Forget the stroke: the document is as before the press."""
        if self._stroke is not None:
            self._end()
            self._document.preview(None, self._dirty)

    def _end(self) -> None:
        self._stroke = None
        self._renderer.end_stroke()

    def _layer(self) -> Layer | None:
        """Return the mask to paint on, or say what keeps one from it."""
        stack = self._document.stack
        masks = {layer.id: layer for layer in stack.of_kind(LayerKind.MASK)}
        layer = None if self.layer_id is None else masks.get(self.layer_id)
        if layer is None:
            self.hinted.emit(self.tr("Choose a mask layer to paint on."))
        elif why := refusal(stack, layer):
            self.hinted.emit(why)
            return None
        elif not stack.is_seen(layer):
            self.hinted.emit(
                self.tr("The mask layer “{0}” is hidden; show it to paint on it.").format(
                    layer.name
                )
            )
            return None
        return layer
