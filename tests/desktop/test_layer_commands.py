from collections.abc import Callable

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.document.composite import composite
from core.document.document import Document
from core.document.layer import LayerKind
from core.image.blend_modes import BlendMode
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


def test_fills_go_on_a_layer_that_shows_them_as_they_are(layers: LayerCommands) -> None:
    layers.add(LayerKind.RETOUCH)
    retouch_id = layers.selected_id
    layers.set_blend(BlendMode.MULTIPLY)
    assert layers.retouch_target is None
    layers.set_blend(BlendMode.NORMAL)
    layers.set_visible(retouch_id, False)
    assert layers.retouch_target is None
    layers.set_visible(retouch_id, True)
    layers.group()
    layers.set_visible(layers.selected_id, False)
    layers.select(retouch_id)
    assert layers.retouch_target is None


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


def painted(document: Document, layer_id: int, rect: Rect, value: int) -> None:
    layer = document.stack.layer(layer_id)
    pixels = np.full((rect.height, rect.width, 4), value, np.uint16)
    surface = layer.pixels.writing(rect, pixels)
    document.do("Paint", document.stack.with_surface(layer_id, surface))


def test_merging_down_is_one_step_that_changes_nothing_to_be_seen(
    qtbot: QtBot, document: Document, layers: LayerCommands
) -> None:
    for value in (20000, 40000):
        layers.add(LayerKind.RETOUCH)
        painted(document, layers.selected_id, Rect(value // 400, 20, 100, 90), value)
    layers.set_opacity(0.7)
    layers.set_blend(BlendMode.MULTIPLY)
    before = document.stack
    with qtbot.waitSignal(layers.changed):
        layers.merge()
    assert document.history.commands[-1].label == "Merge “Retouch 2” into “Retouch”"
    assert names(document) == ["painting", "Losses", "Retouch"]
    assert layers.selected.name == "Retouch"
    seen = composite(before, before.rect).astype(int)
    assert np.abs(seen - composite(document.stack, before.rect)).max() <= 1
    assert not layers.can_merge
    document.undo()
    assert document.stack is before


def test_a_merge_waits_for_the_stroke_under_way_and_begins_again_after_it(
    qtbot: QtBot, document: Document, layers: LayerCommands
) -> None:
    layers.add(LayerKind.RETOUCH)
    layers.add(LayerKind.RETOUCH)
    document.preview(document.stack)
    layers.merge()
    qtbot.wait(150)
    assert len(document.stack.layers) == 4
    painted(document, layers.selected_id, Rect(5, 5, 10, 10), 9)
    qtbot.waitUntil(lambda: len(document.stack.layers) == 3)
    assert document.stack.layers[2].pixels.tiles


def test_a_locked_layer_refuses_with_a_sentence(
    qtbot: QtBot, document: Document, layers: LayerCommands
) -> None:
    layers.add(LayerKind.RETOUCH)
    layers.set_locked(layers.selected_id, True)
    before = document.stack
    edits: list[Callable[[], None]] = [
        layers.delete,
        lambda: layers.rename(layers.selected_id, "Other"),
        lambda: layers.set_opacity(0.3),
        lambda: layers.set_blend(BlendMode.SCREEN),
        lambda: layers.move(-1),
    ]
    for edit in edits:
        with qtbot.waitSignal(layers.refused) as refused:
            edit()
        assert refused.args == ["“Retouch” is locked; unlock it to change it."]
    layers.preview_opacity(0.3)
    assert not document.is_previewing
    assert document.stack is before
    assert layers.retouch_target is None
    layers.duplicate()
    assert not layers.selected.is_locked
    layers.set_locked(2, True)
    with qtbot.waitSignal(layers.refused):
        layers.clear_mask()


def test_a_locked_group_locks_what_is_in_it(
    qtbot: QtBot, document: Document, layers: LayerCommands
) -> None:
    layers.group()
    layers.set_locked(layers.selected_id, True)
    layers.select(2)
    for edit in (layers.delete, layers.ungroup, layers.duplicate, layers.clear_mask):
        with qtbot.waitSignal(layers.refused):
            edit()
    layers.select(3)
    with qtbot.waitSignal(layers.refused) as refused:
        layers.delete()
    assert refused.args == ["“Group” is locked; unlock it to change it."]
    assert len(document.stack.layers) == 3


def test_moving_up_and_down_goes_into_groups_and_out_of_them(
    document: Document, layers: LayerCommands
) -> None:
    layers.group()
    layers.add(LayerKind.RETOUCH)
    found = []
    while layers.can_move(-1):
        layers.move(-1)
        found.append((document.stack.index(layers.selected_id), layers.selected.group))
    assert found == [(2, 3), (1, 3), (1, None)]
    layers.move(1)
    assert layers.selected.group == 3


def test_ungrouping_keeps_the_members_and_chooses_one(
    document: Document, layers: LayerCommands
) -> None:
    layers.group()
    layers.ungroup()
    assert names(document) == ["painting", "Losses"]
    assert layers.selected.name == "Losses"
    assert layers.mask_id == 2
    layers.select(1)
    layers.group()
    assert layers.selected.name == "Group"
    assert document.stack.members(layers.selected_id) == ()


def test_solo_shows_a_group_with_what_is_shown_in_it(
    document: Document, layers: LayerCommands
) -> None:
    layers.group()
    layers.add(LayerKind.RETOUCH)
    layers.solo(2)
    shown = {layer.id for layer in document.stack if document.stack.is_seen(layer)}
    assert shown == {1, 2, 3}
    layers.solo(4)
    assert {layer.id for layer in document.stack if document.stack.is_seen(layer)} == {1, 4}
    layers.solo(3)
    assert {layer.id for layer in document.stack if document.stack.is_seen(layer)} == {1, 2, 3}
    layers.reveal(4)
    assert document.stack.is_seen(document.stack.layer(4))
    layers.solo(1)
    assert document.history.commands[-1].label == "Show “Retouch”"


def test_from_one_alone_to_the_next_and_back_all_is_as_before_the_first(
    document: Document, layers: LayerCommands
) -> None:
    for _ in range(3):
        layers.add(LayerKind.RETOUCH)
    layers.set_visible(4, False)

    def eyes() -> list[bool]:
        return [layer.is_visible for layer in document.stack]

    before = eyes()
    layers.solo(3)
    layers.solo(5)
    assert eyes() == [True, False, False, False, True]
    layers.solo(5)
    assert eyes() == before
    layers.solo(3)
    document.undo()
    layers.solo(5)
    layers.set_visible(2, True)
    changed = eyes()
    layers.solo(3)
    layers.solo(3)
    assert eyes() == changed, "an eye opened by hand ends the solo: that is what comes back"
