"""A generator's identity follows its weights, or what a fill without weights does."""

from dataclasses import replace

import pytest

from core.inpainting.card import card_by_id
from core.inpainting.catalogue import classical_cards
from training.identity import identity


def test_two_fills_differ_and_each_stays_the_same():
    cards = classical_cards()
    found = [identity(card_by_id(cards, name)) for name in ("telea", "diffusion", "telea")]
    assert found[0] == found[2] != found[1]


def test_another_constant_in_a_fill_is_another_identity(monkeypatch):
    card = card_by_id(classical_cards(), "telea")
    before = identity(card)
    monkeypatch.setattr("core.inpainting.classical.RADIUS_PX", 3.0)
    assert identity(card) != before


@pytest.mark.parametrize(
    ("change", "is_another"),
    [
        ({"files": {"model.onnx": "b" * 64}}, True),
        ({"multiple_of": 8}, True),
        ({"summary": "told better"}, False),
        ({"metrics": {"L": {"pd": 1.0}}}, False),
        ({"files": {"model.onnx": "a" * 64, "thumbnail.png": "c" * 64}}, False),
        ({"files": {"model.onnx": "a" * 64, "model.safetensors": "c" * 64}}, False),
        ({"files": {"model.safetensors": "a" * 64}}, True),
    ],
)
def test_a_trained_generator_is_its_weights_and_its_padding(change, is_another):
    card = replace(classical_cards()[0], id="net", engine="onnx", files={"model.onnx": "a" * 64})
    assert (identity(replace(card, **change)) != identity(card)) is is_another
