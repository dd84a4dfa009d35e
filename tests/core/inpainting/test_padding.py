import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.inpainting.padding import padded


@given(st.integers(1, 70), st.integers(1, 70), st.sampled_from([1, 8, 32]), st.integers(1, 64))
def test_padding_fits_and_leaves_the_picture_in_its_corner(
    height: int, width: int, multiple_of: int, min_size_px: int
) -> None:
    image = np.random.default_rng(0).random((height, width, 3), np.float32)
    mask = (image[..., 0] > 0.5).astype(np.float32)
    wide_image, wide_mask = padded(image, mask, multiple_of, min_size_px)
    assert wide_image.shape[:2] == wide_mask.shape
    assert all(side % multiple_of == 0 and side >= min_size_px for side in wide_mask.shape)
    assert all(side < max(own, min_size_px) + multiple_of
               for side, own in zip(wide_mask.shape, mask.shape, strict=True))  # fmt: skip
    np.testing.assert_array_equal(wide_image[:height, :width], image)
    np.testing.assert_array_equal(wide_mask[:height, :width], mask)


def test_what_mirrors_a_loss_is_a_loss() -> None:
    image = np.arange(30, dtype=np.float32).reshape(1, 10, 3)
    mask = np.zeros((1, 10), np.float32)
    mask[0, 8] = 1
    wide_image, wide_mask = padded(image, mask, 16, 1)
    mirrored = wide_image[..., 0] == image[0, 8, 0]
    np.testing.assert_array_equal(wide_mask, mirrored.astype(np.float32))
    assert wide_mask.sum() > 1


@pytest.mark.parametrize("shape", [(32, 64), (64, 32)])
def test_a_fitting_picture_is_not_copied(shape: tuple[int, int]) -> None:
    image, mask = np.zeros((*shape, 3), np.float32), np.zeros(shape, np.float32)
    assert padded(image, mask, 32, 32)[0] is image
