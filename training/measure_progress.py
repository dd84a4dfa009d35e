"""What a long measurement says while it runs: how far it is, and how long it will take."""

import time
from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from training.evaluate import Row
from training.measure_workers import Filled, Task

_EVERY_S = 20.0


class MeasureProgress:
    """A line every few seconds, and one with the means when a generator is done."""

    def __init__(self, tasks: Sequence[Task], paintings: int, say: Callable[[str], None]) -> None:
        self._say, self._paintings = say, paintings
        self._fills_left = Counter({task.card.id: 0 for task in tasks})
        self._tasks_left: Counter[str] = Counter()
        for task in tasks:
            self._fills_left[task.card.id] += len(task.kinds)
            self._tasks_left[task.card.id] += 1
        self._rows: dict[str, list[Row]] = {name: [] for name in self._tasks_left}
        self._done: Counter[str] = Counter()
        self._spent: dict[str, float] = dict.fromkeys(self._tasks_left, 0.0)
        self._counted = self._said = time.monotonic()
        if tasks:
            say(f"To measure: {self._fills_left.total():,} fills by {len(self._rows)} generators.")
        else:
            say("Everything asked for was measured before.")

    def done(self, filled: Filled) -> None:
        """Count a task, and say so if it is time."""
        name = filled.task.card.id
        now = time.monotonic()
        self._spent[name] += now - self._counted
        self._counted = now
        self._done[name] += len(filled.task.kinds)
        self._fills_left[name] -= len(filled.task.kinds)
        self._tasks_left[name] -= 1
        self._rows[name] += filled.rows
        if not self._tasks_left[name]:
            self._say(self._summary(name))
        elif now - self._said > _EVERY_S:
            self._say(self._line(name))
        else:
            return
        self._said = now

    def _line(self, name: str) -> str:
        done = self._paintings - self._tasks_left[name]
        seconds = float(np.median([row.seconds for row in self._rows[name]] or [0]))
        return (
            f"{name}: {done} of {self._paintings} paintings, {seconds:.2f} s of CPU a fill; "
            f"about {self._minutes_left()} left"
        )

    def _summary(self, name: str) -> str:
        by_kind: dict[str, list[float]] = {}
        for row in self._rows[name]:
            by_kind.setdefault(row.kind, []).append(row.figures.psnr_hole_db)
        if not by_kind:
            return f"{name}: could not be measured; about {self._minutes_left()} left"
        means = ", ".join(f"{kind} {np.mean(values):.2f}" for kind, values in by_kind.items())
        return f"{name}: {means} dB in the hole; about {self._minutes_left()} left"

    def _minutes_left(self) -> str:
        """Return the time left: at a generator's own pace, one not yet begun at the mean pace."""
        mean = sum(self._spent.values()) / max(1, self._done.total())
        seconds = 0.0
        for name, fills in self._fills_left.items():
            own = self._spent[name] / self._done[name] if self._done[name] else mean
            seconds += fills * own
        minutes = round(seconds / 60)
        return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
