"""Where the window and its docks lie, kept as text between two starts."""

import base64

from PySide6.QtCore import QByteArray, QSize
from PySide6.QtWidgets import QMainWindow

from desktop.settings import Settings

_SIZE = QSize(1440, 920)


def size_first(window: QMainWindow) -> None:
    """Give a window its size at the very first start: what fits the screen."""
    window.resize(_SIZE.boundedTo(window.screen().availableSize()))


def restore_place(window: QMainWindow, settings: Settings) -> None:
    """Bring the window and its docks to where they lay, if that is known."""
    if settings.geometry:
        window.restoreGeometry(_bytes(settings.geometry))
        window.restoreState(_bytes(settings.docks))


def as_text(data: QByteArray) -> str:
    """Return what Qt tells of a place, for the settings."""
    return base64.b64encode(data.data()).decode("ascii")


def _bytes(text: str) -> QByteArray:
    return QByteArray.fromBase64(QByteArray(text.encode("ascii", "replace")))
