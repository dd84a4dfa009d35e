"""The measuring itself: in this process, or in several of one thread each."""

import multiprocessing
import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path

import cv2
import torch

from core.errors import GeneratorError
from core.inpainting.card import GeneratorCard
from core.inpainting.generator import Generator
from training.evaluate import Row, fill_and_measure
from training.features import SqueezeNetFeatures, read_features
from training.gallery import Gallery
from training.metrics import Pixels, Reference
from training.systems import open_system


@dataclass(frozen=True)
class Task:
    """Fill painting number `index` with holes of these kinds; hand back composites of `shown`."""

    card: GeneratorCard
    index: int
    kinds: tuple[str, ...]
    shown: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Filled:
    """What a task gave; failures has, by kind, a sentence for each fill that was not made."""

    task: Task
    rows: tuple[Row, ...]
    composites: Mapping[str, Pixels] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)


def work(
    tasks: Sequence[Task], gallery: Gallery, features_path: Path | None, workers: int = 1
) -> Iterator[Filled]:
    """Do all tasks, in this process or in `workers` others, and hand each out as it is done.

    The figures do not depend on the number of workers. A generator that fails for a kind is not
    asked again for that kind. Raises ChildProcessError if a worker dies, and what
    `read_features` raises.
    """
    features = read_features(features_path) if features_path else None
    if workers > 1 and len(tasks) > 1:
        yield from _work_apart(tasks, gallery, features_path, min(workers, len(tasks)))
    else:
        yield from _work_here(tasks, gallery, features)


def _work_here(
    tasks: Sequence[Task], gallery: Gallery, features: SqueezeNetFeatures | None
) -> Iterator[Filled]:
    generator: Generator | None = None
    failed: dict[tuple[str, str], str] = {}
    try:
        for task in tasks:
            if generator is None or generator.card.id != task.card.id:
                if generator is not None:
                    generator.close()
                generator = _opened(task.card, failed)
            yield _filled(task, generator, gallery, features, failed)
    finally:
        if generator is not None:
            generator.close()


def _opened(card: GeneratorCard, failed: dict[tuple[str, str], str]) -> Generator | None:
    if (card.id, "") in failed:
        return None
    try:
        return open_system(card)
    except GeneratorError as error:
        failed[card.id, ""] = str(error)
        return None


def _filled(
    task: Task,
    generator: Generator | None,
    gallery: Gallery,
    features: SqueezeNetFeatures | None,
    failed: dict[tuple[str, str], str],
) -> Filled:
    name = task.card.id
    if generator is None:
        return Filled(task, (), {}, dict.fromkeys(task.kinds, failed[name, ""]))
    reference = Reference(gallery.crops[task.index], features)
    rows, composites = [], {}
    for kind in task.kinds:
        if (name, kind) in failed:
            continue
        try:
            row, composed = fill_and_measure(generator, gallery, reference, task.index, kind)
        except GeneratorError as error:
            failed[name, kind] = str(error)
            continue
        rows.append(row)
        if kind in task.shown:
            composites[kind] = composed
    failures = {kind: failed[name, kind] for kind in task.kinds if (name, kind) in failed}
    return Filled(task, tuple(rows), composites, failures)


def _work_apart(
    tasks: Sequence[Task], gallery: Gallery, features_path: Path | None, workers: int
) -> Iterator[Filled]:
    # Spawned, not forked: a fork of a process in which torch has run may hang.
    context = multiprocessing.get_context("spawn")
    readers: list[Connection] = []
    processes = []
    try:
        for first in range(workers):
            reader, writer = context.Pipe(duplex=False)
            share = tasks[first::workers]
            # Not a daemon: those may not start processes, as the search for brushwork does.
            process = context.Process(target=_serve, args=(writer, share, gallery, features_path))
            process.start()
            writer.close()
            readers.append(reader)
            processes.append(process)
        yield from _received(readers)
    finally:
        for process in processes:
            process.terminate()
            process.join()


def _received(readers: Sequence[Connection]) -> Iterator[Filled]:
    busy = list(readers)
    while busy:
        for reader in wait(busy):
            assert isinstance(reader, Connection)
            try:
                filled = reader.recv()
            except EOFError as cause:
                raise ChildProcessError(
                    "A measuring process died (killed, or out of memory); what was measured is "
                    "kept: run the same command again, perhaps with fewer --workers."
                ) from cause
            if filled is None:
                busy.remove(reader)
            else:
                yield filled


def _serve(
    writer: Connection, tasks: Sequence[Task], gallery: Gallery, features_path: Path | None
) -> None:
    # Ctrl-C is the parent's: it saves, and ends this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    try:
        for filled in work(tasks, gallery, features_path):
            writer.send(filled)
        writer.send(None)
    except BrokenPipeError:
        return  # the parent is gone; nobody wants the rest
