"""Measures a project: commit latency of strokes, opening after 500 strokes, undo into the file.

    python tests/benchmarks/project.py [--folder FOLDER] [--strokes 500]

Latency is from Document.do to the commit synced to the disk of FOLDER; “painter” is what of it
the painting thread waits for.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.document.document import Document
from core.document.layer import LayerKind, LayerStack
from core.document.patch import Patch, Provenance
from core.document.project import Project
from core.image.geometry import Rect
from core.image.surface import U16

WIDTH, HEIGHT = 6132, 8176
PROVENANCE = Provenance("telea", "Telea", "1", "classical", "cpu", False)


class Source:
    """A painting of which nobody asks for a pixel."""

    width, height, channels = WIDTH, HEIGHT, 3

    def read(self, rect: Rect, level: int = 0) -> U16:
        return np.zeros((rect.height, rect.width, 3), np.uint16)


@dataclass(frozen=True)
class Info:
    path: Path


def mask_stroke(stack: LayerStack, rng: np.random.Generator) -> LayerStack:
    """A stroke of a 40 px brush, 500 px long: 2 to 6 tiles of 64 KiB."""
    x, y = int(rng.integers(0, WIDTH - 500)), int(rng.integers(0, HEIGHT - 60))
    rows, columns = np.mgrid[:60, :500]
    stroke = np.clip(30 - np.abs(rows - 30 - 8 * np.sin(columns / 40)), 0, 20) * 12.7
    surface = stack.layer(2).pixels.writing(Rect(x, y, 500, 60), stroke.astype(np.uint8))
    return stack.with_surface(2, surface)


def retouch_stroke(stack: LayerStack, rng: np.random.Generator) -> LayerStack:
    """A grainy fill over 8 tiles of 512 KiB."""
    x = int(rng.integers(0, WIDTH // 256 - 4)) * 256
    y = int(rng.integers(0, HEIGHT // 256 - 2)) * 256
    rows = np.linspace(10000, 40000, 512)[:, None, None]
    grain = rng.normal(0, 400, (512, 1024, 1))
    pixels = (rows + grain + np.array([0, 3000, 6000])).astype(np.uint16)
    coverage = np.full((512, 1024), 65535, np.uint16)
    return stack.placing(Patch(Rect(x, y, 1024, 512), pixels, coverage, PROVENANCE), 3)


def show(name: str, seconds: list[float]) -> None:
    ms = np.array(seconds) * 1000
    print(
        f"{name:44} median {np.median(ms):7.1f} ms   p95 {np.percentile(ms, 95):7.1f} ms   "
        f"max {ms.max():7.1f} ms"
    )


def measure_commits(
    project: Project,
    document: Document,
    name: str,
    stroke: Callable[[LayerStack, np.random.Generator], LayerStack],
    count: int,
) -> None:
    safe = threading.Event()
    project.on_safe.append(safe.set)
    rng = np.random.default_rng(1)
    painter, latency = [], []
    for _ in range(count):
        after = stroke(document.stack, rng)
        safe.clear()
        begin = time.perf_counter()
        document.do(name, after)
        painter.append(time.perf_counter() - begin)
        safe.wait(60)
        latency.append(time.perf_counter() - begin)
        time.sleep(0.02)
    project.on_safe.remove(safe.set)
    show(f"{name}: to the disk", latency)
    show(f"{name}: painter", painter)


def measure_opening(path: Path, name: str) -> None:
    begin = time.perf_counter()
    project, document = Project.open(path, lambda _: Source())
    seconds = time.perf_counter() - begin
    steps = len(document.history.commands)
    print(f"{name}: {steps} steps, {path.stat().st_size / 2**20:.0f} MiB: {seconds:.2f} s")
    undo = []
    for _ in range(50):
        begin = time.perf_counter()
        document.undo()
        undo.append(time.perf_counter() - begin)
    show(f"{name}: undo into the file", undo)
    begin = time.perf_counter()
    document.go_to(0)
    print(f"{name}: back over {steps - 50} stored steps: {time.perf_counter() - begin:.2f} s")
    begin = time.perf_counter()
    document.go_to(steps)
    print(f"{name}: forth to the end: {time.perf_counter() - begin:.2f} s")
    project.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, help="on the disk to measure")
    parser.add_argument("--strokes", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="lacuna-bench-") as name:
        folder = Path(name)
        (folder / "painting.tif").write_bytes(b"painting")
        for kind, stroke in (("mask stroke", mask_stroke), ("fill of 8 tiles", retouch_stroke)):
            path = folder / f"{kind}.lacuna"
            document = Document(LayerStack.of(Source(), "Painting"))
            project = Project.create(path, Info(folder / "painting.tif"), document)
            document.do("Add layer", document.stack.adding(LayerKind.RETOUCH, "Fill"))
            count = options.strokes if stroke is mask_stroke else options.strokes // 5
            measure_commits(project, document, kind, stroke, count)
            project.close()
            measure_opening(path, kind)


if __name__ == "__main__":
    main()
