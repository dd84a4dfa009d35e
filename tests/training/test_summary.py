"""Means, the best of a kind, and when a gain counts."""

import pytest

from training.evaluate import Row
from training.metrics import Figures
from training.summary import PD, PSNR_HOLE, Summary


def row(kind, name, painting, psnr, pd=0.1):
    figures = Figures(psnr + 10, psnr, 0.9, 0.01, 0.02, pd, 0.03, 0.5, 0.9)
    return Row(kind, name, f"{painting}.png", 0.1, figures, 0.02)


@pytest.fixture
def summary():
    """A net that beats telea on every painting but ns only on some; ns has no S64."""
    rows = []
    for painting in range(8):
        rows.append(row("L", "net", painting, 30.0, pd=0.1))
        rows.append(row("L", "telea", painting, 28.0 + 0.01 * painting, pd=0.2))
        rows.append(row("L", "ns", painting, 26.0 if painting % 2 else 33.0, pd=0.3))
        rows.append(row("S64", "net", painting, 20.0, pd=float("nan")))
        rows.append(row("S64", "telea", painting, 21.0, pd=float("nan")))
    return Summary(rows, ["telea", "ns", "not-asked"])


def test_it_knows_kinds_systems_and_rivals_in_order(summary):
    assert summary.kinds == ("L", "S64")
    assert summary.systems == ("net", "telea", "ns")
    assert (summary.others, summary.rivals) == (("net",), ("telea", "ns"))
    assert summary.paintings == 8


def test_the_best_is_the_largest_or_the_smallest(summary):
    assert summary.best("L", PSNR_HOLE, summary.systems) == "net"
    assert summary.best("L", PSNR_HOLE, summary.rivals) == "ns"
    assert summary.best("L", PD, summary.rivals) == "telea"
    assert summary.best("S64", PSNR_HOLE, summary.systems) == "telea"


def test_what_was_not_measured_is_none(summary):
    assert summary.mean("S64", "ns", "psnr_hole_db") is None
    assert summary.mean("S64", "net", "pd") is None
    assert summary.best("S64", PD, summary.systems) is None
    assert summary.gain("S64", PSNR_HOLE, "net", "ns") is None


def test_a_rival_is_beaten_when_every_interval_leaves_out_zero(summary):
    assert summary.gain("L", PSNR_HOLE, "net", "telea").low > 0
    assert not summary.beats_every_rival("L", PSNR_HOLE, "net")
    assert summary.beats_every_rival("L", PD, "net")
    assert not summary.beats_every_rival("S64", PSNR_HOLE, "net")


def test_nothing_measured_is_one_sentence():
    with pytest.raises(ValueError, match="nothing to report"):
        Summary([], [])
