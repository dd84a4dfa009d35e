"""What a run's log.csv says: its rows read back as arrays, whatever interrupted the run."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

LOG_FILE = "log.csv"
COLUMNS = ("step", "minutes", "learning_rate", "images_per_s", "psnr_hole_db", "terms")


class LogError(ValueError):
    """A log is not one of lacuna-train's; one sentence."""


class EmptyLogError(LogError):
    """There is no log, or no row in it yet; one sentence."""


@dataclass(frozen=True)
class RunLog:
    """A log's columns, one value per row; a term is NaN where its row does not name it."""

    step: F64
    minutes: F64
    learning_rate: F64
    images_per_s: F64
    psnr_hole_db: F64
    terms: Mapping[str, F64]


def read_log(path: Path) -> RunLog:
    """Read a log.

    Rows that a resumed run has gone through again stand only in their later version, and a last
    row that is only half written is left out.
    Raises EmptyLogError, or LogError for another file's columns or a damaged row.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError as cause:
        raise EmptyLogError(f"There is no log at {path}.") from cause
    except (OSError, ValueError) as cause:
        raise LogError(f"The log {path} cannot be read.") from cause
    if not lines:
        raise EmptyLogError(f"The log {path} is empty.")
    header, *records = csv.reader(lines)
    if missing := [name for name in COLUMNS if name not in header]:
        raise LogError(f"{path} is not a log of lacuna-train: it lacks {', '.join(missing)}.")
    rows: list[tuple[list[float], dict[str, float]]] = []
    for number, record in enumerate(records, start=2):
        try:
            row = _row(dict(zip(header, record, strict=True)))
        except ValueError as cause:
            if number == len(lines):
                break
            raise LogError(f"Line {number} of the log {path} cannot be read.") from cause
        while rows and rows[-1][0][0] >= row[0][0]:
            rows.pop()
        rows.append(row)
    if not rows:
        raise EmptyLogError(f"The log {path} has no row yet.")
    return _log(rows)


def _row(fields: Mapping[str, str]) -> tuple[list[float], dict[str, float]]:
    numbers = [float(fields[name]) for name in COLUMNS[:-1]]
    pairs = (word.partition("=") for word in fields["terms"].split())
    return numbers, {name: float(value) for name, _, value in pairs}


def _log(rows: Sequence[tuple[list[float], dict[str, float]]]) -> RunLog:
    names = list(dict.fromkeys(name for _, terms in rows for name in terms))
    columns = np.array([numbers for numbers, _ in rows]).T
    terms = {name: np.array([found.get(name, np.nan) for _, found in rows]) for name in names}
    return RunLog(**dict(zip(COLUMNS[:-1], columns, strict=True)), terms=terms)
