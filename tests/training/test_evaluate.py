"""Evaluation measures the same holes for every generator and writes what it found."""

import csv

import numpy as np
import pytest
from PIL import Image

from core.inpainting.card import card_by_id, read_card, write_card
from core.inpainting.catalogue import classical_cards
from core.inpainting.generator import open_generator
from training.evaluate import evaluate, gain, means, write_metrics
from training.report import write_report


@pytest.fixture
def generators():
    cards = classical_cards()
    return [open_generator(card_by_id(cards, name)) for name in ("diffusion", "telea")]


@pytest.fixture
def measured(generators, paintings):
    return evaluate(generators, paintings, ("L", "S32"), [], None, size=96, say=lambda line: None)


def test_every_generator_is_measured_on_every_painting_and_kind(measured, paintings):
    rows, examples = measured
    assert len(rows) == 2 * 2 * len(paintings.images)
    assert len(examples) == 2
    assert all(np.isfinite(row.figures.psnr_hole_db) for row in rows)
    pairs = {}
    for row in rows:
        pairs.setdefault((row.kind, row.painting), set()).add(row.hole_ratio)
    assert all(len(ratios) == 1 for ratios in pairs.values())


def test_the_gain_is_the_mean_difference_within_its_interval(measured):
    rows, _ = measured
    found = gain(rows, "L", "psnr_hole_db", "diffusion", "telea")
    one, other = (means(rows, "L", name)["psnr_hole_db"] for name in ("diffusion", "telea"))
    assert found.mean == pytest.approx(one - other)
    assert found.low <= found.mean <= found.high
    assert gain(rows, "L", "psnr_hole_db", "telea", "telea").mean == 0


def test_generators_measured_on_different_paintings_are_not_compared(measured):
    rows, _ = measured
    with pytest.raises(ValueError, match="same paintings"):
        gain(rows[:-1], "S32", "psnr_hole_db", "diffusion", "telea")


def test_the_report_writes_its_tables_and_its_sheet(measured, tmp_path):
    rows, examples = measured
    paths = write_report(rows, examples, ["telea"], tmp_path / "out")
    assert all(path.stat().st_size > 0 for path in paths)
    table = (tmp_path / "out" / "table.md").read_text("utf-8")
    assert "| kind | diffusion | telea |" in table
    assert "diffusion minus its rivals" in table
    assert "| L | telea | +" in table or "| L | telea | -" in table
    with (tmp_path / "out" / "figures.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == len(rows)
    with Image.open(tmp_path / "out" / "contact_sheet.webp") as sheet:
        # Two kinds below the titles; whole, painting, damaged and two fills beside each other.
        assert sheet.size == (5 * 100, 18 + 2 * 100)


def test_the_card_gets_its_figures_and_keeps_those_of_other_kinds(measured, tmp_path):
    rows, _ = measured
    card = classical_cards()[0]
    write_card(type(card)(**{**vars(card), "metrics": {"B": {"pd": 0.5}}}), tmp_path)
    write_metrics(read_card(tmp_path), rows, ["telea"])
    metrics = read_card(tmp_path).metrics
    assert metrics["B"] == {"pd": 0.5}
    assert metrics["L"]["pictures"] == 3
    assert metrics["L"]["classical_psnr_hole_db"] == pytest.approx(
        means(rows, "L", "telea")["psnr_hole_db"], abs=1e-3
    )
    assert "pd" not in metrics["L"]
