import numpy as np
import pytest

from core.inpainting.membrane import membrane


def carried(step: np.ndarray, hole: np.ndarray) -> np.ndarray:
    """Return what is carried into a hole (H, W) from its left and right side."""
    rim = hole & ~(np.roll(hole, 1, 1) & np.roll(hole, -1, 1))
    at = np.nonzero(rim)
    out = np.zeros((*hole.shape, 3), np.float32)
    out[hole] = membrane(step[at], at, hole.shape, np.nonzero(hole))
    return out


@pytest.mark.parametrize("shape", [(1, 4), (40, 50), (333, 90)])
def test_the_same_step_all_along_is_the_same_inside(shape: tuple[int, int]) -> None:
    hole = np.zeros(shape, bool)
    hole[:, 1:-1] = True
    step = np.full((*shape, 3), (0.2, -0.1, 0.05), np.float32)
    np.testing.assert_allclose(carried(step, hole)[hole], step[hole], atol=1e-5)


@pytest.mark.parametrize("left", range(60, 77))
def test_two_sides_weigh_the_same_in_their_middle_wherever_they_lie(left: int) -> None:
    hole = np.zeros((100, 240), bool)
    hole[:, left : left + 80] = True
    step = np.full((100, 240, 3), -0.2, np.float32)
    step[:, left + 40 :] = 0.2
    across = carried(step, hole)[50, left : left + 80, 0]
    np.testing.assert_allclose(across, -across[::-1], atol=0.01)
    assert (np.diff(across) > -1e-4).all()
    assert across[0] == pytest.approx(-0.2, abs=0.01)
