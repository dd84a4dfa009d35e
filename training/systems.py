"""Whatever can be measured: generators, rivals, and the program's own choice."""

from core.inpainting.card import GeneratorCard
from core.inpainting.generator import Generator, open_generator
from training.recommended import RECOMMENDED_CARD, RecommendedFill
from training.rivals import Rival, is_rival


def open_system(card: GeneratorCard) -> Generator:
    """Open a card on the CPU. Raises what `open_generator` raises."""
    if card == RECOMMENDED_CARD:
        return RecommendedFill()
    return Rival(card) if is_rival(card) else open_generator(card, "cpu")
