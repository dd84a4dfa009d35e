"""How large a dialog opens: as it likes, but never larger than the screen it is on."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog

_FRAME = QSize(16, 48)
"""What the system draws around a window, and a little air."""


def resize_on_screen(dialog: QDialog, wanted: QSize) -> None:
    """Give a dialog the size it wants, as far as the screen has room."""
    dialog.resize(wanted.boundedTo(dialog.screen().availableSize() - _FRAME))
