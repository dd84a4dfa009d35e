import cv2
import numpy as np
import pytest
import torch

from core.inpainting import diffusion
from core.inpainting.diffusion import diffused
from core.models import diffusion_prior
from core.models.diffusion_prior import DiffusionPrior


def _painting(height: int, width: int, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).random((height, width, 3), np.float32)
    return cv2.GaussianBlur(noise, (0, 0), 2) * 3 - 0.5


def _losses(height: int, width: int, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).random((height, width), np.float32)
    return (cv2.GaussianBlur(noise, (0, 0), 4) > 0.52).astype(np.float32)


@pytest.mark.parametrize(("height", "width", "seed"), [(32, 32, 0), (64, 160, 1), (192, 96, 2)])
def test_it_is_the_nets_own_prior_number_for_number(height: int, width: int, seed: int) -> None:
    image, mask = _painting(height, width, seed), _losses(height, width, seed)
    with torch.no_grad():
        theirs = DiffusionPrior()(
            torch.from_numpy(image).permute(2, 0, 1)[None], torch.from_numpy(mask)[None, None]
        )
    np.testing.assert_allclose(diffused(image, mask), theirs[0].permute(1, 2, 0).numpy(), atol=5e-6)


def test_the_constants_are_the_nets_own() -> None:
    ours, prior = diffusion, DiffusionPrior()
    assert (ours.LEVELS, ours.STEP, ours.MOMENTUM) == (
        diffusion_prior.LEVELS,
        diffusion_prior.STEP,
        diffusion_prior.MOMENTUM,
    )
    assert (
        prior.jacobi_steps,
        prior.biharmonic_steps,
    ) == (ours.JACOBI_STEPS, ours.BIHARMONIC_STEPS)


def test_valid_samples_come_back_unchanged_and_a_whole_mask_gives_0() -> None:
    image, mask = _painting(64, 64, 3), _losses(64, 64, 3)
    filled = diffused(image, mask)
    np.testing.assert_array_equal(filled[mask == 0], image[mask == 0])
    assert not diffused(image, np.ones_like(mask)).any()


def test_a_size_the_pyramid_cannot_halve_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="multiple"):
        diffused(np.zeros((40, 32, 3), np.float32), np.zeros((40, 32), np.float32))
