"""What dies in the middle of a restoration leaves the document as it was, or done: never half."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from core.document.document import Document
from core.document.layer import LayerKind, LayerStack
from core.errors import GeneratorMemoryError
from core.image.color import ColorProfile
from core.image.geometry import Rect
from core.image.surface import F32
from core.inpainting.card import GeneratorCard
from core.inpainting.classical import ClassicalGenerator, classical_cards
from core.inpainting.engine import FillOptions
from core.inpainting.sparing import SparingGenerator
from desktop.jobs import Jobs
from desktop.restoring import Request, Restoring
from desktop.workers import Workers

MakeDocument = Callable[..., Document]
CARD = next(card for card in classical_cards() if card.id == "diffusion")


def marked(make_document: MakeDocument, width: int, height: int, rects: list[Rect]) -> Document:
    document = make_document(width, height)
    mask = document.stack.of_kind(LayerKind.MASK)[0]
    surface = mask.pixels
    for rect in rects:
        surface = surface.writing(rect, np.full((rect.height, rect.width), 255, np.uint8))
    document.do("Paint mask", document.stack.with_surface(mask.id, surface))
    return document


class Outcomes:
    """Restorations of one document, each judged: as it was, or as the undisturbed one."""

    def __init__(self, qtbot: QtBot, document: Document, restoring: Restoring) -> None:
        self.qtbot, self.document, self.restoring = qtbot, document, restoring
        self.before = document.stack
        start = time.monotonic()
        self.expected = self._restored()
        self.took_s = time.monotonic() - start
        assert self.expected is not self.before
        document.undo()

    def of(self, disturb: Callable[[Callable[[], bool]], None]) -> bool:
        """Restore, disturbed; return whether it was completed. Fails if it is half done."""
        after = self._restored(disturb)
        assert not self.document.is_previewing
        if after is self.before:
            return False
        (fill,) = after.of_kind(LayerKind.RETOUCH)
        (whole,) = self.expected.of_kind(LayerKind.RETOUCH)
        for one, other in ((fill.surface, whole.surface), (fill.origins, whole.origins)):
            assert (one is None) == (other is None)
            if one is not None and other is not None:
                np.testing.assert_array_equal(one.read(after.rect), other.read(after.rect))
        self.document.undo()
        assert self.document.stack is self.before
        return True

    def _restored(
        self, disturb: Callable[[Callable[[], bool]], None] = lambda is_over: None
    ) -> LayerStack:
        layers, profile = self.document.stack, ColorProfile.of(None, 3)
        self.restoring.start(Request(layers, profile, CARD, "cpu", None, FillOptions()))
        disturb(lambda: not self.restoring.is_running)
        self.qtbot.waitUntil(lambda: not self.restoring.is_running, timeout=120_000)
        return self.document.stack


def _processes() -> list[int]:
    """Return the processes that this one has fill."""
    found = []
    for task in Path("/proc/self/task").iterdir():
        for child in (task / "children").read_text().split():
            try:
                command = Path(f"/proc/{child}/cmdline").read_bytes()
            except OSError:
                continue
            if b"spawn_main" in command:
                found.append(int(child))
    return found


def _killed_at_random(qtbot: QtBot, make_document: MakeDocument, often: int) -> list[bool]:
    # Two cracks, and a loss that is wide enough for brushwork.
    rects = [Rect(40, 40, 200, 3), Rect(900, 30, 3, 300), Rect(430, 150, 60, 70)]
    document, jobs, workers = marked(make_document, 1200, 400, rects), Jobs(), Workers()
    moments, complete = random.Random(1), []
    outcomes = Outcomes(qtbot, document, Restoring(document, jobs, workers))
    try:
        for number in range(often):

            def kill(is_over: Callable[[], bool], kills: int = 1 + number % 3) -> None:
                for _ in range(kills):
                    qtbot.wait(round(1000 * outcomes.took_s * moments.random() / kills))
                    running = _processes()
                    if running and not is_over():
                        os.kill(moments.choice(running), signal.SIGKILL)

            complete.append(outcomes.of(kill))
    finally:
        assert jobs.close()
        workers.close()
    assert _processes() == []
    return complete


@pytest.mark.linux
def test_killing_a_process_at_any_moment_leaves_all_or_nothing(
    qtbot: QtBot, make_document: MakeDocument
) -> None:
    assert True in _killed_at_random(qtbot, make_document, 2)


@pytest.mark.linux
@pytest.mark.slow
def test_killing_processes_at_60_moments_leaves_all_or_nothing(
    qtbot: QtBot, make_document: MakeDocument
) -> None:
    assert True in _killed_at_random(qtbot, make_document, 60)


class Scarce:
    """A device whose memory fails at one call, or from that call on."""

    card = CARD

    def __init__(self, device: str, fails_at: float, is_for_good: bool) -> None:
        self.device = device
        self.calls = 0
        self._fails_at, self._is_for_good = fails_at, is_for_good
        self._own = ClassicalGenerator(CARD)

    def __call__(self, image: F32, mask: F32) -> F32:
        self.calls += 1
        if self.calls == self._fails_at or (self._is_for_good and self.calls > self._fails_at):
            raise GeneratorMemoryError("Too little memory.")
        return self._own(image, mask)

    def close(self) -> None:
        pass


class Lender:
    """Lends a generator that spares memory, in this process."""

    def __init__(self) -> None:
        self.fails_at, self.is_for_good = float("inf"), False
        self.calls = 0

    @contextmanager
    def lent(self, card: GeneratorCard, device: str, runtime: str) -> Iterator[object]:
        gpu = Scarce("cuda", self.fails_at, self.is_for_good)
        cpu = Scarce("cpu", 1 if self.is_for_good else float("inf"), self.is_for_good)
        generator = SparingGenerator(gpu, lambda: cpu)
        generator.cancel = lambda: None  # type: ignore[attr-defined]
        yield generator
        self.calls = gpu.calls


def _out_of_memory(qtbot: QtBot, make_document: MakeDocument, at: list[int], height: int) -> None:
    rects = [Rect(60 + 250 * x, 60 + 250 * y, 14, height) for x in range(13) for y in range(4)]
    document, jobs, lender = marked(make_document, 3300, 1050, rects), Jobs(), Lender()
    outcomes = Outcomes(qtbot, document, Restoring(document, jobs, lender))  # type: ignore[arg-type]
    assert lender.calls >= 50
    for fails_at in at:
        for is_for_good in (False, True):
            lender.fails_at, lender.is_for_good = fails_at, is_for_good
            # Where memory fails once, the CPU goes on; where it fails everywhere, nothing is done.
            assert outcomes.of(lambda is_over: None) != is_for_good
    assert jobs.close()


def test_memory_that_runs_out_leaves_all_or_nothing(
    qtbot: QtBot, make_document: MakeDocument
) -> None:
    # Too narrow for brushwork, which takes its time.
    _out_of_memory(qtbot, make_document, [2], height=6)


@pytest.mark.slow
def test_memory_that_runs_out_at_each_of_50_allocations_leaves_all_or_nothing(
    qtbot: QtBot, make_document: MakeDocument
) -> None:
    _out_of_memory(qtbot, make_document, list(range(1, 51)), height=9)
