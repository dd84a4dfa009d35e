"""kill -9 at random moments: every stroke reported safe is there again, with its way back.

As a script it prints a table: `python tests/durability/test_kill.py --kills 100`.
"""

import argparse
import os
import random
import selectors
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from core.document import project_writer
from core.document.document import Document
from core.document.layer import LayerKind, LayerStack
from core.document.patch import Patch, Provenance
from core.document.project import Project
from core.image.geometry import Rect
from core.image.surface import U16

ROOT = Path(__file__).parents[2]
WIDTH, HEIGHT = 1500, 1100
PROJECT, PAINTING = "painting.lacuna", "painting.tif"
PROVENANCE = Provenance("telea", "Telea", "1", "classical", "cpu", False)


class Source:
    """A painting of which nobody asks for a pixel."""

    width, height, channels = WIDTH, HEIGHT, 3

    def read(self, rect: Rect, level: int = 0) -> U16:
        return np.zeros((rect.height, rect.width, 3), np.uint16)


@dataclass(frozen=True)
class Info:
    path: Path


def new_document() -> Document:
    return Document(LayerStack.of(Source(), "Painting"))


def act(document: Document, seed: int, number: int) -> None:
    """Do action `number` of the session: one event, the same whenever it is done again."""
    rng = np.random.default_rng((seed, number))
    stack, history = document.stack, document.history
    dice = rng.random()
    if dice < 0.10 and history.can_undo:
        document.undo()
    elif dice < 0.16 and history.can_redo:
        document.redo()
    elif dice < 0.165 and history.position > 20:
        document.go_to(int(rng.integers(history.position - 20, history.position)))
    elif dice < 0.19:
        document.do("Add layer", stack.adding(LayerKind.RETOUCH, f"Fill {number}"))
    elif dice < 0.22 and len(stack.layers) > 5:
        document.do("Remove layer", stack.removing(stack.layers[-1].id))
    elif dice < 0.5 and (layers := stack.of_kind(LayerKind.RETOUCH)):
        rect = _rect(rng)
        colours = rng.integers(0, 65536, (rect.height, rect.width, 3), np.uint16)
        coverage = rng.integers(1, 65536, (rect.height, rect.width), np.uint16)
        patch = Patch(rect, colours, coverage, PROVENANCE)
        document.do(f"Restore {number}", stack.placing(patch, layers[-1].id), (PROVENANCE,))
    else:
        rect = _rect(rng)
        stroke = rng.integers(1, 256, (rect.height, rect.width), np.uint8)
        surface = stack.layer(2).pixels.writing(rect, stroke)
        document.do(f"Stroke {number}", stack.with_surface(2, surface))


def _rect(rng: np.random.Generator) -> Rect:
    x, y = int(rng.integers(0, WIDTH - 10)), int(rng.integers(0, HEIGHT - 10))
    size = int(rng.integers(10, 400))
    return Rect(x, y, size, size).intersection(Rect(0, 0, WIDTH, HEIGHT))


def paint_until_killed(folder: Path, seed: int) -> None:
    """The child: paint on from where the project stands; print how many actions are safe."""
    project_writer._IDLE_S, project_writer._WAL_BYTES = 0.03, 4 << 20  # tidy up often
    path = folder / PROJECT
    if path.exists():
        project, document = Project.open(path, lambda _: Source())
    else:
        document = new_document()
        project = Project.create(path, Info(folder / PAINTING), document)
    start = actions_in(path)
    project.on_commit.append(lambda: os.write(1, b"%d\n" % (start + project.committed)) and None)
    os.write(1, b"%d\n" % start)
    rng = random.Random()
    number = start
    while True:
        act(document, seed, number)
        number += 1
        while project.pending > 6:
            time.sleep(0.0005)
        if rng.random() < 0.03:
            time.sleep(0.1)  # long enough for the writer to tidy up


def actions_in(path: Path) -> int:
    """Return how many actions a project holds."""
    db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        return int(db.execute("SELECT event FROM head").fetchone()[0])
    finally:
        db.close()


@dataclass(frozen=True)
class Kill:
    """What one kill found."""

    moment: str
    reported: int
    recovered: int
    steps: int
    open_ms: float


