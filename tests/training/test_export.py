"""The shipped graph computes what torch computes, at any size, and its card tells the truth."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
import pytest
import safetensors.torch
import torch

from core.inpainting.card import MODEL_FILE, WEIGHTS_FILE, read_card
from core.inpainting.generator import open_generator
from core.models.registry import build
from training.checkpoint import Checkpoint, read_checkpoint
from training.config import read_recipe
from training.export import (
    MAX_DIFFERENCE,
    ExportError,
    averaged_weights,
    export,
    largest_difference,
)


@pytest.fixture
def checkpoint(shipped):
    return read_checkpoint(shipped / "run" / "checkpoint.pt")


def unwritten(architecture, **options):
    """A checkpoint of an untrained net whose batch norms are not neutral."""
    torch.manual_seed(1)
    net = build(architecture, **options)
    weights = net.state_dict()
    for name, weight in weights.items():
        if "running" in name:
            weight.add_(torch.rand_like(weight) * 0.5)
    recipe = {"id": architecture, "architecture": architecture, "options": options}
    recipe |= {"batch": 1, "data": {"crop_px": 64}}
    nothing = {key: {} for key in ("model", "optimizer", "random", "facts")}
    return Checkpoint(recipe=recipe, ema=weights, step=0, elapsed_s=0.0, **nothing)


@pytest.fixture
def net(checkpoint):
    net = build("atelier-crack", **checkpoint.recipe["options"])
    net.load_state_dict(checkpoint.ema)
    return net.eval()


@pytest.fixture
def model(shipped):
    return onnx.load(shipped / "generator" / MODEL_FILE)


def test_onnx_runtime_agrees_with_torch_at_two_sizes(net, model):
    assert largest_difference(net, model.SerializeToString(), 32) <= MAX_DIFFERENCE


def test_a_difference_is_seen(net, model):
    with torch.no_grad():
        net.head.bias.add_(0.01)
    assert largest_difference(net, model.SerializeToString(), 32) == pytest.approx(0.01, rel=0.1)


def test_the_graph_has_the_contracts_names_and_dynamic_sides(model):
    assert [item.name for item in model.graph.input] == ["image", "mask"]
    assert [item.name for item in model.graph.output] == ["filled"]
    for item in model.graph.input:
        sides = item.type.tensor_type.shape.dim[2:]
        assert all(side.dim_param and not side.dim_value for side in sides)
    assert {node.domain for node in model.graph.node} <= {"", "ai.onnx"}


def test_the_file_tells_nothing_of_the_machine_it_was_made_on(shipped):
    data = (shipped / "generator" / MODEL_FILE).read_bytes()
    for word in (b".py", b"File ", str(Path.home()).encode(), str(Path.cwd()).encode()):
        assert word not in data


def test_the_card_tells_what_was_done(shipped, checkpoint):
    card = read_card(shipped / "generator")
    for name in (MODEL_FILE, WEIGHTS_FILE):
        data = (shipped / "generator" / name).read_bytes()
        assert card.files[name] == hashlib.sha256(data).hexdigest()
    assert card.engine == "onnx"
    assert card.engines == ("onnx", "torch")
    assert card.options == {"width": 8, "sweeps": 2}
    assert card.name == read_recipe("atelier-crack").card.name
    assert card.is_trained
    assert card.training["steps"] == 2
    assert card.training["crops"] == 4
    assert card.training["paintings"] == 2
    assert card.training["hardware"] == checkpoint.facts["hardware"]
    assert card.training["recipe"]["options"] == {"width": 8, "sweeps": 2}
    assert card.export["weights"] == "float16"
    assert card.export["max_abs_difference_to_torch"] <= MAX_DIFFERENCE
    assert card.export["max_abs_difference_of_engines"] <= MAX_DIFFERENCE
    assert not card.metrics


def test_the_generator_fills_as_torch_does(shipped, net):
    generator = open_generator(read_card(shipped / "generator"), "cpu")
    image = np.random.default_rng(0).random((64, 96, 3), np.float32)
    mask = np.zeros((64, 96), np.float32)
    mask[20:30, 40:50] = 1
    with torch.no_grad():
        nchw = torch.from_numpy(image).permute(2, 0, 1)[None]
        expected = net(nchw, torch.from_numpy(mask)[None, None])[0].permute(1, 2, 0).numpy()
    got = generator(image, mask)
    generator.close()
    assert np.abs(got - expected)[mask > 0].max() <= MAX_DIFFERENCE


@pytest.mark.parametrize("size", [(64, 96), (37, 101)])
def test_both_engines_fill_alike(shipped, size):
    assert largest_disagreement(read_card(shipped / "generator"), size) <= MAX_DIFFERENCE


def test_both_engines_fill_alike_through_partial_convolutions_and_norms(tmp_path):
    checkpoint = unwritten("pconv-unet", levels=2, width=8)
    export(checkpoint, read_recipe("pconv-unet").card, tmp_path)
    card = read_card(tmp_path)
    assert card.options == {"levels": 2, "width": 8}
    assert not card.is_trained
    tensors = safetensors.torch.load(card.checked_bytes(WEIGHTS_FILE))
    assert set(tensors) == set(checkpoint.ema)
    halved = {name for name, tensor in tensors.items() if tensor.dtype == torch.float16}
    assert halved
    assert all(tensors[name].ndim == 4 for name in halved)
    assert not any("window" in name for name in tensors)
    assert largest_disagreement(card, (37, 101)) <= MAX_DIFFERENCE


def largest_disagreement(card, size):
    image = np.random.default_rng(0).random((*size, 3), np.float32)
    mask = np.zeros(size, np.float32)
    mask[20:30, 40:50] = 1
    one, other = (open_generator(card, "cpu", engine) for engine in ("onnx", "torch"))
    difference = np.abs(one(image, mask) - other(image, mask)).max()
    one.close()
    other.close()
    return difference


def test_weights_that_half_precision_would_spoil_stay_whole(checkpoint, model, net, monkeypatch):
    # As export sees it: the first pair of files differs, the second does not.
    differences = iter([{"of": 0.5}, {"of": 0.0}])
    asked = []
    monkeypatch.setattr("training.export.to_onnx", lambda *arguments: model)
    monkeypatch.setattr("training.export._differences", lambda *arguments: next(differences))
    monkeypatch.setattr(
        "training.export._files", lambda *arguments, is_half: asked.append(is_half) or {}
    )
    monkeypatch.setattr("training.export.write_card", lambda *arguments: None)
    card = export(checkpoint, read_recipe("atelier-crack").card, Path())
    assert asked == [True, False]
    assert card.export["weights"] == "float32"
    whole = safetensors.torch.load(averaged_weights(net, is_half=False))
    assert {tensor.dtype for tensor in whole.values()} == {torch.float32}


def test_a_result_of_nan_is_a_difference(net, model):
    bias = next(item for item in model.graph.initializer if item.name == "head.bias")
    bias.CopyFrom(onnx.numpy_helper.from_array(np.full(12, np.nan, np.float32), "head.bias"))
    assert not largest_difference(net, model.SerializeToString(), 32) <= MAX_DIFFERENCE


def test_a_wrong_graph_is_not_exported(checkpoint, model, tmp_path, monkeypatch):
    bias = next(item for item in model.graph.initializer if item.name == "head.bias")
    bias.CopyFrom(onnx.numpy_helper.from_array(np.full(12, 0.5, np.float32), "head.bias"))
    monkeypatch.setattr("training.export.to_onnx", lambda *arguments: model)
    with pytest.raises(ExportError, match="differs"):
        export(checkpoint, read_recipe("atelier-crack").card, tmp_path / "generator")
    assert not (tmp_path / "generator").exists()
