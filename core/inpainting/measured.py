"""What a card measured, kind of mask by kind, beside the best classical fill's figures."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from core.inpainting.card import MASK_KINDS, GeneratorCard

# What the kinds of docs/generators.md mean to someone with a painting before her.
KIND_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "L": "thin cracks",
        "B": "flakes",
        "K": "craquelure",
        "S32": "squares of 32 px",
        "S64": "squares of 64 px",
        "S112": "squares of 112 px",
        "I1": "strokes, 1–10 %",
        "I2": "strokes, 10–20 %",
        "I3": "strokes, 20–30 %",
        "I4": "strokes, 30–40 %",
        "I5": "strokes, 40–50 %",
        "I6": "strokes, 50–60 %",
        "C": "rounded shapes",
    }
)


@dataclass(frozen=True)
class Measured:
    """One kind's figures; None where the card has none.

    psnr_hole_db: PSNR in the hole, higher is better; pd: perceptual distance, lower is better;
    `classical_…`: the best classical fill's on the same masks.
    """

    kind: str
    psnr_hole_db: float | None
    pd: float | None
    classical_psnr_hole_db: float | None
    classical_pd: float | None

    @property
    def gain_db(self) -> float | None:
        """PSNR in the hole above the best classical fill's; None where either is not known."""
        if self.psnr_hole_db is None or self.classical_psnr_hole_db is None:
            return None
        return self.psnr_hole_db - self.classical_psnr_hole_db

    @property
    def pd_gain_db(self) -> float:
        """How far the perceptual distance is below the best classical fill's; 0 if not known."""
        if not self.pd or not self.classical_pd or min(self.pd, self.classical_pd) < 0:
            return 0.0
        return 10 * math.log10(self.classical_pd / self.pd)

    @property
    def is_worse(self) -> bool:
        """Whether a figure is known to be worse than the best classical fill's."""
        gain = self.gain_db
        return (gain is not None and gain < 0) or self.pd_gain_db < 0

    @property
    def merit_db(self) -> float | None:
        """Both gains together: a tenth less distance counts like half a decibel of PSNR."""
        gain = self.gain_db
        return None if gain is None else gain + self.pd_gain_db


def measured(card: GeneratorCard, kind: str) -> Measured | None:
    """Return what a card measured on a kind of mask; None if nothing."""
    figures: object = card.metrics.get(kind)
    if not isinstance(figures, Mapping):
        return None
    names = ("psnr_hole_db", "pd", "classical_psnr_hole_db", "classical_pd")
    one = Measured(kind, *(_finite(figures.get(name)) for name in names))
    return None if one.psnr_hole_db is None and one.pd is None else one


def all_measured(card: GeneratorCard) -> list[Measured]:
    """Return all that a card measured: the known kinds in the order of MASK_KINDS, then others."""
    others = sorted(set(card.metrics) - set(MASK_KINDS))
    found = (measured(card, kind) for kind in (*MASK_KINDS, *others))
    return [one for one in found if one is not None]


def _finite(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else None
