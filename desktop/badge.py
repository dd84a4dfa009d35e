"""A small dark label over the picture that lets the pointer through."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from desktop.theme import scaled_font


class Badge(QLabel):
    """Hidden until it has something to say."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setProperty("role", "badge")
        # Its own sheet: it lies on pictures, whatever the program's look.
        self.setStyleSheet(
            "background: rgb(20, 20, 20); color: rgb(236, 236, 236);"
            " border: 1px solid rgb(96, 96, 96); border-radius: 4px; padding: 3px 8px;"
        )
        self.setFont(scaled_font(self, 0.92))
        self.hide()

    def say(self, text: str) -> None:
        """Show a text, or nothing."""
        if text != self.text():
            self.setText(text)
            self.adjustSize()
        self.setVisible(bool(text))
