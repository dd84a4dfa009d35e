"""Measures opening paintings as the window does: first picture, sharp picture, memory, tiles.

    python tests/benchmarks/opening.py [--megapixels 400] [--gigapixels 10] [--folder /on/a/disk]

Each case runs in a process of its own, with the file out of the page cache; memory is the most
that process ever had resident, after panning at 1:1 and painting a stroke. "again" is the same
painting opened a second time, when it has been prepared. With --export the painting is exported,
uncompressed, in the same process, before the memory is asked for.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree

CASES = ("uncompressed strips", "LZW strips", "Deflate tiles", "pyramid")
SLOW = ("LZW strips",)
WAIT_S = 400.0
SHARED_MP = 2000


def main() -> int:
    """Write each file, measure it in a child process, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megapixels", type=float, default=50)
    parser.add_argument("--gigapixels", type=float, help="a sparse pyramid of this size as well")
    parser.add_argument("--folder", type=Path, help="where the files are written, then removed")
    parser.add_argument("--only", choices=CASES, action="append")
    parser.add_argument("--no-again", action="store_true")
    parser.add_argument("--against", type=Path, help="another source tree, measured beside")
    parser.add_argument("--export", action="store_true")
    parser.add_argument("--measure", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measured(*options.measure, options.export)))
        return 0
    print(f"{'case':32} {'first s':>8} {'CPU s':>6} {'sharp s':>8} {'ready s':>8} {'RSS MB':>7} "
          f"{'file tiles/s':>12} {'tiles/s':>8} {'export s':>8} {'close s':>8}")  # fmt: skip
    cases = [(name, options.megapixels) for name in options.only or CASES]
    if options.gigapixels:
        cases.append(("pyramid", options.gigapixels * 1000))
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for name, megapixels in cases:
            path = Path(folder) / f"{name} {megapixels:.0f}.tif"
            write_case(path, name, megapixels)
            again = name in SLOW and not options.no_again
            if options.against and megapixels <= SHARED_MP:
                before = path.with_suffix(".before")
                show_row(f"{name}, {megapixels:,.0f} MP, other", path, before, options.against)
                rmtree(before)
            for turn in ["", ", again"] if again else [""]:
                home = path.with_suffix(".home")
                is_exported = options.export and megapixels <= SHARED_MP
                show_row(f"{name}, {megapixels:,.0f} MP{turn}", path, home, None, is_exported)
            rmtree(path.with_suffix(".home"))
            path.unlink()
    return 0


def show_row(
    title: str, path: Path, home: Path, tree: Path | None = None, is_exported: bool = False
) -> None:
    """Measure one file in a process of its own and print its row."""
    forget(path)
    command = [sys.executable, __file__, "--measure", str(path), str(home)]
    command += ["--export"] if is_exported else []
    environment = dict(os.environ) if tree is None else {**os.environ, "PYTHONPATH": str(tree)}
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=environment)
    if done.returncode != 0:
        print(f"{title:32} failed ({done.returncode})")
        return
    row = json.loads(done.stdout.splitlines()[-1])
    print(
        f"{title:32} {row['first']:8.2f} {row['cpu']:6.2f} {row['sharp']:8.2f} "
        f"{row['ready']:8.2f} {row['rss']:7.0f} {row['file']:12.0f} {row['tiles']:8.0f} "
        f"{row['export']:8.2f} {row['close']:8.2f}",
        flush=True,
    )


