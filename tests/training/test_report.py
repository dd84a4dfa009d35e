"""The report of an evaluation: from all rows asked for, with the command that made it."""

import csv

import pytest

from core.inpainting.card import card_by_id
from core.inpainting.catalogue import classical_cards
from training.gallery import gallery_of
from training.measuring import Outcome, Plan, measure_missing
from training.report import write_report


@pytest.fixture
def outcome(paintings, tmp_path):
    cards = [card_by_id(classical_cards(), name) for name in ("diffusion", "telea")]
    gallery = gallery_of(paintings, 64, [])
    return measure_missing(cards, gallery, Plan(tmp_path, ("L", "S32")), lambda line: None)


def test_the_report_is_tables_means_gains_and_sheets(outcome, tmp_path):
    paths = write_report(outcome, "lacuna-train evaluate …", tmp_path)
    names = ["table.md", "means.csv", "gains.csv", "contact_sheet_1.webp"]
    assert [path.name for path in paths] == names
    assert all(path.stat().st_size > 0 for path in paths)
    table = (tmp_path / "table.md").read_text("utf-8")
    assert "3 paintings per mask kind. Made by\n\n```\nlacuna-train evaluate …\n```" in table
    assert "| `telea` | classical | 0 | 0.0" in table
    assert "## Gains" not in table, "there are only rivals"
    with (tmp_path / "means.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 4
    assert lines[0]["pd"] == ""
    assert float(lines[0]["psnr_hole_db"]) > 10


def test_a_report_read_back_is_the_same(outcome, tmp_path, paintings):
    write_report(outcome, "command", tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    gallery = gallery_of(paintings, 64, [])
    again = measure_missing(outcome.cards, gallery, Plan(tmp_path, ("L", "S32")), lambda line: None)
    write_report(again, "command", tmp_path)
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}


def test_what_failed_is_listed(outcome, tmp_path):
    failed = Outcome(
        outcome.cards, outcome.identities, outcome.rows, outcome.examples, ("net, L: It cannot.",)
    )
    write_report(failed, "command", tmp_path)
    assert "## Not measured\n\n- net, L: It cannot." in (tmp_path / "table.md").read_text("utf-8")
