"""Training runs beside each other: curves, differences of their recipes, measured gains."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from torch import nn

from training.averaged_net import averaged_net, parameters
from training.checkpoint import FILE, read_checkpoint
from training.curves import Panel, draw_curve, finish, panels, save
from training.evaluate import Gain, Row, gain, means
from training.run_log import F64, LOG_FILE, RunLog, read_log

PICTURE, TABLE, FIGURES, PAIRS = "compare.png", "compare.md", "compare.csv", "pairs.csv"

_FINAL_ROWS = 10
_DPI = 110
# As in matplotlib's tab10, the grey left out.
_COLORS = tuple(f"C{index}" for index in range(10) if index != 7)
_MEASURED = (("psnr_hole_db", "PSNR in the hole, dB", 2), ("pd", "PD-SqueezeNet", 4))
_ABSENT = "–"


class CompareError(ValueError):
    """Runs cannot be compared; one sentence."""


@dataclass(frozen=True)
class Run:
    """A training folder: its log, its averaged net and what its checkpoint says of itself."""

    name: str
    log: RunLog
    net: nn.Module
    recipe: Mapping[str, Any]
    facts: Mapping[str, Any]
    steps: int
    minutes: float

    @property
    def crops_per_step(self) -> int:
        """How many crops one step saw."""
        return int(self.recipe["batch"]) * int(self.facts.get("processes", 1))

    @property
    def final_db(self) -> float:
        """The hole's dB, mean of the log's last rows."""
        return float(self.log.psnr_hole_db[-_FINAL_ROWS:].mean())


def read_runs(folders: Sequence[Path]) -> list[Run]:
    """Read training folders; each is named after its folder, with its parent where names repeat.

    Raises CompareError for fewer than two or one named twice, LogError, CheckpointError.
    """
    places = [folder.resolve() for folder in folders]
    if len(places) < 2:
        raise CompareError("A comparison needs at least two runs.")
    for place, count in Counter(places).items():
        if count > 1:
            raise CompareError(f"The run {place} is named twice; a run is compared with others.")
        if not place.is_dir():
            raise CompareError(f"There is no training folder {place}.")
    is_unique = len({place.name for place in places}) == len(places)
    return [
        _read(place, place.name if is_unique else "/".join(place.parts[-2:])) for place in places
    ]


def recipe_differences(recipes: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return the keys in which recipes differ, `a.b` for nested ones, with each recipe's value."""
    flat = [_flattened(recipe) for recipe in recipes]
    keys = sorted({key for table in flat for key in table})
    rows = {key: [_text(table.get(key)) for table in flat] for key in keys}
    return {key: texts for key, texts in rows.items() if len(set(texts)) > 1}


def write_comparison(runs: Sequence[Run], rows: Sequence[Row], out: Path) -> list[Path]:
    """Write compare.png, compare.md and compare.csv, and with measured rows pairs.csv.

    rows are what training.evaluate measured of the runs under their names, or none.
    Returns the paths.
    """
    out.mkdir(parents=True, exist_ok=True)
    draw_comparison(runs, out / PICTURE)
    summary = _summary(runs)
    differences = recipe_differences([{**run.recipe, "run": dict(run.facts)} for run in runs])
    (out / TABLE).write_text(_markdown(runs, summary, differences, rows), "utf-8")
    measured = _means(runs, rows)
    numbers = {key: [text.replace(",", "") for text in texts] for key, texts in summary.items()}
    table = {**numbers, **differences, **measured}
    _write_csv(out / FIGURES, ["", *(run.name for run in runs)],
               [[key, *texts] for key, texts in table.items()])  # fmt: skip
    paths = [out / PICTURE, out / TABLE, out / FIGURES]
    if rows:
        header = ["kind", "figure", "first", "second", "mean", "low", "high"]
        _write_csv(out / PAIRS, header, [
            [kind, figure, one, other, *(f"{value:.5f}" for value in found)]
            for kind, figure, one, other, found in _pairs(runs, rows)
        ])  # fmt: skip
        paths.append(out / PAIRS)
    return paths


def draw_comparison(runs: Sequence[Run], png: Path) -> None:
    """Draw the runs' curves over each other: left by minutes, right by crops seen."""
    found = [{panel.title: panel for panel in panels(run.log)} for run in runs]
    titles = list(dict.fromkeys(title for table in found for title in table))
    figure = Figure(figsize=(12.5, 2.5 * len(titles) + 0.8), dpi=_DPI, layout="constrained")
    grid = figure.subplots(len(titles), 2, squeeze=False, sharex="col", sharey="row")
    colors = [_COLORS[place % len(_COLORS)] for place in range(len(runs))]
    for title, line in zip(titles, grid, strict=True):
        drawn: list[Panel] = []
        for run, table, color in zip(runs, found, colors, strict=True):
            if title in table:
                drawn.append(table[title])
                for axes, x in zip(line, _across(run), strict=True):
                    draw_curve(axes, x, table[title].values, color)
        together = np.concatenate([panel.values for panel in drawn])
        for axes in line:
            finish(axes, drawn[0]._replace(values=together))
    for axes, name in zip(grid[-1], ("minutes", "crops seen, thousands"), strict=True):
        axes.set_xlabel(name)
        axes.set_xlim(left=0)
    handles = [
        grid[0, 0].plot([], [], color=color, linewidth=2.5, label=run.name)[0]
        for run, color in zip(runs, colors, strict=True)
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=min(len(runs), 5))
    save(figure, png)


