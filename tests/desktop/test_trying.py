import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.document.composite import composite
from core.document.document import Document
from core.document.layer import LayerKind
from core.errors import Cancelled, GeneratorError
from core.image.color import ColorProfile
from core.image.geometry import Rect
from core.image.surface import F32
from core.inpainting.card import GeneratorCard
from core.inpainting.loss_labels import LossLabels
from core.inpainting.variants import Variant
from desktop.jobs import Jobs
from desktop.trying import (
    Attempt,
    Choice,
    Trying,
    TryRequest,
    ordered_attempts,
    place_choice,
    unmarked,
)

MakeDocument = Callable[..., Document]
# Too narrow for brushwork, which takes its time.
LOSSES = (Rect(40, 40, 20, 8), Rect(1500, 40, 20, 8))
CARDS = {
    name: GeneratorCard(name.lower(), name, "Fills with a shade.", "classical", options=options)
    for name, options in (("Dark", {}), ("Light", {"seed": 0}), ("Broken", {}))
}


class Shade:
    """Fills with a shade that its card and its seed tell."""

    device = "cpu"
    notices = ()

    def __init__(self, card: GeneratorCard, workers: "ShadeWorkers") -> None:
        self.card = card
        self._workers = workers
        self._is_cancelled = threading.Event()

    def __call__(self, image: F32, mask: F32) -> F32:
        self._workers.calls += 1
        while self.card.id == self._workers.held:
            if self._is_cancelled.wait(0.01):
                raise Cancelled("Stopped.")
        if self.card.id == "broken":
            raise GeneratorError("It is broken.")
        shade = 0.2 if self.card.id == "dark" else 0.6 + 0.1 * self.card.options["seed"]
        ramp = np.linspace(0, 0.05, image.shape[1], dtype=np.float32)[None, :, None]
        return np.broadcast_to(ramp + np.float32(shade), image.shape).copy()

    def cancel(self) -> None:
        self._is_cancelled.set()


class ShadeWorkers:
    def __init__(self) -> None:
        self.held = ""
        self.calls = 0

    @contextmanager
    def lent(self, card: GeneratorCard, device: str, runtime: str) -> Iterator[Shade]:
        yield Shade(card, self)


class Heard:
    """What a Trying told."""

    def __init__(self, trying: Trying) -> None:
        self.labels: list[LossLabels] = []
        self.variants: dict[int, Variant] = {}
        self.missed: dict[int, str] = {}
        self.progress: list[int] = []
        trying.labelled.connect(self.labels.append)
        trying.arrived.connect(self.variants.__setitem__)
        trying.missed.connect(self.missed.__setitem__)
        trying.progressed.connect(lambda number, _fraction, _text: self.progress.append(number))


@pytest.fixture
def document(make_marked: MakeDocument) -> Document:
    return make_marked(*LOSSES)


@pytest.fixture
def workers() -> ShadeWorkers:
    return ShadeWorkers()


@pytest.fixture
def jobs(workers: ShadeWorkers) -> Iterator[Jobs]:
    jobs = Jobs()
    yield jobs
    workers.held = ""
    assert jobs.close()


def request_of(document: Document, *attempts: Attempt) -> TryRequest:
    profile = ColorProfile.of(None, 3)
    return TryRequest(document.stack, profile, attempts, "cpu", "auto", "Ada")


def tried(qtbot: QtBot, request: TryRequest, jobs: Jobs, workers: ShadeWorkers) -> Heard:
    trying = Trying(request, jobs, workers)  # type: ignore[arg-type]
    heard = Heard(trying)
    with qtbot.waitSignal(trying.ended, timeout=10_000):
        trying.start()
    return heard


def test_all_are_tried_one_after_the_other_and_a_broken_one_stops_no_other(
    qtbot: QtBot, document: Document, jobs: Jobs, workers: ShadeWorkers
) -> None:
    before = document.stack
    attempts = (Attempt(CARDS["Dark"]), Attempt(CARDS["Broken"]), Attempt(CARDS["Light"], 1))
    heard = tried(qtbot, request_of(document, *attempts), jobs, workers)
    assert [labels.count for labels in heard.labels] == [2]
    assert sorted(heard.variants) == [0, 2]
    assert heard.missed == {1: "It is broken."}
    assert sorted(set(heard.progress)) == [0, 1, 2]
    made = heard.variants[2].patches[0].provenance
    assert (made.generator_id, made.seed, made.operator) == ("light", 1, "Ada")
    assert document.stack is before
    assert not document.is_previewing


