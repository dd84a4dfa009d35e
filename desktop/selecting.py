"""The selecting tools at work on a canvas: outlines become marks, clicks become searches."""

from collections.abc import Callable, Sequence
from functools import partial, reduce

from PySide6.QtCore import QObject, Qt

from core.document.composite import composite
from core.document.document import Document
from core.document.layer import LayerKind, LayerStack
from core.image.brush import MaskPaint, Stroke
from core.image.color import ColorProfile, ColorTransform
from core.image.components import connected_loss
from core.image.crack_path import crack_path
from core.image.flood import flooded
from core.image.geometry import Point, Rect
from core.image.selection import Mode, combined, ellipse, polygon, rectangle
from core.image.surface import U16, Surface
from desktop.brushwork import Brushwork
from desktop.draft import Draft
from desktop.jobs import Work
from desktop.masking import MakeShape, Masking
from desktop.selection_tools import (
    SELECTING,
    SHAPES,
    SelectionSettings,
    click,
    corner,
    drag_shape,
    lasso,
    mode_at,
)
from desktop.tools import Gesture, ToolName, Touch

_CLOSING_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_OPEN_KEYS = (*_CLOSING_KEYS, Qt.Key.Key_Backspace, Qt.Key.Key_Escape)


class Selecting(QObject):
    """GUI thread only. A polygon, and a chain of lines, stay open from one click to the next."""

    def __init__(
        self,
        document: Document,
        profile: ColorProfile,
        masking: Masking,
        brushwork: Brushwork,
        draft: Draft,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.settings = SelectionSettings()
        self._document = document
        self._profile = profile
        self._masking = masking
        self._brushwork = brushwork
        self._draft = draft
        self._open: ToolName | None = None
        self._mode = Mode.ADD
        self._marking = 0
        masking.done.connect(self._on_done)

    @property
    def is_open(self) -> bool:
        """Whether a polygon or a chain of lines waits for its next click."""
        return self._open is not None

    def gesture(self, tool: ToolName, touch: Touch, scale: float) -> Gesture | None:
        """Return what a press begins; None for tools that do not select."""
        if tool is ToolName.LINE:
            return click(touch, self._line_to)
        if tool not in SELECTING:
            return None
        if tool is not self._open:
            self.drop()
            self._mode = mode_at(touch, self.settings.mode)
        if self._masking.target() is None:
            return None
        if tool in SHAPES:
            return drag_shape(self._draft, touch, tool, scale, partial(self._mark, tool))
        if tool is ToolName.LASSO:
            return lasso(self._draft, touch, partial(self._mark, tool))
        if tool is ToolName.POLYGON:
            self._open = tool
            return corner(self._draft, touch, scale, partial(self._mark, tool))
        return click(touch, self._flood if tool is ToolName.WAND else self._take_loss)

    def hover(self, point: Point) -> None:
        """Let what is open go on to the pointer."""
        if self.is_open:
            self._draft.hover(point)

    def close_outline(self) -> bool:
        """Finish what is open: a polygon is marked; return whether something was."""
        if self._open is ToolName.POLYGON and len(self._draft.points) > 2:
            self._mark(ToolName.POLYGON, self._draft.points)
            return True
        was_open = self.is_open
        self.drop()
        return was_open

    def takes(self, key: int) -> bool:
        """Whether a key means something here now, so that no shortcut shall have it."""
        if key == Qt.Key.Key_Escape and self._masking.is_busy:
            return True
        return self.is_open and key in _OPEN_KEYS

    def press_key(self, key: int) -> None:
        """Return closes, Backspace takes the last corner back, Escape gives up."""
        if key in _CLOSING_KEYS:
            self.close_outline()
        elif key == Qt.Key.Key_Backspace and len(self._draft.points) > 1:
            self._draft.show(self._draft.points[:-1], self._open is ToolName.POLYGON)
        elif self.is_open:
            self.drop()
        else:
            self._masking.cancel()

    def drop(self) -> None:
        """Forget what is open."""
        self._open = None
        self._draft.clear()

    def _mark(self, tool: ToolName, points: Sequence[Point]) -> None:
        """Make marks of an outline; it is seen until they are there."""
        picture = self._document.stack.rect
        make: Callable[[], Surface]
        if tool is ToolName.RECTANGLE:
            make = partial(rectangle, points[0], points[1], picture)
        elif tool is ToolName.ELLIPSE:
            make = partial(ellipse, points[0], points[1], picture)
        else:
            make = partial(polygon, tuple(points), picture)
        self._open = None
        self._select(tool, lambda _stack, _work: make())

    def _flood(self, point: Point) -> None:
        flood, is_composite = self.settings.flood, self.settings.is_composite
        profile = self._profile

        def make(stack: LayerStack, work: Work) -> Surface:
            def read(rect: Rect) -> U16:
                return composite(stack if is_composite else _bare(stack), rect)

            color = ColorTransform(profile)
            return flooded(read, stack.rect, point, color, flood, work.is_cancelled, work.report)

        self._select(ToolName.WAND, make, self.tr("Nothing is there to be selected."))

    def _take_loss(self, point: Point) -> None:
        def make(stack: LayerStack, work: Work) -> Surface:
            masks = [mask.pixels for mask in stack.seen(LayerKind.MASK)]
            marked = reduce(partial(combined, mode=Mode.ADD), masks, Surface.mask())
            return connected_loss(marked, point, stack.rect, work.is_cancelled)

        self._select(
            ToolName.LOSS,
            make,
            self.tr("There is no marked loss under the pointer."),
            self.tr(
                "This loss is on the mask already: Alt-click takes it away, "
                "Shift+Alt-click keeps it alone."
            ),
        )

    def _select(
        self, tool: ToolName, make: MakeShape, nothing: str = "", unchanged: str = ""
    ) -> None:
        self._marking += 1
        self._masking.select(self._label(tool), make, self._mode, nothing, unchanged)

    def _on_done(self) -> None:
        """Clear the outline once it is marks; not one that was begun meanwhile."""
        if self._marking > 0:
            self._marking = self._marking - 1 if self._masking.is_busy else 0
            if self._marking == 0 and not self.is_open:
                self._draft.clear()

    def _line_to(self, point: Point) -> None:
        """Begin a chain of lines, or paint the next one."""
        start = self._draft.points[-1] if self._open is ToolName.LINE else None
        if start is None:
            self.drop()
            if self._masking.target() is None:
                return
        elif self.settings.is_snapping:
            self._mode = Mode.ADD
            self._select(ToolName.LINE, self._snapped(start, point))
        elif self._brushwork.begin_stroke(False):
            for corner_point in (start, point):
                self._brushwork.paint_to(corner_point, 1.0)
            self._brushwork.commit_stroke()
        self._open = ToolName.LINE
        self._draft.show([point], False)

    def _snapped(self, start: Point, end: Point) -> MakeShape:
        brush, profile = self._brushwork.brush(False), self._profile

        def make(stack: LayerStack, work: Work) -> Surface:
            del work
            color = ColorTransform(profile)
            way = crack_path(
                partial(composite, _bare(stack)),
                stack.rect,
                start,
                end,
                brush.radius_px * 2,
                color,
            )
            stroke = Stroke(brush, Surface.mask(), MaskPaint(), stack.rect)
            for point in way:
                stroke.to(point)
            return stroke.finish()

        return make

    def _label(self, tool: ToolName) -> str:
        if tool is ToolName.LINE:
            return self.tr("Paint along a crack")
        nouns = {
            ToolName.RECTANGLE: self.tr("rectangle"),
            ToolName.ELLIPSE: self.tr("ellipse"),
            ToolName.POLYGON: self.tr("polygon"),
            ToolName.LASSO: self.tr("lasso"),
            ToolName.WAND: self.tr("like colours"),
            ToolName.LOSS: self.tr("loss"),
        }
        texts = {
            Mode.ADD: self.tr("Mark {0}"),
            Mode.SUBTRACT: self.tr("Unmark {0}"),
            Mode.INTERSECT: self.tr("Keep only in {0}"),
            Mode.REPLACE: self.tr("Mark only {0}"),
        }
        return texts[self._mode].format(nouns[tool])


def _bare(stack: LayerStack) -> LayerStack:
    """Return the stack of the painting alone."""
    return LayerStack(stack.width, stack.height, stack.channels, stack.layers[:1], stack.next_id)
