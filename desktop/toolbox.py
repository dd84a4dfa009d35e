"""The chosen tool and what the tools are set to: one for all open paintings."""

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from core.image.blend_modes import BlendMode
from core.image.flood import Flood
from desktop.preferences import Preferences
from desktop.retouch_settings import SAMPLE_SIDES_PX, RetouchSettings
from desktop.selection_tools import MAX_TOLERANCE, SelectionSettings
from desktop.settings import Settings
from desktop.tools import RETOUCHING, BrushSettings, ToolName

_SIZE_FACTOR, _SIZE_LEAST_PX = 1.15, 1.0
_HARDNESS_STEP = 0.1


class Toolbox(QObject):
    """GUI thread only. changed: tool or brush are different now; kept in the preferences."""

    changed = Signal()

    def __init__(self, preferences: Preferences, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        values = preferences.settings
        self.tool = ToolName.BRUSH
        self.brush = BrushSettings(
            values.brush_size, values.brush_hardness, values.brush_opacity
        ).sized(values.brush_size)
        self.eraser = BrushSettings(
            values.eraser_size, values.eraser_hardness, values.eraser_opacity
        ).sized(values.eraser_size)
        self.hand = BrushSettings(
            values.retouch_size,
            values.retouch_hardness,
            values.retouch_opacity,
            flow=min(max(values.retouch_flow, 0.01), 1.0),
        ).sized(values.retouch_size)
        self.is_color = False
        """Whether the brush paints colour on the painting that is shown."""
        self.retouch = _retouch_settings(values)
        self.selection = SelectionSettings(
            flood=Flood(
                min(values.wand_tolerance, MAX_TOLERANCE), values.wand_reach != "everywhere"
            ),
            is_composite=values.wand_sample == "composite",
        )

    @property
    def current(self) -> BrushSettings:
        """What the chosen tool paints with: mask brush, eraser, or the hand that retouches."""
        if self._is_hand:
            return self.hand
        return self.eraser if self.tool is ToolName.ERASER else self.brush

    @property
    def _is_hand(self) -> bool:
        return self.tool in RETOUCHING or (self.tool is ToolName.BRUSH and self.is_color)

    def choose(self, tool: ToolName) -> None:
        """Choose a tool."""
        if tool is not self.tool:
            self.tool = tool
            self.changed.emit()

    def set_current(self, settings: BrushSettings) -> None:
        """Change what the chosen tool paints with."""
        if settings == self.current:
            return
        if self._is_hand:
            self.hand = settings
        elif self.tool is ToolName.ERASER:
            self.eraser = settings
        else:
            self.brush = settings
        self._preferences.change(
            brush_size=self.brush.size_px,
            brush_hardness=self.brush.hardness,
            brush_opacity=self.brush.opacity,
            eraser_size=self.eraser.size_px,
            eraser_hardness=self.eraser.hardness,
            eraser_opacity=self.eraser.opacity,
            retouch_size=self.hand.size_px,
            retouch_hardness=self.hand.hardness,
            retouch_opacity=self.hand.opacity,
            retouch_flow=self.hand.flow,
        )
        self.changed.emit()

    def set_selection(self, settings: SelectionSettings) -> None:
        """Change how the selecting tools work. What they do to a mask is not remembered."""
        if settings == self.selection:
            return
        self.selection = settings
        self._preferences.change(
            wand_tolerance=settings.flood.tolerance,
            wand_reach="contiguous" if settings.flood.is_contiguous else "everywhere",
            wand_sample="composite" if settings.is_composite else "painting",
        )
        self.changed.emit()

    def set_retouch(self, settings: RetouchSettings) -> None:
        """Change how the retouching tools work. Staying inside the mask is on at each start."""
        if settings == self.retouch:
            return
        self.retouch = settings
        self._preferences.change(
            retouch_mode=settings.mode.value,
            retouch_reach="aligned" if settings.is_aligned else "fixed",
            retouch_sample="composite" if settings.is_composite else "painting",
            pick_px=float(settings.sample_px),
        )
        self.changed.emit()

    def resize(self, steps: int) -> None:
        """Make the brush larger (1) or smaller (-1), by a seventh or at least a pixel."""
        size = self.current.size_px
        grown = size * _SIZE_FACTOR**steps
        least = size + steps * _SIZE_LEAST_PX
        size = max(grown, least) if steps > 0 else min(grown, least)
        self.set_current(self.current.sized(round(size)))

    def harden(self, steps: int) -> None:
        """Make the brush harder (1) or softer (-1) by a tenth."""
        hardness = round(self.current.hardness + steps * _HARDNESS_STEP, 2)
        self.set_current(replace(self.current, hardness=min(1.0, max(0.0, hardness))))


def _retouch_settings(values: Settings) -> RetouchSettings:
    modes = {mode.value: mode for mode in BlendMode}
    side = round(values.pick_px)
    return RetouchSettings(
        mode=modes.get(values.retouch_mode, BlendMode.NORMAL),
        is_aligned=values.retouch_reach != "fixed",
        is_composite=values.retouch_sample != "painting",
        sample_px=side if side in SAMPLE_SIDES_PX else SAMPLE_SIDES_PX[0],
    )
