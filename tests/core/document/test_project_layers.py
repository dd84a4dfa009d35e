"""Layers and provenance survive their JSON."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.document.layer import Layer, LayerKind, LayerStack
from core.document.patch import Provenance
from core.document.project_layers import (
    layers_from_json,
    layers_to_json,
    provenance_from_json,
    provenance_to_json,
)
from core.image.geometry import Rect
from core.image.surface import U16, Surface


class Source:
    """A painting of which nobody asks for a pixel."""

    width, height, channels = 30, 20, 1

    def read(self, rect: Rect, level: int = 0) -> U16:
        raise AssertionError


names = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@st.composite
def stacks(draw: st.DrawFn) -> LayerStack:
    source = Source()
    layers = [Layer(1, LayerKind.SOURCE, draw(names), source=source)]
    for layer_id in range(2, draw(st.integers(2, 6))):
        kind = draw(st.sampled_from([LayerKind.MASK, LayerKind.RETOUCH]))
        surface = Surface.mask() if kind is LayerKind.MASK else Surface.retouch(1)
        look = (draw(st.booleans()), draw(st.floats(0, 1)))
        colors = st.sampled_from(["", "#00ff7f"]) if kind is LayerKind.MASK else st.just("")
        layers.append(Layer(layer_id, kind, draw(names), surface, None, *look, draw(colors)))
    return LayerStack(30, 20, 1, tuple(layers), 6 + draw(st.integers(0, 9)))


@given(stacks())
def test_a_stack_comes_back_from_its_json(stack: LayerStack) -> None:
    source = stack.layers[0].source
    assert source is not None
    record = layers_from_json(layers_to_json(stack))
    back = record.stack(source, lambda _, empty: empty, lambda _: None)
    assert back == stack


def test_layers_without_a_colour_are_stored_as_before_there_were_colours() -> None:
    source = Layer(1, LayerKind.SOURCE, "painting", source=Source())
    mask = Layer(2, LayerKind.MASK, "losses", Surface.mask())
    plain = layers_to_json(LayerStack(30, 20, 1, (source, mask), 3))
    assert "color" not in plain
    assert layers_from_json(plain).layers[1].color == ""


def test_provenance_keeps_numbers_of_numpy_and_drops_unknown_fields() -> None:
    given_ = Provenance(
        "id", "Name", "1", "onnx", "cpu", True, {"model.onnx": "ab"}, {"radius": np.int64(3)}, 7
    )
    text = provenance_to_json([given_])
    (back,) = provenance_from_json(text.replace('"seed"', '"colour": "red", "seed"'))
    assert back.parameters == {"radius": 3}
    assert back.files == {"model.onnx": "ab"}
    assert (back.generator_id, back.seed, back.is_trained) == ("id", 7, True)
