"""Masks have the ratio their kind states, and are the same every time."""

import numpy as np
import pytest
from PIL import Image

from core.inpainting.card import MASK_KINDS
from training.config import read_recipe
from training.masks import DRAWERS, craquelure_bank, evaluation_mask, training_mask

RATIOS = {
    "L": (0.002, 0.10), "B": (0.002, 0.08), "K": (0.001, 0.6), "C": (0.001, 0.2),
    "S32": (32**2 / 256**2,) * 2, "S64": (64**2 / 256**2,) * 2, "S112": (112**2 / 256**2,) * 2,
    **{f"I{step}": (0.1 * (step - 1), 0.1 * step) for step in range(1, 7)},
}  # fmt: skip


@pytest.fixture
def bank():
    crack = np.zeros((256, 256), np.uint8)
    crack[::32, :] = 1
    crack[:, 100:103] = 1
    return [crack]


@pytest.mark.parametrize("kind", MASK_KINDS)
def test_an_evaluation_mask_has_the_ratio_of_its_kind(kind, bank):
    low, high = RATIOS[kind]
    for index in range(8):
        mask = evaluation_mask(kind, 256, index, bank)
        assert mask.shape == (256, 256)
        assert mask.dtype == np.uint8
        assert mask.any()
        assert set(np.unique(mask)) <= {0, 1}
        assert low <= mask.mean() <= high


@pytest.mark.parametrize("kind", MASK_KINDS)
def test_an_evaluation_mask_is_the_same_every_time_and_differs_by_index(kind, bank):
    first, again, other = (evaluation_mask(kind, 256, index, bank) for index in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("name", sorted(DRAWERS))
@pytest.mark.parametrize("max_ratio", [0.1, 0.4])
def test_a_training_mask_keeps_within_the_largest_ratio(name, max_ratio, bank):
    rng = np.random.default_rng(0)
    for _ in range(10):
        ratio = training_mask(96, rng, bank, {name: 1.0}, max_ratio, layers=3).mean()
        assert 0 < ratio <= max_ratio


@pytest.mark.parametrize(
    ("name", "size", "sides"),
    [
        ("rectangle", 64, (20, 25)),
        ("large-square", 256, (96, 128)),
        ("one-rectangle", 256, (32, 128)),
    ],
)
def test_a_reports_rectangle_has_its_reports_sides(name, size, sides):
    rng = np.random.default_rng(0)
    for _ in range(20):
        mask = DRAWERS[name](size, rng, [])
        extent = [int(np.ptp(axis)) + 1 for axis in mask.nonzero()]
        assert mask.sum() == extent[0] * extent[1]
        assert all(sides[0] <= side <= sides[1] for side in extent)
        assert name != "large-square" or extent[0] == extent[1]


def test_a_report_masks_ten_to_fifteen_percent_of_64_pixels():
    rng = np.random.default_rng(0)
    ratios = [DRAWERS["rectangle"](64, rng, []).mean() for _ in range(200)]
    assert min(ratios) >= 0.097
    assert max(ratios) <= 0.153


def test_random_lines_are_thin_and_reach_across(bank):
    rng = np.random.default_rng(0)
    mask = DRAWERS["random-line"](128, rng, bank)
    assert 0.02 < mask.mean() < 0.6
    assert max(int(np.ptp(axis)) for axis in mask.nonzero()) > 64


def test_the_recipes_masks_are_drawn_from_the_given_generator_alone(bank):
    weights = read_recipe("atelier-crack").masks.weights
    one, other = (
        training_mask(128, np.random.default_rng(5), bank, weights, 0.4, 3) for _ in range(2)
    )
    assert np.array_equal(one, other)


def test_real_craquelure_loses_its_specks_but_keeps_its_cracks(tmp_path):
    grey = np.zeros((64, 64), np.uint8)
    grey[10, 5:60] = 255
    grey[40, 40] = 255
    Image.fromarray(grey).save(tmp_path / "a.png")
    (bank,) = craquelure_bank(tmp_path)
    assert bank[10, 5:60].all()
    assert bank.sum() == 55


def test_a_folder_without_craquelure_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no craquelure"):
        craquelure_bank(tmp_path)


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="no mask kind"):
        evaluation_mask("Z", 256, 0, [])


def test_kind_k_needs_real_craquelure():
    with pytest.raises(ValueError, match="--craquelure"):
        evaluation_mask("K", 256, 0, [])


def test_an_unknown_drawer_is_refused():
    with pytest.raises(ValueError, match="no drawer of masks “tears”"):
        training_mask(64, np.random.default_rng(0), [], {"tears": 1.0}, 0.4)
