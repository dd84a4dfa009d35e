import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import GeneratorOutputError
from core.inpainting.card import GeneratorCard
from core.inpainting.net_window import filled_window

sides = st.integers(1, 70)


def _card(multiple_of: int, min_size_px: int) -> GeneratorCard:
    return GeneratorCard("net", "Net", "", "onnx", multiple_of=multiple_of, min_size_px=min_size_px)


@given(sides, sides, st.integers(1, 33), st.integers(1, 100), st.integers(0, 2**32 - 1))
def test_a_net_sees_the_loss_as_0_at_sides_it_takes_and_its_result_is_cropped(
    height: int, width: int, multiple_of: int, min_size_px: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    image = rng.random((height, width, 3), np.float32)
    mask = (rng.random((height, width)) > 0.7).astype(np.float32) * np.float32(0.5)
    image[mask > 0] = np.nan

    def run(known: np.ndarray, hole: np.ndarray) -> np.ndarray:
        assert known.dtype == hole.dtype == np.float32
        assert known.shape == (1, 3, *hole.shape[2:])
        assert all(side % multiple_of == 0 and side >= min_size_px for side in hole.shape[2:])
        assert set(np.unique(hole)) <= {0, 1}
        assert not known[:, :, hole[0, 0] > 0].any()
        noise = rng.random(known.shape, np.float32)
        return np.asarray(np.where(hole > 0, noise, known))

    filled = filled_window(run, _card(multiple_of, min_size_px), image, mask)
    assert filled.dtype == np.float32
    np.testing.assert_array_equal(filled[mask == 0], image[mask == 0])
    assert np.isfinite(filled).all()


@pytest.mark.parametrize("shape", [(1, 3, 4, 4), (3, 8, 8), (1, 1, 8, 8), (2, 3, 8, 8), ()])
def test_a_result_of_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    image, mask = np.zeros((8, 8, 3), np.float32), np.ones((8, 8), np.float32)
    with pytest.raises(GeneratorOutputError, match="size"):
        filled_window(lambda known, hole: np.ones(shape, np.float32), _card(8, 8), image, mask)
