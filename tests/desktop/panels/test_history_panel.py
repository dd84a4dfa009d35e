from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QListView
from pytestqt.qtbot import QtBot

from core.document.document import Document
from core.document.layer import LayerKind, LayerStack
from core.image.geometry import Rect
from core.image.surface import U16
from desktop.panels.history_panel import _IS_UNDONE, HistoryPanel


class Blank:
    """A black painting."""

    width, height, channels = 64, 64, 3

    def read(self, rect: Rect, level: int = 0) -> U16:
        area = rect.at_level(level)
        return np.zeros((area.height, area.width, 3), np.uint16)


MakeDocument = Callable[..., Document]


@pytest.fixture
def document(make_document: MakeDocument) -> Document:
    document = make_document(300, 200)
    for name in ("One", "Two", "Three"):
        document.do(f"Add {name}", document.stack.adding(LayerKind.MASK, name))
    return document


@pytest.fixture
def panel(qtbot: QtBot, document: Document) -> HistoryPanel:
    panel = HistoryPanel()
    qtbot.addWidget(panel)
    panel.resize(320, 200)
    panel.show_history(document.history)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def view(panel: HistoryPanel) -> QListView:
    (found,) = panel.findChildren(QListView)
    return found


def test_steps_are_listed_from_the_opening_on(panel: HistoryPanel) -> None:
    model = view(panel).model()
    labels = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert labels == ["The painting as opened", "Add One", "Add Two", "Add Three"]
    assert view(panel).currentIndex().row() == 3


def test_a_click_asks_to_go_there(panel: HistoryPanel) -> None:
    asked: list[int] = []
    panel.chosen.connect(asked.append)
    place = view(panel).visualRect(view(panel).model().index(1, 0)).center()
    QTest.mouseClick(view(panel).viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert asked == [1]


def test_showing_a_history_asks_nothing(panel: HistoryPanel, document: Document) -> None:
    asked: list[int] = []
    panel.chosen.connect(asked.append)
    document.undo()
    panel.show_history(document.history)
    panel.show_history(None)
    assert asked == []


def test_undone_steps_are_greyed_and_said_to_be_undone(
    panel: HistoryPanel, document: Document
) -> None:
    document.go_to(1)
    panel.show_history(document.history)
    model = view(panel).model()
    assert [model.index(row, 0).data(_IS_UNDONE) for row in range(4)] == [False, False, True, True]
    spoken = model.index(2, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Add Two (undone)"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["do", "undo", "redo", "start"]), max_size=25))
def test_whatever_is_done_the_list_is_the_history(qtbot: QtBot, moves: list[str]) -> None:
    document = Document(LayerStack.of(Blank(), "painting"))
    panel = HistoryPanel()
    for number, move in enumerate(moves):
        if move == "do":
            document.do(f"Add {number}", document.stack.adding(LayerKind.MASK, str(number)))
        elif move == "start":
            document.go_to(0)
        else:
            document.undo() if move == "undo" else document.redo()
        panel.show_history(document.history)
        model = view(panel).model()
        rows = [model.index(row, 0) for row in range(1, model.rowCount())]
        steps, position = document.history.commands, document.history.position
        assert [row.data() for row in rows] == [step.label for step in steps]
        assert [row.data(_IS_UNDONE) for row in rows] == [
            index >= position for index in range(len(steps))
        ]
        assert view(panel).currentIndex().row() == position
