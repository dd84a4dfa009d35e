import math

import cv2
import numpy as np
import pytest

from core.errors import AlignmentError, Cancelled
from core.image.alignment import AlignmentKind, fit, mapped
from core.image.geometry import Rect
from core.image.matching import proposed_points
from core.image.reduction import area_mean
from core.image.surface import U16


class Picture:
    def __init__(self, pixels: U16) -> None:
        self.pixels = pixels
        self.height, self.width, self.channels = pixels.shape

    def read(self, rect: Rect, level: int = 0) -> U16:
        picture = Rect(0, 0, self.width, self.height)
        return area_mean(self.pixels[rect.slices(picture)], level)


@pytest.fixture(scope="module")
def painting() -> U16:
    """Return soft-edged strokes of many sizes, as a painting has them."""
    rng = np.random.default_rng(3)
    canvas = np.full((900, 1200, 3), 128, np.uint8)
    for _ in range(900):
        x, y = int(rng.integers(0, 1200)), int(rng.integers(0, 900))
        color = [int(value) for value in rng.integers(20, 235, 3)]
        axes = int(rng.integers(4, 40)), int(rng.integers(3, 14))
        cv2.ellipse(canvas, (x, y), axes, float(rng.integers(0, 180)), 0, 360, color, -1)
    canvas = cv2.GaussianBlur(canvas, (0, 0), 1.2)
    return np.ascontiguousarray(canvas).astype(np.uint16) * 257


def seen_as(painting: U16, matrix: np.ndarray, size: tuple[int, int]) -> U16:
    return np.asarray(cv2.warpPerspective(painting, matrix, size), np.uint16)


@pytest.mark.parametrize("is_negative", [False, True])
def test_another_picture_of_the_painting_is_aligned_by_what_they_share(
    painting, is_negative
) -> None:
    angle, scale = math.radians(7), 0.7
    c, s = scale * math.cos(angle), scale * math.sin(angle)
    truth = np.array([[c, -s, 90.0], [s, c, 20.0], [1e-5, 2e-5, 1]])
    moving = seen_as(painting, truth, (900, 780)).mean(axis=2, keepdims=True)
    moving = (65535 - moving if is_negative else moving).astype(np.uint16)
    pairs = proposed_points(Picture(moving), Picture(painting))
    assert len(pairs) >= 8
    found = fit(pairs, AlignmentKind.HOMOGRAPHY)
    assert found.rms_px < 1.5
    corners = np.array([[100.0, 100], [800, 100], [700, 600], [150, 650]])
    expected = mapped(tuple(np.linalg.inv(truth).reshape(9)), corners)
    assert np.abs(mapped(found.matrix, corners) - expected).max() < 2.5


def test_pictures_that_have_nothing_in_common_are_refused(painting) -> None:
    noise = np.random.default_rng(1).integers(0, 65536, (500, 600, 1)).astype(np.uint16)
    flat = np.full((300, 300, 1), 900, np.uint16)
    for other in (noise, flat):
        with pytest.raises(AlignmentError, match="by hand"):
            proposed_points(Picture(other), Picture(painting))


def test_it_can_be_given_up(painting) -> None:
    with pytest.raises(Cancelled):
        proposed_points(Picture(painting), Picture(painting), lambda: True)