def kill_once(folder: Path, seed: int, rng: random.Random) -> tuple[str, int]:
    """Start a child, kill it at a random moment; return that and the last number reported."""
    child = subprocess.Popen(
        [sys.executable, str(Path(__file__)), "--child", str(folder), "--seed", str(seed)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )
    assert child.stdout is not None
    with child, selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        is_early = rng.random() < 0.25
        heard = b""
        if not is_early:
            selector.select(60)
            heard = os.read(child.stdout.fileno(), 65536)
        delay = rng.uniform(0.2, 1.0) if is_early else rng.uniform(0.0, 0.6)
        deadline = time.monotonic() + delay
        while (left := deadline - time.monotonic()) > 0:
            if selector.select(left):
                chunk = os.read(child.stdout.fileno(), 65536)
                if not chunk:
                    break
                heard += chunk
        assert child.poll() is None, "the child died by itself"
        child.kill()
        heard += child.stdout.read()
    numbers = heard.rpartition(b"\n")[0].split()
    moment = f"{delay * 1000:.0f} ms after " + ("start" if is_early else "opening")
    return moment, int(numbers[-1]) if numbers else 0


def kills(folder: Path, count: int, seed: int) -> Iterator[Kill]:
    """Kill a session again and again; after each kill prove a copy of what lies there."""
    (folder / PAINTING).write_bytes(b"painting")
    model, number, reported = new_document(), 0, 0
    rng = random.Random(seed)
    for index in range(count):
        moment, heard = kill_once(folder, seed, rng)
        reported = max(reported, heard)
        if not (folder / PROJECT).exists():
            assert reported == 0
            yield Kill(moment, 0, 0, 0, 0.0)
            continue
        copy = folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for path in folder.glob("painting.*"):
            shutil.copy2(path, copy)
        recovered = actions_in(copy / PROJECT)
        while number < recovered:
            act(model, seed, number)
            number += 1
        begin = time.perf_counter()
        project, document = Project.open(copy / PROJECT, lambda _: Source())
        open_ms = (time.perf_counter() - begin) * 1000
        try:
            assert recovered >= reported, f"{reported - recovered} strokes lost: {moment}"
            assert project.problems == ()
            prove_same(document, model, rng, is_last=index == count - 1)
            assert index % 10 or project.verify() == []
        finally:
            project.close()
        yield Kill(moment, reported, recovered, len(document.history.commands), open_ms)


def prove_same(document: Document, model: Document, rng: random.Random, is_last: bool) -> None:
    """Compare states, steps and the way back: the last 20 steps singly, else by jumps."""
    position, steps = model.history.position, model.history.commands
    assert document.history.position == position
    assert [(s.label, s.dirty) for s in document.history.commands] == [
        (s.label, s.dirty) for s in steps
    ]
    assert_same(document.stack, model.stack)
    for _ in range(position if is_last else min(20, position)):
        document.undo()
        model.undo()
        assert_same(document.stack, model.stack)
    for to in (rng.randint(0, len(steps)), len(steps), 0, rng.randint(0, len(steps)), position):
        document.go_to(to)
        model.go_to(to)
        assert_same(document.stack, model.stack)


def assert_same(one: LayerStack, other: LayerStack) -> None:
    assert len(one.layers) == len(other.layers)
    assert one.next_id == other.next_id
    for mine, theirs in zip(one, other, strict=True):
        assert (mine.id, mine.kind, mine.name) == (theirs.id, theirs.kind, theirs.name)
        if mine.surface is not None and theirs.surface is not None:
            assert mine.surface.tiles.keys() == theirs.surface.tiles.keys()
            for key, tile in mine.surface.tiles.items():
                assert np.array_equal(tile, theirs.surface.tiles[key])


posix_only = pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")


@posix_only
def test_five_kills_lose_no_stroke_reported_safe(tmp_path: Path) -> None:
    found = list(kills(tmp_path, 5, seed=5))
    assert found[-1].reported > 0


@posix_only
@pytest.mark.slow
def test_a_hundred_kills_lose_no_stroke_reported_safe(tmp_path: Path) -> None:
    found = list(kills(tmp_path, 100, seed=int(time.time())))
    assert found[-1].reported > 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child is not None:
        paint_until_killed(options.child, options.seed)
    with tempfile.TemporaryDirectory(prefix="lacuna-kill-") as folder:
        print(f"{'kill':>4} {'moment':>24} {'reported':>9} {'recovered':>9} {'steps':>6} open")
        for index, kill in enumerate(kills(Path(folder), options.kills, options.seed), 1):
            print(
                f"{index:4} {kill.moment:>24} {kill.reported:9} {kill.recovered:9} "
                f"{kill.steps:6} {kill.open_ms:.0f} ms",
                flush=True,
            )
    print("0 strokes reported safe were lost")


if __name__ == "__main__":
    main()
