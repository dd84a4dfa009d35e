"""Many restorations: pairs of painting and mask by name, several at a time, none twice."""

import os
import queue
import threading
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from core.errors import Cancelled, LacunaError
from core.inpainting.backends import thread_limit
from core.inpainting.card import GeneratorCard
from core.inpainting.engine import FillOptions
from core.inpainting.generator import Device, Runtime
from core.inpainting.pairs import Pair
from core.inpainting.recommend import recommend
from core.inpainting.restore import check_output, open_marked, restore
from core.inpainting.worker import WorkerGenerator

# How often the thread that waits for results looks up: Ctrl-C is heard only then.
_POLL_S: Final = 0.1


@dataclass(frozen=True)
class Task:
    """What is the same for all pictures.

    card: the generator; None = the one recommended for each picture's losses, out of `cards`.
    devices: each gets its share of the jobs. may_replace: fill also what was filled before.
    """

    cards: Sequence[GeneratorCard]
    card: GeneratorCard | None = None
    devices: Sequence[Device] = ("auto",)
    runtime: Runtime = "auto"
    options: FillOptions = field(default_factory=FillOptions)
    record_in_xmp: bool = False
    may_replace: bool = False


class Outcome(NamedTuple):
    """What became of one pair, as a sentence. error: the cause, if it failed; for the log."""

    pair: Pair
    kind: Literal["filled", "skipped", "failed"]
    sentence: str
    error: Exception | None = None


def restore_pairs(pairs: Sequence[Pair], task: Task, jobs: int = 1) -> Generator[Outcome]:
    """Restore pairs, `jobs` at a time, each with a worker process; yield outcomes as they come.

    At least one job per device. A picture that fails stops no other; an output that exists is
    skipped (an output appears whole or not at all, so it is finished). Leaving the iterator, by
    whatever exception, cancels what runs: what is not finished then leaves nothing behind.
    """
    todo: queue.SimpleQueue[Pair] = queue.SimpleQueue()
    for pair in pairs:
        todo.put(pair)
    done: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
    jobs = max(1, min(max(jobs, len(task.devices)), len(pairs)))
    slots = [
        _Slot(task, task.devices[number % len(task.devices)], max(1, thread_limit() // jobs))
        for number in range(jobs)
    ]
    threads = [
        threading.Thread(target=slot.work, args=(todo, done), name=f"batch {n}", daemon=True)
        for n, slot in enumerate(slots)
    ]
    try:
        for thread in threads:
            thread.start()
        for _ in pairs:
            yield _next(done)
    finally:
        for slot in slots:
            slot.stop()
        for thread in threads:
            thread.join()


def _next(done: "queue.SimpleQueue[Outcome]") -> Outcome:
    while True:
        try:
            return done.get(timeout=_POLL_S)
        except queue.Empty:
            continue


class _Slot:
    """One thread's part: it holds one worker process, which serves picture after picture."""

    def __init__(self, task: Task, device: Device, threads: int) -> None:
        self._task = task
        self._device = device
        self._threads = threads
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._card: GeneratorCard | None = None
        self._generator: WorkerGenerator | None = None

    def work(self, todo: "queue.SimpleQueue[Pair]", done: "queue.SimpleQueue[Outcome]") -> None:
        """Restore pair after pair until there are none, or it is stopped."""
        while not self._stop.is_set():
            try:
                pair = todo.get_nowait()
            except queue.Empty:
                break
            try:
                done.put(self._outcome(pair))
            except Cancelled:
                break
            except LacunaError as error:
                done.put(Outcome(pair, "failed", str(error), error))
            except Exception as error:  # a fault of ours must not take the other pictures along
                text = f"Lacuna made a mistake of its own ({type(error).__name__}); report it."
                done.put(Outcome(pair, "failed", text, error))
        self._drop()

    def stop(self) -> None:
        """Cancel what runs; any thread."""
        self._stop.set()
        self._drop()

    def _outcome(self, pair: Pair) -> Outcome:
        task = self._task
        if os.path.lexists(pair.output) and not task.may_replace:
            return Outcome(pair, "skipped", _skipped(pair))
        with closing(open_marked(pair.painting, pair.mask)) as marked:
            check_output(pair.output, marked, pair.mask, may_replace=True)
            card = task.card or recommend(task.cards, marked.thickness_px, marked.area_px)
            generator = self._opened(card)
            told = len(generator.notices)
            report = restore(
                marked,
                generator,
                pair.output,
                task.options,
                record_in_xmp=task.record_in_xmp,
                is_cancelled=self._stop.is_set,
            )
        notices = (*marked.info.notices, *generator.notices[told:], *report.export.notices)
        text = f"filled with {card.name} on the {report.device.upper()} in {report.seconds:.1f} s"
        return Outcome(pair, "filled", " ".join((f"{text}.", *notices)))

    def _opened(self, card: GeneratorCard) -> WorkerGenerator:
        with self._lock:
            if self._generator is None or self._card != card:
                self._close()
                if self._stop.is_set():
                    raise Cancelled("The fill was cancelled; nothing was changed.")
                self._card = card
                self._generator = WorkerGenerator(
                    card, self._device, self._task.runtime, threads=self._threads
                )
            return self._generator

    def _drop(self) -> None:
        with self._lock:
            self._close()

    def _close(self) -> None:
        generator, self._generator = self._generator, None
        if generator is not None:
            generator.close()


def _skipped(pair: Pair) -> str:
    newest = max(pair.painting.stat().st_mtime, pair.mask.stat().st_mtime)
    if pair.output.lstat().st_mtime < newest:
        return "skipped: it was filled before, but painting or mask are newer (see --force)."
    return "skipped: it was filled before."
