"""The curves show what the log says: its phases, a line that lies among its values, a whole PNG."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from training.curves import Band, bands, panels, smoothed, write_curves
from training.run_log import COLUMNS, LogError, read_log

PHASED = [
    "l2=0.4",
    "l2=0.3 discriminator=0.7",
    "discriminator=0.6",
    "l2=0.2 discriminator=0.5 adversarial=2.0",
    "l2=0.1 discriminator=0.6 adversarial=1.0",
]


@pytest.fixture
def write_log(tmp_path):
    def write(*terms):
        rows = [f"{i},{i},1e-3,20,{20 + i},{text}" for i, text in enumerate(terms, start=1)]
        path = tmp_path / "log.csv"
        path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n", "utf-8")
        return path

    return write


def test_the_phases_are_read_off_the_terms(write_log):
    log = read_log(write_log(*PHASED))
    assert bands(log) == [
        Band("generator", 0, 1), Band("discriminator", 1, 3), Band("both", 3, 5)
    ]  # fmt: skip


def test_a_run_of_one_phase_is_not_shaded(write_log):
    assert bands(read_log(write_log(*["l1=0.5"] * 4))) == []
    assert bands(read_log(write_log(*["l1=0.5 discriminator=1 hinge=2"] * 4))) == []


def test_phases_too_many_to_see_are_not_shaded(write_log):
    assert bands(read_log(write_log(*["l2=0.5", "discriminator=1"] * 30))) == []


def test_every_term_has_a_panel(write_log):
    titles = [panel.title for panel in panels(read_log(write_log(*PHASED)))]
    assert titles == ["hole, dB", "l2", "discriminator", "adversarial", "learning rate", "images/s"]


@given(st.lists(st.one_of(st.floats(-1e3, 1e3), st.just(float("nan"))), min_size=1, max_size=80))
def test_the_smoothed_line_stays_among_the_values_and_keeps_the_gaps(values):
    raw = np.array(values)
    line = smoothed(raw)
    known = np.isfinite(raw)
    assert np.array_equal(np.isfinite(line), known)
    if known.any():
        assert line[known].min() >= raw[known].min() - 1e-6
        assert line[known].max() <= raw[known].max() + 1e-6


@pytest.mark.parametrize("terms", [PHASED, PHASED[:1], ["l1=0.00001", "l1=9", "l1=0"]])
def test_a_log_becomes_a_picture(write_log, tmp_path, terms):
    png = tmp_path / "curves.png"
    write_curves(write_log(*terms), png)
    with Image.open(png) as picture:
        picture.load()
        assert min(picture.size) > 300
        assert len(np.unique(np.asarray(picture.convert("L")))) > 20
    assert not list(tmp_path.glob("*.part"))


def test_nothing_is_drawn_before_the_first_row(tmp_path):
    write_curves(tmp_path / "log.csv", tmp_path / "curves.png")
    assert not (tmp_path / "curves.png").exists()


def test_what_is_no_log_is_not_drawn(tmp_path):
    (tmp_path / "log.csv").write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(LogError):
        write_curves(tmp_path / "log.csv", tmp_path / "curves.png")
