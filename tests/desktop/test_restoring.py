import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.document.composite import composite
from core.document.document import Document
from core.document.layer import LayerKind
from core.errors import Cancelled, GeneratorError, WorkerError
from core.image.color import ColorProfile
from core.image.geometry import Rect
from core.image.surface import F32
from core.inpainting.card import GeneratorCard
from core.inpainting.engine import FillOptions
from desktop.jobs import Jobs
from desktop.restoring import Request, Restoring

MakeDocument = Callable[..., Document]
CARD = GeneratorCard("grey", "Grey", "Fills with mid-grey.", "classical")
# Far enough from each other to be two windows, too narrow for brushwork, which takes its time.
LOSSES = (Rect(40, 40, 20, 8), Rect(1500, 40, 20, 8))
WIDE = (Rect(40, 40, 20, 20), Rect(1500, 40, 20, 20))


class Grey:
    """A generator whose calls a test can hold, count and let fail."""

    card = CARD
    device = "cpu"

    def __init__(self) -> None:
        self.calls = 0
        self.fails_at = -1
        self.notices: tuple[str, ...] = ()
        self.go_on = threading.Event()
        self.go_on.set()
        self.is_cancelled = threading.Event()
        self.error: Exception | None = None

    def __call__(self, image: F32, mask: F32) -> F32:
        self.calls += 1
        if self.calls == self.fails_at:
            raise WorkerError("The process stopped; nothing was changed.")
        while not self.go_on.wait(0.01):
            if self.is_cancelled.is_set():
                raise Cancelled("Stopped.")
        if self.error is not None:
            raise self.error
        shade = np.linspace(0.4, 0.6, image.shape[1], dtype=np.float32)
        return np.broadcast_to(shade[None, :, None], image.shape).copy()

    def cancel(self) -> None:
        self.is_cancelled.set()

    def close(self) -> None:
        pass


class OneWorker:
    """Lends always the same generator, in this process."""

    def __init__(self) -> None:
        self.generator = Grey()

    @contextmanager
    def lent(self, card: GeneratorCard, device: str, runtime: str) -> Iterator[Grey]:
        yield self.generator

    def close(self) -> None:
        pass


@pytest.fixture
def document(make_marked: MakeDocument) -> Document:
    return make_marked(*LOSSES)


@pytest.fixture
def worker() -> OneWorker:
    return OneWorker()


@pytest.fixture
def restoring(qtbot: QtBot, document: Document, worker: OneWorker) -> Iterator[Restoring]:
    jobs = Jobs()
    yield Restoring(document, jobs, worker)  # type: ignore[arg-type]
    worker.generator.go_on.set()
    assert jobs.close()


def request(document: Document, layer_id: int | None = None) -> Request:
    profile = ColorProfile.of(None, 3)
    return Request(document.stack, profile, CARD, "cpu", layer_id, FillOptions())


def run(qtbot: QtBot, restoring: Restoring, wanted: Request) -> None:
    restoring.start(wanted)
    qtbot.waitUntil(lambda: not restoring.is_running, timeout=10_000)


def test_a_restoration_is_one_step_on_a_new_layer(
    qtbot: QtBot, document: Document, restoring: Restoring
) -> None:
    before = composite(document.stack, document.stack.rect)
    run(qtbot, restoring, request(document))
    assert [step.label for step in document.history.commands][1:] == ["Restore 2 areas with Grey"]
    (fill,) = document.stack.of_kind(LayerKind.RETOUCH)
    assert fill.name == "Fill by Grey"
    after = composite(document.stack, document.stack.rect)
    differs = (before != after).any(axis=2)
    marked = np.zeros_like(differs)
    for rect in LOSSES:
        marked[rect.slices(document.stack.rect)] = True
    assert differs.any()
    assert not (differs & ~marked).any()


def test_the_masks_are_hidden_in_the_same_step(
    qtbot: QtBot, document: Document, restoring: Restoring
) -> None:
    run(qtbot, restoring, request(document))
    assert not document.stack.of_kind(LayerKind.MASK)[0].is_visible
    document.undo()
    assert document.stack.of_kind(LayerKind.MASK)[0].is_visible
    assert document.stack.of_kind(LayerKind.RETOUCH) == ()


