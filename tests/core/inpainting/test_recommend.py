from dataclasses import replace

import pytest

from core.inpainting.card import GeneratorCard
from core.inpainting.classical import classical_cards
from core.inpainting.recommend import recommend

THIN = GeneratorCard("thin", "Thin", "", "onnx", thickness_px=24, is_trained=True)
WIDE = replace(THIN, id="wide", thickness_px=120)
ANY = replace(THIN, id="any", thickness_px=0)
OLD = classical_cards()


@pytest.mark.parametrize(
    ("cards", "thickness_px", "expected"),
    [
        ([WIDE, THIN, ANY, *OLD], 3, "thin"),
        ([WIDE, THIN, ANY, *OLD], 24, "thin"),
        ([WIDE, THIN, ANY, *OLD], 25, "wide"),
        ([WIDE, THIN, ANY, *OLD], 500, "any"),
        ([THIN, *OLD], 25, "diffusion"),
        (OLD, 3, "diffusion"),
        ([THIN], 500, "thin"),
        ([replace(THIN, is_trained=False), *OLD], 3, "diffusion"),
    ],
)
def test_the_narrowest_trained_generator_that_holds_the_loss_else_the_best_classical_one(
    cards: list[GeneratorCard], thickness_px: int, expected: str
) -> None:
    assert recommend(cards, thickness_px).id == expected
    assert recommend(cards[::-1], thickness_px).id == expected


def test_no_cards_are_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="no generators"):
        recommend([], 3)
