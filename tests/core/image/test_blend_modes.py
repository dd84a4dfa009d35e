"""Blend modes: known values, exact ends, and what each mode promises."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.image.blend import FULL, over, premultiplied
from core.image.blend_modes import BlendMode, blended
from core.image.surface import U16

MODES = list(BlendMode)
_LUMA = np.array([0.3, 0.59, 0.11])


def pixels(channels: int) -> st.SearchStrategy[U16]:
    return hnp.arrays(np.uint16, (3, 4, channels))


def opaque(color: tuple[float, ...]) -> U16:
    samples = np.full((1, 1, len(color)), np.rint(np.array(color) * FULL), np.uint16)
    return premultiplied(samples, np.full((1, 1), FULL, np.uint16))


def ground(color: tuple[float, ...]) -> U16:
    return np.full((1, 1, len(color)), np.rint(np.array(color) * FULL), np.uint16)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        (BlendMode.NORMAL, (0.5, 0.25, 1.0)),
        (BlendMode.MULTIPLY, (0.4, 0.1, 0.2)),
        (BlendMode.SCREEN, (0.9, 0.55, 1.0)),
    ],
)
def test_separable_modes_give_their_formula(mode: BlendMode, expected: tuple[float, ...]) -> None:
    result = blended(mode, opaque((0.5, 0.25, 1.0)), ground((0.8, 0.4, 0.2)))
    assert np.allclose(result[0, 0] / FULL, expected, atol=2e-5)


@given(pixels(3), pixels(3))
def test_color_keeps_the_luminosity_below_and_luminosity_takes_it_from_the_top(
    top: U16, below: U16
) -> None:
    full = premultiplied(top, np.full(top.shape[:2], FULL, np.uint16))
    color = blended(BlendMode.COLOR, full, below) @ _LUMA
    tone = blended(BlendMode.LUMINOSITY, full, below) @ _LUMA
    assert np.abs(color - below @ _LUMA).max() <= 2
    assert np.abs(tone - top @ _LUMA).max() <= 2


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("channels", [1, 3])
@given(data=st.data())
def test_clear_paint_changes_no_sample(mode: BlendMode, channels: int, data: st.DataObject) -> None:
    below = data.draw(pixels(channels + data.draw(st.integers(0, 1))))
    clear = np.zeros((3, 4, channels + 1), np.uint16)
    assert np.array_equal(blended(mode, clear, below), below)


@pytest.mark.parametrize("mode", MODES)
@given(top=pixels(3), alpha=hnp.arrays(np.uint16, (3, 4)))
def test_on_nothing_paint_is_itself_in_every_mode(mode: BlendMode, top: U16, alpha: U16) -> None:
    paint = premultiplied(top, alpha)
    result = blended(mode, paint, np.zeros_like(paint)).astype(int)
    assert np.abs(result - over(paint, np.zeros_like(paint))).max() <= 1


def test_normal_is_over_exactly() -> None:
    rng = np.random.default_rng(3)
    top = premultiplied(
        rng.integers(0, FULL, (5, 6, 3), np.uint16), rng.integers(0, FULL, (5, 6), np.uint16)
    )
    below = rng.integers(0, FULL, (5, 6, 3), np.uint16)
    assert np.array_equal(blended(BlendMode.NORMAL, top, below), over(top, below))


def test_grey_paint_keeps_tone_in_color_and_gives_it_in_luminosity() -> None:
    below, top = ground((0.2,)), opaque((0.7,))
    assert np.array_equal(blended(BlendMode.COLOR, top, below), below)
    assert np.array_equal(blended(BlendMode.LUMINOSITY, top, below), ground((0.7,)))
