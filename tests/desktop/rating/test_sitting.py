from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.rating.composites import Fill
from desktop.rating.scores import Score, ScoreSheet
from desktop.rating.sitting import Sitting

ORDER = [Fill("telea", f"{name}.png", Path()) for name in "abcde"]


@pytest.fixture
def sheet(tmp_path: Path) -> ScoreSheet:
    return ScoreSheet(tmp_path / "scores.csv")


@pytest.fixture
def judge(sheet: ScoreSheet) -> Callable[[Sitting], None]:
    def give(sitting: Sitting) -> None:
        fill = sitting.fill
        assert fill is not None
        sheet.record(Score("Ada", "now", fill.name, fill.method, 5, 5, 1.0))
        sitting.go_on()

    return give


Judge = Callable[[Sitting], None]


def names(sitting: Sitting) -> str:
    return "" if sitting.fill is None else sitting.fill.name[0]


def test_all_are_judged_once_and_then_it_ends(sheet: ScoreSheet, judge: Judge) -> None:
    sitting = Sitting(ORDER, sheet, "Ada")
    seen = ""
    while sitting.fill is not None:
        seen += names(sitting)
        judge(sitting)
    assert seen == "abcde"
    assert (sitting.done, sitting.left) == (5, 0)


def test_it_resumes_where_it_stopped_and_passes_what_is_judged(
    sheet: ScoreSheet, judge: Judge
) -> None:
    sitting = Sitting(ORDER, sheet, "Ada")
    judge(sitting)
    sitting.go_on()
    judge(sitting)
    again = Sitting(ORDER, sheet, "Ada")
    assert names(again) == "b"
    judge(again)
    assert names(again) == "d"
    assert names(Sitting(ORDER, sheet, "Bea")) == "a"


def test_one_goes_back_and_forth_over_what_is_judged(sheet: ScoreSheet, judge: Judge) -> None:
    sitting = Sitting(ORDER, sheet, "Ada")
    assert not sitting.can_go_back
    sitting.go_back()
    judge(sitting)
    judge(sitting)
    sitting.go_back()
    sitting.go_back()
    assert names(sitting) == "a"
    walked = ""
    for _ in range(3):
        walked += names(sitting)
        sitting.go_on()
    assert walked == "abc"


def test_skipped_ones_come_again_when_asked_for(sheet: ScoreSheet, judge: Judge) -> None:
    sitting = Sitting(ORDER, sheet, "Ada")
    sitting.go_on()
    judge(sitting)
    sitting.go_on()
    judge(sitting)
    judge(sitting)
    assert sitting.fill is None
    assert sitting.left == 2
    sitting.return_to_skipped()
    assert names(sitting) == "a"
    judge(sitting)
    assert names(sitting) == "c"


def test_what_cannot_be_shown_is_left_out(sheet: ScoreSheet, judge: Judge) -> None:
    sitting = Sitting(ORDER, sheet, "Ada")
    sitting.set_aside()
    assert names(sitting) == "b"
    assert not sitting.can_go_back
    assert (sitting.total, sitting.left) == (4, 4)
    while sitting.fill is not None:
        judge(sitting)
    assert (sitting.left, [fill.name for fill in sitting.unreadable]) == (0, ["a.png"])
