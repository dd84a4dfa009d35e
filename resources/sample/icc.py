"""A wide RGB colour profile of our own, in the manner of eciRGB v2: D50 white, L* tone curve."""

import struct

import cv2
import numpy as np
from field import F32

NAME = "Lacuna wide RGB (L* tone curve)"
RIGHTS = "No rights reserved (CC0 1.0)"
WHITE_XYZ = np.array([0.96422, 1.0, 0.82521])
PRIMARIES_XY = ((0.67, 0.33), (0.21, 0.71), (0.14, 0.08))
# sRGB to XYZ adapted to D50 (Bradford), as in the sRGB ICC profile.
SRGB_TO_XYZ = np.array([[0.43607, 0.38515, 0.14307],
                        [0.22249, 0.71687, 0.06061],
                        [0.01392, 0.09708, 0.71410]])  # fmt: skip


def encoded(srgb: F32) -> F32:
    """Turn sRGB-encoded colours (may exceed 0..1) into this profile's samples, 0..1."""
    magnitude = np.abs(srgb)
    linear = np.where(magnitude <= 0.04045, magnitude / 12.92, ((magnitude + 0.055) / 1.055) ** 2.4)
    linear = (linear * np.sign(srgb)).astype(np.float32)
    matrix = np.linalg.inv(rgb_to_xyz()) @ SRGB_TO_XYZ
    wide = np.clip(cv2.transform(linear, matrix.astype(np.float32)), 0, 1)
    lightness = np.where(wide > 216 / 24389, 1.16 * np.cbrt(wide) - 0.16, wide * 243.89 / 27)
    return np.asarray(lightness, np.float32)


def rgb_to_xyz() -> np.ndarray:
    """Return the matrix whose columns are the primaries' XYZ and whose rows sum to white."""
    columns = np.array([(x / y, 1.0, (1 - x - y) / y) for x, y in PRIMARIES_XY]).T
    return columns * np.linalg.solve(columns, WHITE_XYZ)


def colour_profile() -> bytes:
    """Return the ICC v2 matrix profile."""
    level = np.arange(1024) / 1023
    curve = np.where(level > 0.08, ((level + 0.16) / 1.16) ** 3, level * 27 / 243.89)
    steps = np.round(curve * 65535).astype(">u2").tobytes()
    tone = b"curv" + bytes(4) + struct.pack(">I", 1024) + steps
    matrix = rgb_to_xyz()
    tags = {
        b"desc": _description(NAME),
        b"cprt": b"text" + bytes(4) + RIGHTS.encode() + b"\0",
        b"wtpt": _xyz(WHITE_XYZ),
        b"rXYZ": _xyz(matrix[:, 0]),
        b"gXYZ": _xyz(matrix[:, 1]),
        b"bXYZ": _xyz(matrix[:, 2]),
        b"rTRC": tone,
        b"gTRC": tone,
        b"bTRC": tone,
    }
    table, data, start = struct.pack(">I", len(tags)), b"", 128 + 4 + 12 * len(tags)
    places: dict[bytes, int] = {}
    for name, value in tags.items():
        if value not in places:
            places[value] = start + len(data)
            data += value + b"\0" * (-len(value) % 4)
        table += name + struct.pack(">II", places[value], len(value))
    head = struct.pack(
        ">I4sI4s4s4s", start + len(data), b"lcms", 0x02400000, b"mntr", b"RGB ", b"XYZ "
    )
    head += struct.pack(">6H4s", 2026, 11, 20, 0, 0, 0, b"acsp") + bytes(28)
    head += struct.pack(">3i", *_fixed(WHITE_XYZ)) + bytes(48)
    return head + table + data


def _fixed(values: np.ndarray) -> list[int]:
    return [round(float(value) * 65536) for value in values]


def _xyz(values: np.ndarray) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *_fixed(values))


def _description(text: str) -> bytes:
    plain = text.encode("ascii") + b"\0"
    return b"desc" + bytes(4) + struct.pack(">I", len(plain)) + plain + bytes(4 + 4 + 2 + 1 + 67)
