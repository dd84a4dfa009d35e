"""Measures an uncompressed export beside tifffile's own write and libvips' copy of the same file.

    python tests/benchmarks/export_peers.py [--megapixels 50] [--rounds 3] [--folder /on/a/disk]

The painting is uncompressed 16-bit RGB in strips. The runs alternate, each in a process of its
own, the painting in the page cache; printed are medians, and the least, of wall and CPU seconds
(of ours and tifffile's without starting Python, of the `vips` program all), and the median of the
most memory. "written" is what the
others do too: to read the painting, lay the retouch on it and write a file. "proved" is what
Lacuna does always: to flush it to the disk, hash it, read it back and compare it with the
painting. Rows with "flushed" wait until the disk has it, which takes the others as long as us.
libvips is left out where it is not installed.
"""

import argparse
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tifffile

from core.document import export as export_module
from core.document.composite import composite
from core.document.export import export_tiff
from core.document.layer import LayerKind, LayerStack
from core.document.patch import Patch, Provenance
from core.image.bands import band_rects
from core.image.geometry import Rect
from core.image.new_file import NewFile
from core.image.tiff import open_tiff, write_tiff

PATCH = Rect(1000, 1000, 1500, 1200)


class Cost(NamedTuple):
    """What one run took."""

    wall_s: float
    cpu_s: float
    memory_mb: float


def main() -> int:
    """Write the painting, run everybody in turns, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megapixels", type=float, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the files are written, then removed")
    parser.add_argument("--do", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.do:
        name, painting, out = options.do
        start, cpu = time.perf_counter(), time.process_time()
        {**DOERS, "nothing": nothing}[name](Path(painting), Path(out))
        print(time.perf_counter() - start, time.process_time() - cpu)
        return 0
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        painting, out = Path(folder, "painting.tif"), Path(folder, "out.tif")
        make(painting, options.megapixels)
        names = [*DOERS, *(VIPS if shutil.which("vips") else [])]
        costs: dict[str, list[Cost]] = {name: [] for name in names}
        for _ in range(options.rounds):
            for name in names:
                out.unlink(missing_ok=True)
                costs[name].append(run(name, painting, out))
    print(f"{options.megapixels:g} MP, {options.rounds} rounds")
    print(f"{'':40} {'wall s':>8} {'least':>8} {'CPU s':>8} {'least':>8} {'RSS MB':>8}")
    for name, runs in sorted(costs.items()):
        wall, cpu, memory = zip(*runs, strict=True)
        print(
            f"{name:40} {statistics.median(wall):8.2f} {min(wall):8.2f} "
            f"{statistics.median(cpu):8.2f} {min(cpu):8.2f} {statistics.median(memory):8.0f}"
        )
    return 0


def make(path: Path, megapixels: float) -> None:
    """Write a painting with grain."""
    height = round(math.sqrt(megapixels * 1e6 * 4 / 3))
    width = round(megapixels * 1e6 / height)
    grain = np.random.default_rng(0).integers(0, 65535, (256, width, 3), dtype=np.uint16)
    strips = (grain[: min(256, height - top)] for top in range(0, height, 256))
    tifffile.imwrite(
        path, strips, shape=(height, width, 3), dtype=np.uint16, photometric="rgb", rowsperstrip=256
    )


def run(name: str, painting: Path, out: Path) -> Cost:
    """Do it in a process of its own."""
    if name in VIPS:
        command = ["vips", "copy", str(painting), str(out)]
        flushed = ["sh", "-c", 'vips copy "$1" "$2" && sync "$2"', "sh", *command[2:]]
        return measured(flushed if VIPS[name] else command)
    return measured([sys.executable, __file__, "--do", name, str(painting), str(out)])


def measured(command: list[str]) -> Cost:
    """Run a command; what it prints, if anything, is what it took. Raises CalledProcessError."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout:
        told = process.stdout.read()
    _pid, status, usage = os.wait4(process.pid, 0)
    wall_s = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise subprocess.CalledProcessError(process.returncode, command)
    unit = 1 if sys.platform == "darwin" else 1024
    cpu_s = usage.ru_utime + usage.ru_stime
    if told:
        wall_s, cpu_s = map(float, told.split())
    return Cost(wall_s, cpu_s, usage.ru_maxrss * unit / 1e6)


def restored(painting: Path) -> LayerStack:
    """Open a painting and lay a fill on it."""
    source = open_tiff(painting)
    stack = LayerStack.of(source, "Painting").adding(LayerKind.RETOUCH, "Retouch")
    pixels = np.full((PATCH.height, PATCH.width, 3), 12345, np.uint16)
    coverage = np.full((PATCH.height, PATCH.width), 65535, np.uint16)
    made = Provenance("none", "none", "1", "classical", "cpu", is_trained=False)
    return stack.placing(Patch(PATCH, pixels, coverage, made), 3)


def export(painting: Path, out: Path) -> None:
    """Export as the program does."""
    stack = restored(painting)
    assert export_tiff(stack, open_tiff(painting).info, out).is_verified


def write(painting: Path, out: Path) -> None:
    """Write without the proof and without waiting for the disk."""
    NewFile.sync = lambda new: new.handle.flush()  # type: ignore[method-assign]
    write_flushed(painting, out)


def write_flushed(painting: Path, out: Path) -> None:
    """Write without the proof."""
    export_module.write_tiff = partial(write_tiff, verify=False)
    export(painting, out)


def tifffile_write(painting: Path, out: Path) -> None:
    """Let tifffile write the same composite."""
    stack = restored(painting)
    rects = list(band_rects(open_tiff(painting).info))
    strips = (composite(stack, rect) for rect in rects)
    tifffile.imwrite(
        out, strips, shape=(stack.height, stack.width, 3), dtype=np.uint16, photometric="rgb",
        rowsperstrip=rects[0].height,
    )  # fmt: skip


def tifffile_flushed(painting: Path, out: Path) -> None:
    """Let tifffile write it, and wait for the disk."""
    tifffile_write(painting, out)
    with out.open("rb") as file:
        os.fsync(file.fileno())


def nothing(_painting: Path, _out: Path) -> None:
    """Only start."""


DOERS = {
    "Lacuna, written": write,
    "tifffile's write + composite": tifffile_write,
    "Lacuna, written, flushed": write_flushed,
    "tifffile's write + composite, flushed": tifffile_flushed,
    "Lacuna, proved": export,
}
# Whether to wait for the disk.
VIPS = {"libvips copy": False, "libvips copy, flushed": True}


if __name__ == "__main__":
    sys.exit(main())
