"""Markdown tables of what was measured: a row per system, a column per mask kind."""

from collections.abc import Sequence

from training.evaluate import Gain
from training.summary import FIGURES, PD, PSNR_HOLE, Figure, Summary

_NONE = "–"


def figure_tables(summary: Summary) -> str:
    """Return a table of means per figure; the best of a column bold, the best rival in italics."""
    return "\n\n".join(f"### {figure.title}\n\n{_means(summary, figure)}" for figure in FIGURES)


def gain_tables(summary: Summary) -> str:
    """Return how much every other system gains on the best rival of each kind, with intervals."""
    parts = [
        "Mean paired difference to the best rival of the column, painting by painting, and below "
        "it the bootstrap 95 % interval. Bold: better than **every** rival measured, each interval "
        "without 0."
    ]
    for figure in (PSNR_HOLE, PD):
        way = "more is better" if figure.is_larger_better else "less is better"
        title = f"### Gain on the best rival: {figure.title} ({way})"
        parts.append(f"{title}\n\n{_gains(summary, figure)}")
    return "\n\n".join(parts)


def grid(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table, its first column to the left and the others to the right."""
    rule = "|---|" + "---:|" * (len(head) - 1)
    return "\n".join([_line(head), rule, *(_line(line) for line in lines)])


def signed(value: float, digits: int) -> str:
    """Return a number with its sign, a true minus, and 0 without one."""
    text = f"{value:+.{digits}f}"
    return text[1:] if float(text) == 0 else text.replace("-", "−")


def interval(value: Gain, digits: int) -> str:
    """Return an interval in brackets."""
    return f"[{signed(value.low, digits)}, {signed(value.high, digits)}]"


def _means(summary: Summary, figure: Figure) -> str:
    cells = {(kind, name): summary.mean(kind, name, figure.key)
             for kind in summary.kinds for name in summary.systems}  # fmt: skip
    if all(value is None for value in cells.values()):
        return "Not measured: it needs `--features`."
    best = {kind: summary.best(kind, figure, summary.systems) for kind in summary.kinds}
    rival = {kind: summary.best(kind, figure, summary.rivals) for kind in summary.kinds}
    lines = []
    for name in summary.systems:
        line = [f"`{name}`"]
        for kind in summary.kinds:
            value = cells[kind, name]
            text = _NONE if value is None else f"{value:.{figure.digits}f}"
            text = f"*{text}*" if name == rival[kind] else text
            line.append(f"**{text}**" if name == best[kind] else text)
        lines.append(line)
    return grid(["system", *summary.kinds], lines)


def _gains(summary: Summary, figure: Figure) -> str:
    best = {kind: summary.best(kind, figure, summary.rivals) for kind in summary.kinds}
    lines = [["*best rival*", *(f"*{best[kind] or _NONE}*" for kind in summary.kinds)]]
    for name in summary.others:
        line = [f"`{name}`"]
        for kind in summary.kinds:
            rival = best[kind]
            value = summary.gain(kind, figure, name, rival) if rival else None
            line.append(_gain(summary, kind, figure, name, value) if value else _NONE)
        lines.append(line)
    return grid(["system", *summary.kinds], lines)


def _gain(summary: Summary, kind: str, figure: Figure, name: str, value: Gain) -> str:
    mean = signed(value.mean, figure.digits)
    mean = f"**{mean}**" if summary.beats_every_rival(kind, figure, name) else mean
    low, high = (signed(end, figure.digits) for end in (value.low, value.high))
    # Non-breaking, so that a narrow column does not part the two ends.
    return f"{mean}<br><sub>{low}\u00a0…\u00a0{high}</sub>"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"
