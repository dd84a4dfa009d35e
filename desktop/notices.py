"""Sentences for the user above the canvas: they wait to be read and never block the work."""

from collections.abc import Callable, Sequence

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

Offer = tuple[str, Callable[[], object]]
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

    def show_notice(self, text: str, *offers: Offer) -> None:
        """Show a sentence, with a button for each thing offered to do about it."""
        self._show(text, offers, is_hint=False)

    def show_hint(self, text: str, *offers: Offer) -> None:
        """Show why something cannot be done as things are; it takes the place of an older hint."""
        self.drop_hints()
        self._show(text, offers, is_hint=True)

    def drop_hints(self) -> None:
        """Take hints away: things are different now."""
        for hint in [notice for notice in self._shown if notice.is_hint]:
            self.dismiss(hint)

    def _show(self, text: str, offers: Sequence[Offer], is_hint: bool) -> None:
        for same in [notice for notice in self._shown if notice.text == text]:
            self.dismiss(same)
        notice = _Notice(text, is_hint, self)
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

    def __init__(self, text: str, is_hint: bool, owner: Notices) -> None:
        super().__init__(owner)
        self.text, self.is_hint = text, is_hint
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
