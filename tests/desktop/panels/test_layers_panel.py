from collections.abc import Callable

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QSlider
from pytestqt.qtbot import QtBot

from core.document.document import Document
from core.document.layer import LayerKind
from desktop.actions import Actions
from desktop.layer_commands import LayerCommands
from desktop.panels.layer_list import LayerList
from desktop.panels.layers_panel import LayersPanel

MakeDocument = Callable[..., Document]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def document(make_document: MakeDocument) -> Document:
    return make_document(300, 200)


@pytest.fixture
def layers(document: Document) -> LayerCommands:
    return LayerCommands(document)


@pytest.fixture
def panel(qtbot: QtBot, layers: LayerCommands) -> LayersPanel:
    panel = LayersPanel(Actions(layers))
    qtbot.addWidget(panel)
    layers.changed.connect(lambda: panel.show_layers(layers))
    layers.add(LayerKind.RETOUCH)
    panel.resize(320, 260)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def rows(panel: LayersPanel) -> LayerList:
    (found,) = panel.findChildren(LayerList)
    return found


def index(panel: LayersPanel, row: int) -> QModelIndex:
    model = rows(panel).model()
    return model.index(row, 0)


def eye(panel: LayersPanel, row: int) -> QPoint:
    rect = rows(panel).visualRect(index(panel, row))
    return QPoint(rect.left() + 16, rect.center().y())


def test_layers_are_listed_from_top_to_bottom(panel: LayersPanel) -> None:
    names = [index(panel, row).data() for row in range(3)]
    assert names == ["Retouch", "Losses", "painting"]


def test_a_click_on_the_eye_hides_and_shows_without_choosing(
    panel: LayersPanel, layers: LayerCommands, document: Document
) -> None:
    chosen = layers.selected_id
    for is_visible in (False, True):
        QTest.mouseClick(rows(panel).viewport(), LEFT, pos=eye(panel, 1))
        assert document.stack.layers[1].is_visible is is_visible
    assert layers.selected_id == chosen


def test_a_click_on_the_name_chooses(panel: LayersPanel, layers: LayerCommands) -> None:
    place = rows(panel).visualRect(index(panel, 1)).center()
    QTest.mouseClick(rows(panel).viewport(), LEFT, pos=place)
    assert layers.selected.name == "Losses"


def test_space_hides_and_shows(panel: LayersPanel, document: Document) -> None:
    QTest.keyClick(rows(panel), Qt.Key.Key_Space)
    assert not document.stack.layers[2].is_visible


def test_a_name_is_edited_in_place(qtbot: QtBot, panel: LayersPanel, document: Document) -> None:
    rows(panel).edit(index(panel, 0))
    (editor,) = rows(panel).findChildren(QLineEdit)
    editor.setText("Sky")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: document.stack.layers[2].name == "Sky")


def test_the_painting_has_neither_eye_nor_name_to_edit(
    panel: LayersPanel, document: Document
) -> None:
    QTest.mouseClick(rows(panel).viewport(), LEFT, pos=eye(panel, 2))
    assert document.history.position == 1
    assert not index(panel, 2).flags() & Qt.ItemFlag.ItemIsEditable


def test_choosing_the_painting_says_why_it_cannot_be_changed(
    panel: LayersPanel, layers: LayerCommands, document: Document
) -> None:
    layers.select(document.stack.layers[0].id)
    assert panel._why.isVisible()
    assert not panel._opacity.isVisible()


def test_dragging_the_opacity_is_one_step(panel: LayersPanel, document: Document) -> None:
    (slider,) = panel.findChildren(QSlider)
    before = document.history.position
    slider.setSliderDown(True)
    for value in (900, 700, 400):
        slider.setValue(value)
    assert document.is_previewing
    slider.setSliderDown(False)
    assert document.history.position == before + 1
    assert document.stack.layers[2].opacity == pytest.approx(0.4)


def test_rows_tell_a_screen_reader_what_they_are(panel: LayersPanel) -> None:
    text = index(panel, 1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert text == "Losses, mask, shown, 50%"
