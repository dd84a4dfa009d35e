"""Fills at native resolution, rival by rival and step by step: quality, time, memory.

Run: python tests/benchmarks/fill.py quality FOLDER --features squeezenet1_1.safetensors
         [--crop 512] [--skip 0] [--pictures 8] [--losses 3 8 24 64 200]
         [--generator atelier-small] [--also atelier-crack] [--figures FOLDER] [--show FOLDER]
     python tests/benchmarks/fill.py cost FOLDER [--generator atelier-small]

FOLDER holds paintings; each is cropped once, at a place that depends only on its file's name and
the crop. Losses are ragged flakes of that width (px), 4 px and less: cracks. Figures are in the
hole alone, but for PD, which is the whole crop's. The last columns are how far the default ("all")
is from the row, paired, with bootstrap 95 % intervals.
"""

import argparse
import itertools
import json
import multiprocessing
import resource
import sys
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from PIL import Image

from core.image.surface import F32, U8
from core.inpainting.card import card_by_id
from core.inpainting.catalogue import catalogue
from core.inpainting.engine import FillOptions
from core.inpainting.generator import Generator, open_generator
from training import engine_fill
from training.engine_fill import marked
from training.features import read_features
from training.metrics import Reference, boundary_error, distance, psnr, similarity

RIVALS = ("telea", "navier-stokes", "diffusion", "exemplar")
NAMES = ("PSNR", "SSIM", "PD", "boundary", "spectrum")
UNITS = ("dB", "", "", "/255", "dB")
BOOTSTRAPS = 2000
WINDOWS_PX = (1024, 2048, 4096)
PLAIN = FillOptions(is_coarse_to_fine=False, is_harmonized=False, texture_from_px=None)
DEFAULT = FillOptions()
STEPS = {
    "alone": PLAIN,
    "all but coarse to fine": replace(DEFAULT, is_coarse_to_fine=False),
    "all but harmonize": replace(DEFAULT, is_harmonized=False),
    "all but texture": replace(DEFAULT, texture_from_px=None),
    "all": DEFAULT,
}


class System(NamedTuple):
    """A row of the table: a generator and what the engine does to its result."""

    name: str
    generator: Generator
    options: FillOptions


def main() -> int:
    """Print the tables asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("quality", "cost"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--features", type=Path)
    parser.add_argument("--crop", type=int, default=512)
    parser.add_argument("--skip", type=int, default=0, help="paintings passed over, by name")
    parser.add_argument("--pictures", type=int, default=8)
    parser.add_argument("--losses", type=int, nargs="+", default=[3, 8, 24, 64, 200])
    parser.add_argument("--generator", default="atelier-small")
    parser.add_argument("--also", nargs="*", default=[], help="other generators alone")
    parser.add_argument("--figures", type=Path, help="keep figures here; found ones are used")
    parser.add_argument("--show", type=Path, help="write the fills as PNG here")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.what == "cost":
        cost(options)
        return 0
    if options.features is None:
        parser.error("quality needs --features")
    quality(options)
    return 0


def quality(options: argparse.Namespace) -> None:
    """Fill every crop's losses with every system; print one table for each width of loss."""
    features = read_features(options.features)
    chosen = systems(options.generator, options.also)
    rows: dict[int, dict[str, list[list[float]]]] = {width: {} for width in options.losses}
    lost = dict.fromkeys(options.losses, 0)
    for name, crop in cropped(options.folder, options.crop, options.skip, options.pictures):
        reference = Reference(crop, features)
        for width in options.losses:
            mask = losses(options.crop, width, name)
            lost[width] += int(mask.sum())
            kept = Kept.of(options.figures, f"{options.crop}-{width}-{name}")
            for system in chosen:
                if system.name not in kept.rows:
                    made = filled(crop, mask, system)
                    kept.add(system.name, measured(reference, made, mask))
                    if options.show:
                        shown(options.show, f"{width}-{name}-{system.name}", made)
                rows[width].setdefault(system.name, []).append(kept.rows[system.name])
    for width, found in rows.items():
        count = len(found[RIVALS[0]])
        print(f"\nLosses of {width} px, {count} crops of {options.crop} px, "
              f"{100 * lost[width] / (count * options.crop**2):.1f} % lost")  # fmt: skip
        table(found, f"{options.generator} all")


