from PySide6.QtCore import QSize
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from desktop.dialogs.dialog_size import resize_on_screen


def test_a_dialog_is_as_large_as_it_likes_but_never_larger_than_the_screen(qtbot: QtBot) -> None:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    resize_on_screen(dialog, QSize(320, 240))
    assert dialog.size() == QSize(320, 240)
    room = dialog.screen().availableSize()
    resize_on_screen(dialog, QSize(50_000, 50_000))
    assert dialog.width() < room.width()
    assert dialog.height() < room.height()
