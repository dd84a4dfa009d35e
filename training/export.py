"""Turn a checkpoint into a shipped generator: ONNX and safetensors, checked, and their card."""

import hashlib
import os
import warnings
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

# ONNX Runtime's wheel reports to its maker unless this is set before its first import.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import numpy as np
import onnx
import onnxruntime
import safetensors.torch
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.export import Dim

from core.inpainting.card import MODEL_FILE, WEIGHTS_FILE, GeneratorCard, write_card
from core.inpainting.torch_generator import net_from
from core.models.registry import build
from training.checkpoint import Checkpoint
from training.config import CardRecipe

OPSET = 20
# Half weights are taken if no sample moves by a visible step of 10 bits.
MAX_DIFFERENCE = 1 / 1023
_CHECKED_SIZES = ((2, 3), (5, 4))  # in multiples of multiple_of
# Tensors up to this size, biases above all, are not worth halving.
_SMALL = 256


class ExportError(RuntimeError):
    """What was exported does not compute what torch computes; nothing was written."""


def export(checkpoint: Checkpoint, texts: CardRecipe, folder: Path) -> GeneratorCard:
    """Write a checkpoint's averaged weights as model.onnx and model.safetensors, and card.json.

    Weights are stored as float16 (computed in float32) where the results of both engines stay
    within MAX_DIFFERENCE of the float32 net's and of each other at two sizes, else as float32.
    Raises ExportError if even those differ by more.
    """
    net = build(checkpoint.recipe["architecture"], **checkpoint.recipe["options"])
    net.load_state_dict(checkpoint.ema)
    net.eval()
    card = _card(checkpoint, texts, net)
    model = to_onnx(net, card.multiple_of)
    for weights in ("float16", "float32"):
        files = _files(net, model, is_half=weights == "float16")
        differences = _differences(net, files, card)
        if all(difference <= MAX_DIFFERENCE for difference in differences.values()):
            break
    else:
        largest = ", ".join(f"{difference:.2e}" for difference in differences.values())
        raise ExportError(f"ONNX Runtime's result differs from torch's by {largest}.")
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    card = replace(
        card,
        files={name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        export={
            "weights": weights,
            **differences,
            "opset": OPSET,
            "torch": torch.__version__,
            "onnxruntime": onnxruntime.__version__,
        },
    )
    write_card(card, folder)
    return card


def to_onnx(net: nn.Module, multiple: int) -> onnx.ModelProto:
    """Trace a net (image, mask) -> filled with dynamic batch, and H, W multiples of `multiple`."""
    sides = {
        2: multiple * Dim("rows", min=1, max=512),
        3: multiple * Dim("columns", min=1, max=512),
    }
    shapes = {0: Dim("batch", min=1, max=256), **sides}
    image, mask = _example(2, 2 * multiple, 3 * multiple)
    with warnings.catch_warnings():
        # The exporter tells that image and mask share their axes' names: they should.
        warnings.filterwarnings("ignore", message=".*axis name.*will not be used")
        program = torch.onnx.export(
            net,
            (image, mask),
            dynamo=True,
            input_names=["image", "mask"],
            output_names=["filled"],
            dynamic_shapes={"image": shapes, "mask": shapes},
            opset_version=OPSET,
            verbose=False,
        )
    assert program is not None
    return _without_traces(program.model_proto)


def largest_difference(net: nn.Module, model: bytes, multiple: int) -> float:
    """Return the largest difference of ONNX Runtime's result from torch's, at two sizes."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    largest = 0.0
    for rows, columns in _CHECKED_SIZES:
        image, mask = _example(1, rows * multiple, columns * multiple)
        with torch.no_grad():
            expected: NDArray[np.float32] = net(image, mask).numpy()
        got = session.run(["filled"], {"image": image.numpy(), "mask": mask.numpy()})[0]
        if got.shape != expected.shape:
            raise ExportError(f"The exported graph returns {got.shape}, not {expected.shape}.")
        # NaN must stay NaN, which Python's max would drop.
        largest = float(np.maximum(largest, np.abs(got - expected).max()))
    return largest


def averaged_weights(net: nn.Module, is_half: bool) -> bytes:
    """Return a net's weights as a safetensors file, its convolutions as float16 if asked for.

    Tensors of one axis stay float32: biases, and the running statistics of batch norm.
    """
    tensors = {}
    for name, tensor in net.state_dict().items():
        large = tensor.is_floating_point() and tensor.ndim > 1 and tensor.numel() > _SMALL
        tensors[name] = (tensor.half() if is_half and large else tensor).contiguous()
    data: bytes = safetensors.torch.save(tensors)
    return data


def _files(net: nn.Module, model: onnx.ModelProto, is_half: bool) -> dict[str, bytes]:
    return {
        MODEL_FILE: _halved(model) if is_half else model.SerializeToString(),
        WEIGHTS_FILE: averaged_weights(net, is_half),
    }


def _differences(
    net: nn.Module, files: Mapping[str, bytes], card: GeneratorCard
) -> dict[str, float]:
    """Compare ONNX Runtime with the float32 net, and with what the PyTorch engine makes of it."""
    model, read = files[MODEL_FILE], net_from(card, files[WEIGHTS_FILE])
    return {
        "max_abs_difference_to_torch": largest_difference(net, model, card.multiple_of),
        "max_abs_difference_of_engines": largest_difference(read, model, card.multiple_of),
    }


def _without_traces(model: onnx.ModelProto) -> onnx.ModelProto:
    """Drop the exporter's notes: they hold source lines and paths of the machine it ran on."""
    graph = model.graph
    named = (*graph.input, *graph.output, *graph.value_info, *graph.initializer)
    for item in (model, graph, *graph.node, *named):
        item.ClearField("doc_string")
        item.ClearField("metadata_props")
    return model


def _halved(model: onnx.ModelProto) -> bytes:
    """Store the convolutions' weights as float16, cast to float32 before use.

    Only storage changes; every sum, mask counts among them, is still taken in float32.
    """
    smaller = onnx.ModelProto()
    smaller.CopyFrom(model)
    graph = smaller.graph
    casts = []
    for weight in graph.initializer:
        if weight.data_type == TensorProto.FLOAT and np.prod(weight.dims) > _SMALL:
            half = numpy_helper.to_array(weight).astype(np.float16)
            name = weight.name
            weight.CopyFrom(numpy_helper.from_array(half, f"{name}.half"))
            casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.value_info[:]
    data: bytes = smaller.SerializeToString()
    return data


def _example(batch: int, rows: int, columns: int) -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(3)
    image = torch.rand(batch, 3, rows, columns, generator=random)
    mask = (torch.rand(batch, 1, rows, columns, generator=random) > 0.8).float()
    mask[..., rows // 4 : rows // 2, columns // 3 : columns // 2] = 1
    return image, mask


def _card(checkpoint: Checkpoint, texts: CardRecipe, net: nn.Module) -> GeneratorCard:
    """Return the card, but for what only the finished files tell."""
    recipe = checkpoint.recipe
    multiple = int(getattr(net, "multiple_of", 1))
    return GeneratorCard(
        id=recipe["id"],
        engine="onnx",
        architecture=recipe["architecture"],
        options=dict(recipe["options"]),
        parameters=sum(weight.numel() for weight in net.parameters()),
        multiple_of=multiple,
        min_size_px=multiple,
        crop_px=recipe["data"]["crop_px"],
        is_trained=checkpoint.step > 0,
        training=_facts(checkpoint),
        **asdict(texts),
    )


def _facts(checkpoint: Checkpoint) -> Mapping[str, Any]:
    recipe = dict(checkpoint.recipe)
    return {
        **checkpoint.facts,
        "steps": checkpoint.step,
        "crops": checkpoint.step * recipe["batch"] * int(checkpoint.facts.get("processes", 1)),
        "minutes": round(checkpoint.elapsed_s / 60, 1),
        "recipe": recipe,
    }