class Kept(NamedTuple):
    """The figures of one crop's losses by system, also in a file, if one is wanted."""

    path: Path | None
    rows: dict[str, list[float]]

    @classmethod
    def of(cls, folder: Path | None, name: str) -> "Kept":
        """Read what was kept of a crop."""
        path = None if folder is None else folder / f"{name}.json"
        return cls(path, json.loads(path.read_text()) if path and path.exists() else {})

    def add(self, system: str, row: list[float]) -> None:
        """Keep one more system's figures."""
        self.rows[system] = [float(value) for value in row]
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(json.dumps(self.rows, indent=1))


def systems(generator: str, also: list[str]) -> list[System]:
    """Return the rivals, the other generators alone, then the generator step by step."""
    cards, _ = catalogue()
    opened = {name: open_generator(card_by_id(cards, name), "cpu")
              for name in (*RIVALS, generator, *also)}  # fmt: skip
    rows = [System(name, opened[name], PLAIN) for name in RIVALS]
    rows += [System(f"{name} alone", opened[name], PLAIN) for name in also]
    rows += [System(f"{generator} {step}", opened[generator], what) for step, what in STEPS.items()]
    return rows


def cropped(folder: Path, side: int, skip: int, count: int) -> Iterator[tuple[str, U8]]:
    """Yield (name, crop) of the first `count` paintings after `skip` that are large enough."""
    found = 0
    for path in sorted(folder.iterdir())[skip:]:
        with Image.open(path) as picture:
            if min(picture.size) < side or found == count:
                continue
            pixels = np.asarray(picture.convert("RGB"))
        rng = np.random.default_rng([zlib.crc32(path.name.encode()), side])
        y, x = (int(rng.integers(0, room - side + 1)) for room in pixels.shape[:2])
        found += 1
        yield path.stem, pixels[y : y + side, x : x + side].copy()


