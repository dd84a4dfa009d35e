"""Measured rows, ordered for tables: means by mask kind and system, and gains over the rivals."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from training.evaluate import Gain, Row, gain, means


class Figure(NamedTuple):
    """A figure of a table: its key in Figures, its title, its decimals, and which way is good."""

    key: str
    title: str
    digits: int
    is_larger_better: bool


PSNR_HOLE = Figure("psnr_hole_db", "PSNR in the hole, dB", 2, True)
PD = Figure("pd", "PD-SqueezeNet, whole picture", 4, False)
SSIM = Figure("ssim", "SSIM, whole picture", 4, True)
PSNR = Figure("psnr_db", "PSNR, whole picture, dB", 2, True)
L1 = Figure("l1", "L1, whole picture", 5, False)
RELATIVE_L1 = Figure("relative_l1", "Relative L1, whole picture", 5, False)
BOUNDARY = Figure("boundary", "Boundary error", 4, False)
JACCARD = Figure("jaccard", "Jaccard: share of hole samples within 10/255", 4, True)
SOFT_JACCARD = Figure("soft_jaccard", "Soft Jaccard in the hole", 4, True)
FIGURES = (PSNR_HOLE, PD, SSIM, PSNR, L1, RELATIVE_L1, BOUNDARY, JACCARD, SOFT_JACCARD)


class Summary:
    """Rows of several systems, some of them rivals; kinds and systems in the rows' order."""

    def __init__(self, rows: Sequence[Row], rivals: Sequence[str]) -> None:
        """Raises ValueError if there are no rows."""
        if not rows:
            raise ValueError("No generator could be measured, so there is nothing to report.")
        self.kinds = tuple(dict.fromkeys(row.kind for row in rows))
        self.systems = tuple(dict.fromkeys(row.generator for row in rows))
        self.rivals = tuple(name for name in self.systems if name in rivals)
        self.others = tuple(name for name in self.systems if name not in rivals)
        self.paintings = len({row.painting for row in rows})
        self._gains: dict[tuple[str, str, str, str], Gain] = {}
        self._rows: dict[tuple[str, str], list[Row]] = {}
        for row in rows:
            self._rows.setdefault((row.kind, row.generator), []).append(row)
        self._means = {
            (kind, name): means(group, kind, name) for (kind, name), group in self._rows.items()
        }

    def mean(self, kind: str, name: str, key: str) -> float | None:
        """Return a system's mean figure (or median `seconds`); None where it was not measured."""
        value = self._means.get((kind, name), {}).get(key, math.nan)
        return None if math.isnan(value) else value

    def best(self, kind: str, figure: Figure, among: Sequence[str]) -> str | None:
        """Return the system with the best mean of a kind, None if none was measured."""
        found = [(value, name) for name in among
                 if (value := self.mean(kind, name, figure.key)) is not None]  # fmt: skip
        if not found:
            return None
        values = [value for value, _ in found]
        best = max(values) if figure.is_larger_better else min(values)
        return found[values.index(best)][1]

    def gain(self, kind: str, figure: Figure, first: str, second: str) -> Gain | None:
        """Return the paired gain of one system over another; None where one was not measured."""
        if any(self.mean(kind, name, figure.key) is None for name in (first, second)):
            return None
        asked = (kind, figure.key, first, second)
        if asked not in self._gains:
            rows = [*self._rows[kind, first], *self._rows[kind, second]]
            self._gains[asked] = gain(rows, *asked)
        return self._gains[asked]

    def beats_every_rival(self, kind: str, figure: Figure, name: str) -> bool:
        """Whether the interval against every rival measured leaves out 0, on the good side."""
        found = [self.gain(kind, figure, name, rival) for rival in self.rivals]
        gains = [value for value in found if value is not None]
        return bool(gains) and all(is_better(value, figure) for value in gains)


def is_better(value: Gain, figure: Figure) -> bool:
    """Whether a gain's interval leaves out 0 on the good side."""
    return value.low > 0 if figure.is_larger_better else value.high < 0


def is_worse(value: Gain, figure: Figure) -> bool:
    """Whether a gain's interval leaves out 0 on the bad side."""
    return value.high < 0 if figure.is_larger_better else value.low > 0
