"""Strokes of colour on a document: paint, clone, heal, smudge and erase on a retouch layer."""

import math
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from core.document.document import Document
from core.document.ground import loss_of
from core.document.layer import Layer, LayerKind, LayerStack
from core.errors import LacunaError
from core.image.geometry import EMPTY_RECT, Point, Rect
from core.image.heal import HealStroke
from core.image.surface import Surface
from core.image.wide_stroke import WideStroke
from desktop.brush_easel import BrushEasel
from desktop.clone_source import CloneSource
from desktop.landing import Landing
from desktop.paint_colors import PaintColors
from desktop.refusal import refusal
from desktop.retouch_settings import RetouchSettings
from desktop.stroke_plan import CLONING, AnyStroke, StrokePlan
from desktop.tile_renderer import TileRenderer
from desktop.tools import ToolName


class Retouching(BrushEasel):
    """The easel of the colour tools. GUI thread only; at most one stroke at a time.

    layer_made(int): a stroke made a layer, of that id. landing_changed: `is_landing` did.
    """

    layer_made = Signal(int)
    landing_changed = Signal()

    def __init__(
        self, document: Document, renderer: TileRenderer, colors: PaintColors, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._renderer = renderer
        self._plan: StrokePlan | None = None
        self._stroke: AnyStroke | None = None
        self._layer: Layer | None = None
        self._is_new = self._is_cloning = False
        self._label = ""
        self._touches: list[tuple[Point, float]] = []
        self._dirty = EMPTY_RECT
        self._landing: Landing | None = None
        self.colors = colors
        self.tool = ToolName.BRUSH
        self.options = RetouchSettings()
        self.source = CloneSource()

    @property
    def is_landing(self) -> bool:
        """Whether a stroke has been painted that is not a step of the history yet."""
        return self._landing is not None

    @property
    def source_shown(self) -> bool:
        """Whether the chosen tool takes its paint from a place."""
        return self.tool in CLONING and self.source.point is not None

    def begin_stroke(self, is_eraser: bool) -> bool:
        """Start a stroke on the retouch layer, or a new one; False, and a hint, if it cannot be."""
        self.settle()
        stack = self._document.stack
        layer = self._target(stack, is_eraser)
        if layer is None:
            return False
        self._is_cloning = not is_eraser and self.tool in CLONING
        if self._is_cloning and self.source.point is None:
            self.hinted.emit(
                self.tr("Alt-click first on the place that paint is to be taken from.")
            )
            return False
        if self._is_new:
            stack = stack.adding(LayerKind.RETOUCH, layer.name)
        self._layer, self._stroke = layer, None
        self._touches, self._dirty = [], EMPTY_RECT
        self._label = self._label_of(is_eraser)
        brush, tool = self.brush(is_eraser), None if is_eraser else self.tool
        color = self.colors.current
        self._plan = StrokePlan(stack, layer.id, brush, tool, self.options, color)
        self._renderer.begin_stroke(layer.id, layer.pixels)
        return True

    def paint_to(self, point: Point, pressure: float) -> None:
        """Lead the stroke to a point and show it."""
        if self._plan is None or self._layer is None:
            return
        if self._stroke is None:
            if self._is_cloning:
                self.source.begin(point, self.options.is_aligned)
                self._plan = replace(self._plan, offset=self.source.offset)
            self._stroke = self._plan.begun(
                self._layer.pixels, self._renderer.level, self._renderer.reduced
            )
        self._touches.append((point, pressure))
        self.last_point = point
        try:
            changed = (*self._come_near(), *self._stroke.to(point, pressure))
        except LacunaError as error:
            self.hinted.emit(str(error))
            raise
        if changed:
            shown = self._with_surface(self._document.shown, self._stroke.surface)
            rect = EMPTY_RECT
            for part in changed:
                rect = rect.union(part)
            self._dirty = self._dirty.union(rect)
            self._renderer.paint_over(changed)
            self._document.preview(shown, rect)

    def _come_near(self) -> tuple[Rect, ...]:
        """Lead a stroke in full if it is looked at more closely than its sketch is good for.

        Returns what is to be drawn anew.
        """
        stroke = self._stroke
        if not isinstance(stroke, WideStroke) or self._renderer.level >= stroke.level:
            return ()
        self._stroke = stroke.in_full()
        return (self._dirty,)

    def commit_stroke(self) -> None:
        """Make the stroke one step of the history; one that takes a while, as soon as it can be.

        Until then one that heals is seen as cloned, a wide one as its sketch.
        """
        if self._stroke is None:
            self.drop_stroke()
        elif isinstance(self._stroke, HealStroke | WideStroke):
            self.source.end()
            self._landing = Landing(self._stroke, self)
            self._landing.landed.connect(self._on_landed)
            self._landing.start()
            self.landing_changed.emit()
        else:
            self._land(self._stroke.finish())

    def settle(self) -> None:
        """Wait for a stroke that is not a step of the history yet, and make it one."""
        landing, self._landing = self._landing, None
        if landing is None:
            return
        try:
            self._land(landing.surface())
        except LacunaError as error:
            self.drop_stroke()
            self.hinted.emit(str(error))
        finally:
            landing.deleteLater()
            self.landing_changed.emit()

    def _on_landed(self, landing: Landing) -> None:
        if landing is self._landing:
            self.settle()

    def _land(self, painted: Surface) -> None:
        layer, plan, stack = self._layer, self._plan, self._document.stack
        if layer is None or plan is None:
            return
        free = {other.id: other for other in stack if not stack.is_locked(other)}
        current = free.get(layer.id)
        if current is None and not self._is_new:
            # The layer itself was undone, or locked, meanwhile.
            self.drop_stroke()
            return
        before = layer.pixels
        if current is not None and current.pixels is not before:
            # An edit came in between, such as a fill: the stroke is painted again, on that.
            before = current.pixels
            stroke = plan.stroke(before)
            for point, pressure in self._touches:
                stroke.to(point, pressure)
            painted = stroke.finish()
        is_sketched = isinstance(self._stroke, WideStroke)
        self._end()
        if painted is before or is_sketched:
            # The sketch may have reached a little farther than the paint.
            self._document.preview(None, self._dirty)
        if painted is before:
            self._hint_outside(stack)
            return
        self._document.do(self._label, self._with_surface(stack, painted))
        self.colors.remember()
        self.finished.emit()
        if self._is_new:
            self.layer_made.emit(layer.id)

    def drop_stroke(self) -> None:
        """Forget the stroke: the document is as before the press."""
        if self._plan is not None:
            if isinstance(self._stroke, WideStroke):
                self._stroke.drop()
            self._end()
            self._document.preview(None, self._dirty)

    def _end(self) -> None:
        self._stroke = self._plan = None
        self._renderer.end_stroke()
        self.source.end()

    def _with_surface(self, stack: LayerStack, surface: Surface) -> LayerStack:
        """Return a stack with what is painted, on a layer of its own if there is none yet."""
        assert self._layer is not None
        if self._is_new and self._layer.id not in [layer.id for layer in stack]:
            stack = stack.adding(LayerKind.RETOUCH, self._layer.name)
        return stack.with_surface(self._layer.id, surface)

    def _target(self, stack: LayerStack, is_eraser: bool) -> Layer | None:
        """Return the layer to paint on, maybe one yet to be made, or say what keeps one from it."""
        layers = {layer.id: layer for layer in stack.of_kind(LayerKind.RETOUCH)}
        layer = None if self.layer_id is None else layers.get(self.layer_id)
        self._is_new = layer is None
        if layer is None:
            if is_eraser:
                self.hinted.emit(self.tr("There is no retouch layer to erase on."))
                return None
            if self._document.is_previewing:
                self.hinted.emit(self.tr("Choose a retouch layer to paint on."))
                return None
            return stack.adding(LayerKind.RETOUCH, self.tr("Hand retouch")).layers[-1]
        if why := refusal(stack, layer):
            self.hinted.emit(why)
            return None
        if not stack.is_seen(layer):
            text = self.tr("The retouch layer “{0}” is hidden; show it to paint on it.")
            self.hinted.emit(text.format(layer.name))
            return None
        return layer

    def _hint_outside(self, stack: LayerStack) -> None:
        """Say that a stroke changed nothing because it began and ended outside the mask."""
        loss = loss_of(stack) if self.options.stays_inside else None
        ends = [_pixel(point).intersection(stack.rect) for point, _ in self._touches]
        if loss is not None and not any(loss(end).any() for end in (ends[0], ends[-1])):
            self.hinted.emit(
                self.tr(
                    "Nothing was painted: the stroke lies outside the mask, and “Stay in mask” is "
                    "on."
                )
            )

    def _label_of(self, is_eraser: bool) -> str:
        if is_eraser:
            return self.tr("Erase retouch")
        labels = {
            ToolName.CLONE: self.tr("Clone"),
            ToolName.HEAL: self.tr("Heal"),
            ToolName.SMUDGE: self.tr("Smudge"),
        }
        return labels.get(self.tool, self.tr("Paint retouch"))


def _pixel(point: Point) -> Rect:
    return Rect(math.floor(point.x), math.floor(point.y), 1, 1)