def test_the_record_names_the_generator(
    qtbot: QtBot, document: Document, restoring: Restoring
) -> None:
    run(qtbot, restoring, request(document))
    provenance = document.history.commands[-1].provenance
    assert {one.generator_id for one in provenance} == {"grey"}


def test_patches_are_previewed_as_they_come(
    qtbot: QtBot, document: Document, restoring: Restoring, worker: OneWorker
) -> None:
    worker.generator.go_on.clear()
    restoring.start(request(document))
    qtbot.waitUntil(lambda: worker.generator.calls == 1)
    assert not document.is_previewing
    seen: list[int] = []

    def count_filled() -> None:
        fills = document.shown.of_kind(LayerKind.RETOUCH)
        seen.extend(len(layer.pixels.tiles) for layer in fills)

    document.on_changed.append(lambda _rect: count_filled())
    worker.generator.go_on.set()
    qtbot.waitUntil(lambda: not restoring.is_running, timeout=10_000)
    assert min(seen) < max(seen)


def test_cancelling_drops_the_preview_and_changes_nothing(
    qtbot: QtBot, document: Document, restoring: Restoring, worker: OneWorker
) -> None:
    before = document.stack
    worker.generator.go_on.clear()
    restoring.start(request(document))
    qtbot.waitUntil(lambda: worker.generator.calls == 1)
    restoring.cancel()
    assert restoring.is_cancelling
    qtbot.waitUntil(lambda: not restoring.is_running, timeout=2000)
    assert document.stack is before
    assert not document.is_previewing
    assert document.history.position == 1


def test_a_wish_to_stop_reaches_a_call_that_begins_after_it(
    qtbot: QtBot, document: Document, restoring: Restoring, worker: OneWorker
) -> None:
    worker.generator.go_on.clear()
    restoring.start(request(document))
    restoring.cancel()
    # As WorkerGenerator does: a call forgets an earlier wish when it begins.
    worker.generator.is_cancelled.clear()
    qtbot.waitUntil(lambda: not restoring.is_running, timeout=2000)
    assert document.history.position == 1


def test_a_failure_is_told_and_changes_nothing(
    qtbot: QtBot, document: Document, restoring: Restoring, worker: OneWorker
) -> None:
    before = document.stack
    heard: list[str] = []
    restoring.failed.connect(heard.append)
    worker.generator.error = GeneratorError("The fill could not be made.")
    run(qtbot, restoring, request(document))
    assert heard == ["The fill could not be made."]
    assert document.stack is before
    assert not document.is_previewing


def interrupted(
    qtbot: QtBot, document: Document, restoring: Restoring, worker: OneWorker
) -> list[tuple[str, int]]:
    heard: list[tuple[str, int]] = []
    restoring.interrupted.connect(lambda sentence, count: heard.append((sentence, count)))
    restoring.failed.connect(lambda sentence: heard.append((sentence, 0)))
    worker.generator.fails_at = 2
    run(qtbot, restoring, request(document))
    return heard


def test_a_failure_half_way_changes_nothing_until_the_user_keeps_what_is_filled(
    qtbot: QtBot, document: Document, restoring: Restoring, worker: OneWorker
) -> None:
    before, picture = document.stack, document.stack.rect
    assert interrupted(qtbot, document, restoring, worker) == [
        ("The process stopped; nothing was changed.", 1)
    ]
    assert document.stack is before
    assert not document.is_previewing
    restoring.keep_filled()
    step = document.history.commands[-1]
    assert step.label == "Restore with Grey, mark the rest"
    assert [one.generator_id for one in step.provenance] == ["grey"]
    losses, fill, rest = document.stack.layers[1:]
    assert (fill.name, rest.name, rest.kind) == (
        "Fill by Grey",
        "Losses not filled",
        LayerKind.MASK,
    )
    assert (losses.is_visible, rest.is_visible) == (False, True)
    filled = fill.pixels.read(picture)[..., -1] > 0
    marked = losses.pixels.read(picture) > 0
    np.testing.assert_array_equal(rest.pixels.read(picture) > 0, marked & ~filled)
    assert filled.sum() == marked.sum() / 2
    document.undo()
    assert document.stack is before


