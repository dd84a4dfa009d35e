"""Strokes on a document: previewed while they are painted, one step of the history at the end."""

from PySide6.QtCore import QObject, Signal

from core.document.document import Document
from core.document.layer import Layer, LayerKind
from core.image.brush import Brush, Erase, MaskPaint, Stroke
from core.image.geometry import EMPTY_RECT, Point
from core.image.surface import Surface
from desktop.refusal import refusal
from desktop.tile_renderer import TileRenderer
from desktop.tools import BrushSettings


class Brushwork(QObject):
    """The easel of the painting tools. GUI thread only; at most one stroke at a time.

    hinted(str): why nothing can be painted. resized(is_eraser): a size was changed by hand.
    finished: a stroke was committed.
    """

    hinted = Signal(str)
    resized = Signal(bool)
    finished = Signal()

    def __init__(self, document: Document, renderer: TileRenderer, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._renderer = renderer
        self._settings = {False: BrushSettings(), True: BrushSettings()}
        self._stroke: Stroke | None = None
        self._painted_id = 0
        self._before = Surface.mask()
        self._is_eraser = False
        self._dirty = EMPTY_RECT
        self.layer_id: int | None = None
        self.last_point: Point | None = None
        self.pinned: Point | None = None

    @property
    def is_painting(self) -> bool:
        """Whether a stroke is under way."""
        return self._stroke is not None

    def settings(self, is_eraser: bool) -> BrushSettings:
        """Return the settings of brush or eraser."""
        return self._settings[is_eraser]

    def set_settings(self, is_eraser: bool, settings: BrushSettings) -> None:
        """Paint with these from the next stroke on."""
        self._settings[is_eraser] = settings

    def resize(self, is_eraser: bool, size_px: float, pinned: Point | None) -> None:
        """Set the size of brush or eraser; its outline stays at a point while one is given."""
        self._settings[is_eraser] = self._settings[is_eraser].sized(size_px)
        self.pinned = pinned
        self.resized.emit(is_eraser)

    def brush(self, is_eraser: bool) -> Brush:
        """Return what brush or eraser paint with now."""
        settings = self._settings[is_eraser]
        return Brush(
            settings.size_px / 2,
            settings.hardness,
            settings.opacity,
            pressure_size=settings.pressure_size,
            pressure_opacity=settings.pressure_opacity,
        )

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