def _read(place: Path, name: str) -> Run:
    log = read_log(place / LOG_FILE)
    checkpoint = read_checkpoint(place / FILE)
    return Run(name, log, averaged_net(checkpoint), checkpoint.recipe, checkpoint.facts,
               checkpoint.step, checkpoint.elapsed_s / 60)  # fmt: skip


def _across(run: Run) -> tuple[F64, F64]:
    return run.log.minutes, run.log.step * run.crops_per_step / 1000


def _summary(runs: Sequence[Run]) -> dict[str, list[str]]:
    return {
        "parameters": [f"{parameters(run.net):,}" for run in runs],
        "steps": [f"{run.steps:,}" for run in runs],
        "crops seen": [f"{run.steps * run.crops_per_step:,}" for run in runs],
        "minutes": [f"{run.minutes:.1f}" for run in runs],
        "images/s, median": [f"{np.median(run.log.images_per_s):.1f}" for run in runs],
        f"hole dB in training, last {_FINAL_ROWS} rows": [f"{run.final_db:.2f}" for run in runs],
    }


def _flattened(table: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            flat |= _flattened(value, f"{above}{key}.")
        else:
            flat[above + key] = value
    return flat


def _text(value: Any) -> str:
    if value is None:
        return _ABSENT
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_text, value)) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _markdown(
    runs: Sequence[Run],
    summary: Mapping[str, Sequence[str]],
    differences: Mapping[str, Sequence[str]],
    rows: Sequence[Row],
) -> str:
    names = [run.name for run in runs]
    parts = ["# " + " against ".join(names), _grid(["", *names], summary)]
    parts.append("## What differs: the recipe, and `run`, where and on what it ran")
    parts.append(_grid(["key", *names], differences) if differences else "Nothing.")
    parts.append("The training's hole dB is comparable only where masks and data are the same.")
    if rows:
        measured = _means(runs, rows)
        pictures = round(means(rows, rows[0].kind, names[0])["pictures"])
        parts.append(f"## Measured: averaged nets on {pictures} paintings per mask kind")
        parts.append(_grid(["", *names], measured))
        parts.append("### First minus second, painting by painting: mean [95 % interval]")
        parts.append("Bold where the interval leaves out 0.\n\n" + _gains(runs, rows))
    parts.append(f"![Curves by minutes and by crops seen]({PICTURE})")
    return "\n\n".join(parts) + "\n"


def _means(runs: Sequence[Run], rows: Sequence[Row]) -> dict[str, list[str]]:
    table = {}
    for kind in dict.fromkeys(row.kind for row in rows):
        found = [means(rows, kind, run.name) for run in runs]
        for figure, title, digits in _MEASURED:
            if all(np.isfinite(values[figure]) for values in found):
                table[f"{kind}: {title}"] = [f"{values[figure]:.{digits}f}" for values in found]
    return table


def _pairs(runs: Sequence[Run], rows: Sequence[Row]) -> list[tuple[str, str, str, str, Gain]]:
    found = []
    for kind in dict.fromkeys(row.kind for row in rows):
        for one, other in combinations([run.name for run in runs], 2):
            for figure, _, _ in _MEASURED:
                value = gain(rows, kind, figure, one, other)
                if np.isfinite(value.mean):
                    found.append((kind, figure, one, other, value))
    return found


def _gains(runs: Sequence[Run], rows: Sequence[Row]) -> str:
    titles = {figure: (title, digits) for figure, title, digits in _MEASURED}
    lines = ["| kind | first | second | figure | difference |", "|---|---|---|---|---|"]
    for kind, figure, one, other, (mean, low, high) in _pairs(runs, rows):
        title, digits = titles[figure]
        text = f"{mean:+.{digits}f} [{low:+.{digits}f}, {high:+.{digits}f}]"
        shown = f"**{text}**" if low > 0 or high < 0 else text
        lines.append(f"| {kind} | {one} | {other} | {title} | {shown} |")
    return "\n".join(lines)


def _grid(header: Sequence[str], table: Mapping[str, Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *([key, *texts] for key, texts in table.items())]
    cells = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "\n".join("| " + " | ".join(line) + " |" for line in cells)


def _write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
