from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from core.errors import CardError
from core.inpainting.classical import ClassicalGenerator, classical_cards
from core.inpainting.generator import open_generator

TELEA = next(card for card in classical_cards() if card.id == "telea")


def test_a_card_opens_with_its_own_engine(make_card: Any, graphs: SimpleNamespace) -> None:
    assert isinstance(open_generator(TELEA, "cuda"), ClassicalGenerator)
    card = make_card(graphs.averaging())
    opened = open_generator(card, "cpu")
    assert type(opened).__name__ == "OnnxGenerator"
    assert opened.card is card
    opened.close()


def test_an_engine_this_lacuna_does_not_have_is_refused() -> None:
    with pytest.raises(CardError, match="engine"):
        open_generator(replace(TELEA, engine="quantum"))  # type: ignore[arg-type]


def test_a_device_there_is_not_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="abacus"):
        open_generator(TELEA, "abacus")  # type: ignore[arg-type]
