"""The scores of a rating: kept in a CSV file, whole after each one, and summed up by method."""

import csv
import math
import os
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import NamedTuple

from desktop.rating.composites import RatingError

COLUMNS = ("rater", "time", "file", "method", "local", "global", "seconds")
LOWEST, HIGHEST = 1, 10

# Student's t, 97.5 %, for 1 to 10 degrees of freedom.
_T = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
_Z = 1.959964


@dataclass(frozen=True)
class Score:
    """One judgement; `local_score` is of the fill, `global_score` of the picture, 1..10.

    time is ISO 8601 with its zone; seconds is how long the fill was looked at.
    """

    rater: str
    time: str
    file: str
    method: str
    local_score: int
    global_score: int
    seconds: float

    @property
    def key(self) -> tuple[str, str, str]:
        """What is judged only once: by whom, which picture, of which method."""
        return self.rater, self.file, self.method


class ScoreSheet:
    """A CSV file of scores, which other raters may be writing to as well. One thread."""

    def __init__(self, path: Path) -> None:
        """Read the file, if it is there, and prove that it can be written.

        Raises RatingError.
        """
        self.path = path
        self._scores = _read(path)
        self._unsaved: dict[tuple[str, str, str], Score] = {}
        _write(path, self._scores.values())

    @property
    def has_unsaved(self) -> bool:
        """Whether some scores are not in the file."""
        return bool(self._unsaved)

    @property
    def scores(self) -> tuple[Score, ...]:
        """All scores, unsaved ones too."""
        return tuple({**self._scores, **self._unsaved}.values())

    def of(self, rater: str, file: str, method: str) -> Score | None:
        """Return what a rater gave, if anything."""
        key = (rater, file, method)
        return self._unsaved.get(key) or self._scores.get(key)

    def record(self, score: Score) -> None:
        """Take in a score, in place of an earlier one for the same; write the file anew.

        Raises RatingError if that failed: the score is kept and written with the next one.
        """
        self._unsaved[score.key] = score
        self.save()

    def save(self) -> None:
        """Write what is unsaved, beside what others wrote meanwhile. Raises RatingError."""
        if not self._unsaved:
            return
        scores = {**_read(self.path), **self._unsaved}
        _write(self.path, scores.values())
        self._scores, self._unsaved = scores, {}


class Mean(NamedTuple):
    """A mean with its 95 % interval; without one (NaN) where there is a single value."""

    mean: float
    low: float
    high: float


class MethodSummary(NamedTuple):
    """What a method's pictures were given."""

    method: str
    pictures: int
    local: Mean
    whole: Mean
    both: Mean


def summarised(scores: Iterable[Score]) -> list[MethodSummary]:
    """Return a summary per method, the best first.

    A picture that several raters judged counts once, with its mean.
    """
    by_method: dict[str, dict[str, list[Score]]] = {}
    for score in scores:
        by_method.setdefault(score.method, {}).setdefault(score.file, []).append(score)
    found = []
    for method, by_file in by_method.items():
        local = [statistics.fmean(s.local_score for s in same) for same in by_file.values()]
        whole = [statistics.fmean(s.global_score for s in same) for same in by_file.values()]
        both = [(one + other) / 2 for one, other in zip(local, whole, strict=True)]
        found.append(
            MethodSummary(method, len(both), mean_of(local), mean_of(whole), mean_of(both))
        )
    return sorted(found, key=lambda one: (-one.both.mean, one.method))


def mean_of(values: Sequence[float]) -> Mean:
    """Return the mean with Student's 95 % interval, kept within the scale."""
    mean = statistics.fmean(values)
    if len(values) < 2:
        return Mean(mean, math.nan, math.nan)
    reach = _student(len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    return Mean(mean, max(LOWEST, mean - reach), min(HIGHEST, mean + reach))


def _student(freedom: int) -> float:
    """Return the 97.5 % quantile of Student's t (above 10: Fisher and Cornish 1960, error 1e-4)."""
    if freedom <= len(_T):
        return _T[freedom - 1]
    z = _Z
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )


def _read(path: Path) -> dict[tuple[str, str, str], Score]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as sheet:
            lines = list(csv.reader(sheet))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, csv.Error) as cause:
        raise RatingError(f"The scores in {path} cannot be read.") from cause
    if not lines:
        return {}
    header, *records = lines
    if tuple(header) != COLUMNS:
        raise RatingError(
            f"{path} is not a sheet of scores (its columns are not {', '.join(COLUMNS)}); name "
            "another with --out."
        )
    found: dict[tuple[str, str, str], Score] = {}
    for number, record in enumerate(records, start=2):
        try:
            rater, time, file, method, local, whole, seconds = record
            score = Score(rater, time, file, method, int(local), int(whole), float(seconds))
        except ValueError as cause:
            raise RatingError(f"Line {number} of the scores in {path} cannot be read.") from cause
        if not (LOWEST <= score.local_score <= HIGHEST and LOWEST <= score.global_score <= HIGHEST):
            raise RatingError(f"Line {number} of the scores in {path} is off the scale 1 to 10.")
        found[score.key] = score
    return found


def _write(path: Path, scores: Iterable[Score]) -> None:
    """Write a sheet whole or not at all."""
    temporary = path.with_name(f".{path.name}.new-{os.getpid()}")
    try:
        with temporary.open("w", newline="", encoding="utf-8") as sheet:
            writer = csv.writer(sheet)
            writer.writerow(COLUMNS)
            writer.writerows(astuple(score) for score in scores)
            sheet.flush()
            os.fsync(sheet.fileno())
        temporary.replace(path)
    except OSError as cause:
        temporary.unlink(missing_ok=True)
        raise RatingError(
            f"The scores cannot be written to {path}; make room or name another place with --out."
        ) from cause
