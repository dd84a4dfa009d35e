"""Which generator suits a loss, by what was measured on losses like it."""

import math
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from core.inpainting.card import GeneratorCard
from core.inpainting.measured import KIND_NAMES, measured

# The best of the classical fills by PSNR in the hole on 158 paintings (docs/generators.md), for
# all kinds but the widest: there 19.4 dB against 19.2 on S64, 17.5 against 17.2 on S112.
BEST_CLASSICAL: Final = "diffusion"
BEST_CLASSICAL_WIDE: Final = "telea"
_WIDE_KINDS: Final = ("S64", "S112", "I5", "I6")

_THIN_PX: Final = 8
# By thickness, then extent (marked area in discs of that thickness): up to which the marks are
# like a kind. From 60 masks of each kind at 256 px; medians of thickness and extent: L 5 px, 58;
# K 6, 255; B 13, 8; S32 31, 1.4; C 33, 2; I1 33, 6; I2 41, 8; I3 47, 10; I4 53, 11; I5 59, 11;
# I6 65, 12; S64 63, 1.3; S112 111, 1.3.
_LIKE: Final[tuple[tuple[float, tuple[tuple[float, str], ...]], ...]] = (
    (_THIN_PX, ((150, "L"), (math.inf, "K"))),
    (20, ((math.inf, "B"),)),
    (48, ((1.8, "S32"), (4, "C"), (7, "I1"), (9, "I2"), (math.inf, "I3"))),
    (56, ((4, "S64"), (math.inf, "I4"))),
    (62, ((4, "S64"), (math.inf, "I5"))),
    (88, ((4, "S64"), (math.inf, "I6"))),
    (math.inf, ((math.inf, "S112"),)),
)
_BY_WIDTH: Final = ("L", "K", "B", "S32", "C", "I1", "I2", "I3", "I4", "I5", "S64", "I6", "S112")

# In which order generators suit: measured better than every classical fill, classical, not
# measured on the kind or made for thinner losses, measured worse.
_BETTER, _CLASSICAL, _UNKNOWN, _WORSE = range(4)


class Suited(NamedTuple):
    """One generator's place for a loss, and why it is there, as a sentence."""

    card: GeneratorCard
    reason: str


def recommend(cards: Sequence[GeneratorCard], thickness_px: int, area_px: int = 0) -> GeneratorCard:
    """Return the card for losses of a thickness (widest disc inside them) and marked area, in px.

    Of the trained generators measured at least as good as the best classical fill in PSNR in the
    hole and in perceptual distance, on the kind of mask nearest the loss, and made for losses
    that thick: the one that gains most in both together. If there is none, the best classical
    fill. An area of 0 is not known. Raises ValueError if there are no cards.
    """
    if not cards:
        raise ValueError("there are no generators to choose from")
    return suited(cards, thickness_px, area_px)[0].card


def suited(cards: Iterable[GeneratorCard], thickness_px: int, area_px: int = 0) -> list[Suited]:
    """Return all cards, the recommended one first, each with the reason for its place."""
    cards = list(cards)
    kind = _nearest_measured(cards, kind_of_loss(thickness_px, area_px))
    best = _best_classical(kind)

    def place(card: GeneratorCard) -> tuple[int, float, bool, str]:
        tier, merit = _merit(card, kind, thickness_px)
        return tier, -merit, card.id != best, card.id

    return [
        Suited(card, _reason(card, place(card)[0], kind, thickness_px, is_first=number == 0))
        for number, card in enumerate(sorted(cards, key=place))
    ]


def kind_of_loss(thickness_px: int, area_px: int = 0) -> str:
    """Return the kind of mask (MASK_KINDS) that marks of a thickness and area are most like."""
    disc = math.pi / 4 * max(1, thickness_px) ** 2
    # Unknown, or less than its own widest disc: a single compact loss.
    extent = max(1.0, area_px / disc)
    return next(
        kind
        for widest, kinds in _LIKE
        if thickness_px <= widest
        for most, kind in kinds
        if extent <= most
    )


def _nearest_measured(cards: Sequence[GeneratorCard], kind: str) -> str:
    """Return the kind nearest in width on which a trained card was measured; else itself."""
    here = _BY_WIDTH.index(kind)
    near = sorted(_BY_WIDTH, key=lambda other: abs(_BY_WIDTH.index(other) - here))
    trained = [card for card in cards if card.is_trained]
    return next((k for k in near if any(measured(card, k) for card in trained)), kind)


def _best_classical(kind: str) -> str:
    return BEST_CLASSICAL_WIDE if kind in _WIDE_KINDS else BEST_CLASSICAL


def _merit(card: GeneratorCard, kind: str, thickness_px: int) -> tuple[int, float]:
    """Return a card's tier and what orders it there: more is better."""
    figures = measured(card, kind)
    merit = None if figures is None else figures.merit_db
    if not card.is_trained:
        return _CLASSICAL, 0.0
    if figures is not None and figures.is_worse:
        return _WORSE, merit if merit is not None else -math.inf
    if merit is None or 0 < card.thickness_px < thickness_px:
        return _UNKNOWN, 0.0 if merit is None else merit
    return _BETTER, merit


def _reason(card: GeneratorCard, tier: int, kind: str, thickness_px: int, is_first: bool) -> str:
    name = KIND_NAMES[kind]
    figures = measured(card, kind)
    gain = 0.0 if figures is None else figures.gain_db or 0.0
    is_too_thick = 0 < card.thickness_px < thickness_px
    best = "best measured" if is_first else "measured"
    why = {
        _BETTER: f"{best} on {name}, {gain:.1f} dB above the classical fills",
        _CLASSICAL: f"no trained generator that runs here measured better on {name}"
        if is_first
        else "a fill that has learnt nothing",
        _UNKNOWN: f"made for losses up to {card.thickness_px} px"
        if is_too_thick
        else f"not measured on {name}",
        _WORSE: f"measured worse than the classical fills on {name}",
    }[tier]
    width = "Thin losses" if thickness_px <= _THIN_PX else "Losses"
    return f"{width} up to {thickness_px} px: {why}."
