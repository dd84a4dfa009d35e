"""`lacuna restore` on a 6132 × 8176 16-bit TIFF with a crack network: time, memory, and the proof.

Run: python tests/benchmarks/restore.py [--generator ID] [--keep FOLDER]
The painting is the sample's, mirrored until it fills the size: its profile, EXIF and XMP with it.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import tifffile

from core.image.files import open_image
from core.image.geometry import Rect
from core.image.surface import U8, U16
from core.image.tiff import write_tiff
from core.resources import sample_painting

WIDTH, HEIGHT = 6132, 8176
PICTURE_BYTES = WIDTH * HEIGHT * 6
POLL_S = 0.1
KEPT_TAGS = ("InterColorProfile", "XMP", "ExifTag", "XResolution", "YResolution", "ResolutionUnit")


def main() -> int:
    """Make the files, run the command, print figures; return 1 if anything outside changed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--generator")
    parser.add_argument("--keep", type=Path, help="work here and leave the files")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        painting, mask, out = (folder / n for n in ("painting.tif", "mask.png", "restored.tif"))
        marked = cracks(HEIGHT, WIDTH)
        if not painting.exists():
            make_painting(painting)
        mask.write_bytes(imagecodecs.png_encode(marked))
        size = painting.stat().st_size / 1e6
        print(f"painting {WIDTH} × {HEIGHT}, 16-bit RGB, {size:.0f} MB; "
              f"mask {100 * (marked > 0).mean():.2f} % of it")  # fmt: skip
        arguments = ["restore", str(painting), "--mask", str(mask), "-o", str(out), "--force"]
        if options.generator:
            arguments += ["--generator", options.generator]
        code, seconds, peaks, together = run([sys.executable, "-m", "desktop", *arguments])
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"exit code {code}, {seconds:.1f} s ({used.ru_utime + used.ru_stime:.1f} s of CPU)")
        for name, peak in sorted(peaks.items()):
            print(f"peak RSS of {name}: {peak / 1e6:.0f} MB")
        print(f"peak of all processes together (PSS): {together / 1e6:.0f} MB = "
              f"{together / PICTURE_BYTES:.2f} copies of the picture")  # fmt: skip
        return code or prove(painting, out, marked)


def make_painting(path: Path) -> None:
    """Write the sample painting, mirrored to the benchmark's size, uncompressed."""
    source = open_image(sample_painting())
    info = source.info
    own = source.read(Rect(0, 0, info.width, info.height))

    def read(rect: Rect) -> U16:
        rows = mirrored(np.arange(rect.y, rect.bottom), info.height)
        columns = mirrored(np.arange(rect.x, rect.right), info.width)
        return own[rows[:, None], columns]

    fields = {**info.__dict__, "width": WIDTH, "height": HEIGHT, "compression": "none"}
    write_tiff(path, type(info)(**fields | {"path": Path("none")}), read, verify=False)


def mirrored(indices: np.ndarray, size: int) -> np.ndarray:
    """Return indices into a picture that goes on by reflection."""
    place = indices % (2 * size)
    return np.where(place < size, place, 2 * size - 1 - place)


def cracks(height: int, width: int, seed: int = 0) -> U8:
    """Return a mask of 255: wandering cracks of 2–5 px that cross, and flakes up to 24 px wide."""
    rng = np.random.default_rng(seed)
    mask = np.zeros((height, width), np.uint8)
    for _ in range(220):
        at, angle = rng.uniform((0, 0), (width, height)), rng.uniform(0, 2 * np.pi)
        thickness = int(rng.integers(2, 6))
        for _ in range(int(rng.integers(40, 200))):
            angle += rng.normal(0, 0.35)
            end = at + rng.uniform(8, 30) * np.array([np.cos(angle), np.sin(angle)])
            cv2.line(mask, at.astype(int).tolist(), end.astype(int).tolist(), 255, thickness)
            at = end
    for _ in range(400):
        centre = rng.integers((0, 0), (width, height)).tolist()
        cv2.ellipse(mask, centre, rng.integers(2, 13, 2).tolist(), 0, 0, 360, 255, -1)
    return mask


def run(command: list[str]) -> tuple[int, float, dict[str, int], int]:
    """Run a command; return exit code, seconds, each process's peak RSS, peak PSS of all."""
    start = time.perf_counter()
    process = subprocess.Popen(command)
    peaks: dict[str, int] = {}
    together = 0
    while process.poll() is None:
        now = 0
        for name, pid in family(process.pid):
            try:
                peaks[name] = max(peaks.get(name, 0), field(pid, "status", "VmHWM:"))
                now += field(pid, "smaps_rollup", "Pss:")
            except OSError:
                continue
        together = max(together, now)
        time.sleep(POLL_S)
    return process.returncode, time.perf_counter() - start, peaks, together


def family(pid: int) -> list[tuple[str, int]]:
    """Return the program and its worker, by what they run."""
    found = [("the program", pid)]
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        try:
            line = Path(f"/proc/{child}/cmdline").read_bytes()
        except OSError:
            continue
        if b"spawn_main" in line:
            found.append(("the worker", int(child)))
    return found


def field(pid: int, table: str, name: str) -> int:
    """Return a figure of /proc in bytes; 0 where it is not told."""
    for line in Path(f"/proc/{pid}/{table}").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return 0


def prove(painting: Path, out: Path, marked: U8) -> int:
    """Compare the files with a decoder that is not ours; return 1 if they differ outside."""
    is_good = True
    with tifffile.TiffFile(painting) as before, tifffile.TiffFile(out) as after:
        for name in KEPT_TAGS:
            old, new = (file.pages.first.tags.get(name) for file in (before, after))
            if (old and old.value) != (new and new.value):
                print(f"{name} differs")
                is_good = False
        old_pixels, new_pixels = before.asarray(out="memmap"), after.asarray(out="memmap")
        inside = marked > 0
        for top in range(0, HEIGHT, 512):
            rows = slice(top, top + 512)
            differs = (old_pixels[rows] != new_pixels[rows]).any(-1)
            if (differs & ~inside[rows]).any():
                print(f"samples outside the mask differ in rows {top} to {top + 512}")
                is_good = False
    print("outside the mask every sample and every tag is the painting's" if is_good else "FAILED")
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
