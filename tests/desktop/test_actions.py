from collections import Counter

import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar
from pytestqt.qtbot import QtBot

from desktop.actions import Actions

# PRACTICE, "Conventions of hands and eyes".
CONVENTIONS = {
    "brush": ["B"], "eraser": ["E"], "smaller": ["["], "larger": ["]"],
    "softer": ["{"], "harder": ["}"], "zoom_in": ["Ctrl++"], "zoom_out": ["Ctrl+-"],
    "fit": ["Ctrl+0"], "actual": ["Ctrl+1"], "undo": ["Ctrl+Z"],
    "redo": ["Ctrl+Shift+Z", "Ctrl+Y"], "panels": ["Tab"], "clear_mask": ["Ctrl+D"],
    "restore": ["Ctrl+Return"], "cancel": ["Esc"], "assessment": ["Ctrl+B"],
    "add_retouch": ["Ctrl+Shift+N"], "duplicate": ["Ctrl+J"], "open": ["Ctrl+O"],
    "export": ["Ctrl+Shift+E"], "close": ["Ctrl+W"], "quit": ["Ctrl+Q"], "full_screen": ["F11"],
    "invert_mask": ["Ctrl+Shift+I"], "split": ["Y"],
}  # fmt: skip


@pytest.fixture
def owner(qtbot: QtBot) -> QObject:
    return QObject()


def test_keys_follow_the_conventions(owner: QObject) -> None:
    actions = Actions(owner)
    for name, keys in CONVENTIONS.items():
        found = [key.toString() for key in actions[name].shortcuts()]
        assert [QKeySequence(key).toString() for key in keys] == found[: len(keys)], name


def test_no_key_is_given_twice(owner: QObject) -> None:
    keys = Counter(key.toString() for action in Actions(owner) for key in action.shortcuts())
    assert [key for key, count in keys.items() if count > 1] == []


def test_keys_can_be_remapped(owner: QObject) -> None:
    actions = Actions(owner, keys={"brush": "P"})
    assert [key.toString() for key in actions["brush"].shortcuts()] == ["P"]
    assert "(P)" in actions["brush"].toolTip()
    actions.rebind({"redo": ""})
    assert [key.toString() for key in actions["brush"].shortcuts()] == ["B"]
    assert actions["redo"].shortcuts() == []
    assert actions["redo"].toolTip() == "Redo"


def test_every_action_stands_in_a_menu(owner: QObject) -> None:
    bar = QMenuBar()
    actions = Actions(owner)
    actions.fill(bar)

    def listed(menu: QMenu) -> set[QAction]:
        entries = menu.actions()
        inner = [entry.menu() for entry in entries if entry.menu() is not None]
        return set(entries).union(*map(listed, inner))

    assert set(actions) <= set().union(*(listed(menu.menu()) for menu in bar.actions()))


def test_actions_are_enabled_by_what_they_need(owner: QObject) -> None:
    actions = Actions(owner)
    actions.enable(set())
    assert actions["open"].isEnabled()
    assert not actions["brush"].isEnabled()
    actions.enable({"painting", "undo"})
    assert actions["brush"].isEnabled()
    assert actions["undo"].isEnabled()
    assert not actions["redo"].isEnabled()


def test_an_action_keeps_its_plain_name_whatever_it_would_do_now(qtbot: QtBot) -> None:
    parent = QObject()
    actions = Actions(parent)
    del qtbot
    actions["undo"].setText("&Undo Paint mask")
    assert actions.plain_texts()["undo"] == "Undo"
    assert actions.plain_texts()["open"] == "Open Painting"
