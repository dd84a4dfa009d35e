"""What was measured is not measured again: after a kill, for more generators, by any workers."""

import multiprocessing
import shutil
from dataclasses import replace

import numpy as np
import pytest

from core.errors import GeneratorError
from core.inpainting.card import card_by_id
from core.inpainting.catalogue import classical_cards
from training import measure_workers, measuring
from training.figure_store import StoreError, read_figures
from training.gallery import gallery_of
from training.measuring import FIGURES, Plan, measure_missing, shown

KINDS = ("L", "S32")


@pytest.fixture
def cards():
    known = classical_cards()
    return [card_by_id(known, name) for name in ("telea", "diffusion")]


@pytest.fixture
def gallery(paintings):
    return gallery_of(paintings, 64, [])


@pytest.fixture
def plan(tmp_path):
    return Plan(tmp_path / "out", KINDS)


@pytest.fixture
def filled(monkeypatch):
    """The (generator, kind, painting number) of every fill that is really made."""
    made, real = [], measure_workers.fill_and_measure

    def spied(generator, gallery, reference, index, kind):
        made.append((generator.card.id, kind, index))
        return real(generator, gallery, reference, index, kind)

    monkeypatch.setattr(measure_workers, "fill_and_measure", spied)
    return made


def silent(line):
    pass


def figures(outcome):
    """The rows without their time; as text, since NaN does not equal NaN."""
    return [repr(replace(row, seconds=0)) for row in outcome.rows]


def test_all_is_measured_once_and_then_read(cards, gallery, plan, filled):
    first = measure_missing(cards, gallery, plan, silent)
    assert len(filled) == len(set(filled)) == len(first.rows) == 2 * 2 * 3
    lines = []
    again = measure_missing(cards, gallery, plan, lines.append)
    assert len(filled) == 12
    assert repr(again.rows) == repr(first.rows), "as text, since NaN is not NaN"
    assert lines == ["Everything asked for was measured before."]
    for one, other in zip(first.examples, again.examples, strict=True):
        assert one.kind == other.kind
        assert list(one.fills) == ["telea", "diffusion"]
        assert all(np.array_equal(one.fills[name], other.fills[name]) for name in one.fills)


def test_a_further_generator_painting_or_kind_costs_its_own_fills(
    cards, gallery, plan, paintings, filled
):
    two = gallery_of(replace(paintings, images=paintings.images[:2]), 64, [])
    measure_missing(cards[:1], two, Plan(plan.out, ("L",), examples=0), silent)
    assert set(filled) == {("telea", "L", 0), ("telea", "L", 1)}
    filled.clear()
    measure_missing(cards[:1], gallery, Plan(plan.out, KINDS, examples=0), silent)
    assert set(filled) == {("telea", "L", 2), *(("telea", "S32", index) for index in range(3))}
    filled.clear()
    outcome = measure_missing(cards, gallery, Plan(plan.out, KINDS, examples=0), silent)
    assert {name for name, *_ in filled} == {"diffusion"}
    assert len(outcome.rows) == 12


def test_a_run_that_was_killed_goes_on(cards, gallery, plan, filled, monkeypatch, tmp_path):
    straight = measure_missing(cards, gallery, Plan(tmp_path / "straight", KINDS), silent)
    filled.clear()
    spied = measure_workers.fill_and_measure

    def killed(generator, gallery, reference, index, kind):
        if len(filled) == 7:
            # What a killed process leaves: the folder as it is now, with no last save.
            shutil.copytree(plan.out, tmp_path / "left")
            raise KeyboardInterrupt
        return spied(generator, gallery, reference, index, kind)

    monkeypatch.setattr(measuring, "_SAVE_EVERY_S", -1)
    monkeypatch.setattr(measure_workers, "fill_and_measure", killed)
    with pytest.raises(KeyboardInterrupt):
        measure_missing(cards, gallery, plan, silent)
    monkeypatch.setattr(measure_workers, "fill_and_measure", spied)
    (tmp_path / "left" / "figures.csv.99.part").write_bytes(b"half a fi")
    for out in (tmp_path / "left", plan.out):
        assert len(read_figures(out / FIGURES)) == 6, "whole paintings are kept"
        filled.clear()
        resumed = measure_missing(cards, gallery, Plan(out, KINDS), silent)
        assert len(filled) == 6
        assert figures(resumed) == figures(straight)


