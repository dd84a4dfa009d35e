"""A long measurement says how far it is and what it found."""

import pytest

from core.inpainting.catalogue import classical_cards
from training import measure_progress
from training.evaluate import Row
from training.measure_progress import MeasureProgress
from training.measure_workers import Filled, Task
from training.metrics import Figures


@pytest.fixture
def tasks():
    return [Task(classical_cards()[0], index, ("L", "B")) for index in range(3)]


def filled(task):
    figures = Figures(40.0, 30.0, 0.9, 0.01, 0.02, 0.1, 0.03, 0.5, 0.9)
    name = task.card.id
    return Filled(task, tuple(Row(kind, name, "a", 0.1, figures, 0.5) for kind in task.kinds))


def test_every_generators_end_is_told_with_its_means(tasks):
    lines = []
    progress = MeasureProgress(tasks, 3, lines.append)
    for task in tasks:
        progress.done(filled(task))
    name = tasks[0].card.id
    assert lines == [
        "To measure: 6 fills by 1 generators.",
        f"{name}: L 30.00, B 30.00 dB in the hole; about 0 min left",
    ]


def test_a_long_run_tells_how_far_it_is(tasks, monkeypatch):
    monkeypatch.setattr(measure_progress, "_EVERY_S", -1.0)
    now = iter(range(0, 600 * 3600, 3600))
    monkeypatch.setattr("training.measure_progress.time.monotonic", lambda: float(next(now)))
    lines = []
    MeasureProgress(tasks, 3, lines.append).done(filled(tasks[0]))
    assert lines[1].startswith(f"{tasks[0].card.id}: 1 of 3 paintings, 0.50 s of CPU a fill; about")
    assert lines[1].endswith("2 h 0 min left")


def test_nothing_to_measure_and_nothing_measured_are_told(tasks):
    lines = []
    MeasureProgress([], 3, lines.append)
    progress = MeasureProgress(tasks[:1], 3, lines.append)
    progress.done(Filled(tasks[0], (), {}, {"L": "It cannot.", "B": "It cannot."}))
    assert lines[0] == "Everything asked for was measured before."
    assert "could not be measured" in lines[-1]
