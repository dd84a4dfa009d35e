"""ICC profiles made byte by byte (ICC.1:2022), shared by the tests of colour."""

import struct
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

MATRICES = {
    "sRGB": [[0.43604, 0.38511, 0.14305], [0.22248, 0.71691, 0.06061], [0.01392, 0.09707, 0.71391]],
    "Adobe RGB": [
        [0.60974, 0.20527, 0.14919],
        [0.31111, 0.62568, 0.06321],
        [0.01947, 0.06087, 0.74456],
    ],
    "ProPhoto": [[0.79772, 0.13516, 0.03132], [0.28805, 0.71187, 0.00008], [0.0, 0.00001, 0.82489]],
    "eciRGB": [[0.65027, 0.17804, 0.13589], [0.32029, 0.60205, 0.07766], [0.0, 0.06783, 0.75707]],
}


def fixed(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def gamma_curve(gamma: float) -> bytes:
    return b"curv" + struct.pack(">IIH", 0, 1, round(gamma * 256))


def table_curve(linear: Callable[[np.ndarray], np.ndarray], count: int = 4096) -> bytes:
    values = np.rint(linear(np.linspace(0, 1, count)) * 65535).astype(">u2")
    return b"curv" + struct.pack(">II", 0, count) + values.tobytes()


def parametric_curve(kind: int, *values: float) -> bytes:
    return b"para" + struct.pack(">IHH", 0, kind, 0) + fixed(*values)


def lightness(samples: np.ndarray) -> np.ndarray:
    """CIE L* to Y, the curve of eciRGB v2."""
    star = samples * 100
    return np.where(star <= 8, star / 903.2963, ((star + 16) / 116) ** 3)


def srgb_curve() -> bytes:
    return parametric_curve(3, 2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def xyz(values: list[float]) -> bytes:
    return b"XYZ " + bytes(4) + fixed(*values)


def name_v2(text: str) -> bytes:
    data = text.encode("latin-1") + b"\0"
    return b"desc" + bytes(4) + struct.pack(">I", len(data)) + data + bytes(78)


def name_v4(text: str) -> bytes:
    data = text.encode("utf-16-be")
    return b"mluc" + struct.pack(">IIIHHII", 0, 1, 12, 0x656E, 0x5553, len(data), 28) + data


def assembled(space: bytes, tags: dict[bytes, bytes], connection: bytes = b"XYZ ") -> bytes:
    tags = {b"cprt": b"text" + bytes(4) + b"none\0", b"wtpt": xyz([0.9642, 1.0, 0.8249]), **tags}
    header_end = 132 + 12 * len(tags)
    table, data = b"", b""
    for name, value in tags.items():
        table += name + struct.pack(">II", header_end + len(data), len(value))
        data += value + bytes(-len(value) % 4)
    size = header_end + len(data)
    header = struct.pack(">I4sI4s4s4s", size, bytes(4), 0x02400000, b"mntr", space, connection)
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28)
    header += fixed(0.9642, 1.0, 0.8249) + bytes(48)
    return header + struct.pack(">I", len(tags)) + table + data


def rgb_profile(matrix: str, curve: bytes, name: bytes | None = None) -> bytes:
    columns = np.array(MATRICES[matrix]).T.tolist()
    tags = {b"desc": name_v2(matrix) if name is None else name}
    for letter, column in zip((b"r", b"g", b"b"), columns, strict=True):
        tags[letter + b"XYZ"] = xyz(column)
        tags[letter + b"TRC"] = curve
    return assembled(b"RGB ", tags)


def grey_profile(curve: bytes) -> bytes:
    return assembled(b"GRAY", {b"desc": name_v2("Grey"), b"kTRC": curve})


def lut16(matrix: np.ndarray, inputs: np.ndarray, grid: np.ndarray) -> bytes:
    """A lut16Type of three channels with 2 grid points each and straight output tables."""
    out = b"mft2" + bytes(4) + bytes([3, 3, 2, 0]) + fixed(*matrix.ravel())
    out += struct.pack(">HH", inputs.size, 2)
    out += np.tile(np.rint(inputs * 65535), 3).astype(">u2").tobytes()
    out += np.rint(grid * 65535).astype(">u2").tobytes()
    return out + struct.pack(">6H", *(0, 65535) * 3)


def table_profile(matrix: str, gamma: float) -> bytes:
    """The same colours as rgb_profile(matrix, gamma), as tables of both directions."""
    to_xyz = np.array(MATRICES[matrix])
    ramp = np.linspace(0, 1, 4096)
    corners = np.stack(np.meshgrid([0, 1], [0, 1], [0, 1], indexing="ij"), -1).reshape(8, 3)
    scale = 32768 / 65535  # XYZ is stored as u1Fixed15
    tags = {
        b"desc": name_v2(f"{matrix} tables"),
        b"A2B0": lut16(np.eye(3), ramp**gamma, corners @ to_xyz.T * scale),
        b"B2A0": lut16(np.linalg.inv(to_xyz) / scale, ramp ** (1 / gamma), corners),
    }
    return assembled(b"RGB ", tags)


@pytest.fixture(scope="session")
def icc() -> SimpleNamespace:
    """The makers above, since a conftest cannot be imported."""
    return SimpleNamespace(
        gamma=gamma_curve,
        table=table_curve,
        parametric=parametric_curve,
        lightness=lightness,
        srgb_curve=srgb_curve,
        name_v4=name_v4,
        rgb=rgb_profile,
        grey=grey_profile,
        tables=table_profile,
        assembled=assembled,
    )
