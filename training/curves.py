"""A run's log as a picture: a panel per loss term, and how well and fast it went."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from training.run_log import F64, EmptyLogError, RunLog, read_log

CURVES_FILE = "curves.png"

_DPI = 110
_BLUE = "#1f5fa8"
# Rows on either side that a smoothed value looks at: this share of all rows.
_SMOOTHED_SHARE = 1 / 25
# A log axis where the largest value is so many times the smallest.
_LOG_RATIO = 8.0
# Phases that change inside each epoch would be stripes too fine to see.
_MAX_BANDS = 24
_SHADES: Mapping[str, str] = {
    "generator": "#ffffff",
    "discriminator": "#f3d9b8",
    "both": "#dfe8f2",
}


class Panel(NamedTuple):
    """One curve of a log: its title, its values, one per row, and what its axis may be."""

    title: str
    values: F64
    axis: Literal["free", "from zero", "logarithmic"]


class Band(NamedTuple):
    """A stretch of a run, in minutes, in which one side trained, or both."""

    phase: str
    start: float
    end: float


def write_curves(log_csv: Path, png: Path) -> None:
    """Draw a log's curves over minutes as a PNG, whole or not at all.

    Where the log has no row yet, nothing is drawn. Raises LogError if it is no log.
    """
    try:
        log = read_log(log_csv)
    except EmptyLogError:
        return
    shown = panels(log)
    columns = min((3, 4), key=lambda count: -len(shown) % count)
    rows = -(-len(shown) // columns)
    figure = Figure(figsize=(4.2 * columns, 2.7 * rows + 0.6), dpi=_DPI, layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True)
    stretches = bands(log)
    for axes, panel in zip(grid.flat, shown, strict=False):
        _shade(axes, stretches)
        draw_curve(axes, log.minutes, panel.values, _BLUE)
        finish(axes, panel)
    for place, axes in enumerate(grid.flat):
        axes.set_visible(place < len(shown))
        is_lowest = place + columns >= len(shown)
        axes.tick_params(labelbottom=is_lowest)
        axes.set_xlabel("minutes" if is_lowest else "")
    figure.suptitle(_title(png.absolute().parent.name, log, stretches), fontsize=11)
    save(figure, png)


def panels(log: RunLog) -> list[Panel]:
    """Return what of a log is drawn: the hole's dB first, then each term, rate and speed."""
    return [
        Panel("hole, dB", log.psnr_hole_db, "free"),
        *(
            Panel(name.replace("_", " "), values, "logarithmic")
            for name, values in log.terms.items()
        ),
        Panel("learning rate", log.learning_rate, "from zero"),
        Panel("images/s", log.images_per_s, "from zero"),
    ]


def bands(log: RunLog) -> list[Band]:
    """Return when which side trained, as far as the terms tell; empty if nothing ever changed.

    A row without the discriminator's loss is the generator's. Terms that only ever come with that
    loss are judged by the discriminator: a row that has one of them is of the joint phase.
    """
    judged = np.isfinite(log.terms.get("discriminator", np.full(len(log.step), np.nan)))
    contested = [
        np.isfinite(values)
        for name, values in log.terms.items()
        if name != "discriminator" and not np.isfinite(values[~judged]).any()
    ]
    is_joint = np.any(contested, axis=0) if contested else np.zeros(len(judged), bool)
    names = np.where(~judged, "generator", np.where(is_joint, "both", "discriminator"))
    starts = [0, *(int(at) for at in np.flatnonzero(names[1:] != names[:-1]) + 1)]
    if not 1 < len(starts) <= _MAX_BANDS:
        return []
    edges = [0.0, *(float(log.minutes[at - 1]) for at in starts[1:]), float(log.minutes[-1])]
    return [Band(str(names[at]), edges[place], edges[place + 1]) for place, at in enumerate(starts)]


def smoothed(values: F64) -> F64:
    """Return the values' running mean with triangular weights; NaN stays NaN and counts nothing."""
    reach = max(1, round(len(values) * _SMOOTHED_SHARE))
    kernel = np.bartlett(2 * reach + 3)[1:-1]
    known = np.isfinite(values)
    sums = np.convolve(np.where(known, values, 0.0), kernel)[reach : reach + len(values)]
    weights = np.convolve(known.astype(float), kernel)[reach : reach + len(values)]
    return np.where(known, sums / np.maximum(weights, 1e-12), np.nan)


def draw_curve(axes: Axes, x: F64, values: F64, color: str, label: str | None = None) -> None:
    """Draw a smoothed line over its faint raw one; a dot where there is one row alone."""
    is_alone = np.isfinite(values).sum() == 1
    axes.plot(x, values, color=color, alpha=0.28, linewidth=0.9)
    axes.plot(x, smoothed(values), color=color, linewidth=1.7, label=label,
              marker="o" if is_alone else "", markersize=4)  # fmt: skip


def finish(axes: Axes, panel: Panel) -> None:
    """Give a panel its title, grid and scale."""
    axes.set_title(panel.title, fontsize=10, loc="left")
    axes.grid(True, color="#000000", alpha=0.1, linewidth=0.6)
    axes.tick_params(labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    if panel.axis == "from zero":
        axes.set_ylim(bottom=0)
    elif panel.axis == "logarithmic" and _is_wide(panel.values):
        axes.set_yscale("log")


def save(figure: Figure, png: Path) -> None:
    """Write a figure whole or not at all."""
    temporary = png.with_name(png.name + ".part")
    FigureCanvasAgg(figure).print_png(temporary)
    temporary.replace(png)


def _is_wide(values: F64) -> bool:
    known = values[np.isfinite(values)]
    return bool(known.size and known.min() > 0 and known.max() > _LOG_RATIO * known.min())


def _shade(axes: Axes, stretches: Sequence[Band]) -> None:
    for band in stretches:
        axes.axvspan(band.start, band.end, color=_SHADES[band.phase], linewidth=0, zorder=0)


def _title(name: str, log: RunLog, stretches: Sequence[Band]) -> str:
    parts = [name, f"{int(log.step[-1]):,} steps in {log.minutes[-1]:.1f} minutes"]
    if stretches:
        phases = list(dict.fromkeys(_worded(stretches)))
        parts.append("trains: " + ", ".join(phases))
    return " · ".join(part for part in parts if part)


def _worded(stretches: Sequence[Band]) -> Iterator[str]:
    words = {"generator": "white", "discriminator": "sand", "both": "blue"}
    return (f"{band.phase} ({words[band.phase]})" for band in stretches)