def forget(path: Path) -> None:
    """Push a file out of the page cache."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


# The files: four by four fields of different brightness, each of one texture over and over, so
# that hardly anything is encoded and all levels are known.

FIELDS = 4


def write_case(path: Path, name: str, megapixels: float) -> None:
    """Write a 16-bit RGB painting of 4 : 3."""
    import numpy as np

    from core.image.reduction import area_mean

    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    width = round(megapixels * 1e6 / height)
    tiles_across = -(-width // 256)
    # Fields of 2**deep tiles a side.
    deep = max(0, (-(-tiles_across // FIELDS) - 1).bit_length())
    rng = np.random.default_rng(0)
    y, x = np.mgrid[0:256, 0:256] * (2 * np.pi / 256)
    texture = 6000 * np.sin(x) * np.cos(2 * y) + rng.normal(0, 300, (256, 256))
    tones = rng.integers(12000, 45000, (FIELDS, FIELDS, 3))

    def field(tx: int, ty: int, level: int) -> np.ndarray:
        """Return the tile that fills a field at a level up to `deep`."""
        full = (texture[..., None] + tones[ty, tx]).astype(np.uint16)
        small = area_mean(full, min(level, 8))
        return np.tile(small, (256 // small.shape[0], 256 // small.shape[1], 1))

    writer = Writer(path, "lzw" if name == "LZW strips" else "deflate")
    if name.endswith("strips"):
        compression = "lzw" if name == "LZW strips" else "none"
        writer.strips(width, height, deep, lambda tx, ty: field(tx, ty, 0), compression)
        return
    subs = []
    if name == "pyramid":
        top = np.concatenate(
            [
                np.concatenate([field(tx, ty, deep) for tx in range(FIELDS)], 1)
                for ty in range(FIELDS)
            ]
        )[: -(-height >> deep), : -(-width >> deep)]
        subs.extend(
            writer.tiles(width, height, level, deep, field, is_shared=megapixels > SHARED_MP)
            for level in range(1, deep + 1)
        )
        while max(top.shape) > 256:
            top = area_mean(top, 1)
            subs.append(writer.picture(top))
    writer.tiles(width, height, 0, deep, field, subs, is_shared=megapixels > SHARED_MP)
    writer.close()


class Writer:
    """A BigTIFF written so that one encoded tile serves many places."""

    def __init__(self, path: Path, compression: str) -> None:
        from core.image.tiff_directory import Dialect

        self._file = path.open("wb")
        self._dialect = Dialect("<", True)
        self._compression = compression
        self._file.write(b"II+\0" + self._dialect.pack("HHQ", 8, 0, 0))

    def tiles(self, width, height, level, deep, field, subs=(), is_shared=False) -> int:
        """Write a level of fields; return where its directory is."""
        from core.image.tiff_segments import encoded

        wide, high = -(-width >> level), -(-height >> level)
        kept: dict[tuple[int, int], tuple[bytes, int]] = {}
        offsets, counts = [], []
        for ty in range(-(-high // 256)):
            for tx in range(-(-wide // 256)):
                place = (tx << level) >> deep, (ty << level) >> deep
                if place not in kept:
                    data = encoded(field(*place, level), self._compression, "<")
                    kept[place] = data, self._append(data)
                data, offset = kept[place]
                offsets.append(offset if is_shared else self._append(data))
                counts.append(len(data))
        return self._directory(wide, high, offsets, counts, is_main=level == 0, subs=subs)

    def picture(self, pixels) -> int:
        """Write a small level from its pixels."""
        import numpy as np

        from core.image.tiff_segments import encoded

        offsets, counts = [], []
        for y in range(0, pixels.shape[0], 256):
            for x in range(0, pixels.shape[1], 256):
                part = pixels[y : y + 256, x : x + 256]
                tile = np.zeros((256, 256, 3), np.uint16)
                tile[: part.shape[0], : part.shape[1]] = part
                data = encoded(tile, self._compression, "<")
                offsets.append(self._append(data))
                counts.append(len(data))
        return self._directory(pixels.shape[1], pixels.shape[0], offsets, counts, False)

    def strips(self, width, height, deep, field, compression) -> None:
        """Write strips of 8 rows (256 if they are not compressed)."""
        import numpy as np

        from core.image.tiff_segments import encoded

        rows = 256 if compression == "none" else 8
        self._compression = compression
        kept: dict[int, list[bytes]] = {}
        offsets, counts = [], []
        for top in range(0, height, 256):
            row = top // 256 >> deep
            if row not in kept:
                fields = [field(tx >> deep, row) for tx in range(-(-width // 256))]
                band = np.concatenate(fields, 1)[:, :width]
                kept = {row: [encoded(band[y : y + rows], compression, "<")
                              for y in range(0, 256, rows)]}  # fmt: skip
            for y, data in zip(range(top, height, rows), kept[row], strict=False):
                if height - y < rows:
                    data = encoded(band[y - top : height - top], compression, "<")
                offsets.append(self._append(data))
                counts.append(len(data))
        self._directory(width, height, offsets, counts, True, rows=rows)
        self.close()

    def close(self) -> None:
        """End the file."""
        self._file.close()

    def _append(self, data: bytes) -> int:
        place = self._file.tell()
        self._file.write(data)
        return place

    def _directory(self, width, height, offsets, counts, is_main, subs=(), rows=0) -> int:
        from core.image.tiff_directory import LONG, LONG8, SHORT, Tag, directory_bytes
        from core.image.tiff_tags import COMPRESSION_CODES

        tags = [
            Tag.of_numbers(254, LONG, 0 if is_main else 1),
            Tag.of_numbers(256, LONG, width),
            Tag.of_numbers(257, LONG, height),
            Tag.of_numbers(258, SHORT, 16, 16, 16),
            Tag.of_numbers(259, SHORT, COMPRESSION_CODES[self._compression]),
            Tag.of_numbers(262, SHORT, 2),
            Tag.of_numbers(277, SHORT, 3),
            Tag.of_numbers(273 if rows else 324, LONG8, *offsets),
            Tag.of_numbers(279 if rows else 325, LONG8, *counts),
        ]
        if rows:
            tags.append(Tag.of_numbers(278, LONG, rows))
        else:
            tags += [Tag.of_numbers(code, LONG, 256) for code in (322, 323)]
        if self._compression != "none":
            tags.append(Tag.of_numbers(317, SHORT, 2))
        if subs:
            tags.append(Tag.of_numbers(330, LONG8, *subs))
        place = self._file.tell() + self._file.tell() % 2
        self._file.seek(place)
        self._file.write(directory_bytes(tags, self._dialect, place))
        if is_main:
            self._file.seek(8)
            self._file.write(self._dialect.pack("Q", place))
            self._file.seek(0, os.SEEK_END)
        return place


# The measuring child.


def measured(path: Path, home: Path, is_exported: bool) -> dict[str, float]:
    """Open a painting in a window off the screen, work on it, and return what that took."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    sys.setswitchinterval(0.001)
    import numpy as np
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    from core.image.geometry import Rect
    from desktop.app import make_application
    from desktop.main_window import MainWindow
    from desktop.places import Places
    from desktop.preferences import Preferences

    app = make_application()
    window = MainWindow(Preferences(Places.under(home)))
    window.resize(1440, 920)
    window.show()
    start, cpu = time.perf_counter(), time.process_time()

    def until(is_so: Callable[[], bool]) -> float:
        while not is_so():
            app.processEvents()
            time.sleep(0.002)
            if time.perf_counter() - start > WAIT_S:
                raise TimeoutError(f"{path.name}: {window.notices.texts}")
        return time.perf_counter() - start

    def has_picture() -> bool:
        """Whether something of the painting is seen in 9 of 10 places: nothing of it is grey."""
        image = window.page.canvas.grab().toImage().convertToFormat(image_format)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
        places = rows[40 : -40 : rows.shape[0] // 12, 60 : -60 : rows.shape[1] // 16, :3]
        spread = places.max(2).astype(int) - places.min(2)
        return bool((spread > 4).mean() > 0.6)

    from PySide6.QtGui import QImage

    image_format = QImage.Format.Format_RGB32
    window.files.open(path)
    until(lambda: window.page is not None)
    page = window.page
    row = {"first": until(has_picture), "cpu": time.process_time() - cpu}
    row["sharp"] = until(lambda: page.canvas.is_settled)
    row["ready"] = until(lambda: not page.session.jobs.running)
    pyramid, source = page.session.opened.pyramid, page.session.opened.source
    rng = np.random.default_rng(1)

    def tiles_per_s(read: Callable[[Rect], object]) -> float:
        begun, count = time.perf_counter(), 0
        while time.perf_counter() - begun < 2.0:
            tx = int(rng.integers(0, source.width // 256)) * 256
            ty = int(rng.integers(0, source.height // 256)) * 256
            read(Rect(tx, ty, 256, 256))
            count += 1
        return count / (time.perf_counter() - begun)

    row["file"] = tiles_per_s(source.read)
    row["tiles"] = tiles_per_s(pyramid.read)
    canvas = page.canvas
    for scale in (1.0, 0.5, 0.25, 0.07, 1.0):
        canvas.zoom_to(scale)
        for step in range(20):
            canvas.pan_by(-170, -90 if step % 2 else 40)
            app.processEvents()
        until(lambda: canvas.is_settled)
    middle = canvas.rect().center()
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle)
    for step in range(60):
        QTest.mouseMove(canvas, middle + QPoint(4 * step, step % 9))
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=middle + QPoint(240, 0))
    until(lambda: canvas.is_settled)
    row["export"] = exported(page.session.opened, home / "out.tif") if is_exported else 0.0
    closing = time.perf_counter()
    window.close()
    row["close"] = time.perf_counter() - closing
    row["rss"] = peak_mb()
    return row


def exported(opened, out: Path) -> float:
    """Export the painting as it is now; return the seconds that takes."""
    from core.document.export import export_tiff

    report = export_tiff(opened.document.stack, opened.info, out)
    out.unlink()
    return report.seconds


def peak_mb() -> float:
    """Return the most memory this process ever had resident."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1000
    return 0.0


if __name__ == "__main__":
    sys.exit(main())
