"""The bars and docks around the canvas, and how they stand until the user moves them."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QToolBar, QWidget

from desktop.actions import TOOLS, Actions
from desktop.dock_title import DockTitle
from desktop.tools_bar import ToolsBar

_DOCK_WIDTH = 340
# Of the docks below each other; the others lie behind the last of them.
_DOCK_HEIGHTS = (390, 300, 150)


class Panel(NamedTuple):
    """What a dock holds; by the name its place is remembered."""

    name: str
    title: str
    widget: QWidget


class Surroundings:
    """Belongs to one window, which it fills when it is made. GUI thread only."""

    def __init__(
        self, window: QMainWindow, actions: Actions, options: QToolBar, panels: Sequence[Panel]
    ) -> None:
        self._window = window
        self._actions = actions
        window.addToolBar(Qt.ToolBarArea.TopToolBarArea, options)
        self.tools = ToolsBar(QCoreApplication.translate("Surroundings", "Tools"), window)
        self._fill_tools()
        window.addToolBar(Qt.ToolBarArea.LeftToolBarArea, self.tools)
        self.docks = [self._dock(panel) for panel in panels]
        self.areas: tuple[QWidget, ...] = (options, self.tools, *self.docks)
        lowest = len(_DOCK_HEIGHTS) - 1
        for behind in self.docks[lowest + 1 :]:
            window.tabifyDockWidget(self.docks[lowest], behind)
        self.docks[lowest].raise_()

    def give_sizes(self) -> None:
        """Make the docks as large as they are by default."""
        below, high = self.docks[: len(_DOCK_HEIGHTS)], list(_DOCK_HEIGHTS)
        self._window.resizeDocks(below, high, Qt.Orientation.Vertical)
        self._window.resizeDocks(below[:1], [_DOCK_WIDTH], Qt.Orientation.Horizontal)

    def _fill_tools(self) -> None:
        self.tools.setObjectName("tools")
        self.tools.setMovable(False)
        for name in (*TOOLS, "-", "undo", "redo", "-", "original"):
            if name == "-":
                self.tools.addSeparator()
            else:
                self.tools.addAction(self._actions[name])

    def _dock(self, panel: Panel) -> QDockWidget:
        dock = QDockWidget(panel.title, self._window)
        dock.setObjectName(panel.name)
        dock.setTitleBarWidget(DockTitle(dock))
        dock.setWidget(panel.widget)
        self._window.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, dock)
        self._actions.submenus["docks"].addAction(dock.toggleViewAction())
        return dock
