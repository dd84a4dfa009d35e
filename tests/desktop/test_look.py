import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.look import PLAIN, Look, Tint, looked_at

parts = st.floats(0, 1)
looks = st.builds(Look, st.sampled_from(Tint), parts, parts, st.floats(0.2, 5))


@given(looks)
def test_a_table_never_falls_and_fills_the_range(look: Look) -> None:
    table = look.table()
    assert table.shape == (65536,)
    assert (np.diff(table.astype(int)) >= 0).all()


def test_the_plain_table_is_the_rounded_sample() -> None:
    assert np.array_equal(PLAIN.table(), np.rint(np.arange(65536) / 257))


@given(looks, st.integers(0, 1000))
def test_every_look_gives_colours_of_the_pictures_size(look: Look, seed: int) -> None:
    shown = np.random.default_rng(seed).integers(0, 65536, (7, 5, 3), np.uint16)
    rgb = looked_at(look, look.table(), shown, shown)
    assert (rgb.shape, rgb.dtype) == ((7, 5, 3), np.uint8)


def test_a_channel_is_shown_as_grey() -> None:
    shown = np.array([[[65535, 257, 514]]], np.uint16)
    for tint, value in ((Tint.RED, 255), (Tint.GREEN, 1), (Tint.BLUE, 2)):
        look = Look(tint)
        assert looked_at(look, look.table(), shown, shown).tolist() == [[[value] * 3]]


def test_tones_as_colours_tell_dark_from_light_and_equal_tones_are_equal() -> None:
    ramp = np.repeat(np.arange(0, 65536, 257, dtype=np.uint16)[None, :, None], 3, axis=2)
    look = Look(Tint.TONES)
    colors = looked_at(look, look.table(), ramp, ramp)[0]
    assert len(np.unique(colors, axis=0)) > 200
    assert colors[64, 2] > colors[64, 0], "dark tones are bluish"
    assert colors[224, 0] > colors[224, 2], "light ones reddish"


def test_clipped_samples_are_those_of_the_document() -> None:
    document = np.array([[[0, 9, 9], [9, 65535, 9], [1, 2, 65534]]], np.uint16)
    look = Look(Tint.CLIPPED)
    drowned, burnt, sound = looked_at(look, look.table(), document, document)[0].tolist()
    assert drowned[2] > drowned[0]
    assert burnt[0] > burnt[2]
    assert len(set(sound)) == 1


def test_a_flat_picture_is_not_stretched() -> None:
    flat = np.full((4, 4, 3), 3000, np.uint16)
    assert Look().stretched_to(flat) == PLAIN
    assert Look(black=0.3).stretched_to(np.zeros((0, 0, 3), np.uint16)) == Look(black=0.3)


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
def test_gamma_above_1_lifts_the_dark_tones(gamma: float) -> None:
    middle = int(Look(gamma=gamma).table()[32768])
    assert np.sign(middle - 128) == np.sign(np.log(gamma))
