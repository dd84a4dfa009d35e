"""Sentences for the user above the canvas: they wait to be read and never block the work."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.icons import icon

_MAX = 3


class Notices(QWidget):
    """The latest few notices, newest on top, each dismissable; takes no room when empty."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(1)
        self._shown: list[_Notice] = []

    @property
    def texts(self) -> list[str]:
        """What is shown, newest first."""
        return [notice.text for notice in self._shown]

    def show_notice(self, text: str, *offers: tuple[str, Callable[[], object]]) -> None:
        """Show a sentence, with a button for each thing offered to do about it."""
        for same in [notice for notice in self._shown if notice.text == text]:
            self.dismiss(same)
        notice = _Notice(text, self)
        for name, on_click in offers:
            notice.add_button(name, on_click)
        self._shown.insert(0, notice)
        self._column.insertWidget(0, notice)
        for old in self._shown[_MAX:]:
            self.dismiss(old)

    def dismiss(self, notice: "_Notice") -> None:
        """Take one away."""
        if notice in self._shown:
            self._shown.remove(notice)
            self._column.removeWidget(notice)
            notice.hide()
            notice.deleteLater()

    def clear(self) -> None:
        """Take all away."""
        for notice in tuple(self._shown):
            self.dismiss(notice)


class _Notice(QFrame):
    """One sentence with its buttons."""

    def __init__(self, text: str, owner: Notices) -> None:
        super().__init__(owner)
        self.text = text
        self._owner = owner
        self.setProperty("role", "notice")
        self.setAccessibleName(text)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 6, 6, 6)
        label = QLabel(text, self)
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close = QToolButton(self)
        close.setIcon(icon("close"))
        close.setToolTip(self.tr("Dismiss"))
        close.setAccessibleName(self.tr("Dismiss"))
        close.clicked.connect(self._dismiss)
        self._row.addWidget(label, 1)
        self._row.addWidget(close)

    def add_button(self, text: str, on_click: Callable[[], object]) -> None:
        """Offer something to do; the notice goes when it is taken."""
        button = QPushButton(text, self)
        button.clicked.connect(lambda: on_click())
        button.clicked.connect(self._dismiss)
        self._row.insertWidget(self._row.count() - 1, button)

    def _dismiss(self) -> None:
        self._owner.dismiss(self)