# Two processes that import torch.
@pytest.mark.slow
def test_two_workers_find_what_one_finds(cards, gallery, plan, tmp_path):
    one = measure_missing(cards, gallery, plan, silent)
    two = measure_missing(cards, gallery, Plan(tmp_path / "two", KINDS, workers=2), silent)
    assert figures(one) == figures(two)
    for single, double in zip(one.examples, two.examples, strict=True):
        assert all(np.array_equal(single.fills[name], double.fills[name]) for name in single.fills)


def test_other_weights_other_pictures_and_other_features_are_measured_anew(
    cards, gallery, plan, filled, monkeypatch
):
    measure_missing(cards, gallery, plan, silent)
    filled.clear()
    brighter = replace(gallery, crops=tuple(crop // 2 for crop in gallery.crops))
    measure_missing(cards, brighter, plan, silent)
    assert len(filled) == 12
    filled.clear()
    monkeypatch.setattr("core.inpainting.classical.RADIUS_PX", 3.0)
    measure_missing(cards, gallery, plan, silent)
    assert set(filled) == {("telea", kind, index) for kind in KINDS for index in range(3)}


def test_a_lost_composite_is_made_again(cards, gallery, plan, filled):
    first = measure_missing(cards, gallery, plan, silent)
    filled.clear()
    next((plan.out / "fills").glob("telea-*.png")).write_bytes(b"")
    again = measure_missing(cards, gallery, plan, silent)
    assert len(filled) == 1
    assert figures(again) == figures(first)


def test_a_fill_that_fails_is_told_and_leaves_its_kind_out(cards, gallery, plan, monkeypatch):
    real = measure_workers.fill_and_measure

    def failing(generator, gallery, reference, index, kind):
        if (generator.card.id, kind, index) == ("telea", "S32", 1):
            raise GeneratorError("It cannot.")
        return real(generator, gallery, reference, index, kind)

    monkeypatch.setattr(measure_workers, "fill_and_measure", failing)
    outcome = measure_missing(cards, gallery, plan, silent)
    assert outcome.failures == ("telea, S32: It cannot.",)
    assert {(row.generator, row.kind) for row in outcome.rows} == {
        ("telea", "L"), ("diffusion", "L"), ("diffusion", "S32"),
    }  # fmt: skip


def test_a_generator_whose_file_is_gone_is_told_and_the_others_are_measured(
    cards, gallery, plan, tmp_path
):
    gone = replace(cards[0], id="gone", engine="onnx", files={"model.onnx": "a" * 64},
                   folder=tmp_path)  # fmt: skip
    outcome = measure_missing([gone, *cards], gallery, plan, silent)
    assert {row.generator for row in outcome.rows} == {"telea", "diffusion"}
    assert [failure.partition(":")[0] for failure in outcome.failures] == ["gone, L", "gone, S32"]


def test_damaged_figures_are_refused_before_anything_is_filled(cards, gallery, plan, filled):
    measure_missing(cards[:1], gallery, plan, silent)
    filled.clear()
    path = plan.out / FIGURES
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(StoreError, match="damaged"):
        measure_missing(cards, gallery, plan, silent)
    assert not filled


def test_a_worker_that_dies_is_one_sentence():
    reader, writer = multiprocessing.Pipe(duplex=False)
    writer.close()
    with pytest.raises(ChildProcessError, match="run the same command again"):
        list(measure_workers._received([reader]))


def test_a_file_that_holds_no_features_is_named(cards, gallery, plan, tmp_path):
    path = tmp_path / "features"
    path.write_bytes(b"no features")
    with pytest.raises(ValueError, match="does not hold SqueezeNet"):
        measure_missing(cards, gallery, replace(plan, features=path, workers=2), silent)


def test_the_paintings_shown_are_different_ones_for_each_kind():
    assert shown(60, 1, 0) == {0}
    assert shown(60, 1, 6 / 13) == {27}
    assert shown(2, 5, 0.5) == {0, 1}
    assert shown(3, 0, 0.5) == set()
