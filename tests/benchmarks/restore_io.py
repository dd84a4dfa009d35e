"""Open and export a 6132 × 8176 16-bit RGB TIFF: time and peak memory of each step.

Run: python tests/benchmarks/restore_io.py [folder]
The painting (301 MB) is made by band in a temporary folder, by default the system's.
"""

import resource
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import numpy as np

from core.document.export import ExportReport, export_tiff
from core.document.layer import LayerKind, LayerStack
from core.document.patch import Patch, Provenance
from core.image.geometry import Rect
from core.image.info import ImageInfo, Resolution
from core.image.surface import U16
from core.image.tiff import TiffSource, open_tiff, write_tiff

WIDTH, HEIGHT = 6132, 8176
PICTURE_BYTES = WIDTH * HEIGHT * 6
PATCH = Rect(1000, 2000, 1500, 1200)


def main() -> None:
    """Measure, and print a line for each step."""
    where = sys.argv[1] if len(sys.argv) > 1 else None
    with tempfile.TemporaryDirectory(dir=where) as folder:
        painting, out = Path(folder, "painting.tif"), Path(folder, "restored.tif")
        with _step("making the painting (written, not verified)"):
            _make(painting)
        print(f"painting: {WIDTH} × {HEIGHT}, 16-bit RGB, {painting.stat().st_size / 1e6:.0f} MB")
        with _step("open, first coarse picture (level 3)"):
            source = open_tiff(painting)
            coarse = source.sample(3)
        assert coarse is not None
        with _step("one pass over bands()"):
            for _ in source.bands():
                pass
        with _step("500 rectangles of 512 × 512"):
            _read_at_random(source)
        stack = _restored(source)
        for compression in ("none", "zstd"):
            with _step(f"export, {compression}, verified against the painting"):
                report = export_tiff(stack, source.info, out, compression=compression)
            _check(report)
        source.close()


@contextmanager
def _step(name: str) -> Iterator[None]:
    start = perf_counter()
    yield
    seconds = perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"{name:48} {seconds:7.2f} s   peak RSS {peak / 1e6:6.0f} MB "
          f"= {peak / PICTURE_BYTES:.2f} pictures")  # fmt: skip


def _make(path: Path) -> None:
    info = ImageInfo(
        path, "TIFF", WIDTH, HEIGHT, 3, 16, resolution=Resolution((300, 1), (300, 1), 2)
    )
    write_tiff(path, info, _painter(), verify=False)


def _painter() -> Callable[[Rect], U16]:
    """Return a reader of a smooth picture with the grain of a camera."""
    grain = np.random.default_rng(0).integers(0, 2000, (256, WIDTH, 3), dtype=np.uint16)

    def read(rect: Rect) -> U16:
        rows = (np.arange(rect.y, rect.bottom) * 7)[:, None]
        columns = (np.arange(rect.x, rect.right) * 3)[None, :]
        smooth = (rows + columns).astype(np.uint16)[..., None]
        times = -(-rect.height // len(grain))
        return smooth // np.uint16(2) + np.tile(grain, (times, 1, 1))[: rect.height]

    return read


def _read_at_random(source: TiffSource) -> None:
    rng = np.random.default_rng(1)
    for _ in range(500):
        x, y = int(rng.integers(0, WIDTH - 512)), int(rng.integers(0, HEIGHT - 512))
        source.read(Rect(x, y, 512, 512))


def _restored(source: TiffSource) -> LayerStack:
    stack = LayerStack.of(source, "Painting").adding(LayerKind.RETOUCH, "Retouch")
    pixels = np.full((PATCH.height, PATCH.width, 3), 12345, np.uint16)
    coverage = np.full((PATCH.height, PATCH.width), 65535, np.uint16)
    made = Provenance("none", "none", "1", "classical", "cpu", is_trained=False)
    return stack.placing(Patch(PATCH, pixels, coverage, made), 3)


def _check(report: ExportReport) -> None:
    assert report.is_verified
    assert report.changed_rect == PATCH
    print(f"{'':4}{report.samples_changed:,} samples changed, all in {tuple(report.changed_rect)}")


if __name__ == "__main__":
    main()
