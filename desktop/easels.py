"""The easels of a canvas, that of masks and that of colour, and which one the chosen tool uses."""

from PySide6.QtCore import QObject, Signal

from core.document.document import Document
from core.image.geometry import Point
from desktop.brushwork import Brushwork
from desktop.paint_colors import PaintColors
from desktop.retouching import Retouching
from desktop.sampling import mean_at
from desktop.stroke_plan import CLONING
from desktop.tile_renderer import TileRenderer
from desktop.tools import RETOUCHING, BrushSettings, ToolName


class Easels(QObject):
    """GUI thread only. finished: a stroke was committed. resized(is_eraser): a size was changed."""

    finished = Signal()
    resized = Signal(bool)

    def __init__(
        self, document: Document, renderer: TileRenderer, colors: PaintColors, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._renderer = renderer
        self._tool = ToolName.BRUSH
        self._is_color = False
        self.mask = Brushwork(document, renderer, self)
        self.color = Retouching(document, renderer, colors, self)
        for easel in (self.mask, self.color):
            easel.finished.connect(self.finished)
            easel.resized.connect(self.resized)

    @property
    def tool(self) -> ToolName:
        """The chosen tool."""
        return self._tool

    def choose(self, tool: ToolName) -> None:
        """Choose a tool."""
        self._tool = self.color.tool = tool
        self._prepare()

    @property
    def current(self) -> Brushwork | Retouching:
        """What the chosen tool works on."""
        is_either = self._tool in (ToolName.BRUSH, ToolName.ERASER)
        is_color = self._tool in RETOUCHING or (is_either and self._is_color)
        return self.color if is_color else self.mask

    def settle(self) -> None:
        """Wait for a stroke that is not a step of the history yet."""
        self.color.settle()

    @property
    def brush(self) -> BrushSettings:
        """The settings of the eraser while it is chosen, else of the brush."""
        return self.current.settings(self._tool is ToolName.ERASER)

    def set_brush(self, settings: BrushSettings) -> None:
        """Change the eraser's settings while it is chosen, else the brush's."""
        if self._tool is ToolName.ERASER:
            for easel in (self.mask, self.color):
                easel.set_settings(True, settings)
        else:
            self.current.set_settings(False, settings)

    def is_target(self, is_color: bool, retouch_id: int | None) -> bool:
        """Whether brush and eraser work on this kind, and colour on this layer."""
        return (is_color, retouch_id) == (self._is_color, self.color.layer_id)

    def set_target(self, is_color: bool, retouch_id: int | None) -> None:
        """Let brush and eraser work on retouch, or on the mask; choose the retouch layer."""
        self._is_color, self.color.layer_id = is_color, retouch_id
        self._prepare()

    def take_from(self, point: Point) -> None:
        """Paint with the colour of a place, or clone from there."""
        samples = mean_at(self._document.shown, point, self.color.options.sample_px)
        if samples is None:
            return
        if self._tool in CLONING:
            self.color.source.choose(point)
        else:
            self.color.colors.use(samples)

    def source_at(self, brush: Point) -> Point | None:
        """Return where a clone is taken from while the brush is at a place; None without one."""
        if not self.color.source_shown:
            return None
        return self.color.source.at(brush, self.color.options.is_aligned)

    def _prepare(self) -> None:
        """Let the brush find ready what lies below the layer that it is going to paint on."""
        is_color = self.current is self.color
        self._renderer.prepare(self.color.layer_id if is_color else None)
