"""Tables that can be read: systems below each other, the best told, gaps shown."""

import pytest

from training.evaluate import Gain, Row
from training.metrics import Figures
from training.summary import Summary
from training.tables import figure_tables, gain_tables, grid, interval, signed


def row(kind, name, painting, psnr, pd):
    figures = Figures(psnr + 10, psnr, 0.9, 0.01, 0.02, pd, 0.03, 0.5, 0.9)
    return Row(kind, name, f"{painting}.png", 0.1, figures, 0.02)


@pytest.fixture
def summary():
    rows = []
    for painting in range(5):
        rows.append(row("L", "net", painting, 30.0 + 0.1 * painting, 0.1))
        rows.append(row("L", "telea", painting, 28.0, 0.2))
        rows.append(row("L", "diffusion", painting, 29.0, 0.3))
        rows.append(row("S64", "net", painting, 20.0, 0.5))
        rows.append(row("S64", "telea", painting, 21.0, 0.4))
    return Summary(rows, ["telea", "diffusion"])


def test_the_best_is_bold_the_best_rival_italic_and_a_gap_a_dash(summary):
    table = figure_tables(summary).partition("### PD")[0].splitlines()
    assert table[0] == "### PSNR in the hole, dB"
    assert table[2:] [:5] == [
        "| system | L | S64 |",
        "|---|---:|---:|",
        "| `net` | **30.20** | 20.00 |",
        "| `telea` | 28.00 | ***21.00*** |",
        "| `diffusion` | *29.00* | – |",
    ]  # fmt: skip


def test_gains_are_on_the_best_rival_of_the_column(summary):
    text = gain_tables(summary)
    assert "| *best rival* | *diffusion* | *telea* |" in text
    assert "| `net` | **+1.20**<br><sub>+1.08\u00a0…\u00a0+1.32</sub> | −1.00" in text
    assert "| *best rival* | *telea* | *telea* |" in text, "by PD telea is the better one"


def test_without_features_a_table_says_so(summary):
    rows = [row("L", "net", painting, 30.0, float("nan")) for painting in range(2)]
    assert "it needs `--features`" in figure_tables(Summary(rows, []))


def test_numbers_keep_their_signs():
    assert [signed(value, 2) for value in (1.239, -0.5, -0.001, 0.0)] == [
        "+1.24", "−0.50", "0.00", "0.00",
    ]  # fmt: skip
    assert interval(Gain(0, -1, 2), 1) == "[−1.0, +2.0]"
    assert grid(["a", "b"], [["1", "2"]]) == "| a | b |\n|---|---:|\n| 1 | 2 |"
