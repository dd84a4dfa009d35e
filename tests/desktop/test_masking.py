import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.document.document import Document
from core.document.layer import LayerKind, LayerStack
from core.errors import ImageReadError
from core.image.geometry import Point, Rect
from core.image.selection import Mode, inverted, rectangle
from core.image.surface import U8, Surface
from desktop.jobs import Work
from desktop.masking import Masking

PICTURE = Rect(0, 0, 300, 200)


@pytest.fixture
def document(make_document: Callable[..., Document]) -> Document:
    return make_document(300, 200)


@pytest.fixture
def masking(qtbot: QtBot, document: Document) -> Masking:
    made = Masking(document)
    made.layer_id = document.stack.of_kind(LayerKind.MASK)[0].id
    return made


def square(x: int, side: int = 20) -> Surface:
    return rectangle(Point(x, 50), Point(x + side, 50 + side), PICTURE)


def paint(document: Document, x: int) -> None:
    """Mark a square by hand."""
    layer = document.stack.of_kind(LayerKind.MASK)[0]
    values = np.full((20, 20), 255, np.uint8)
    surface = layer.pixels.writing(Rect(x, 100, 20, 20), values)
    document.do("Paint mask", document.stack.with_surface(layer.id, surface))


def marked(document: Document, is_shown: bool = False) -> U8:
    stack = document.shown if is_shown else document.stack
    return stack.of_kind(LayerKind.MASK)[0].pixels.read(PICTURE)


def select(masking: Masking, x: int, gate: threading.Event | None = None, **more: str) -> None:
    def make(_stack: LayerStack, _work: Work) -> Surface:
        if gate is not None:
            assert gate.wait(10)
        return square(x)

    masking.select(f"Mark {x}", make, Mode.ADD, **more)


def wait(qtbot: QtBot, masking: Masking) -> None:
    qtbot.waitUntil(lambda: not masking.is_busy, timeout=10_000)


def test_edits_come_one_after_the_other_in_the_order_asked_for(qtbot, masking, document) -> None:
    gate = threading.Event()
    for x in (10, 50, 90):
        select(masking, x, gate)
    gate.set()
    wait(qtbot, masking)
    assert [step.label for step in document.history.commands] == ["Mark 10", "Mark 50", "Mark 90"]
    assert marked(document).sum() == 255 * 3 * 400


def test_a_selection_is_laid_on_the_mask_as_it_is_by_then(qtbot, masking, document) -> None:
    gate = threading.Event()
    select(masking, 10, gate)
    paint(document, 10)
    gate.set()
    wait(qtbot, masking)
    assert marked(document).sum() == 255 * 2 * 400


def test_a_change_is_computed_anew_if_the_mask_was_painted_on(qtbot, masking, document) -> None:
    gate = threading.Event()

    def invert(mask: Surface, _work: Work) -> Surface:
        assert gate.wait(10)
        return inverted(mask, PICTURE)

    paint(document, 10)
    masking.change("Invert", invert)
    paint(document, 100)
    gate.set()
    wait(qtbot, masking)
    assert (marked(document) == 0).sum() == 2 * 400


def test_cancelling_gives_up_what_runs_and_what_waits(qtbot, masking, document) -> None:
    gate = threading.Event()
    select(masking, 10, gate)
    select(masking, 50, gate)
    masking.cancel()
    gate.set()
    wait(qtbot, masking)
    assert document.history.position == 0


def test_a_failure_is_told_and_the_next_edit_still_done(qtbot, masking, document) -> None:
    told: list[str] = []
    masking.hinted.connect(told.append)

    def fail(_stack: LayerStack, _work: Work) -> Surface:
        raise ImageReadError("The file is gone.")

    masking.select("Mark", fail, Mode.ADD)
    select(masking, 50)
    wait(qtbot, masking)
    assert told == ["The file is gone."]
    assert document.history.position == 1


def test_a_layer_deleted_meanwhile_is_not_brought_back(qtbot, masking, document) -> None:
    gate = threading.Event()
    select(masking, 10, gate)
    document.do("Delete", document.stack.removing(masking.layer_id))
    gate.set()
    wait(qtbot, masking)
    assert document.history.position == 1
    assert not document.stack.of_kind(LayerKind.MASK)


def test_what_is_empty_or_changes_nothing_is_told(qtbot, masking, document) -> None:
    told: list[str] = []
    masking.hinted.connect(told.append)
    masking.select("Mark", lambda *_: Surface.mask(), Mode.ADD, "nothing")
    select(masking, 10, unchanged="unchanged")
    select(masking, 10, unchanged="unchanged")
    wait(qtbot, masking)
    assert told == ["nothing", "unchanged"]
    assert document.history.position == 1


def test_a_preview_is_seen_but_no_step_until_it_is_done(qtbot, masking, document) -> None:
    paint(document, 10)

    def invert(mask: Surface, _work: Work) -> Surface:
        return inverted(mask, PICTURE)

    masking.preview(invert)
    qtbot.waitUntil(lambda: marked(document, is_shown=True)[0, 0] == 255)
    assert document.history.position == 1
    masking.drop_preview()
    assert not document.is_previewing
    masking.preview(invert)
    qtbot.waitUntil(lambda: document.is_previewing)
    masking.commit_preview("Invert", invert)
    assert document.history.position == 2, "at once: it was computed already"
    assert marked(document)[0, 0] == 255


def test_a_preview_not_yet_computed_is_done_in_the_background(qtbot, masking, document) -> None:
    gate = threading.Event()

    def invert(mask: Surface, _work: Work) -> Surface:
        assert gate.wait(10)
        return inverted(mask, PICTURE)

    masking.preview(invert)
    masking.commit_preview("Invert", invert)
    gate.set()
    wait(qtbot, masking)
    assert [step.label for step in document.history.commands] == ["Invert"]
    assert (marked(document) == 255).all()


def test_a_locked_mask_says_why_it_cannot_be_marked_on(
    qtbot: QtBot, document: Document, masking: Masking
) -> None:
    mask = document.stack.layer(2)
    document.do("Lock", document.stack.replacing(replace(mask, is_locked=True)))
    before = document.stack
    with qtbot.waitSignal(masking.hinted) as hinted:
        masking.change("Invert", lambda surface, _work: surface)
    assert hinted.args == ["“Losses” is locked; unlock it to change it."]
    assert document.stack is before
