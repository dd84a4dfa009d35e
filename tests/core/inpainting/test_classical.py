from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import CardError
from core.inpainting.card import GeneratorCard
from core.inpainting.classical import ClassicalGenerator, classical_cards

CARDS = {card.id: card for card in classical_cards()}
every_fill = pytest.mark.parametrize("card", CARDS.values(), ids=CARDS.keys())


def _case(height: int = 90, width: int = 70) -> tuple[np.ndarray, np.ndarray]:
    noise = np.random.default_rng(5).random((height, width, 3), np.float32)
    image = cv2.GaussianBlur(noise, (0, 0), 3) * 4 - 1.5
    mask = np.zeros((height, width), np.float32)
    cv2.line(mask, (0, 10), (width, height - 5), 1.0, 3)
    cv2.circle(mask, (width // 2, 20), 6, 1.0, -1)
    return image, mask


@every_fill
def test_values_beyond_srgb_are_neither_clipped_nor_reduced_to_8_bits(card: GeneratorCard) -> None:
    image, mask = _case()
    for shift in (-3.0, 5.0):
        filled = ClassicalGenerator(card)(image + np.float32(shift), mask)
        inside = filled[mask > 0] - shift
        assert image.min() - 0.01 <= inside.min()
        assert inside.max() <= image.max() + 0.01
        assert np.ptp(inside) > 0.1
        assert len(np.unique(inside)) > 256


@every_fill
@pytest.mark.parametrize("colour", [0.0, 0.4, 1.0, -0.2, 1.3])
def test_a_loss_in_flat_paint_gets_that_paint_exactly(card: GeneratorCard, colour: float) -> None:
    _, mask = _case()
    image = np.full((*mask.shape, 3), colour, np.float32)
    image[mask > 0] = 77
    # 1/65535 is one step of the document; OpenCV's 8-bit Telea is off by 500 of them here.
    np.testing.assert_allclose(ClassicalGenerator(card)(image, mask), colour, atol=3e-5)


@every_fill
@pytest.mark.parametrize("under", [0.0, 1.0, np.nan, -1e9])
def test_what_lies_under_the_mask_has_no_influence(card: GeneratorCard, under: float) -> None:
    image, mask = _case()
    expected = ClassicalGenerator(card)(image, mask)
    image[mask > 0] = under
    np.testing.assert_array_equal(ClassicalGenerator(card)(image, mask), expected)


@every_fill
@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 10), st.floats(0, 1))
def test_any_size_and_mask_give_a_finite_picture_true_outside_the_loss(
    card: GeneratorCard, height: int, width: int, seed: int, share: float
) -> None:
    rng = np.random.default_rng(seed)
    image = rng.random((height, width, 3), np.float32)
    mask = (rng.random((height, width)) < share).astype(np.float32)
    filled = ClassicalGenerator(card)(image, mask)
    assert filled.shape == image.shape
    assert filled.dtype == np.float32
    assert np.isfinite(filled).all()
    np.testing.assert_allclose(filled[mask == 0], image[mask == 0], atol=1e-6)
    if (mask == 0).any() and (mask > 0).any():
        sound = image[mask == 0]
        assert filled.min() >= sound.min() - 1e-4
        assert filled.max() <= sound.max() + 1e-4


@every_fill
def test_without_sound_paint_the_fill_is_black(card: GeneratorCard) -> None:
    image, mask = _case()
    assert not ClassicalGenerator(card)(image, np.ones_like(mask)).any()


def test_a_card_of_another_name_has_no_fill() -> None:
    with pytest.raises(CardError, match="“magic”"):
        ClassicalGenerator(replace(CARDS["telea"], id="magic"))


def test_another_seed_is_another_fill_and_the_same_seed_the_same() -> None:
    image = np.random.default_rng(0).random((96, 96, 3), np.float32)
    mask = np.zeros((96, 96), np.float32)
    mask[30:60, 30:60] = 1
    fills = [ClassicalGenerator(CARDS["exemplar"].seeded(seed))(image, mask) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(fills[0], fills[1])
    np.testing.assert_array_equal(fills[0], ClassicalGenerator(CARDS["exemplar"])(image, mask))
    assert (fills[0] != fills[2]).any()


def test_a_fill_that_draws_no_lots_has_no_seed() -> None:
    assert [card.id for card in CARDS.values() if card.has_seed] == ["exemplar"]
    assert CARDS["telea"].seeded(5) is CARDS["telea"]
