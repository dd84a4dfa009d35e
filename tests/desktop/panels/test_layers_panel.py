from collections.abc import Callable

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QSlider
from pytestqt.qtbot import QtBot

from core.document.document import Document
from core.document.layer import LayerKind
from core.image.blend_modes import BlendMode
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


def middle(panel: LayersPanel, row: int, part: float = 0.5) -> QPoint:
    rect = rows(panel).visualRect(index(panel, row))
    return QPoint(rect.left() + 90, rect.top() + round(rect.height() * part))


def drag(panel: LayersPanel, start: QPoint, end: QPoint) -> None:
    view = rows(panel).viewport()
    QTest.mousePress(view, LEFT, pos=start)
    for step in range(1, 6):
        QTest.mouseMove(view, start + (end - start) * step / 5)
    QTest.mouseRelease(view, LEFT, pos=end)


def shown_names(panel: LayersPanel) -> list[str]:
    return [index(panel, row).data() for row in range(rows(panel).model().rowCount())]


def test_a_row_is_dragged_to_another_place_in_one_step(
    panel: LayersPanel, document: Document, layers: LayerCommands
) -> None:
    layers.add(LayerKind.RETOUCH)
    before = document.history.position
    drag(panel, middle(panel, 0), middle(panel, 2, 0.9))
    assert shown_names(panel) == ["Retouch", "Losses", "Retouch 2", "painting"]
    assert document.history.position == before + 1
    assert layers.selected.name == "Retouch 2"
    drag(panel, middle(panel, 2), middle(panel, 0, 0.1))
    assert shown_names(panel) == ["Retouch 2", "Retouch", "Losses", "painting"]


def test_nothing_is_dragged_below_the_painting_and_the_painting_not_at_all(
    panel: LayersPanel, document: Document
) -> None:
    before = document.stack
    drag(panel, middle(panel, 1), middle(panel, 2, 0.9))
    drag(panel, middle(panel, 2), middle(panel, 0, 0.1))
    assert document.stack is before


def test_a_little_tremble_of_the_hand_is_no_drag_and_escape_gives_one_up(
    panel: LayersPanel, document: Document
) -> None:
    before, view = document.stack, rows(panel).viewport()
    start = middle(panel, 0)
    drag(panel, start, start + QPoint(2, 3))
    QTest.mousePress(view, LEFT, pos=start)
    QTest.mouseMove(view, middle(panel, 1, 0.9))
    QTest.keyClick(rows(panel), Qt.Key.Key_Escape)
    QTest.mouseRelease(view, LEFT, pos=middle(panel, 1, 0.9))
    assert document.stack is before


def test_rows_are_dragged_into_a_group_and_out_of_it(
    panel: LayersPanel, document: Document, layers: LayerCommands
) -> None:
    layers.group()
    group = layers.selected_id
    assert shown_names(panel) == ["Group", "Retouch", "Losses", "painting"]
    drag(panel, middle(panel, 2), middle(panel, 0, 0.5))
    assert [layer.name for layer in document.stack.members(group)] == ["Retouch", "Losses"]
    assert shown_names(panel) == ["Group", "Losses", "Retouch", "painting"]
    drag(panel, middle(panel, 1), middle(panel, 0, 0.1))
    assert shown_names(panel) == ["Losses", "Group", "Retouch", "painting"]
    assert document.stack.layer(2).group is None
    drag(panel, middle(panel, 0), middle(panel, 2, 0.9))
    assert document.stack.layer(2).group == group, "so far to the right means in the group"
    far_left = QPoint(12, middle(panel, 2, 0.9).y())
    drag(panel, middle(panel, 2), far_left)
    assert document.stack.layer(2).group is None
    assert shown_names(panel) == ["Group", "Retouch", "Losses", "painting"]


def test_a_group_is_dragged_with_its_members(
    panel: LayersPanel, document: Document, layers: LayerCommands
) -> None:
    layers.group()
    drag(panel, middle(panel, 0), middle(panel, 2, 0.9))
    assert shown_names(panel) == ["Losses", "Group", "Retouch", "painting"]


def test_an_alt_click_on_the_eye_shows_one_alone_and_again_what_was_shown(
    panel: LayersPanel, document: Document, layers: LayerCommands
) -> None:
    layers.add(LayerKind.RETOUCH)
    layers.set_visible(2, False)
    visible = [layer.is_visible for layer in document.stack]
    assert visible == [True, False, True, True]
    alt = Qt.KeyboardModifier.AltModifier
    before = document.history.position
    QTest.mouseClick(rows(panel).viewport(), LEFT, alt, eye(panel, 1))
    assert [layer.is_visible for layer in document.stack] == [True, False, True, False]
    assert document.history.position == before + 1
    QTest.mouseClick(rows(panel).viewport(), LEFT, alt, eye(panel, 1))
    assert [layer.is_visible for layer in document.stack] == visible


def test_a_locked_layer_says_why_it_cannot_be_edited(
    qtbot: QtBot, panel: LayersPanel, document: Document, layers: LayerCommands
) -> None:
    QTest.keyClick(rows(panel), Qt.Key.Key_F2)
    assert rows(panel).findChildren(QLineEdit)
    QTest.keyClick(rows(panel).findChildren(QLineEdit)[0], Qt.Key.Key_Escape)
    layers.set_locked(layers.selected_id, True)
    assert panel._why.text() == "“Retouch” is locked; unlock it to change it."
    assert not panel._opacity.isEnabled()
    assert not index(panel, 0).flags() & Qt.ItemFlag.ItemIsEditable
    before = document.stack
    with qtbot.waitSignal(layers.refused):
        drag(panel, middle(panel, 0), middle(panel, 1, 0.9))
    assert document.stack is before
    spoken = index(panel, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Retouch, retouch, shown, 100%, locked"


def test_the_blend_mode_is_chosen_for_retouch_only(
    qtbot: QtBot, panel: LayersPanel, document: Document, layers: LayerCommands
) -> None:
    (box,) = panel.findChildren(QComboBox)
    assert box.isVisible()
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Down)
    assert document.stack.layers[2].blend is BlendMode.MULTIPLY
    document.undo()
    assert box.currentText() == "Normal"
    layers.select(2)
    assert not box.isVisible()
