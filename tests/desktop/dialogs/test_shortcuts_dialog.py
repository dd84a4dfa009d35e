import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from desktop.dialogs.shortcuts_dialog import ShortcutsDialog
from desktop.shortcuts import Keymap

DEFAULTS = {
    "brush": ("B",),
    "redo": ("Ctrl+Shift+Z", "Ctrl+Y"),
    "fit": ("Ctrl+0",),
    "hold_pan": ("Space",),
}
TEXTS = {"brush": "Brush", "redo": "Redo", "fit": "Fit in Window", "hold_pan": "Pan (while held)"}
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def dialog(qtbot: QtBot) -> ShortcutsDialog:
    dialog = ShortcutsDialog(Keymap(DEFAULTS, {}), TEXTS)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def press(dialog: ShortcutsDialog, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
    QTest.keyClick(dialog._edit, key, modifiers)


def click(dialog: ShortcutsDialog, text: str) -> None:
    (button,) = [b for b in dialog.findChildren(QPushButton) if b.text() == text]
    assert button.isEnabled()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_free_key_is_assigned_at_once(dialog: ShortcutsDialog) -> None:
    told: list[Keymap] = []
    dialog.changed.connect(told.append)
    dialog.choose("fit")
    press(dialog, Qt.Key.Key_F5, Qt.KeyboardModifier.NoModifier)
    assert dialog.message == "F5 is free."
    click(dialog, "Assign")
    assert told[-1].keys("fit") == ("F5",)
    assert dialog._items["fit"].text(1) == "F5"


def test_a_conflict_is_told_before_anything_is_taken(dialog: ShortcutsDialog) -> None:
    dialog.choose("fit")
    press(dialog, Qt.Key.Key_Y, CTRL)
    assert dialog.message == "Ctrl+Y belongs to “Redo”, which would lose it."
    assert dialog.keymap.keys("redo") == DEFAULTS["redo"]
    click(dialog, "Assign Anyway")
    assert dialog.keymap.keys("redo") == ("Ctrl+Shift+Z",)
    assert dialog.keymap.keys("fit") == ("Ctrl+Y",)


def test_one_and_all_can_be_reset(dialog: ShortcutsDialog) -> None:
    for name, key in (("fit", Qt.Key.Key_F5), ("brush", Qt.Key.Key_F6)):
        dialog.choose(name)
        press(dialog, key, Qt.KeyboardModifier.NoModifier)
        click(dialog, "Assign")
    dialog.choose("fit")
    click(dialog, "Reset")
    assert dialog.keymap.chosen == {"brush": "F6"}
    click(dialog, "Reset All")
    assert dialog.keymap.chosen == {}
    assert dialog._items["brush"].text(1) == "B"


def test_a_key_can_be_taken_away(dialog: ShortcutsDialog) -> None:
    dialog.choose("brush")
    click(dialog, "No Key")
    assert dialog.keymap.keys("brush") == ()
    assert not dialog._none.isEnabled()


def test_what_is_held_takes_only_a_key_by_itself(dialog: ShortcutsDialog) -> None:
    dialog.choose("hold_pan")
    press(dialog, Qt.Key.Key_K, CTRL)
    assert "one key by itself" in dialog.message
    assert not dialog._assign.isEnabled()
    assert not dialog._none.isEnabled()


def test_the_filter_finds_commands_and_keys(dialog: ShortcutsDialog) -> None:
    dialog._filter.setText("ctrl+y")
    assert [name for name, item in dialog._items.items() if not item.isHidden()] == ["redo"]
    dialog._filter.setText("fit")
    assert [name for name, item in dialog._items.items() if not item.isHidden()] == ["fit"]
