import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.document.mask_conversion import mask_of_retouch, retouch_within
from core.errors import Cancelled
from core.image.geometry import Rect
from core.image.surface import Surface

WHERE = Rect(200, 100, 90, 40)


def retouch(alpha: int) -> Surface:
    pixels = np.zeros((40, 90, 4), np.uint16)
    pixels[...] = (alpha // 2, alpha // 3, alpha // 4, alpha)
    return Surface.retouch(3).writing(WHERE, pixels)


@given(st.integers(1, 65535))
def test_a_mask_holds_every_retouched_pixel_as_densely_as_it_is(alpha: int) -> None:
    found = mask_of_retouch(retouch(alpha)).read(WHERE)
    assert (found == max(1, round(alpha / 257))).all()
    outside = mask_of_retouch(retouch(alpha)).read(WHERE.expanded(5))
    assert outside.sum(dtype=int) == found.sum(dtype=int)


@given(st.integers(0, 255), st.integers(0, 65535))
def test_limited_retouch_is_retouch_times_mask(value: int, alpha: int) -> None:
    left = Rect(200, 100, 30, 40)
    mask = Surface.mask().writing(left, np.full((40, 30), value, np.uint8))
    found = retouch_within(retouch(alpha), mask).read(WHERE)
    expected = retouch(alpha).read(WHERE)[:, :30] * (value / 255)
    assert np.abs(found[:, :30] - expected).max() <= 0.51
    assert not found[:, 30:].any()


def test_fully_masked_tiles_stay_the_very_same() -> None:
    surface = retouch(60000)
    mask = Surface.mask().writing(Rect(0, 0, 512, 256), np.full((256, 512), 255, np.uint8))
    within = retouch_within(surface, mask)
    assert not within.differing_keys(surface)
    assert retouch_within(surface, Surface.mask()).tiles == {}


def test_both_tell_how_far_they_are_and_can_be_given_up() -> None:
    many = Surface.retouch(3).writing(
        Rect(0, 0, 2560, 1024), np.full((1024, 2560, 4), 65535, np.uint16)
    )
    told: list[float] = []
    mask_of_retouch(many, None, told.append)
    retouch_within(many, Surface.mask(), None, told.append)
    assert told == [0.0, 0.8, 0.0, 0.8]
    with pytest.raises(Cancelled):
        mask_of_retouch(many, lambda: True)
    with pytest.raises(Cancelled):
        retouch_within(many, Surface.mask(), lambda: True)