def test_cancelling_keeps_what_has_arrived(
    qtbot: QtBot, document: Document, jobs: Jobs, workers: ShadeWorkers
) -> None:
    trying = Trying(
        request_of(document, Attempt(CARDS["Dark"]), Attempt(CARDS["Light"])),
        jobs,
        workers,  # type: ignore[arg-type]
    )
    heard = Heard(trying)
    workers.held = "light"
    trying.start()
    qtbot.waitUntil(lambda: workers.calls == 3)
    with qtbot.waitSignal(trying.ended, timeout=2000):
        trying.cancel()
    assert not trying.is_running
    assert list(heard.variants) == [0]
    assert heard.missed == {}


def test_seeds_count_only_where_lots_are_drawn() -> None:
    attempts = ordered_attempts([CARDS["Dark"], CARDS["Light"]], 3)
    assert [attempt.name for attempt in attempts] == [
        "Dark", "Light, seed 1", "Light, seed 2", "Light, seed 3",
    ]  # fmt: skip


@pytest.fixture
def both(
    qtbot: QtBot, document: Document, jobs: Jobs, workers: ShadeWorkers
) -> tuple[TryRequest, Heard]:
    request = request_of(document, Attempt(CARDS["Dark"]), Attempt(CARDS["Light"], 0))
    return request, tried(qtbot, request, jobs, workers)


def test_one_for_all_is_one_step_on_a_new_layer(
    document: Document, both: tuple[TryRequest, Heard]
) -> None:
    request, heard = both
    before, position = document.stack, document.history.position
    place_choice(document, request, heard.labels[0], heard.variants, Choice({1: 0, 2: 0}))
    assert document.history.position == position + 1
    step = document.history.commands[-1]
    assert step.label == "Restore with Dark, chosen of 2"
    assert [made.generator_id for made in step.provenance] == ["dark"]
    losses, fill = document.stack.layers[1:]
    assert (fill.name, fill.is_visible, losses.is_visible) == ("Fill by Dark", True, False)
    assert fill.surface is heard.variants[0].surface
    document.undo()
    assert document.stack is before


def test_one_per_loss_and_the_rest_as_hidden_hypotheses(
    document: Document, both: tuple[TryRequest, Heard]
) -> None:
    request, heard = both
    before = composite(document.stack, document.stack.rect)
    choice = Choice({1: 1, 2: 0}, hidden=[1])
    place_choice(document, request, heard.labels[0], heard.variants, choice)
    step = document.history.commands[-1]
    assert step.label == "Restore with 2 generators, chosen of 2"
    assert {made.generator_id for made in step.provenance} == {"dark", "light"}
    hypothesis, fill = document.stack.layers[2:]
    assert (hypothesis.name, hypothesis.is_visible) == ("Light, seed 1", False)
    assert fill.name == "Fill by several generators"
    for rect, number in zip(LOSSES, (1, 0), strict=True):
        expected = heard.variants[number].surface.read(rect)
        np.testing.assert_array_equal(fill.pixels.read(rect), expected)
    after = composite(document.stack, document.stack.rect)
    marked = np.zeros(after.shape[:2], np.bool_)
    for rect in LOSSES:
        marked[rect.slices(document.stack.rect)] = True
    np.testing.assert_array_equal(before[~marked], after[~marked])


def test_hypotheses_alone_change_nothing_that_is_seen(
    document: Document, both: tuple[TryRequest, Heard]
) -> None:
    request, heard = both
    before = composite(document.stack, document.stack.rect)
    place_choice(document, request, heard.labels[0], heard.variants, Choice({}, hidden=[0, 1]))
    assert document.history.commands[-1].label == "Keep 2 fills as hidden layers"
    assert document.stack.layers[1].is_visible
    np.testing.assert_array_equal(composite(document.stack, document.stack.rect), before)
    position = document.history.position
    place_choice(document, request, heard.labels[0], heard.variants, Choice({}))
    assert document.history.position == position


def test_what_was_painted_meanwhile_is_kept(
    document: Document, both: tuple[TryRequest, Heard]
) -> None:
    request, heard = both
    document.do("New mask", document.stack.adding(LayerKind.MASK, "Meanwhile"))
    document.do("Delete", document.stack.removing(2))
    place_choice(document, request, heard.labels[0], heard.variants, Choice({1: 0, 2: 1}))
    assert [layer.name for layer in document.stack][1:] == [
        "Meanwhile", "Fill by several generators",
    ]  # fmt: skip
    assert document.stack.layers[1].is_visible


def test_marks_are_hidden_while_choosing(document: Document) -> None:
    assert not any(mask.is_visible for mask in unmarked(document.stack).of_kind(LayerKind.MASK))
    assert document.stack.layers[1].is_visible
