"""Measure generators on paintings they were not trained on, over fixed masks of every kind."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.inpainting.card import GeneratorCard, write_card
from core.inpainting.generator import Generator
from training.data import Paintings, centre_crop
from training.features import SqueezeNetFeatures
from training.masks import Mask, evaluation_mask
from training.metrics import Figures, Pixels, composite, measure

_BOOTSTRAP_DRAWS = 2000
_BOOTSTRAP_SEED = 7


@dataclass(frozen=True)
class Row:
    """One fill: which mask kind, generator and painting, its figures and its time."""

    kind: str
    generator: str
    painting: str
    hole_ratio: float
    figures: Figures
    seconds: float


@dataclass(frozen=True)
class Example:
    """One painting of a kind with every generator's composite, for the contact sheet."""

    kind: str
    painting: Pixels
    mask: Mask
    composites: tuple[Pixels, ...]


class Gain(NamedTuple):
    """A mean paired difference (first minus second) with its bootstrap 95 % interval."""

    mean: float
    low: float
    high: float


def evaluate(
    generators: Sequence[Generator],
    paintings: Paintings,
    kinds: Sequence[str],
    bank: Sequence[Mask],
    features: SqueezeNetFeatures | None,
    size: int = 256,
    examples_per_kind: int = 1,
    say: Callable[[str], None] = print,
) -> tuple[list[Row], list[Example]]:
    """Fill the centre crop of every painting with one mask of each kind by every generator.

    Painting number i gets mask number i of the kind, the same for all generators. What lies under
    the mask is blacked out before a generator sees it. Examples are of other paintings per kind.
    """
    rows: list[Row] = []
    examples: list[Example] = []
    count = len(paintings.images)
    for number, kind in enumerate(kinds):
        shown = _shown(count, examples_per_kind, number / len(kinds))
        for index, whole in enumerate(paintings.images):
            painting = centre_crop(whole, size)
            mask = evaluation_mask(kind, size, index, bank)
            composites = []
            for generator in generators:
                filled, seconds = _filled(generator, painting, mask)
                composed = composite(painting, filled, mask)
                figures = measure(painting, composed, mask, features)
                rows.append(Row(kind, generator.card.id, paintings.names[index],
                                float(mask.mean()), figures, seconds))  # fmt: skip
                composites.append(composed)
            if index in shown:
                examples.append(Example(kind, painting, mask, tuple(composites)))
        say(_line(kind, rows))
    return rows, examples


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
    rng = np.random.default_rng(_BOOTSTRAP_SEED)
    draws = rng.integers(len(differences), size=(_BOOTSTRAP_DRAWS, len(differences)))
    low, high = np.percentile(differences[draws].mean(axis=1), [2.5, 97.5])
    return Gain(float(differences.mean()), float(low), float(high))


def means(rows: Sequence[Row], kind: str, generator: str) -> dict[str, float]:
    """Return a generator's mean figures for a kind, with `seconds` and `pictures`."""
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
    for kind in sorted({row.kind for row in rows}):
        mine = means(rows, kind, card.id)
        table = {key: round(mine[key], 4) for key in
                 ("psnr_db", "psnr_hole_db", "ssim", "pd", "pictures")}  # fmt: skip
        rivals = [means(rows, kind, name) for name in classical]
        if rivals:
            table["classical_psnr_hole_db"] = round(max(r["psnr_hole_db"] for r in rivals), 4)
            table["classical_pd"] = round(min(r["pd"] for r in rivals), 4)
        metrics[kind] = {key: value for key, value in table.items() if np.isfinite(value)}
    write_card(replace(card, metrics=metrics), card.folder)


def _filled(
    generator: Generator, painting: Pixels, mask: Mask
) -> tuple[NDArray[np.float32], float]:
    hole = mask.astype(np.float32)
    damaged = np.where(mask[..., None] > 0, np.float32(0), painting.astype(np.float32) / 255)
    began = time.perf_counter()
    filled = generator(damaged, hole)
    return filled, time.perf_counter() - began


def _shown(count: int, examples: int, offset: float) -> set[int]:
    """Return which paintings to show: at even distances, moved by a share of one distance."""
    return {int((index + offset) * count / examples) for index in range(examples)}


def _line(kind: str, rows: Sequence[Row]) -> str:
    names = list(dict.fromkeys(row.generator for row in rows if row.kind == kind))
    shown = (f"{name} {means(rows, kind, name)['psnr_hole_db']:.2f} dB" for name in names)
    return f"{kind}: " + ", ".join(shown) + " in the hole"
