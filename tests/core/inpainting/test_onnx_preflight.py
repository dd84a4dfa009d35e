from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper

from core.errors import CardError
from core.inpainting.onnx_preflight import MAX_DEPTH, check_model
from core.resources import generators_dir


def _external(location: str) -> onnx.TensorProto:
    tensor = TensorProto(name="far", data_type=TensorProto.FLOAT, dims=[1, 3, 1, 1])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)
    return tensor


def _as_initializer(graphs: SimpleNamespace, tensor: onnx.TensorProto) -> onnx.ModelProto:
    return graphs.model([helper.make_node("Add", ["image", "far"], ["filled"])], [tensor])


def _as_constant(graphs: SimpleNamespace, tensor: onnx.TensorProto) -> onnx.ModelProto:
    made = graphs.brightening()
    made.graph.node.append(helper.make_node("Constant", [], ["unused"], value=tensor))
    return made


def _in_a_branch(graphs: SimpleNamespace, tensor: onnx.TensorProto) -> onnx.ModelProto:
    branch = helper.make_graph([], "branch", [], [], [tensor])
    made = graphs.brightening()
    made.graph.node.append(
        helper.make_node("If", ["c"], ["unused"], then_branch=branch, else_branch=branch)
    )
    return made


def _in_a_function(graphs: SimpleNamespace, tensor: onnx.TensorProto) -> onnx.ModelProto:
    made = graphs.brightening()
    node = helper.make_node("Constant", [], ["y"], value=tensor)
    made.functions.append(
        helper.make_function("", "F", [], ["y"], [node], [helper.make_opsetid("", 17)])
    )
    return made


def _sparse(graphs: SimpleNamespace, tensor: onnx.TensorProto) -> onnx.ModelProto:
    made = graphs.brightening()
    made.graph.sparse_initializer.add().values.CopyFrom(tensor)
    return made


def _in_training(graphs: SimpleNamespace, tensor: onnx.TensorProto) -> onnx.ModelProto:
    made = graphs.brightening()
    made.training_info.add().algorithm.initializer.append(tensor)
    return made


@pytest.mark.parametrize(
    "place",
    [_as_initializer, _as_constant, _in_a_branch, _in_a_function, _sparse, _in_training],
)
@pytest.mark.parametrize("location", ["weights.bin", "/etc/passwd", "../../etc/passwd", ""])
def test_a_model_that_reads_other_files_is_refused(
    graphs: SimpleNamespace,
    place: Callable[[SimpleNamespace, onnx.TensorProto], onnx.ModelProto],
    location: str,
) -> None:
    with pytest.raises(CardError, match="other files"):
        check_model(place(graphs, _external(location)).SerializeToString(), "Net")


def test_foreign_operators_are_refused_by_name(graphs: SimpleNamespace) -> None:
    node = helper.make_node("Wipe", ["image"], ["filled"], domain="com.example.evil")
    for made in (
        graphs.model([node], domains=["com.example.evil"]),
        graphs.model([node]),
        graphs.model(graphs.brightening().graph.node, domains=["com.example.evil"]),
    ):
        with pytest.raises(CardError, match=r"com\.example\.evil"):
            check_model(made.SerializeToString(), "Net")


def test_a_graph_nested_without_end_is_refused(graphs: SimpleNamespace) -> None:
    graph = helper.make_graph([], "g", [], [])
    for _ in range(MAX_DEPTH):
        graph = helper.make_graph([helper.make_node("Loop", [], ["y"], body=graph)], "g", [], [])
    made = graphs.brightening()
    made.graph.CopyFrom(graph)
    with pytest.raises(CardError, match="nested"):
        check_model(made.SerializeToString(), "Net")


def test_whole_standard_models_pass(graphs: SimpleNamespace) -> None:
    for made in (graphs.brightening(), graphs.averaging()):
        check_model(made.SerializeToString(), "Net")
    for path in generators_dir().glob("*/model.onnx"):
        check_model(path.read_bytes(), path.parent.name)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_passed_or_refused_as_a_card(data: bytes) -> None:
    with suppress(CardError):
        check_model(data, "Net")


def test_a_cut_file_is_refused(graphs: SimpleNamespace, tmp_path: Path) -> None:
    data = graphs.averaging().SerializeToString()
    for end in range(1, len(data), 7):
        try:
            onnx.ModelProto.FromString(data[:end])
        except Exception:  # protobuf's own judgement: whatever it cannot read, we cannot either
            with pytest.raises(CardError):
                check_model(data[:end], "Net")
