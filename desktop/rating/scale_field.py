"""A scale from 1 to 10: one row of numbers, for the mouse and for the keys 1 to 9 and 0."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.rating.scores import HIGHEST, LOWEST
from desktop.theme import BRIGHT, WINDOW, grey, muted, scaled_font

_BUTTON_WIDTH = 38
_SHEET = """
QWidget#scale {{ border: 1px solid {edge}; border-radius: 5px; }}
QPushButton {{ padding: 6px 0; }}
QPushButton:checked {{ background: {chosen}; color: #141414; font-weight: 600; }}
"""
# Keys as one reads them: 0 stands for 10.
_KEYS = {Qt.Key.Key_0.value: HIGHEST} | {
    Qt.Key.Key_0.value + digit: digit for digit in range(LOWEST, HIGHEST)
}


class ScaleField(QWidget):
    """One score, or none yet. Emits changed when the user gives one."""

    changed = Signal()

    def __init__(self, name: str, meaning: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._meaning = name, meaning
        self._value: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._title = QLabel(self)
        self._title.setFont(scaled_font(self._title, 1.0, is_bold=True))
        self._title.setText(name)
        self._buttons = QButtonGroup(self)
        self._build()
        self._show_focus(False)
        self.set_value(None)

    @property
    def value(self) -> int | None:
        """The score, 1..10; None as long as there is none."""
        return self._value

    def set_value(self, value: int | None) -> None:
        """Show a score, or none; emits nothing."""
        self._value = value
        # An exclusive group never lets its checked button go.
        self._buttons.setExclusive(False)
        for number in range(LOWEST, HIGHEST + 1):
            self._buttons.button(number).setChecked(number == value)
        self._buttons.setExclusive(True)
        shown = self.tr("no score yet") if value is None else self.tr("{0} of 10").format(value)
        self.setAccessibleName(f"{self._name}, {self._meaning}: {shown}")

    def take_key(self, event: QKeyEvent) -> bool:
        """Take a digit as the score; return whether it was one."""
        is_plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        value = _KEYS.get(event.key()) if is_plain else None
        if value is None:
            return False
        self._give(value)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take digits, and step with the arrows."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: +1}.get(Qt.Key(event.key()), 0)
        if step:
            before = (LOWEST + HIGHEST) // 2 if self._value is None else self._value
            self._give(min(max(before + step, LOWEST), HIGHEST))
        elif not self.take_key(event):
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that keys come here."""
        self._show_focus(True)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that they go elsewhere."""
        self._show_focus(False)
        super().focusOutEvent(event)

    def _give(self, value: int) -> None:
        self.set_value(value)
        self.changed.emit()

    def _pressed(self, value: int) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._give(value)

    def _show_focus(self, has_focus: bool) -> None:
        edge = grey(BRIGHT if has_focus else WINDOW).name()
        self._frame.setStyleSheet(_SHEET.format(edge=edge, chosen=grey(0xD2).name()))

    def _build(self) -> None:
        self._frame = QWidget(self)
        self._frame.setObjectName("scale")
        row = QHBoxLayout(self._frame)
        row.setContentsMargins(4, 4, 4, 4)
        row.setSpacing(3)
        for number in range(LOWEST, HIGHEST + 1):
            button = QPushButton(str(number), self._frame)
            button.setCheckable(True)
            button.setFixedWidth(_BUTTON_WIDTH)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setAccessibleName(f"{self._name} {number}")
            self._buttons.addButton(button, number)
            row.addWidget(button)
        self._buttons.idClicked.connect(self._pressed)
        head = QHBoxLayout()
        head.addWidget(self._title)
        head.addWidget(muted(QLabel(self._meaning, self)))
        head.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self._frame, 0, Qt.AlignmentFlag.AlignLeft)
