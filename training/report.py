"""What an evaluation leaves behind: a Markdown table, CSV files and a contact sheet."""

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

from training.evaluate import Example, Row, gain, means
from training.masks import Mask
from training.metrics import Pixels

TABLE = "table.md"
MEANS = "means.csv"
FIGURES = "figures.csv"
SHEET = "contact_sheet.webp"

_SHOWN = ("psnr_hole_db", "pd", "psnr_db", "ssim", "l1", "relative_l1", "boundary", "jaccard")
_GAP_PX = 4
_TITLE_PX = 18


def write_report(
    rows: Sequence[Row], examples: Sequence[Example], rivals: Sequence[str], out: Path
) -> list[Path]:
    """Write table.md, means.csv, figures.csv and contact_sheet.webp; return their paths."""
    out.mkdir(parents=True, exist_ok=True)
    (out / TABLE).write_text(markdown(rows, rivals), "utf-8")
    _write_means(rows, out / MEANS)
    _write_figures(rows, out / FIGURES)
    Image.fromarray(contact_sheet(examples, _generators(rows))).save(out / SHEET, quality=88)
    return [out / name for name in (TABLE, MEANS, FIGURES, SHEET)]


def markdown(rows: Sequence[Row], rivals: Sequence[str]) -> str:
    """Return one table of means per figure, then each other generator's gains on the rivals."""
    kinds, names = _kinds(rows), _generators(rows)
    cells = {(kind, name): means(rows, kind, name) for kind in kinds for name in names}
    pictures = round(cells[kinds[0], names[0]]["pictures"])
    parts = [f"{pictures} paintings per mask kind; the best of a row is bold."]
    for figure, title, is_larger_better in (
        ("psnr_hole_db", "PSNR in the hole, dB", True),
        ("pd", "PD-SqueezeNet, whole picture", False),
        ("ssim", "SSIM, whole picture", True),
    ):
        parts.append(f"### {title}\n\n" + _grid(kinds, names, cells, figure, is_larger_better))
    for name in names:
        if rivals and name not in rivals:
            title = f"### {name} minus its rivals, painting by painting: mean [95 % interval]"
            parts.append(f"{title}\n\n" + _gains(rows, kinds, name, rivals))
    return "\n\n".join(parts) + "\n"


def contact_sheet(examples: Sequence[Example], names: Sequence[str]) -> Pixels:
    """Return a picture with a row per example, titled columns.

    Whole damaged painting (hole white), then where the hole is densest, twice enlarged: painting,
    damaged, and each fill in the order of `names`.
    """
    lines = [_titles(["whole", "painting", "damaged", *names], len(examples[0].painting))]
    for example in examples:
        damaged = np.where(example.mask[..., None] > 0, np.uint8(255), example.painting)
        details = [example.painting, damaged, *example.composites]
        window = _densest(example.mask)
        cells = [damaged, *(_enlarged(cell[window], len(damaged)) for cell in details)]
        lines.append(np.concatenate([_framed(cell) for cell in cells], axis=1))
    return np.concatenate(lines, axis=0)


def _titles(names: Sequence[str], size: int) -> Pixels:
    strip = Image.new("RGB", ((size + _GAP_PX) * len(names), _TITLE_PX), (255, 255, 255))
    pen = ImageDraw.Draw(strip)
    for index, name in enumerate(names):
        pen.text((index * (size + _GAP_PX) + 2, 3), name, fill=(0, 0, 0))
    return np.asarray(strip)


def _densest(mask: Mask) -> tuple[slice, slice]:
    """Return the window of half the picture's side (rounded up) that holds most hole samples."""
    side = (mask.shape[0] + 1) // 2
    sums = cv2.boxFilter(
        mask.astype(np.float32), -1, (side, side), anchor=(0, 0), normalize=False,
        borderType=cv2.BORDER_CONSTANT,
    )[: mask.shape[0] - side + 1, : mask.shape[1] - side + 1]  # fmt: skip
    # A small hole is seen whole from many windows; the middle one shows it in its midst.
    y, x = (int(np.median(axis)) for axis in np.nonzero(sums == sums.max()))
    return slice(y, y + side), slice(x, x + side)


def _enlarged(detail: Pixels, size: int) -> Pixels:
    return detail.repeat(2, axis=0).repeat(2, axis=1)[:size, :size]


def _grid(
    kinds: Sequence[str],
    names: Sequence[str],
    cells: dict[tuple[str, str], dict[str, float]],
    figure: str,
    is_larger_better: bool,
) -> str:
    digits = 2 if figure.endswith("_db") else 4
    lines = ["| kind | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for kind in kinds:
        values = [cells[kind, name][figure] for name in names]
        if any(math.isnan(value) for value in values):
            return "Not measured: it needs --features."
        best = max(values) if is_larger_better else min(values)
        texts = (f"**{v:.{digits}f}**" if v == best else f"{v:.{digits}f}" for v in values)
        lines.append(f"| {kind} | " + " | ".join(texts) + " |")
    return "\n".join(lines)


def _gains(rows: Sequence[Row], kinds: Sequence[str], name: str, rivals: Sequence[str]) -> str:
    lines = ["| kind | rival | PSNR in the hole, dB | PD-SqueezeNet |", "|---|---|---|---|"]
    for kind in kinds:
        for rival in rivals:
            texts = []
            for figure, digits in (("psnr_hole_db", 2), ("pd", 4)):
                mean, low, high = gain(rows, kind, figure, name, rival)
                texts.append(f"{mean:+.{digits}f} [{low:+.{digits}f}, {high:+.{digits}f}]")
            lines.append(f"| {kind} | {rival} | " + " | ".join(texts) + " |")
    return "\n".join(lines)


def _write_means(rows: Sequence[Row], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["kind", "generator", "pictures", *_SHOWN, "median_seconds"])
        for kind in _kinds(rows):
            for name in _generators(rows):
                table = means(rows, kind, name)
                figures = [f"{table[key]:.5f}" for key in _SHOWN]
                writer.writerow(
                    [kind, name, round(table["pictures"]), *figures, f"{table['seconds']:.4f}"]
                )


def _write_figures(rows: Sequence[Row], path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["kind", "generator", "painting", "hole_ratio", *_SHOWN, "seconds"])
        for row in rows:
            named = row.figures.named()
            figures = [f"{named[key]:.5f}" for key in _SHOWN]
            writer.writerow([row.kind, row.generator, row.painting, f"{row.hole_ratio:.5f}",
                             *figures, f"{row.seconds:.4f}"])  # fmt: skip


def _kinds(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row.kind for row in rows))


def _generators(rows: Sequence[Row]) -> list[str]:
    return list(dict.fromkeys(row.generator for row in rows))


def _framed(cell: Pixels) -> Pixels:
    gap = ((0, _GAP_PX), (0, _GAP_PX), (0, 0))
    return np.pad(cell, gap, constant_values=128)
