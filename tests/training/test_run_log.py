"""A log is read back as it was meant, whatever interrupted it; other files are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.journal import Journal
from training.run_log import COLUMNS, EmptyLogError, LogError, read_log

HEADER = ",".join(COLUMNS)


def written(path, *rows):
    path.write_text("\n".join([HEADER, *rows]) + "\n", "utf-8")
    return path


def row(step, terms="l1=0.5"):
    return f"{step},{step / 100:.3f},1e-3,20.0,21.5,{terms}"


def test_what_the_journal_writes_is_read_back(tmp_path):
    journal = Journal(tmp_path / "log.csv", every=1, step=0, say=lambda line: None)
    journal.add(1, 60.0, 0.5, 2e-4, 4, {"mse": 0.01, "l2": 0.25})
    journal.add(2, 120.0, 1.0, 1e-4, 4, {"mse": 0.001, "l2": 0.125, "adversarial": 3.0})
    log = read_log(tmp_path / "log.csv")
    assert log.step.tolist() == [1, 2]
    assert log.minutes.tolist() == [1, 2]
    assert log.psnr_hole_db.tolist() == [20, 30]
    assert log.terms["l2"].tolist() == [0.25, 0.125]
    assert np.isnan(log.terms["adversarial"][0])
    assert log.terms["adversarial"][1] == 3


def test_a_resumed_run_replaces_the_rows_it_goes_through_again(tmp_path):
    path = written(tmp_path / "log.csv", row(100), row(200), row(300), row(200, "l1=0.1"))
    log = read_log(path)
    assert log.step.tolist() == [100, 200]
    assert log.terms["l1"].tolist() == [0.5, 0.1]


@given(cut=st.integers(1, len(row(200)) - 1))
def test_a_last_row_that_is_half_written_hurts_no_other(tmp_path_factory, cut):
    path = tmp_path_factory.mktemp("log") / "log.csv"
    path.write_text(f"{HEADER}\n{row(100)}\n{row(200)[:cut]}", "utf-8")
    assert read_log(path).step[0] == 100


def test_a_damaged_row_in_the_middle_is_named(tmp_path):
    with pytest.raises(LogError, match="Line 3"):
        read_log(written(tmp_path / "log.csv", row(100), "nonsense", row(300)))


@pytest.mark.parametrize(
    ("text", "error", "match"),
    [
        (None, EmptyLogError, "There is no log"),
        ("", EmptyLogError, "is empty"),
        (HEADER, EmptyLogError, "no row"),
        ("step,loss\n1,2\n", LogError, "lacks minutes, learning_rate"),
        (b"\xff\xfe\x00", LogError, "cannot be read"),
    ],
)
def test_what_is_no_log_is_refused_with_a_sentence(tmp_path, text, error, match):
    path = tmp_path / "log.csv"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(error, match=match):
        read_log(path)


def test_a_run_is_not_continued_into_a_file_that_is_no_log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("step,loss\n1,2\n", "utf-8")
    with pytest.raises(LogError):
        Journal(path, every=1, step=10, say=lambda line: None)
