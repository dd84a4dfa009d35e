"""Looking through an ONNX file before any runtime sees it: outside files and foreign operators.

ONNX Runtime resolves external data of a model given as bytes against the working directory, so
a crafted model could read a file lying there; and a foreign domain is code we did not choose.
The onnx package is no dependency of the program, so this walks the few protobuf messages by hand.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from core.errors import CardError

# Protobuf cannot hold more in one message, and ONNX Runtime refuses it.
MAX_BYTES: Final = (1 << 31) - 1
# Nested If/Loop bodies deeper than this are no inpainting net.
MAX_DEPTH: Final = 32

ALLOWED_DOMAINS: Final = frozenset({"", "ai.onnx"})

# message -> field number -> message it holds (onnx.proto3, IR version 13). Fields that can
# neither hold a tensor nor a domain are left out.
_CHILDREN: Mapping[str, Mapping[int, str]] = MappingProxyType(
    {
        "Model": {7: "Graph", 8: "OperatorSet", 20: "TrainingInfo", 25: "Function"},
        "TrainingInfo": {1: "Graph", 2: "Graph"},
        "Graph": {1: "Node", 5: "Tensor", 15: "SparseTensor"},
        "Node": {5: "Attribute"},
        "Attribute": {5: "Tensor", 6: "Graph", 10: "Tensor", 11: "Graph", 22: "SparseTensor",
                      23: "SparseTensor"},
        "SparseTensor": {1: "Tensor", 2: "Tensor"},
        "Function": {7: "Node", 9: "OperatorSet", 11: "Attribute"},
        "OperatorSet": {},
        "Tensor": {},
    }
)  # fmt: skip
_DOMAIN_FIELD: Mapping[str, int] = MappingProxyType({"OperatorSet": 1, "Node": 7, "Function": 10})
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5


def check_model(data: bytes, name: str) -> None:
    """Raise CardError unless an ONNX file is whole in itself and uses standard operators only.

    name is what the conservator knows the generator by.
    """
    if len(data) > MAX_BYTES:
        raise CardError(f"The model of “{name}” is larger than 2 GB and was not loaded.")
    try:
        _check(memoryview(data), "Model", name, 0)
    except _MalformedError as cause:
        raise CardError(f"The model of “{name}” is not a readable ONNX file.") from cause


class _MalformedError(Exception):
    """The bytes are no protobuf message."""


def _check(message: memoryview, kind: str, name: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise CardError(f"The model of “{name}” is nested too deeply and was not loaded.")
    for number, value in _fields(message):
        if kind == "Tensor" and (
            number == _EXTERNAL_DATA or (number == _DATA_LOCATION and value != 0)
        ):
            raise CardError(
                f"The model of “{name}” wants to read other files, which is not allowed."
            )
        if isinstance(value, int):
            continue
        if number == _DOMAIN_FIELD.get(kind):
            domain = bytes(value).decode("utf-8", "replace")
            if domain not in ALLOWED_DOMAINS:
                raise CardError(
                    f"The model of “{name}” needs operators of “{domain[:40]}”, which this "
                    "Lacuna does not have."
                )
        child = _CHILDREN[kind].get(number)
        if child is not None:
            _check(value, child, name, depth + 1)


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield (field number, varint or bytes) of a message; fixed-width numbers are passed over."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, at = _varint(message, at)
            yield number, value
        elif wire == _LENGTH:
            size, at = _varint(message, at)
            if size > len(message) - at:
                raise _MalformedError("a field reaches beyond its message")
            yield number, message[at : at + size]
            at += size
        elif wire in (_FIXED64, _FIXED32):
            at += 8 if wire == _FIXED64 else 4
        else:
            raise _MalformedError(f"wire type {wire}")
    if at > len(message):
        raise _MalformedError("the last field is cut off")


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            raise _MalformedError("a number is cut off")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise _MalformedError("a number is too long")
