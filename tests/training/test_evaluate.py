"""Evaluation measures the same holes for every generator, and compares them pair by pair."""

import numpy as np
import pytest

from core.inpainting.card import card_by_id, read_card, write_card
from core.inpainting.catalogue import classical_cards
from core.inpainting.generator import open_generator
from training.evaluate import evaluate, gain, means, write_metrics
from training.gallery import gallery_of


@pytest.fixture
def said():
    return []


@pytest.fixture
def rows(paintings, said):
    cards = classical_cards()
    generators = [open_generator(card_by_id(cards, name)) for name in ("diffusion", "telea")]
    return evaluate(generators, gallery_of(paintings, 96, []), ("L", "S32"), None, said.append)


def test_every_generator_is_measured_on_every_painting_and_kind(rows, paintings, said):
    assert len(rows) == 2 * 2 * len(paintings.images)
    assert all(np.isfinite(row.figures.psnr_hole_db) for row in rows)
    pairs = {}
    for row in rows:
        pairs.setdefault((row.kind, row.painting), set()).add(row.hole_ratio)
    assert all(len(ratios) == 1 for ratios in pairs.values())
    assert [line.partition(":")[0] for line in said] == ["L", "S32"]


def test_the_gain_is_the_mean_difference_within_its_interval(rows):
    found = gain(rows, "L", "psnr_hole_db", "diffusion", "telea")
    one, other = (means(rows, "L", name)["psnr_hole_db"] for name in ("diffusion", "telea"))
    assert found.mean == pytest.approx(one - other)
    assert found.low <= found.mean <= found.high
    assert gain(rows, "L", "psnr_hole_db", "telea", "telea").mean == 0


def test_generators_measured_on_different_paintings_are_not_compared(rows):
    without = [row for row in rows if row != rows[-1]]
    kind = rows[-1].kind
    with pytest.raises(ValueError, match="same paintings"):
        gain(without, kind, "psnr_hole_db", "diffusion", "telea")


def test_the_card_gets_its_figures_and_keeps_those_of_other_kinds(rows, tmp_path):
    card = card_by_id(classical_cards(), "diffusion")
    write_card(type(card)(**{**vars(card), "metrics": {"B": {"pd": 0.5}}}), tmp_path)
    write_metrics(read_card(tmp_path), rows, ["telea", "never-measured"])
    metrics = read_card(tmp_path).metrics
    assert metrics["B"] == {"pd": 0.5}
    assert metrics["L"]["pictures"] == 3
    assert metrics["L"]["classical_psnr_hole_db"] == pytest.approx(
        means(rows, "L", "telea")["psnr_hole_db"], abs=1e-3
    )
    assert "pd" not in metrics["L"]


def test_a_card_keeps_what_it_says_of_a_kind_that_could_not_be_measured(rows, tmp_path):
    card = card_by_id(classical_cards(), "diffusion")
    write_card(type(card)(**{**vars(card), "metrics": {"S32": {"ssim": 0.25}}}), tmp_path)
    write_metrics(read_card(tmp_path), [row for row in rows if row.kind == "L"], ["telea"])
    assert read_card(tmp_path).metrics["S32"] == {"ssim": 0.25}
