"""The line above the generators: a search, how they are ordered and filtered, and the details."""

from PySide6.QtCore import QSize, Signal, SignalInstance
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QToolButton, QWidget

from desktop.icons import icon

_ICON = QSize(18, 18)


class GeneratorFilter(QWidget):
    """Signals: searched(str), ordered(str Order), filtered(str Shown), details_asked(bool)."""

    searched = Signal(str)
    ordered = Signal(str)
    filtered = Signal(str)
    details_asked = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._search = QLineEdit(self)
        self._search.setPlaceholderText(self.tr("Search generators"))
        self._search.setAccessibleName(self.tr("Search generators"))
        self._search.setToolTip(self.tr("Words of the name, the report, or what it is for"))
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self.searched)
        self._button = self._tool("filter")
        self._button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        orders = (
            ("suited", self.tr("Suited to this mask first")),
            ("name", self.tr("By name")),
        )
        self._orders = self._group(orders, self.ordered)
        self._menu.addSeparator()
        kinds = (
            ("all", self.tr("All")),
            ("trained", self.tr("Trained")),
            ("classical", self.tr("Classical")),
        )
        self._kinds = self._group(kinds, self.filtered)
        self._button.setMenu(self._menu)
        self._details = self._tool("info")
        self._details.setCheckable(True)
        self._details.setToolTip(self.tr("What the chosen generator is and how it measured"))
        self._details.setAccessibleName(self.tr("Show details"))
        self._details.clicked.connect(self.details_asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self._search, 1)
        row.addWidget(self._button)
        row.addWidget(self._details)
        self._tell()

    def show_details(self, are_shown: bool) -> None:
        """Show whether the details are shown."""
        self._details.setChecked(are_shown)

    def _tool(self, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(name))
        button.setIconSize(_ICON)
        # The menu's own arrow would lie over the icon.
        button.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        return button

    def _group(self, choices: tuple[tuple[str, str], ...], chosen: SignalInstance) -> QActionGroup:
        group = QActionGroup(self)
        for value, text in choices:
            action = QAction(text, self, checkable=True)
            action.setData(value)
            action.setChecked(value == choices[0][0])
            group.addAction(action)
            self._menu.addAction(action)

        def tell(action: QAction) -> None:
            self._tell()
            chosen.emit(action.data())

        group.triggered.connect(tell)
        return group

    def _tell(self) -> None:
        """Let the button say what holds now, also by being lit when something is filtered out."""
        order, kinds = self._orders.checkedAction(), self._kinds.checkedAction()
        text = self.tr("Order and filter: {0} · {1}").format(order.text(), kinds.text())
        self._button.setToolTip(text)
        self._button.setAccessibleName(text)
        self._button.setCheckable(kinds.data() != "all")
        self._button.setChecked(kinds.data() != "all")
