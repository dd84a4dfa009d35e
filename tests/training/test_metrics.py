"""The figures, against their definitions and scikit-image."""

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from training.features import SqueezeNetFeatures, maps_distance, unit_maps
from training.metrics import MAX_PSNR_DB, Reference, boundary_error, composite, measure, psnr, ssim


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    painting = rng.integers(0, 256, (48, 40, 3), np.uint8)
    mask = np.zeros((48, 40), np.uint8)
    mask[10:20, 5:30] = 1
    noisy = np.clip(painting + rng.normal(0, 9, painting.shape), 0, 255).astype(np.uint8)
    return painting, np.where(mask[..., None] > 0, noisy, painting), mask


def test_psnr_of_a_known_error():
    assert psnr(np.full(10, 25.5)) == pytest.approx(20.0)
    assert psnr(np.zeros(10)) == MAX_PSNR_DB


def test_ssim_equals_scikit_images(pair):
    painting, composed, _ = pair
    expected = structural_similarity(
        painting, composed, channel_axis=2, data_range=255, gaussian_weights=True, sigma=1.5,
        use_sample_covariance=False,
    )  # fmt: skip
    assert ssim(Reference(painting), composed) == pytest.approx(expected, abs=1e-6)


def test_the_figures_of_a_constant_error_in_the_hole():
    painting = np.full((20, 20, 3), 100, np.uint8)
    mask = np.zeros((20, 20), np.uint8)
    mask[5:10, 5:10] = 1
    composed = np.where(mask[..., None] > 0, np.uint8(111), painting)
    figures = measure(Reference(painting), composed, mask)
    assert figures.psnr_hole_db == pytest.approx(20 * np.log10(255 / 11))
    assert figures.psnr_db == pytest.approx(figures.psnr_hole_db + 10 * np.log10(400 / 25))
    assert figures.l1 == pytest.approx(11 * 25 / 400 / 255)
    assert figures.relative_l1 == pytest.approx(11 * 25 / (400 * 100))
    assert figures.boundary == pytest.approx(11 / 255)
    assert figures.jaccard == 0
    assert figures.soft_jaccard == pytest.approx(100 / 111)
    assert np.isnan(figures.pd)


def test_the_boundary_error_looks_at_the_border_alone():
    mask = np.zeros((12, 12), np.uint8)
    mask[3:9, 3:9] = 1
    error = np.zeros((12, 12, 3))
    error[4:8, 4:8] = 200
    assert boundary_error(error[mask > 0], mask) == 0
    assert boundary_error(error[mask > 0] + 51, mask) == pytest.approx(0.2)


def test_a_composite_keeps_the_painting_outside_and_rounds_inside(pair):
    painting, _, mask = pair
    filled = np.full(painting.shape, 0.5, np.float32)
    composed = composite(painting, filled, mask)
    assert np.array_equal(composed[mask == 0], painting[mask == 0])
    assert (composed[mask > 0] == 128).all()


@torch.no_grad()
def test_the_perceptual_distance_is_zero_for_equals_and_positive_otherwise():
    torch.manual_seed(0)
    one = torch.rand(2, 3, 64, 64)
    features = SqueezeNetFeatures()
    maps = unit_maps(features, one)
    assert maps_distance(maps, unit_maps(features, one)).tolist() == [0.0, 0.0]
    assert (maps_distance(maps, unit_maps(features, 1 - one)) > 0).all()


@torch.no_grad()
def test_the_distance_measured_is_the_perceptual_distance(pair):
    torch.manual_seed(0)
    painting, composed, mask = pair
    painting.flags.writeable = False
    features = SqueezeNetFeatures()
    one, other = (
        torch.tensor(picture).permute(2, 0, 1)[None] / 255 for picture in (painting, composed)
    )
    expected = 0.0
    for here, there in zip(features(one), features(other), strict=True):
        here, there = (x / x.norm(dim=1, keepdim=True).clamp(min=1e-10) for x in (here, there))
        expected += float((here - there).square().sum(1).mean())
    assert measure(Reference(painting, features), composed, mask).pd == pytest.approx(expected)