def test_what_was_filled_is_kept_once_and_not_after_another_start(
    qtbot: QtBot, document: Document, restoring: Restoring, worker: OneWorker
) -> None:
    interrupted(qtbot, document, restoring, worker)
    restoring.keep_filled()
    restoring.keep_filled()
    assert document.history.position == 2
    document.undo()
    worker.generator.calls = 0
    interrupted(qtbot, document, restoring, worker)
    worker.generator.fails_at = -1
    run(qtbot, restoring, request(document))
    position = document.history.position
    restoring.keep_filled()
    assert document.history.position == position


def test_what_did_not_go_as_asked_is_told(
    qtbot: QtBot, document: Document, restoring: Restoring, worker: OneWorker
) -> None:
    heard: list[str] = []
    restoring.noticed.connect(heard.append)
    worker.generator.notices = ("The graphics card was lost.",)
    run(qtbot, restoring, request(document))
    assert heard == ["The graphics card was lost."]


def _cancelled_at_random(
    qtbot: QtBot, document: Document, losses: tuple[Rect, ...], often: int, latest_ms: int = 40
) -> list[bool]:
    """Restore and cancel at random moments; whether each was complete. Never half."""
    jobs, moments = Jobs(), random.Random(0)
    restoring = Restoring(document, jobs, OneWorker())  # type: ignore[arg-type]
    before, complete = document.stack, []
    for _ in range(often):
        restoring.start(request(document))
        qtbot.wait(moments.randrange(latest_ms))
        restoring.cancel()
        qtbot.waitUntil(lambda: not restoring.is_running, timeout=5000)
        assert not document.is_previewing
        complete.append(document.stack is not before)
        if complete[-1]:
            (fill,) = document.stack.of_kind(LayerKind.RETOUCH)
            for rect in losses:
                assert (fill.pixels.read(rect)[..., -1] == 65535).all()
            document.undo()
        assert document.stack is before
    assert jobs.close()
    return complete


@pytest.mark.parametrize(("losses", "often"), [(LOSSES, 25), (WIDE, 5)])
def test_cancelling_at_any_moment_leaves_all_or_nothing(
    qtbot: QtBot, make_marked: MakeDocument, losses: tuple[Rect, ...], often: int
) -> None:
    _cancelled_at_random(qtbot, make_marked(*losses), losses, often)


@pytest.mark.slow
def test_cancelling_at_200_random_moments_leaves_all_or_nothing(
    qtbot: QtBot, make_marked: MakeDocument
) -> None:
    document, jobs = make_marked(*WIDE), Jobs()
    restoring = Restoring(document, jobs, OneWorker())  # type: ignore[arg-type]
    start = time.monotonic()
    run(qtbot, restoring, request(document))
    # From the start to a while after the end.
    latest_ms = round(1500 * (time.monotonic() - start))
    document.undo()
    assert jobs.close()
    complete = _cancelled_at_random(qtbot, document, WIDE, 200, latest_ms)
    assert {True, False} == set(complete)


@pytest.mark.parametrize("fails_at", range(1, 6))
def test_a_generator_that_fails_at_any_window_leaves_the_document_as_it_was(
    qtbot: QtBot, document: Document, restoring: Restoring, worker: OneWorker, fails_at: int
) -> None:
    mask = document.stack.of_kind(LayerKind.MASK)[0]
    surface = mask.pixels
    for x in (400, 800, 1150):
        surface = surface.writing(Rect(x, 100, 9, 6), np.full((6, 9), 255, np.uint8))
    document.do("Paint mask", document.stack.with_surface(mask.id, surface))
    before = document.stack
    worker.generator.fails_at = fails_at
    run(qtbot, restoring, request(document))
    assert worker.generator.calls == fails_at
    assert document.stack is before
    assert not document.is_previewing
    restoring.keep_filled()
    assert (document.stack is before) == (fails_at == 1)


