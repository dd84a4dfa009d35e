"""What a stroke of colour is to do, as a value: it can be begun again, and as a sketch."""

from dataclasses import dataclass

from core.document.ground import below, loss_of, painting_of, pixels_of, up_to
from core.document.layer import LayerStack
from core.image.blend_modes import BlendMode
from core.image.brush import Brush, Erase
from core.image.heal import HealStroke
from core.image.paint import BlendPaint, ClonePaint, FlatPaint, Paint
from core.image.reduced_surface import reduced_surface
from core.image.retouch_stroke import RetouchStroke
from core.image.smudge import SmudgeStroke
from core.image.surface import Surface
from core.image.tile_cache import TileCache
from core.image.wide_stroke import WideStroke, is_wide
from desktop.display_tile import ProgressiveSource
from desktop.retouch_settings import RetouchSettings
from desktop.tools import ToolName

AnyStroke = RetouchStroke | SmudgeStroke | WideStroke
CLONING = (ToolName.CLONE, ToolName.HEAL)


@dataclass(frozen=True)
class StrokePlan:
    """stack: what is seen, with the layer to be painted on. tool: None for the eraser.

    offset: where a clone is taken from, in pixels from the brush.
    """

    stack: LayerStack
    layer_id: int
    brush: Brush
    tool: ToolName | None
    options: RetouchSettings
    color: tuple[int, ...]
    offset: tuple[int, int] = (0, 0)

    def begun(self, surface: Surface, level: int, cache: TileCache) -> AnyStroke:
        """Return the stroke as the hand leads it, seen at a level; cache: see `composite`."""
        stroke = self.stroke(surface)
        is_far = is_wide(self.brush.radius_px, level) and self._is_known(level)
        if isinstance(stroke, SmudgeStroke) or not is_far:
            return stroke
        picture = self.stack.rect
        small = reduced_surface(surface, level, picture, cache)
        return WideStroke(stroke, self._painted(small, level, cache), surface, level, picture)

    def stroke(self, surface: Surface) -> RetouchStroke | SmudgeStroke:
        """Return the stroke on a surface of the layer."""
        loss = loss_of(self.stack)
        limit = loss if self.options.stays_inside else None
        if self.tool is ToolName.SMUDGE:
            ground = below(self.stack, self.layer_id)
            return SmudgeStroke(self.brush, surface, ground, self.stack.rect, limit)
        if self.tool is ToolName.HEAL:
            ground = pixels_of(self.stack)
            clone = self._clone(0, None)
            return HealStroke(self.brush, surface, clone, self.stack.rect, limit, ground, loss)
        return self._painted(surface, 0, None)

    def _painted(self, surface: Surface, level: int, cache: TileCache | None) -> RetouchStroke:
        """Return the stroke at a reduced level; one that heals is seen as cloned."""
        picture, brush = self.stack.rect.at_level(level), self.brush.at_level(level)
        limit = loss_of(self.stack, level, cache) if self.options.stays_inside else None
        return RetouchStroke(brush, surface, self._paint(level, cache), picture, limit)

    def _paint(self, level: int, cache: TileCache | None) -> Paint | Erase:
        if self.tool is None:
            return Erase()
        if self.tool in CLONING:
            return self._clone(level, cache)
        if self.options.mode is BlendMode.NORMAL:
            return FlatPaint(self.color)
        ground = up_to(self.stack, self.layer_id, level, cache)
        return BlendPaint(self.options.mode, self.color, ground)

    def _clone(self, level: int, cache: TileCache | None) -> ClonePaint:
        stack = self.stack if self.options.is_composite else painting_of(self.stack)
        dx, dy = (round(pixels * 0.5**level) for pixels in self.offset)
        return ClonePaint(pixels_of(stack, level, cache), dx, dy, self.stack.rect.at_level(level))

    def _is_known(self, level: int) -> bool:
        """Whether what the paint is made of can be had at once at a level."""
        if isinstance(self._paint(level, None), FlatPaint | Erase):
            return True
        source = self.stack.layers[0].source
        return not isinstance(source, ProgressiveSource) or source.has(self.stack.rect, level)
