"""The title of a dock: its name, and a button to hide it; drag to move, double-click to float."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QToolButton, QWidget

from desktop.icons import icon
from desktop.theme import scaled_font


class DockTitle(QWidget):
    """Qt's own title has buttons that a dark theme swallows."""

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        name = QLabel(dock.windowTitle(), self)
        name.setFont(scaled_font(name, 1.0, is_bold=True))
        # The dock itself handles the mouse on its title.
        name.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        close = QToolButton(self)
        close.setIcon(icon("close"))
        close.setFixedSize(20, 20)
        close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        close.setToolTip(self.tr("Hide (it comes back with View ▸ Panels)"))
        close.setAccessibleName(self.tr("Hide {0}").format(dock.windowTitle()))
        close.clicked.connect(dock.close)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 5, 6, 3)
        row.addWidget(name, 1)
        row.addWidget(close)
