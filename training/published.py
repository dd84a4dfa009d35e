"""What the report art-recovery published of its three models, beside what was measured here."""

from collections.abc import Sequence

from training.summary import L1, PSNR, RELATIVE_L1, Figure, Summary, is_better, is_worse
from training.tables import grid, interval, signed

# Report art-recovery, Table 3 (regular masks, its own test set), worst first: L1, PSNR in dB.
_TABLE_3 = {"pconv-unet": (0.0462, 22.9), "glcic": (0.0127, 31.1), "pconv-gan": (0.00879, 33.1)}
_KINDS = ("S32", "S64", "S112")
_FIGURES = (PSNR, L1, RELATIVE_L1)


def table_3(summary: Summary) -> str | None:
    """Return the comparison as Markdown; None unless all three and a square were measured."""
    kinds = [
        kind
        for kind in summary.kinds
        if kind in _KINDS and all(summary.mean(kind, name, PSNR.key) for name in _TABLE_3)
    ]
    if not kinds:
        return None
    parts = [
        "## Report art-recovery, Table 3",
        "Its three models on regular masks: the report's figures on its own test set (it does not "
        "define its L1), and ours on whole pictures with one square. The two columns are of "
        "different paintings and squares: the order is compared, not the values.",
        _values(summary, kinds),
        _pairs(summary, kinds),
        *(_verdict(summary, kind) for kind in kinds),
    ]
    return "\n\n".join(parts)


def _values(summary: Summary, kinds: Sequence[str]) -> str:
    head = ["system", "report: PSNR, dB", "report: L1"]
    head += [f"{kind}: {_short(figure)}" for kind in kinds for figure in _FIGURES]
    lines = []
    for name, (published_l1, published_psnr) in _TABLE_3.items():
        line = [f"`{name}`", f"{published_psnr:.1f}", f"{published_l1:.5f}"]
        line += [
            f"{summary.mean(kind, name, figure.key) or 0:.{figure.digits}f}"
            for kind in kinds
            for figure in _FIGURES
        ]
        lines.append(line)
    return grid(head, lines)


def _pairs(summary: Summary, kinds: Sequence[str]) -> str:
    lines = []
    for kind in kinds:
        for better, worse in _ordered_pairs():
            line = [f"{kind}: `{better}` − `{worse}`"]
            for figure in _FIGURES:
                value = summary.gain(kind, figure, better, worse)
                assert value is not None, "only kinds in which all three were measured"
                text = f"{signed(value.mean, figure.digits)} {interval(value, figure.digits)}"
                line.append(f"**{text}**" if is_better(value, figure) else text)
            lines.append(line)
    head = ["paired difference [95 %]", *(_short(figure) for figure in _FIGURES)]
    return grid(head, lines) + "\n\nBold: as in the report, and the interval leaves out 0."


def _verdict(summary: Summary, kind: str) -> str:
    """Return one sentence: whether the report's order holds by whole-picture PSNR."""
    found = {pair: summary.gain(kind, PSNR, *pair) for pair in _ordered_pairs()}
    gains = {pair: value for pair, value in found.items() if value is not None}
    against = [f"`{worse}` is better than `{better}`"
               for (better, worse), value in gains.items() if is_worse(value, PSNR)]  # fmt: skip
    open_pairs = [f"`{better}` and `{worse}`" for (better, worse), value in gains.items()
                  if not is_better(value, PSNR) and not is_worse(value, PSNR)]  # fmt: skip
    order = " < ".join(f"`{name}`" for name in _TABLE_3)
    if not against and not open_pairs:
        return f"{kind}: the report's order by PSNR, {order}, holds."
    parts = []
    if against:
        parts.append(f"against the report, {' and '.join(against)}")
    if open_pairs:
        parts.append(f"not told apart: {'; '.join(open_pairs)}")
    return f"{kind}: the report's order by PSNR, {order}, does not hold here: {'; '.join(parts)}."


def _ordered_pairs() -> list[tuple[str, str]]:
    """Return the pairs (better, worse) of the report, its winner's first."""
    names = list(_TABLE_3)
    return [(names[2], names[1]), (names[1], names[0]), (names[2], names[0])]


def _short(figure: Figure) -> str:
    return figure.title.replace(", whole picture", "")
