import cv2
import numpy as np
import pytest

from core.errors import Cancelled
from core.inpainting.texture import textured


def _woven(size: int = 160) -> np.ndarray:
    """A slow change of tone under a fine weave."""
    y, x = np.mgrid[:size, :size]
    weave = 0.08 * np.sin(x * 1.3) * np.sin(y * 1.1)
    tone = 0.3 + 0.3 * x / size
    return np.stack([tone + weave, tone * 0.8 + weave, 0.9 - tone + weave], 2).astype(np.float32)


def _disc(size: int, radius: int) -> np.ndarray:
    hole = np.zeros((size, size), np.uint8)
    cv2.circle(hole, (size // 2, size // 2), radius, 1, -1)
    return hole


def _smooth(painting: np.ndarray, hole: np.ndarray) -> np.ndarray:
    blurred = cv2.GaussianBlur(painting, (0, 0), 5)
    return np.where(hole[..., None] > 0, blurred, painting)


def test_a_smooth_fill_gets_the_weave_of_the_painting() -> None:
    painting, hole = _woven(), _disc(160, 28)
    filled = _smooth(painting, hole)
    made = textured(filled, painting, hole)
    inside = cv2.erode(hole, np.ones((9, 9), np.uint8)) > 0
    fine = [(p - cv2.GaussianBlur(p, (0, 0), 5))[inside].std() for p in
            (painting, filled, made.samples)]  # fmt: skip
    assert fine[1] < 0.2 * fine[0]
    assert 0.7 * fine[0] < fine[2] < 1.4 * fine[0]
    error = cv2.GaussianBlur(made.samples, (0, 0), 5) - cv2.GaussianBlur(painting, (0, 0), 5)
    assert np.abs(error[hole > 0]).mean() < 0.03


def test_the_brushwork_is_that_of_the_sound_samples_its_origins_name() -> None:
    painting, hole = _woven(), _disc(160, 28)
    filled = _smooth(painting, hole)
    made = textured(filled, painting, hole)
    # All but the rim, where the fill passes into texture.
    inner = cv2.distanceTransform(hole, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) >= 7.5
    assert made.is_textured[inner].all()
    assert (hole[made.is_textured] == 1).all()
    row, column = made.source_map[made.is_textured].T
    assert (hole[row, column] == 0).all()
    named = filled.copy()
    named[made.is_textured] = painting[row, column]
    laid, whole = made.samples - filled, named - filled
    fine = [(one - cv2.GaussianBlur(one, (0, 0), 2))[inner] for one in (laid, whole)]
    assert np.corrcoef(fine[0].ravel(), fine[1].ravel())[0, 1] > 0.98
    assert 0.75 < fine[0].std() / fine[1].std() < 1


def test_thin_losses_stay_as_they_were_filled() -> None:
    painting = _woven()
    hole = _disc(160, 24)
    cv2.line(hole, (0, 20), (159, 30), 1, 4)
    filled = _smooth(painting, hole)
    made = textured(filled, painting, hole)
    thin = np.s_[:50]
    np.testing.assert_array_equal(made.samples[thin], filled[thin])
    assert (made.source_map[thin] == -1).all()
    assert made.is_textured[80, 80]
    none = textured(filled, painting, hole, from_px=60)
    np.testing.assert_array_equal(none.samples, filled)
    assert not none.is_textured.any()


def test_the_same_seed_gives_the_same_texture() -> None:
    painting, hole = _woven(), _disc(160, 24)
    filled = _smooth(painting, hole)
    one, other = (textured(filled, painting, hole, seed=3) for _ in range(2))
    np.testing.assert_array_equal(one.source_map, other.source_map)


def test_a_loss_without_paint_around_keeps_its_fill() -> None:
    filled = _woven(64)
    made = textured(filled, filled, np.ones((64, 64), np.uint8))
    np.testing.assert_array_equal(made.samples, filled)
    assert not made.is_textured.any()


def test_the_search_can_be_stopped() -> None:
    def stop() -> None:
        raise Cancelled("enough")

    painting, hole = _woven(), _disc(160, 24)
    with pytest.raises(Cancelled):
        textured(painting, painting, hole, stop_if_cancelled=stop)


def test_the_rim_is_the_fills_own() -> None:
    painting, hole = _woven(), _disc(160, 28)
    filled = _smooth(painting, hole) + np.float32(0.2) * hole[..., None]
    made = textured(filled, painting, hole)
    depth = cv2.distanceTransform(hole, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    rim = (depth > 0) & (depth <= 1)
    np.testing.assert_array_equal(made.samples[rim], filled[rim])
