"""The bar of tools at the left: smaller buttons where it is low, and a sign if some are hidden."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QToolBar, QToolButton, QWidget

from desktop.icons import icon

_ICON_PX, _SMALL_ICON_PX = 22, 15


class ToolsBar(QToolBar):
    """Keeps its tools in sight down to windows of 640 pixels."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(title, parent)
        self.setIconSize(QSize(_ICON_PX, _ICON_PX))
        self._roomy_px = 0
        rest = self.findChild(QToolButton, "qt_toolbar_ext_button")
        if rest is not None:
            rest.setIcon(icon("more"))
            rest.setToolTip(self.tr("More tools"))
            rest.setAccessibleName(self.tr("More tools"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the larger buttons where all of them have room."""
        is_small = self.iconSize().width() == _SMALL_ICON_PX
        if not is_small:
            self._roomy_px = self.sizeHint().height()
        wants_small = self.height() < self._roomy_px
        if wants_small != is_small:
            side = _SMALL_ICON_PX if wants_small else _ICON_PX
            self.setIconSize(QSize(side, side))
        super().resizeEvent(event)