def _without_memory_at(
    qtbot: QtBot,
    document: Document,
    restoring: Restoring,
    scarce_memory: ModuleType,
    numbers: Iterable[int],
) -> set[bool]:
    """Restore again and again, an allocation failing each time; return which were complete."""
    before, rect = document.stack, document.stack.rect
    # Without brushwork no process is started, which would take a second each time.
    wanted = replace(request(document), options=FillOptions(texture_from_px=None))
    run(qtbot, restoring, wanted)
    expected = composite(document.stack, rect)
    document.undo()
    complete = set()
    for number in numbers:
        # What fails in the GUI thread, where patches are shown, is for the window to tell.
        with scarce_memory.failing_allocation(number), qtbot.captureExceptions() as mistakes:
            run(qtbot, restoring, wanted)
        assert all(issubclass(mistake[0], MemoryError) for mistake in mistakes)
        is_complete = document.stack is not before
        complete.add(is_complete)
        if is_complete:
            np.testing.assert_array_equal(composite(document.stack, rect), expected)
            document.undo()
        assert document.stack is before
        assert not document.is_previewing
    return complete


def test_memory_that_fails_at_an_allocation_leaves_all_or_nothing(
    qtbot: QtBot, document: Document, restoring: Restoring, scarce_memory: ModuleType
) -> None:
    numbers = (*range(1, 51, 7), *range(60, 400, 40))
    _without_memory_at(qtbot, document, restoring, scarce_memory, numbers)


@pytest.mark.slow
def test_memory_that_fails_at_any_allocation_leaves_all_or_nothing(
    qtbot: QtBot, document: Document, restoring: Restoring, scarce_memory: ModuleType
) -> None:
    numbers = (*range(1, 51), *range(51, 600, 3))
    complete = _without_memory_at(qtbot, document, restoring, scarce_memory, numbers)
    assert complete == {True, False}


def test_what_was_painted_meanwhile_is_kept(
    qtbot: QtBot, document: Document, restoring: Restoring, worker: OneWorker
) -> None:
    worker.generator.go_on.clear()
    restoring.start(request(document))
    qtbot.waitUntil(lambda: worker.generator.calls == 1)
    document.do("New mask", document.stack.adding(LayerKind.MASK, "Painted meanwhile"))
    worker.generator.go_on.set()
    qtbot.waitUntil(lambda: not restoring.is_running, timeout=10_000)
    kinds = [layer.name for layer in document.stack]
    assert kinds == ["painting", "Losses", "Painted meanwhile", "Fill by Grey"]
    assert document.stack.layer(document.stack.layers[2].id).is_visible


def test_a_chosen_retouch_layer_gets_the_fill(
    qtbot: QtBot, document: Document, restoring: Restoring
) -> None:
    stack = document.stack.adding(LayerKind.RETOUCH, "Mine")
    document.do("New retouch layer", stack)
    layer_id = document.stack.layers[-1].id
    run(qtbot, restoring, request(document, layer_id))
    (fill,) = document.stack.of_kind(LayerKind.RETOUCH)
    assert fill.id == layer_id
    assert fill.pixels.tiles


def test_a_chosen_layer_that_is_gone_is_replaced_by_a_new_one(
    qtbot: QtBot, document: Document, restoring: Restoring, worker: OneWorker
) -> None:
    document.do("New retouch layer", document.stack.adding(LayerKind.RETOUCH, "Mine"))
    worker.generator.go_on.clear()
    restoring.start(request(document, document.stack.layers[-1].id))
    qtbot.waitUntil(lambda: worker.generator.calls == 1)
    document.undo()
    worker.generator.go_on.set()
    qtbot.waitUntil(lambda: not restoring.is_running, timeout=10_000)
    (fill,) = document.stack.of_kind(LayerKind.RETOUCH)
    assert fill.name == "Fill by Grey"
    assert fill.pixels.tiles


def test_an_empty_mask_is_told_in_a_sentence(
    qtbot: QtBot, make_document: MakeDocument, worker: OneWorker
) -> None:
    document, jobs = make_document(100, 100), Jobs()
    restoring = Restoring(document, jobs, worker)  # type: ignore[arg-type]
    heard: list[str] = []
    restoring.failed.connect(heard.append)
    run(qtbot, restoring, request(document))
    assert len(heard) == 1
    assert "marks nothing" in heard[0]
    assert document.history.position == 0
