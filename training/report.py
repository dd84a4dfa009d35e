"""What an evaluation leaves behind: Markdown tables, CSV files and contact sheets."""

import csv
from pathlib import Path

import numpy as np

from core.inpainting.card import GeneratorCard
from training.contact_sheet import write_sheets
from training.measuring import Outcome
from training.published import table_3
from training.summary import FIGURES, Summary
from training.tables import figure_tables, gain_tables, grid

TABLE = "table.md"
MEANS = "means.csv"
GAINS = "gains.csv"


def write_report(outcome: Outcome, command: str, out: Path) -> list[Path]:
    """Write table.md, means.csv, gains.csv and the contact sheets; return their paths.

    Raises ValueError if nothing was measured.
    """
    rivals = [card.id for card in outcome.cards if card.engine == "classical"]
    summary = Summary(outcome.rows, rivals)
    (out / TABLE).write_text(markdown(summary, outcome, command), "utf-8")
    _write_means(summary, out / MEANS)
    _write_gains(summary, out / GAINS)
    sheets = write_sheets(outcome.examples, summary.systems, out)
    return [out / TABLE, out / MEANS, out / GAINS, *sheets]


def markdown(summary: Summary, outcome: Outcome, command: str) -> str:
    """Return all tables, each system a row and each mask kind a column."""
    parts = [
        f"{summary.paintings} paintings per mask kind. Made by\n\n```\n{command}\n```",
        "## Systems\n\n" + _systems(summary, outcome),
        "## Means\n\n**Bold**: the best of a column; *italic*: the best of those without training "
        "(the rivals).",
        figure_tables(summary),
    ]
    if summary.rivals and summary.others:
        parts.append(f"## Gains\n\n{gain_tables(summary)}")
    if published := table_3(summary):
        parts.append(published)
    if outcome.failures:
        lines = "\n".join(f"- {failure}" for failure in outcome.failures)
        parts.append(f"## Not measured\n\n{lines}")
    return "\n\n".join(parts) + "\n"


def _systems(summary: Summary, outcome: Outcome) -> str:
    cards = {card.id: card for card in outcome.cards}
    lines = [
        [f"`{name}`", _engine(cards[name]), f"{cards[name].parameters:,}", _seconds(summary, name),
         f"`{outcome.identities[name]}`"]
        for name in summary.systems
    ]  # fmt: skip
    return grid(["system", "what", "parameters", "CPU s a fill (median)", "identity"], lines)


def _engine(card: GeneratorCard) -> str:
    return "classical" if card.engine == "classical" else "trained"


def _seconds(summary: Summary, name: str) -> str:
    found = [summary.mean(kind, name, "seconds") for kind in summary.kinds]
    return f"{np.median([value for value in found if value is not None]):.3f}"


def _write_means(summary: Summary, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        keys = [figure.key for figure in FIGURES]
        writer.writerow(["kind", "generator", "pictures", *keys, "median_cpu_seconds"])
        for kind in summary.kinds:
            for name in summary.systems:
                pictures = summary.mean(kind, name, "pictures")
                if pictures is None:
                    continue
                found = [summary.mean(kind, name, key) for key in keys]
                cells = ["" if value is None else f"{value:.5f}" for value in found]
                seconds = summary.mean(kind, name, "seconds")
                writer.writerow([kind, name, round(pictures), *cells, f"{seconds:.4f}"])


def _write_gains(summary: Summary, path: Path) -> None:
    """Write every system's paired gain on every rival, kind by kind and figure by figure."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["kind", "generator", "rival", "figure", "mean", "low", "high"])
        for kind in summary.kinds:
            for name in summary.others:
                for rival in summary.rivals:
                    for figure in FIGURES:
                        value = summary.gain(kind, figure, name, rival)
                        if value is not None:
                            ends = [f"{end:.6f}" for end in value]
                            writer.writerow([kind, name, rival, figure.key, *ends])
