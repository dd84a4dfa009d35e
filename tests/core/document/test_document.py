"""Document: committed and shown state, what listeners hear, and a model it must agree with."""

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from core.document.document import Document, HistoryEvent
from core.document.layer import LayerKind, LayerStack
from core.document.patch import Provenance
from core.image.geometry import Rect

Paint = Callable[..., LayerStack]
SPOT = Rect(10, 20, 30, 40)


class Listener:
    """What a window would hear."""

    def __init__(self, document: Document) -> None:
        self.dirty: list[Rect] = []
        self.events: list[HistoryEvent] = []
        self.histories = 0
        document.on_changed.append(self.dirty.append)
        document.on_command.append(self.events.append)
        document.on_history.append(self._history)

    def _history(self) -> None:
        self.histories += 1


@pytest.fixture
def document(stack: LayerStack) -> Document:
    return Document(stack)


@pytest.fixture
def heard(document: Document) -> Listener:
    return Listener(document)


def test_do_commits_one_step(document: Document, heard: Listener, paint: Paint) -> None:
    before, after = document.stack, paint(document.stack, SPOT)
    provenance = Provenance("telea", "Telea", "1", "classical", "cpu", False)
    command = document.do("Paint mask", after, (provenance,))
    assert command is not None
    assert (command.before, command.after) == (before, after)
    assert command.dirty == Rect(0, 0, 256, 256)
    assert command.provenance == (provenance,)
    assert document.stack is document.shown is after
    assert heard.events == [HistoryEvent(command, 1)]
    assert heard.dirty == [command.dirty]
    assert heard.histories == 1


def test_undo_restores_the_very_same_state(document: Document, paint: Paint) -> None:
    before, after = document.stack, paint(document.stack, SPOT)
    command = document.do("Paint mask", after)
    assert document.undo() is command
    assert document.stack is before
    assert document.redo() is command
    assert document.stack is after
    assert document.redo() is None


def test_an_edit_that_changes_nothing_is_no_step(
    document: Document, heard: Listener, paint: Paint
) -> None:
    document.do("Paint mask", paint(document.stack, SPOT))
    events = len(heard.events)
    again = paint(document.stack, SPOT)  # other tiles, the same samples
    assert again is not document.stack
    assert document.do("Paint mask", again) is None
    assert document.do("Nothing", document.stack) is None
    assert document.history.position == 1
    assert len(heard.events) == events


def test_metadata_alone_is_a_change(document: Document) -> None:
    layer = document.stack.layer(2)
    for changed in (
        replace(layer, name="Cracks"),
        replace(layer, is_visible=False),
        replace(layer, opacity=0.25),
    ):
        assert document.do("Change layer", document.stack.replacing(changed)) is not None
    assert document.do("Add layer", document.stack.adding(LayerKind.RETOUCH, "Fill")) is not None
    assert document.do("Move", document.stack.moving(3, 1)) is not None
    assert document.history.position == 5


def test_a_preview_never_touches_the_committed_state(
    document: Document, heard: Listener, paint: Paint
) -> None:
    committed, shown = document.stack, paint(document.stack, SPOT)
    document.preview(shown, SPOT)
    assert document.stack is committed
    assert document.shown is shown
    assert document.is_previewing
    assert heard.dirty == [SPOT]
    assert (heard.events, heard.histories) == ([], 0)
    document.preview(None)
    assert document.shown is committed
    assert heard.dirty[-1].contains(SPOT)


def test_a_preview_without_a_rectangle_finds_it(
    document: Document, heard: Listener, paint: Paint
) -> None:
    document.preview(paint(document.stack, SPOT))
    document.preview(paint(document.stack, Rect(300, 0, 10, 10)))
    assert heard.dirty == [Rect(0, 0, 256, 256), Rect(0, 0, 512, 256)]


def test_do_ends_the_preview_and_repaints_where_it_was(
    document: Document, heard: Listener, paint: Paint
) -> None:
    document.preview(paint(document.stack, Rect(600, 400, 50, 50)))
    document.do("Paint mask", paint(document.stack, SPOT))
    assert not document.is_previewing
    assert heard.dirty[-1] == Rect(0, 0, 700, 500)
    document.preview(paint(document.stack, Rect(600, 400, 50, 50)))
    assert document.do("Nothing", document.stack) is None
    assert document.shown is document.stack
    assert heard.dirty[-1].contains(Rect(600, 400, 50, 50))


@pytest.mark.parametrize("move", [Document.undo, Document.redo, lambda d: d.go_to(1)])
def test_a_move_through_history_ends_the_preview_first(
    document: Document, paint: Paint, move: Callable[[Document], object]
) -> None:
    one = paint(document.stack, SPOT)
    document.do("One", one)
    document.do("Two", paint(one, Rect(300, 300, 9, 9)))
    document.preview(paint(document.stack, Rect(600, 400, 50, 50)))
    move(document)
    assert not document.is_previewing
    assert document.shown is document.stack


def test_go_to_tells_one_move_and_all_that_changed(
    document: Document, heard: Listener, paint: Paint
) -> None:
    states = [document.stack]
    for x in (0, 256, 512):
        states.append(paint(states[-1], Rect(x, 0, 10, 10)))
        document.do("Paint mask", states[-1])
    document.go_to(1)
    assert document.stack is states[1]
    assert heard.events[-1] == HistoryEvent(None, 1)
    assert heard.dirty[-1] == Rect(256, 0, 700 - 256, 256)
    heard.dirty.clear()
    document.go_to(1)
    assert heard.dirty == []
    with pytest.raises(ValueError):
        document.go_to(4)


def test_undo_of_a_removed_layer_brings_its_samples_back(document: Document, paint: Paint) -> None:
    document.do("Paint mask", paint(document.stack, SPOT))
    document.do("Remove layer", document.stack.removing(2))
    document.undo()
    assert np.all(document.stack.layer(2).pixels.read(SPOT) == 255)


def test_only_the_owning_thread_assigns(document: Document, paint: Paint) -> None:
    document.do("Paint mask", paint(document.stack, SPOT))
    errors: list[BaseException] = []

    def intrude() -> None:
        try:
            document.undo()
        except AssertionError as error:
            errors.append(error)

    thread = threading.Thread(target=intrude)
    thread.start()
    thread.join()
    assert len(errors) == 1
    assert document.history.position == 1


def test_a_document_opened_by_a_worker_can_be_handed_over(stack: LayerStack, paint: Paint) -> None:
    made: list[Document] = []
    worker = threading.Thread(target=lambda: made.append(Document(stack)))
    worker.start()
    worker.join()
    assert made[0].do("Paint mask", paint(stack, SPOT)) is not None