def losses(side: int, width: int, name: str) -> U8:
    """Return a mask of 0 and 1: ragged flakes of a width, cracks if it is at most 4 px."""
    rng = np.random.default_rng([side, width, zlib.crc32(name.encode())])
    mask = np.zeros((side, side), np.uint8)
    if width <= 4:
        for _ in range(side // 40):
            at, angle = rng.uniform(0, side, 2), rng.uniform(0, 2 * np.pi)
            for _ in range(30):
                angle += rng.normal(0, 0.35)
                end = at + 12 * np.array([np.cos(angle), np.sin(angle)])
                cv2.line(mask, at.astype(int).tolist(), end.astype(int).tolist(), 1, width)
                at = end
        return mask
    margin = min(0.6 * width + 8, side / 2 - 1)
    for _ in range(int(np.clip(min(0.08 * (side / width) ** 2, 512 / width), 1, 24))):
        angles = np.sort(rng.uniform(0, 2 * np.pi, 12))
        reach = width / 2 * rng.uniform(0.8, 1.25, 12)
        x, y = rng.uniform(margin, side - margin, 2)
        outline = np.stack([x + reach * np.cos(angles), y + reach * np.sin(angles)], axis=1)
        cv2.fillPoly(mask, [outline.astype(np.int32)], 1)
    return mask


def filled(crop: U8, mask: U8, system: System) -> U8:
    """Run the engine on a crop and return it with its losses filled."""
    layers = marked(crop.astype(np.uint16) * np.uint16(257), mask)
    made = engine_fill.filled(layers, system.generator, system.options)
    return np.rint(made / 257).astype(np.uint8)


def measured(reference: Reference, made: U8, mask: U8) -> list[float]:
    """Return the figures of NAMES."""
    error = np.abs(made[mask > 0].astype(np.float64) - reference.painting[mask > 0])
    rows, columns = np.nonzero(mask)
    # No figure of the hole sees farther than this.
    near = tuple(slice(max(0, at.min() - 48), at.max() + 49) for at in (rows, columns))
    part, hole = Reference(reference.painting[near]), mask[near]
    return [
        psnr(error),
        float(similarity(part, made[near])[hole > 0].mean()),
        distance(reference, made),
        255 * boundary_error(error, mask),
        spectrum_distance(made[near], part.painting, hole),
    ]


def spectrum_distance(made: U8, painting: U8, mask: U8) -> float:
    """Return how far the power of octaves inside the hole is from the painting's, RMS dB."""
    inside = cv2.erode(mask, np.ones((5, 5), np.uint8)) > 0
    if inside.sum() < 50:
        inside = mask > 0
    powers = [
        [one[inside].var() + 1e-6 for one in octaves(picture)] for picture in (made, painting)
    ]
    return float(np.sqrt(np.mean(np.square(10 * np.log10(np.divide(*powers))))))


def octaves(picture: U8) -> list[F32]:
    """Return the four finest bands of a picture: between Gaussians of 0, 1.4, 2.8, 5.6, 11.2 px."""
    samples = picture.astype(np.float32) / 255
    blurred = [samples, *(cv2.GaussianBlur(samples, (0, 0), 1.4 * 2**n) for n in range(4))]
    return [finer - coarser for finer, coarser in itertools.pairwise(blurred)]


def table(rows: dict[str, list[list[float]]], default: str) -> None:
    """Print the means of all systems, and how far the default is from each one, paired."""
    print("| fill | " + " | ".join(f"{n} {u}".strip() for n, u in zip(NAMES, UNITS, strict=True))
          + " | default: PSNR, dB | PD, % | boundary, % |")  # fmt: skip
    print("| --- |" + " --: |" * (len(NAMES) + 3))
    ours = np.array(rows[default])
    for name, found in rows.items():
        values = np.array(found)
        means = " | ".join(f"{mean:.3f}" if 0 < at < 3 else f"{mean:.2f}"
                           for at, mean in enumerate(values.mean(0)))  # fmt: skip
        gains = (ours[:, 0] - values[:, 0], *(100 * (ours[:, at] / values[:, at] - 1)
                                              for at in (2, 3)))  # fmt: skip
        print(f"| {name} | {means} | " + " | ".join(map(interval, gains)) + " |", flush=True)


def interval(differences: np.ndarray) -> str:
    """Return a mean and its bootstrap 95 % interval."""
    if not differences.any():
        return ""
    rng = np.random.default_rng(0)
    picks = rng.integers(0, len(differences), (BOOTSTRAPS, len(differences)))
    low, high = np.percentile(differences[picks].mean(1), (2.5, 97.5))
    return f"{differences.mean():+.2f} [{low:+.2f}, {high:+.2f}]"


def shown(folder: Path, name: str, made: U8) -> None:
    """Write a fill as PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(made).save(folder / f"{name}.png")


def cost(options: argparse.Namespace) -> None:
    """Print CPU seconds and peak memory per megapixel of hole, each fill in its own process."""
    print("| painting | fill | hole, Mpx | s | s/Mpx of hole | peak memory, MB | above idle |")
    print("| --- | --- | --: | --: | --: | --: | --: |")
    _, crop = next(cropped(options.folder, 512, 0, 1))
    for side in WINDOWS_PX:
        for name in (*RIVALS, f"{options.generator} alone", f"{options.generator} all"):
            queue: multiprocessing.Queue = multiprocessing.get_context("spawn").Queue()
            process = multiprocessing.get_context("spawn").Process(
                target=one_cost, args=(queue, crop, side, name, options.generator)
            )
            process.start()
            hole, seconds, peak, idle = queue.get()
            process.join()
            print(f"| {side}² | {name} | {hole:.3f} | {seconds:.1f} | {seconds / hole:.0f} | "
                  f"{peak:.0f} | {peak - idle:.0f} |", flush=True)  # fmt: skip


def one_cost(queue: multiprocessing.Queue, crop: U8, side: int, name: str, generator: str) -> None:
    """Fill a mirrored painting of a size once and put (Mpx of hole, CPU s, MB, MB before)."""
    torch.set_num_threads(1)
    times = -(-side // len(crop))
    painting = np.pad(crop, ((0, (times - 1) * 512), (0, (times - 1) * 512), (0, 0)), "symmetric")
    painting = painting[:side, :side]
    mask = losses(side, 3, "") | losses(side, side // 5, "")
    system = next(one for one in systems(generator, []) if one.name == name)
    filled(crop, losses(512, 8, ""), system)
    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = cpu_seconds()
    filled(painting, mask, system)
    seconds = cpu_seconds() - start
    queue.put((mask.sum() / 1e6, seconds,
               resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, idle))  # fmt: skip


def cpu_seconds() -> float:
    """Return what this process and those it has ended have used; texture is sought in another."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    sys.exit(main())
