"""The program's own choice is measured as the window would fill: its generator, its steps."""

import numpy as np
import pytest

from core.inpainting.card import card_by_id
from core.inpainting.catalogue import catalogue, classical_cards
from core.inpainting.generator import open_generator
from training.identity import identity
from training.recommended import RECOMMENDED_CARD, RecommendedFill
from training.systems import open_system


@pytest.fixture
def damaged():
    rng = np.random.default_rng(3)
    y, x = np.mgrid[0:120, 0:130].astype(np.float32) / 130
    image = np.stack([x, y, 1 - x], axis=-1) + rng.normal(0, 0.02, (120, 130, 3))
    mask = np.zeros((120, 130), np.float32)
    mask[20:80, 30:95] = 1
    return np.clip(image, 0, 1).astype(np.float32), mask


@pytest.fixture
def fill():
    fill = RecommendedFill(classical_cards())
    yield fill
    fill.close()


def test_it_fills_without_a_look_at_what_is_lost_and_leaves_the_rest(damaged, fill):
    image, mask = damaged
    filled = fill(image, mask)
    other = fill(np.where(mask[..., None] > 0, np.float32(0), image), mask)
    np.testing.assert_array_equal(filled, other)
    assert filled.dtype == np.float32
    assert np.abs(filled - image)[mask == 0].max() <= 0.5 / 65535 + 1e-7
    assert np.abs(filled - image)[mask > 0].mean() < 0.1


def test_wide_losses_get_the_grain_of_the_paint_that_its_generator_alone_leaves_out(damaged, fill):
    image, mask = damaged
    inside = np.s_[40:60, 50:75]
    plain = open_generator(card_by_id(classical_cards(), "telea"), "cpu")(image, mask)
    grain = [np.diff(picture[inside], axis=1).std() for picture in (fill(image, mask), plain)]
    assert grain[0] > 2 * grain[1]


def test_a_picture_without_loss_or_without_paint_comes_back(damaged, fill):
    image, mask = damaged
    for nothing in (np.zeros_like(mask), np.ones_like(mask)):
        np.testing.assert_allclose(fill(image, nothing), image, atol=1e-5)


def test_it_opens_by_its_card_and_is_known_by_all_installed_weights(monkeypatch):
    assert isinstance(open_system(RECOMMENDED_CARD), RecommendedFill)
    cards = [card for card in catalogue()[0] if card.id in ("atelier-crack", "diffusion")]
    for place in ("training.identity.catalogue", "training.recommended.catalogue"):
        monkeypatch.setattr(place, lambda: (cards, []))
    both = identity(RECOMMENDED_CARD)
    assert both == identity(RECOMMENDED_CARD)
    del cards[0]
    assert identity(RECOMMENDED_CARD) != both
