"""Tools and brushes: actions, options bar, toolbox and canvas kept in step."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor

from desktop.actions import TOOLS, Actions
from desktop.dialogs.paint_color_dialog import PaintColorDialog
from desktop.options_bar import OptionsBar
from desktop.painting_page import PaintingPage
from desktop.preferences import Preferences
from desktop.toolbox import Toolbox
from desktop.tools import BrushSettings, ToolName


class ToolCommands(QObject):
    """GUI thread only. The toolbox is the truth; everything else follows it."""

    _recolored = Signal(QColor)

    def __init__(
        self,
        actions: Actions,
        options: OptionsBar,
        shown: Callable[[], PaintingPage | None],
        preferences: Preferences,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.toolbox = Toolbox(preferences, self)
        self._actions = actions
        self._options = options
        self._shown = shown
        self._preferences = preferences
        self._overlay = preferences.settings.overlay
        self._is_updating = False
        for name in TOOLS:
            actions.on(name, partial(self.toolbox.choose, ToolName(name)))
        actions.on("smaller", lambda: self.toolbox.resize(-1))
        actions.on("larger", lambda: self.toolbox.resize(1))
        actions.on("softer", lambda: self.toolbox.harden(-1))
        actions.on("harder", lambda: self.toolbox.harden(1))
        options.brush_changed.connect(self.toolbox.set_current)
        options.selection_changed.connect(self.toolbox.set_selection)
        options.retouch_changed.connect(self.toolbox.set_retouch)
        options.target_chosen.connect(self._choose_target)
        options.retouch.well.asked.connect(self._ask_color)
        options.entered.connect(self._give_focus)
        self.toolbox.changed.connect(self.update)
        preferences.changed.connect(self._color_changed)
        self.update()

    def adopt(self, page: PaintingPage) -> None:
        """Give a new page tool, brushes and mask colour; hear when they are changed on it."""
        canvas, toolbox = page.canvas, self.toolbox
        for tool, settings in (
            (ToolName.ERASER, toolbox.eraser),
            (ToolName.CLONE, toolbox.hand),
            (ToolName.LINE, toolbox.brush),
        ):
            canvas.set_tool(tool)
            canvas.set_brush(settings)
        canvas.set_tool(toolbox.tool)
        canvas.set_selection(toolbox.selection)
        canvas.set_retouch_options(toolbox.retouch)
        page.target.changed.connect(self.update)
        canvas.set_overlay_color(QColor(self._preferences.settings.overlay))
        self._recolored.connect(canvas.set_overlay_color)
        canvas.brush_changed.connect(self._sized_by_hand)

    def update(self) -> None:
        """Show the toolbox's state everywhere."""
        toolbox, page = self.toolbox, self._shown()
        toolbox.is_color = page is not None and page.target.is_color
        self._actions[toolbox.tool.value].setChecked(True)
        self._options.set_tool(toolbox.tool, toolbox.is_color)
        self._options.set_brush(toolbox.current)
        self._options.set_selection(toolbox.selection)
        self._options.set_retouch(toolbox.retouch)
        colors = None if page is None else page.canvas.retouching.colors
        self._options.retouch.well.show_colors(colors)
        if page is not None:
            # A canvas tells its settings when its tool changes: those of long ago, perhaps.
            self._is_updating = True
            if page.canvas.tool is not toolbox.tool:
                page.canvas.set_tool(toolbox.tool)
            if page.canvas.brush != toolbox.current:
                page.canvas.set_brush(toolbox.current)
            page.canvas.set_selection(toolbox.selection)
            page.canvas.set_retouch_options(toolbox.retouch)
            self._is_updating = False

    def _sized_by_hand(self, settings: BrushSettings) -> None:
        page = self._shown()
        is_ours = page is not None and page.canvas.tool is self.toolbox.tool
        if is_ours and not self._is_updating:
            self.toolbox.set_current(settings)

    def _choose_target(self, is_color: bool) -> None:
        page = self._shown()
        if page is not None:
            page.target.choose(is_color)
            page.canvas.setFocus()

    def _ask_color(self) -> None:
        """Enter the values of the colour to paint with."""
        page = self._shown()
        if page is not None:
            PaintColorDialog(page.canvas.retouching.colors, self._options).open()

    def _color_changed(self) -> None:
        overlay = self._preferences.settings.overlay
        if overlay != self._overlay:
            self._overlay = overlay
            self._recolored.emit(QColor(overlay))

    def _give_focus(self) -> None:
        page = self._shown()
        if page is not None:
            page.canvas.setFocus()
