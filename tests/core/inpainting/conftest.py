"""Tiny ONNX generators and cards, made in code."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from core.document.layer import LayerStack
from core.image.geometry import Rect
from core.image.surface import U16
from core.inpainting.card import GeneratorCard, read_card, write_card

SIZE = ["n", 3, "h", "w"]
MASK_SIZE = ["n", 1, "h", "w"]


def value(name: str, shape: Sequence[Any], kind: int = TensorProto.FLOAT) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)


def number(name: str, *values: float) -> onnx.TensorProto:
    shape = [1, len(values), 1, 1] if len(values) > 1 else []
    return helper.make_tensor(name, TensorProto.FLOAT, shape, list(values))


def model(
    nodes: Sequence[onnx.NodeProto],
    initializers: Sequence[onnx.TensorProto] = (),
    inputs: Sequence[onnx.ValueInfoProto] | None = None,
    outputs: Sequence[onnx.ValueInfoProto] | None = None,
    domains: Sequence[str] = (),
) -> onnx.ModelProto:
    graph = helper.make_graph(
        list(nodes),
        "generator",
        list(inputs or [value("image", SIZE), value("mask", MASK_SIZE)]),
        list(outputs or [value("filled", SIZE)]),
        list(initializers),
    )
    opsets = [helper.make_opsetid("", 17), *(helper.make_opsetid(name, 1) for name in domains)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def brightening() -> onnx.ModelProto:
    """filled = image + mask × 0.25 (the hole arrives as 0)."""
    nodes = [
        helper.make_node("Mul", ["mask", "quarter"], ["lift"]),
        helper.make_node("Add", ["image", "lift"], ["filled"]),
    ]
    return model(nodes, [number("quarter", 0.25)])


def averaging() -> onnx.ModelProto:
    """filled = the mean of the 31 × 31 samples around, holes left out: a real, varying fill."""
    nodes = [
        helper.make_node("Sub", ["one", "mask"], ["valid"]),
        helper.make_node("Mul", ["image", "valid"], ["known"]),
        helper.make_node("AveragePool", ["known"], ["mean"], kernel_shape=[31, 31], pads=[15] * 4),
        helper.make_node("AveragePool", ["valid"], ["share"], kernel_shape=[31, 31], pads=[15] * 4),
        helper.make_node("Max", ["share", "least"], ["safe"]),
        helper.make_node("Div", ["mean", "safe"], ["filled"]),
    ]
    return model(nodes, [number("one", 1.0), number("least", 1e-6)])


def scaling(factor: float) -> onnx.ModelProto:
    """filled = averaging() × factor, for results that leave every range; NaN for factor NaN."""
    made = averaging()
    made.graph.node[-1].output[0] = "mild"
    made.graph.node.append(helper.make_node("Mul", ["mild", "factor"], ["filled"]))
    made.graph.initializer.append(number("factor", factor))
    return made


def card_for(folder: Path, made: onnx.ModelProto | bytes, **fields: Any) -> GeneratorCard:
    """Write model.onnx and its card into `folder`; the card as read back."""
    data = made if isinstance(made, bytes) else made.SerializeToString()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(data)
    fields = {
        "id": folder.name,
        "name": f"Test {folder.name}",
        "summary": "A graph of a test.",
        "engine": "onnx",
        "files": {"model.onnx": hashlib.sha256(data).hexdigest()},
    } | fields
    write_card(GeneratorCard(**fields), folder)
    return read_card(folder)


@pytest.fixture
def make_card(tmp_path: Path) -> Callable[..., GeneratorCard]:
    """make_card(model, id="...", **card fields): a card with its files, below tmp_path."""

    def make(made: onnx.ModelProto | bytes, id: str = "test-net", **fields: Any) -> GeneratorCard:
        return card_for(tmp_path / "generators" / id, made, **fields)

    return make


@pytest.fixture
def graphs() -> SimpleNamespace:
    """The builders above, since a conftest cannot be imported."""
    return SimpleNamespace(
        value=value,
        number=number,
        model=model,
        brightening=brightening,
        averaging=averaging,
        scaling=scaling,
        card_for=card_for,
    )


class Slope:
    """A painting 900 × 400 that brightens from left to right, as a PixelSource."""

    width, height, channels = 900, 400, 3

    def read(self, rect: Rect, level: int = 0) -> U16:
        x = np.linspace(8000, 50000, self.width)[rect.x : rect.right]
        return np.repeat(np.tile(x, (rect.height, 1))[..., None], 3, -1).astype(np.uint16)


@pytest.fixture(scope="session")
def slope() -> Slope:
    """Give the painting."""
    return Slope()


@pytest.fixture(scope="session")
def marked(slope: Slope) -> Callable[..., LayerStack]:
    """Give a function that marks rectangles of it as lost."""

    def mark(*losses: Rect) -> LayerStack:
        stack = LayerStack.of(slope, "slope")
        surface = stack.layers[1].pixels
        for rect in losses:
            surface = surface.writing(rect, np.full((rect.height, rect.width), 255, np.uint8))
        return stack.with_surface(2, surface)

    return mark
