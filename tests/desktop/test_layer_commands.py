from collections.abc import Callable

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.document.document import Document
from core.document.layer import LayerKind
from core.image.geometry import Rect
from core.image.surface import Surface
from desktop.layer_commands import LayerCommands

MakeDocument = Callable[..., Document]


@pytest.fixture
def document(make_document: MakeDocument) -> Document:
    return make_document(300, 200)


@pytest.fixture
def layers(qtbot: QtBot, document: Document) -> LayerCommands:
    return LayerCommands(document)


def names(document: Document) -> list[str]:
    return [layer.name for layer in document.stack]


def marks() -> Surface:
    return Surface.mask().writing(Rect(10, 10, 4, 4), np.full((4, 4), 255, np.uint8))


def test_a_fresh_document_has_its_mask_chosen_to_paint_on(layers: LayerCommands) -> None:
    assert layers.selected.kind is LayerKind.MASK
    assert layers.mask_id == layers.selected_id


def test_every_edit_is_one_step_that_undo_takes_back(
    document: Document, layers: LayerCommands
) -> None:
    edits: list[Callable[[], None]] = [
        lambda: layers.add(LayerKind.RETOUCH),
        lambda: layers.add(LayerKind.MASK),
        layers.duplicate,
        lambda: layers.rename(layers.selected_id, "Cracks"),
        lambda: layers.set_visible(layers.selected_id, False),
        lambda: layers.set_opacity(0.25),
        lambda: layers.move(-1),
        layers.delete,
    ]
    for number, edit in enumerate(edits, start=1):
        before = document.stack
        edit()
        assert document.history.position == number
        document.undo()
        assert document.stack is before
        document.redo()


def test_the_mask_to_paint_on_stays_when_another_layer_is_chosen(layers: LayerCommands) -> None:
    mask_id = layers.mask_id
    layers.add(LayerKind.RETOUCH)
    assert layers.selected.kind is LayerKind.RETOUCH
    assert layers.mask_id == mask_id
    assert layers.retouch_target is layers.selected


def test_the_painting_itself_is_left_alone(document: Document, layers: LayerCommands) -> None:
    layers.select(document.stack.layers[0].id)
    assert not layers.can_edit
    layers.delete()
    layers.duplicate()
    layers.move(1)
    layers.set_visible(layers.selected_id, False)
    layers.set_opacity(0.5)
    layers.preview_opacity(0.5)
    assert document.history.position == 0
    assert not document.is_previewing


def test_without_any_mask_there_is_none_to_paint_on(
    document: Document, layers: LayerCommands
) -> None:
    layers.delete()
    assert layers.mask_id is None
    assert layers.mask is None
    document.undo()
    assert layers.mask_id is not None


def test_deleting_chooses_a_neighbour_and_undo_keeps_a_valid_choice(
    document: Document, layers: LayerCommands
) -> None:
    layers.add(LayerKind.RETOUCH)
    layers.delete()
    assert layers.selected_id in [layer.id for layer in document.stack]
    layers.add(LayerKind.RETOUCH)
    document.undo()
    assert layers.selected_id in [layer.id for layer in document.stack]


def test_new_layers_have_names_of_their_own(document: Document, layers: LayerCommands) -> None:
    layers.add(LayerKind.MASK)
    layers.add(LayerKind.MASK)
    layers.duplicate()
    assert names(document) == ["painting", "Losses", "Losses 2", "Losses 3", "Losses 4"]


def test_the_painting_stays_at_the_bottom(layers: LayerCommands) -> None:
    assert not layers.can_move(-1)
    assert not layers.can_move(1)
    layers.add(LayerKind.RETOUCH)
    assert layers.can_move(-1)
    layers.move(-1)
    assert not layers.can_move(-1)


def test_opacity_is_previewed_without_a_step(document: Document, layers: LayerCommands) -> None:
    layers.preview_opacity(0.1)
    assert document.is_previewing
    assert document.history.position == 0
    layers.set_opacity(0.1)
    assert document.stack.layer(layers.selected_id).opacity == 0.1
    assert document.history.position == 1


def test_an_imported_mask_becomes_the_one_to_paint_on(
    document: Document, layers: LayerCommands
) -> None:
    layers.add_mask("from the lab", marks())
    assert layers.mask is not None
    assert layers.mask.name == "from the lab"
    assert layers.mask.pixels.tiles
    layers.clear_mask()
    assert not document.stack.layer(layers.selected_id).pixels.tiles


def test_an_empty_name_is_no_name(document: Document, layers: LayerCommands) -> None:
    layers.rename(layers.selected_id, "   ")
    assert document.history.position == 0


def test_each_new_mask_has_a_colour_of_its_own_that_can_be_changed(
    document: Document, layers: LayerCommands
) -> None:
    for _ in range(3):
        layers.add(LayerKind.MASK)
    layers.add_mask("imported", marks())
    colors = [mask.color for mask in document.stack.of_kind(LayerKind.MASK)]
    assert colors[0] == ""
    assert len(set(colors)) == 5
    layers.set_color(layers.selected_id, "#123456")
    assert layers.selected.color == "#123456"
    assert document.history.commands[-1].label == "Colour of “imported”"
    document.undo()
    assert layers.selected.color == colors[-1]
    layers.set_color(1, "#123456")
    assert document.stack.layer(1).color == "", "the painting has none"
