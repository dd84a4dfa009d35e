"""What an ICC profile says, as far as Lacuna computes with it itself: name, matrix, curves."""

import struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

CODES = 65536
_HEADER_BYTES = 128
_SLOPE = 1e-13


class MatrixShaper(NamedTuple):
    """A profile that is three curves and a matrix, or for grey one curve.

    curves: one per channel, (65536,) strictly increasing: linear light 0..1 of each sample.
    matrix: (3, 3) from linear light to XYZ of the D50 connection space; None for grey.
    """

    curves: tuple[F64, ...]
    matrix: F64 | None


def description(icc: bytes) -> str:
    """Return the profile's name, or "" if it has none that can be read."""
    data = _tags(icc).get(b"desc", b"")
    try:
        if data[:4] == b"desc":
            length = int.from_bytes(data[8:12], "big")
            return data[12 : 12 + length].decode("latin-1").split("\0")[0].strip()
        if data[:4] == b"mluc":
            size, offset = struct.unpack_from(">II", data, 20)
            return data[offset : offset + size].decode("utf-16-be").split("\0")[0].strip()
    except (struct.error, UnicodeDecodeError):
        return ""
    return ""


def matrix_shaper(icc: bytes, channels: int) -> MatrixShaper | None:
    """Return a profile's matrix and curves; None if it is not made of (or not only of) these.

    A profile that also has tables for the relative colorimetric intent is one of tables
    (ICC.1:2022, 8.10.2): littleCMS has to compute it.
    """
    tags = _tags(icc)
    if icc[20:24] != b"XYZ " or b"A2B0" in tags or b"A2B1" in tags:
        return None
    names = [b"kTRC"] if channels == 1 else [b"rTRC", b"gTRC", b"bTRC"]
    columns = [] if channels == 1 else [b"rXYZ", b"gXYZ", b"bXYZ"]
    try:
        curves = tuple(_curve(tags[name]) for name in names)
        matrix = np.stack([_xyz(tags[name]) for name in columns], axis=1) if columns else None
    except (KeyError, ValueError, struct.error):
        return None
    if matrix is not None and abs(np.linalg.det(matrix)) < 1e-6:
        return None
    return MatrixShaper(curves, matrix)


def _tags(icc: bytes) -> dict[bytes, bytes]:
    """Return the tags whose data lies inside the profile (ICC.1:2022, 7.3)."""
    tags = {}
    count = int.from_bytes(icc[_HEADER_BYTES : _HEADER_BYTES + 4], "big")
    for index in range(min(count, len(icc) // 12)):
        at = _HEADER_BYTES + 4 + 12 * index
        if at + 12 > len(icc):
            break
        name, offset, size = struct.unpack_from(">4sII", icc, at)
        if offset + size <= len(icc):
            tags[name] = icc[offset : offset + size]
    return tags


def _xyz(data: bytes) -> F64:
    if data[:4] != b"XYZ ":
        raise ValueError("not an XYZ tag")
    return np.array(struct.unpack_from(">3i", data, 8), np.float64) / 65536


def _curve(data: bytes) -> F64:
    """Return a TRC as linear light of every 16-bit code, strictly increasing."""
    samples = np.arange(CODES, dtype=np.float64) / (CODES - 1)
    if data[:4] == b"curv":
        curve = _sampled(data, samples)
    elif data[:4] == b"para":
        curve = _parametric(data, samples)
    else:
        raise ValueError("not a curve")
    if not np.isfinite(curve).all() or (np.diff(curve) < 0).any() or curve[-1] - curve[0] < 0.5:
        raise ValueError("not a curve that can be inverted")
    # Where a coarse table stands still, as many do near black, this keeps black at 0 on the way
    # back; it moves white by 7e-9.
    rising: F64 = np.clip(curve, 0.0, 1.0) + np.arange(CODES) * _SLOPE
    return rising


def _sampled(data: bytes, samples: F64) -> F64:
    (count,) = struct.unpack_from(">I", data, 8)
    if count == 0:
        return samples
    values = np.array(struct.unpack_from(f">{count}H", data, 12), np.float64)
    if count == 1:
        gamma: F64 = samples ** (values[0] / 256)
        return gamma
    return np.interp(samples, np.linspace(0.0, 1.0, count), values / 65535)


def _parametric(data: bytes, samples: F64) -> F64:
    # ICC.1:2022, 10.18: Y = (aX + b)^g + e from X = d on, else cX + f; the parts a type does not
    # name follow from table 68.
    (kind,) = struct.unpack_from(">H", data, 8)
    counts = (1, 3, 4, 5, 7)
    if kind >= len(counts):
        raise ValueError("an unknown kind of curve")
    values = [value / 65536 for value in struct.unpack_from(f">{counts[kind]}i", data, 12)]
    g, a, b, c, d, e, f = values + [0.0] * (7 - len(values))
    if kind == 0:
        a = 1.0
    if kind in (1, 2):
        # Type 2 adds its fourth parameter to both parts.
        c, d, e, f = 0.0, -b / a if a else 0.0, c, c
    # A damaged profile's numbers may overflow; `_curve` refuses what is not finite.
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        power: F64 = np.maximum(a * samples + b, 0.0) ** g + e
    return np.where(samples >= d, power, c * samples + f)
