import math
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.rating.composites import RatingError
from desktop.rating.scores import Score, ScoreSheet, mean_of, summarised


def score(file: str = "a.png", method: str = "telea", local: int = 5, **changes: object) -> Score:
    values = {
        "rater": "Ada",
        "global_score": 7,
        "seconds": 2.5,
        "time": "2026-01-01T10:00:00+00:00",
    }
    return Score(**{**values, "file": file, "method": method, "local_score": local, **changes})  # type: ignore[arg-type]


SCORES = st.builds(
    Score,
    rater=st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=8),
    time=st.just("2026-01-01T10:00:00+00:00"),
    file=st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=8),
    method=st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=8),
    local_score=st.integers(1, 10),
    global_score=st.integers(1, 10),
    seconds=st.floats(0, 1e4),
)


# Each example writes files to the disk.
@settings(max_examples=15)
@given(st.lists(SCORES, max_size=4))
def test_what_was_recorded_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, scores: list[Score]
) -> None:
    path = tmp_path_factory.mktemp("scores") / "scores.csv"
    sheet = ScoreSheet(path)
    for one in scores:
        sheet.record(one)
    kept = {one.key: one for one in scores}
    assert set(ScoreSheet(path).scores) == set(kept.values())


def test_a_second_judgement_replaces_the_first(tmp_path: Path) -> None:
    sheet = ScoreSheet(tmp_path / "scores.csv")
    sheet.record(score(local=3))
    sheet.record(score(local=8))
    assert [one.local_score for one in ScoreSheet(sheet.path).scores] == [8]
    found = sheet.of("Ada", "a.png", "telea")
    assert found is not None
    assert found.local_score == 8
    assert sheet.of("Bea", "a.png", "telea") is None


def test_two_raters_write_one_sheet(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    one, other = ScoreSheet(path), ScoreSheet(path)
    one.record(score())
    other.record(score(rater="Bea"))
    one.record(score("b.png"))
    assert len(ScoreSheet(path).scores) == 3
    assert os.listdir(tmp_path) == ["scores.csv"]


def test_what_the_disk_refuses_is_kept_and_written_later(tmp_path: Path) -> None:
    folder = tmp_path / "sheets"
    folder.mkdir()
    sheet = ScoreSheet(folder / "scores.csv")
    sheet.record(score())
    folder.rename(tmp_path / "away")
    with pytest.raises(RatingError, match="cannot be written"):
        sheet.record(score("b.png"))
    assert sheet.has_unsaved
    assert sheet.of("Ada", "b.png", "telea") is not None
    (tmp_path / "away").rename(folder)
    sheet.record(score("c.png"))
    assert not sheet.has_unsaved
    assert len(ScoreSheet(sheet.path).scores) == 3


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("step,loss\n", "not a sheet of scores"),
        ("rater,time,file,method,local,global,seconds\nAda,now,a,telea,5\n", "Line 2"),
        ("rater,time,file,method,local,global,seconds\nAda,now,a,telea,x,5,1\n", "Line 2"),
        ("rater,time,file,method,local,global,seconds\nAda,now,a,telea,11,5,1\n", "off the scale"),
    ],
)
def test_another_files_content_is_refused_and_left_as_it_was(
    tmp_path: Path, text: str, match: str
) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(text)
    with pytest.raises(RatingError, match=match):
        ScoreSheet(path)
    assert path.read_text() == text


def test_nowhere_to_write_is_told_before_anything_is_judged(tmp_path: Path) -> None:
    with pytest.raises(RatingError, match="--out"):
        ScoreSheet(tmp_path / "no folder" / "scores.csv")


# Quantiles from tables of Student's t.
@pytest.mark.parametrize(("count", "quantile"), [(2, 12.706), (10, 2.262), (21, 2.086), (61, 2.0)])
def test_the_interval_is_students(count: int, quantile: float) -> None:
    values = [5.0, 5.1] * (count // 2) + [5.05] * (count % 2)
    mean = sum(values) / count
    deviation = math.sqrt(sum((value - mean) ** 2 for value in values) / (count - 1))
    found = mean_of(values)
    assert found.high - found.mean == pytest.approx(quantile * deviation / count**0.5, rel=1e-3)
    assert found.mean - found.low == pytest.approx(found.high - found.mean)


def test_a_single_value_has_no_interval_and_none_leaves_the_scale() -> None:
    assert math.isnan(mean_of([4]).low)
    assert mean_of([1, 10]).low == 1
    assert mean_of([1, 10]).high == 10


def test_the_summary_is_per_method_the_best_first() -> None:
    found = summarised([
        score("a.png", "telea", 2), score("b.png", "telea", 4),
        score("a.png", "net", 9), score("a.png", "net", 5, rater="Bea"),
    ])  # fmt: skip
    assert [(one.method, one.pictures) for one in found] == [("net", 1), ("telea", 2)]
    assert found[0].local.mean == 7
    assert found[1].local.mean == 3
    assert found[1].both.mean == 5
