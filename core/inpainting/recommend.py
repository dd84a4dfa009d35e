"""Which generator suits a loss."""

from collections.abc import Sequence

from core.inpainting.card import GeneratorCard

# The best of the classical fills by PSNR in the hole at every width tried, on 26 paintings of
# 256 px: lines of 4 px 25.6 dB against 24.6 (Navier–Stokes) and 24.4 (Telea), discs of 24 px
# 20.8 against 20.2 and 20.1, squares of 112 px 16.7 against 16.4 and 16.5.
BEST_CLASSICAL = "diffusion"


def recommend(cards: Sequence[GeneratorCard], thickness_px: int) -> GeneratorCard:
    """Return the card for losses up to a thickness (the widest disc inside them, in px).

    The trained generator with the narrowest limit that still holds it, a limit of 0 being none;
    if no trained one is made for losses that thick, the best classical fill.
    Raises ValueError if there are no cards.
    """
    trained = [card for card in cards if card.is_trained]
    fitting = [card for card in trained if _limit(card) >= thickness_px]
    if fitting:
        return min(fitting, key=lambda card: (_limit(card), card.id))
    if not cards:
        raise ValueError("there are no generators to choose from")
    plain = [card for card in cards if not card.is_trained] or list(cards)
    return min(plain, key=lambda card: (card.id != BEST_CLASSICAL, card.id))


def _limit(card: GeneratorCard) -> float:
    return card.thickness_px or float("inf")
