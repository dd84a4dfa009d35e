"""Measure generators on paintings they were not trained on, and compare what was measured."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.inpainting.card import GeneratorCard, write_card
from core.inpainting.generator import Generator
from training.features import SqueezeNetFeatures
from training.gallery import Gallery
from training.masks import Mask
from training.metrics import Figures, Pixels, Reference, composite, measure

_BOOTSTRAP_DRAWS = 2000
_BOOTSTRAP_SEED = 7


@dataclass(frozen=True)
class Row:
    """One fill: which mask kind, generator and painting, its figures and its CPU seconds."""

    kind: str
    generator: str
    painting: str
    hole_ratio: float
    figures: Figures
    seconds: float


class Gain(NamedTuple):
    """A mean paired difference (first minus second) with its bootstrap 95 % interval."""

    mean: float
    low: float
    high: float


def evaluate(
    generators: Sequence[Generator],
    gallery: Gallery,
    kinds: Sequence[str],
    features: SqueezeNetFeatures | None,
    say: Callable[[str], None] = print,
) -> list[Row]:
    """Fill a hole of every kind in every crop by every generator; say each kind's means."""
    rows = []
    for index, crop in enumerate(gallery.crops):
        reference = Reference(crop, features)
        rows += [
            fill_and_measure(generator, gallery, reference, index, kind)[0]
            for kind in kinds
            for generator in generators
        ]
    for kind in kinds:
        say(_line(kind, rows))
    return rows


def fill_and_measure(
    generator: Generator, gallery: Gallery, reference: Reference, index: int, kind: str
) -> tuple[Row, Pixels]:
    """Fill the hole of a kind in painting number `index`; return its row and the composite."""
    mask = gallery.mask(kind, index)
    composed, seconds = filled(generator, reference.painting, mask)
    figures = measure(reference, composed, mask)
    ratio = float(mask.mean())
    row = Row(kind, generator.card.id, gallery.names[index], ratio, figures, seconds)
    return row, composed


def filled(generator: Generator, painting: Pixels, mask: Mask) -> tuple[Pixels, float]:
    """Return a generator's fill put into the painting, and its CPU seconds.

    What lies under the hole is blacked out before the generator sees it.
    """
    damaged = np.where(mask[..., None] > 0, np.float32(0), painting.astype(np.float32) / 255)
    began = _cpu_seconds()
    whole = generator(damaged, mask.astype(np.float32))
    seconds = _cpu_seconds() - began
    return composite(painting, whole, mask), seconds


def gain(rows: Sequence[Row], kind: str, figure: str, first: str, second: str) -> Gain:
    """Return how much generator `first` exceeds `second` in a figure, painting by painting.

    Raises ValueError if they were not measured on the same paintings.
    """
    one, other = (
        {row.painting: row.figures.named()[figure] for row in rows
         if row.kind == kind and row.generator == name}
        for name in (first, second)
    )  # fmt: skip
    if not one or set(one) != set(other):
        raise ValueError(f"“{first}” and “{second}” were not measured on the same paintings.")
    differences = np.array([one[name] - other[name] for name in sorted(one)])
    low, high = np.percentile(_resampling(len(differences)) @ differences, [2.5, 97.5])
    return Gain(float(differences.mean()), float(low), float(high))


def means(rows: Sequence[Row], kind: str, generator: str) -> dict[str, float]:
    """Return a generator's mean figures for a kind, with median `seconds`, and `pictures`."""
    chosen = [row for row in rows if row.kind == kind and row.generator == generator]
    named = [row.figures.named() for row in chosen]
    table = {key: float(np.mean([figures[key] for figures in named])) for key in named[0]}
    table["seconds"] = float(np.median([row.seconds for row in chosen]))
    table["pictures"] = float(len(chosen))
    return table


def write_metrics(card: GeneratorCard, rows: Sequence[Row], classical: Sequence[str]) -> None:
    """Write a generator's measured means, and the best classical fill's, into its card.

    Kinds that were not measured this time keep what the card says.
    """
    if card.folder is None:
        raise ValueError(f"The card of “{card.id}” was not read from a folder.")
    metrics = dict(card.metrics)
    measured = {(row.kind, row.generator) for row in rows}
    for kind in sorted(kind for kind, name in measured if name == card.id):
        mine = means(rows, kind, card.id)
        table = {key: round(mine[key], 4) for key in
                 ("psnr_db", "psnr_hole_db", "ssim", "pd", "pictures")}  # fmt: skip
        rivals = [means(rows, kind, name) for name in classical if (kind, name) in measured]
        if rivals:
            table["classical_psnr_hole_db"] = round(max(r["psnr_hole_db"] for r in rivals), 4)
            table["classical_pd"] = round(min(r["pd"] for r in rivals), 4)
        metrics[kind] = {key: value for key, value in table.items() if np.isfinite(value)}
    write_card(replace(card, metrics=metrics), card.folder)


@cache
def _resampling(count: int) -> NDArray[np.float64]:
    """Return the weights with which every draw of the bootstrap takes `count` paintings."""
    rng = np.random.default_rng(_BOOTSTRAP_SEED)
    draws = rng.integers(count, size=(_BOOTSTRAP_DRAWS, count))
    weights = np.zeros(draws.shape)
    np.add.at(weights, (np.arange(_BOOTSTRAP_DRAWS)[:, None], draws), 1 / count)
    return weights


def _cpu_seconds() -> float:
    """Return this process's CPU time, and that of programs it started and waited for."""
    children = os.times()
    return time.process_time() + children.children_user + children.children_system


def _line(kind: str, rows: Sequence[Row]) -> str:
    names = list(dict.fromkeys(row.generator for row in rows if row.kind == kind))
    shown = (f"{name} {means(rows, kind, name)['psnr_hole_db']:.2f} dB" for name in names)
    return f"{kind}: " + ", ".join(shown) + " in the hole"
