import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.image.blend import FULL, mixed, over, premultiplied, scaled

SAMPLES = st.sampled_from([0, 1, 2, 127, 255, 256, 257, 32767, 32768, 65279, 65534, 65535])
VALUES = st.one_of(SAMPLES, st.integers(0, FULL))


def images(channels: int):
    return hnp.arrays(np.uint16, (3, 4, channels), elements=VALUES)


def rounded(product: int) -> int:
    return (2 * product + FULL) // (2 * FULL)


def model_scaled(samples, weights):
    weights = np.broadcast_to(weights, samples.shape)
    pairs = zip(samples.ravel().tolist(), weights.ravel().tolist(), strict=True)
    return np.array([rounded(s * w) for s, w in pairs], np.uint16).reshape(samples.shape)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@given(data=st.data())
def test_scaled_rounds_exactly(channels, data) -> None:
    samples = data.draw(images(channels))
    weights = data.draw(images(1))
    assert np.array_equal(scaled(samples, weights), model_scaled(samples, weights))
    full_weights = data.draw(images(channels))
    assert np.array_equal(scaled(samples, full_weights), model_scaled(samples, full_weights))


@given(images(3), VALUES)
def test_scaled_takes_one_number(samples, weight) -> None:
    assert np.array_equal(scaled(samples, weight), model_scaled(samples, weight))


def test_scaled_is_exact_at_both_ends_for_every_sample() -> None:
    samples = np.arange(FULL + 1, dtype=np.uint16).reshape(256, 256, 1)
    assert np.array_equal(scaled(samples, np.full((256, 256, 1), FULL, np.uint16)), samples)
    assert not scaled(samples, np.zeros((256, 256, 1), np.uint16)).any()
    assert np.array_equal(scaled(samples, FULL), samples)


@pytest.mark.parametrize("channels", [1, 3])
@given(data=st.data())
def test_over_keeps_what_is_below_a_clear_top_and_hides_it_below_a_full_one(channels, data) -> None:
    below = data.draw(images(channels))
    colours = data.draw(images(channels))
    clear = premultiplied(colours, np.zeros((3, 4), np.uint16))
    full = premultiplied(colours, np.full((3, 4), FULL, np.uint16))
    assert np.array_equal(over(clear, below), below)
    assert np.array_equal(over(full, below), colours)


@pytest.mark.parametrize("channels", [1, 3])
@given(data=st.data())
def test_over_is_porter_and_duffs(channels, data) -> None:
    top = premultiplied(
        data.draw(images(channels)), data.draw(hnp.arrays(np.uint16, (3, 4), elements=VALUES))
    )
    for below_channels in (channels, channels + 1):
        below = data.draw(images(below_channels))
        if below_channels > channels:
            below = premultiplied(below[..., :-1], below[..., -1])
        share = 1 - top[..., -1:].astype(float) / FULL
        expected = below * share + top[..., :below_channels]
        assert np.abs(over(top, below).astype(float) - expected).max() <= 0.5 + 1e-6


@pytest.mark.parametrize("channels", [1, 3])
@given(data=st.data())
def test_premultiplied_stays_premultiplied_through_over(channels, data) -> None:
    layers = [
        premultiplied(
            data.draw(images(channels)), data.draw(hnp.arrays(np.uint16, (3, 4), elements=VALUES))
        )
        for _ in range(2)
    ]
    out = over(*layers)
    assert (out[..., :-1] <= out[..., -1:]).all()


def test_arguments_are_left_alone() -> None:
    top = np.full((4, 4, 4), 1000, np.uint16)
    below = np.full((4, 4, 3), 2000, np.uint16)
    over(top, below)
    scaled(below, np.full((4, 4, 1), 3, np.uint16))
    assert (top == 1000).all()
    assert (below == 2000).all()


def test_parts_of_larger_arrays_blend_alike() -> None:
    rng = np.random.default_rng(0)
    whole = rng.integers(0, 65536, (40, 40, 4), np.uint16)
    top = premultiplied(whole[..., :3], whole[..., 3])
    below = rng.integers(0, 65536, (40, 40, 3), np.uint16)
    part = np.s_[3:17, 5:30]
    assert np.array_equal(over(top[part], below[part]), over(top, below)[part])


def test_empty_arrays_pass() -> None:
    empty = np.zeros((0, 5, 4), np.uint16)
    assert over(empty, np.zeros((0, 5, 3), np.uint16)).shape == (0, 5, 3)


@given(st.integers(0, FULL), st.integers(0, FULL), st.integers(0, FULL))
def test_mixed_is_the_rounded_mean_by_weight(one, other, weight) -> None:
    samples = np.array([[[one]]], np.uint16), np.array([[[other]]], np.uint16)
    out = int(mixed(*samples, weight)[0, 0, 0])
    assert abs(out - (one + (other - one) * weight / FULL)) <= 0.5
    assert out == {0: one, FULL: other}.get(weight, out)
