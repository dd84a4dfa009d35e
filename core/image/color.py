"""The document's colours to sRGB and back, for generators: exact and unclipped."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import imagecodecs
import numpy as np

from core.image.icc import CODES, F64, MatrixShaper, description, matrix_shaper
from core.image.info import profile_notice
from core.image.surface import F32, U16

_WHITE = CODES - 1
_BLOCK_PX = 1 << 18
_NOOPTIMIZE = 0x100
_RELATIVE_COLORIMETRIC = 1

# Linear sRGB (IEC 61966-2-1) to XYZ of ICC's D50, by Bradford adaptation.
_SRGB_TO_XYZ = np.array(
    [
        [0.43604125, 0.38511291, 0.14304584],
        [0.22248454, 0.71690508, 0.06061038],
        [0.01392019, 0.09706724, 0.71391257],
    ]
)
_XYZ_TO_SRGB = np.linalg.inv(_SRGB_TO_XYZ)
_D50 = np.array([0.9642, 1.0, 0.8249])
# Luminance of linear sRGB (IEC 61966-2-1).
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


@dataclass(frozen=True)
class ColorProfile:
    """The colour space of a document's samples; `icc` as embedded, None where there is none.

    Without a profile, samples are taken for sRGB, grey ones for grey with sRGB's curve. So they
    are if the profile cannot be used (`is_fallback`); exports keep its bytes all the same.
    """

    icc: bytes | None
    channels: int
    name: str
    is_fallback: bool = False

    @classmethod
    def of(cls, icc: bytes | None, channels: int) -> "ColorProfile":
        """Return the profile of a document with 1 or 3 channels; never fails."""
        plain = "sRGB" if channels == 3 else "Grey (sRGB curve)"
        if not icc:
            return cls(icc, channels, plain)
        if not _is_usable(icc, channels):
            return cls(icc, channels, plain, is_fallback=True)
        return cls(icc, channels, description(icc) or "Unnamed profile")


class ColorTransform:
    """Converts between a document's samples and sRGB floats. Any thread may use it.

    sRGB floats are encoded with the sRGB curve, which goes on above 1 and, mirrored, below 0:
    colours outside sRGB become values outside 0..1 and come back from them. Relative
    colorimetric, no black point compensation.

    Profiles of matrix and curves are computed here in float64, because littleCMS continues the
    sRGB curve below 0 by its steep line: Adobe RGB's green would be −5.1 instead of −0.67,
    nothing a generator has ever seen. Profiles of tables go through littleCMS, unclipped but
    for what their tables themselves clip.
    """

    def __init__(self, profile: ColorProfile) -> None:
        self.profile = profile
        self._channels = profile.channels
        shaper = _shaper_of(profile)
        self._to_linear: Callable[[U16], F64]
        self._from_linear: Callable[[F64], F64]
        if profile.icc and not profile.is_fallback and shaper is None:
            tables = _Tables(profile.icc, profile.channels)
            self._to_linear, self._from_linear = tables.to_linear, tables.from_linear
        else:
            curves = _Curves(shaper, profile.channels)
            self._to_linear, self._from_linear = curves.to_linear, curves.from_linear

    def to_srgb(self, document: U16) -> F32:
        """Return (h, w, 3) float32 sRGB-encoded, not clipped, of (h, w, channels) samples.

        Grey gives three equal channels.
        """
        out = np.empty((*document.shape[:2], 3), np.float32)
        for rows in _blocks(document.shape[:2]):
            out[rows] = encoded(self._to_linear(document[rows]))
        return out

    def to_lab(self, document: U16) -> F32:
        """Return (h, w, 3) float32 CIE L*a*b* under D50 of (h, w, channels) samples."""
        out = np.empty((*document.shape[:2], 3), np.float32)
        for rows in _blocks(document.shape[:2]):
            xyz = self._to_linear(document[rows]) @ (_SRGB_TO_XYZ.T / _D50)
            out[rows] = _lab(xyz.astype(np.float32))
        return out

    def from_srgb(self, srgb: F32) -> U16:
        """Return (h, w, channels) samples of finite (h, w, 3) float32 sRGB.

        What the document's space cannot hold is clipped to its nearest samples, channel by
        channel. A grey document takes the luminance.
        """
        out = np.empty((*srgb.shape[:2], self._channels), np.uint16)
        for rows in _blocks(srgb.shape[:2]):
            codes = self._from_linear(decoded(srgb[rows].astype(np.float64)))
            out[rows] = np.rint(np.clip(codes, 0, _WHITE))
        return out


def encoded(linear: F64) -> F64:
    """Return sRGB-encoded values of linear light (IEC 61966-2-1), mirrored below 0."""
    size = np.abs(linear)
    curve = 1.055 * size ** (1 / 2.4) - 0.055
    return np.copysign(np.where(size <= 0.0031308, 12.92 * size, curve), linear)


def decoded(srgb: F64) -> F64:
    """Return linear light of sRGB-encoded values, mirrored below 0."""
    size = np.abs(srgb)
    curve = ((size + 0.055) / 1.055) ** 2.4
    return np.copysign(np.where(size <= 0.04045, size / 12.92, curve), srgb)


def _lab(xyz: F32) -> F32:
    """Return L*a*b* of XYZ relative to the white (CIE 15:2004, 8.2.1)."""
    root = np.where(xyz > 216 / 24389, np.cbrt(xyz), xyz * np.float32(841 / 108) + 4 / 29)
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1).astype(np.float32)


class _Curves:
    """Matrix and curves; without a shaper, sRGB's own."""

    def __init__(self, shaper: MatrixShaper | None, channels: int) -> None:
        codes = np.arange(CODES, dtype=np.float64)
        srgb_curves = (decoded(codes / _WHITE),) * channels
        self._codes = codes
        self._curves = srgb_curves if shaper is None else shaper.curves
        matrix = None if shaper is None else shaper.matrix
        self._to_srgb = None if matrix is None else (_XYZ_TO_SRGB @ matrix).T
        self._from_srgb = None if self._to_srgb is None else np.linalg.inv(self._to_srgb)

    def to_linear(self, document: U16) -> F64:
        planes = [curve[document[..., at]] for at, curve in enumerate(self._curves)]
        if len(planes) == 1:
            planes *= 3
        linear = np.stack(planes, axis=-1)
        return linear if self._to_srgb is None else linear @ self._to_srgb

    def from_linear(self, linear: F64) -> F64:
        if len(self._curves) == 1:
            linear = linear @ _LUMINANCE[:, None]
        elif self._from_srgb is not None:
            linear = linear @ self._from_srgb
        planes = [
            np.interp(linear[..., at].ravel(), curve, self._codes)
            for at, curve in enumerate(self._curves)
        ]
        return np.stack(planes, axis=-1).reshape(linear.shape)


class _Tables:
    """A profile of tables, through littleCMS and XYZ."""

    def __init__(self, icc: bytes, channels: int) -> None:
        self._icc = icc
        self._space = "gray" if channels == 1 else "rgb"

    def to_linear(self, document: U16) -> F64:
        samples = (document / _WHITE).astype(np.float32)
        if self._space == "gray":
            samples = samples[..., 0]
        return _cms(samples, self._icc, _xyz_profile(), self._space, "xyz") @ _XYZ_TO_SRGB.T

    def from_linear(self, linear: F64) -> F64:
        xyz = (linear @ _SRGB_TO_XYZ.T).astype(np.float32)
        samples = _cms(xyz, _xyz_profile(), self._icc, "xyz", self._space)
        return samples.reshape(*linear.shape[:2], -1) * _WHITE


def _shaper_of(profile: ColorProfile) -> MatrixShaper | None:
    if not profile.icc or profile.is_fallback:
        return None
    return matrix_shaper(profile.icc, profile.channels)


def _is_usable(icc: bytes, channels: int) -> bool:
    if profile_notice(icc, channels) is not None:
        return False
    space = "gray" if channels == 1 else "rgb"
    probe = np.full((1, 1) if channels == 1 else (1, 1, 3), 0.5, np.float32)
    try:
        xyz = _cms(probe, icc, _xyz_profile(), space, "xyz")
        back = _cms(xyz.astype(np.float32), _xyz_profile(), icc, "xyz", space)
    except imagecodecs.CmsError:
        return False
    return bool(np.isfinite(xyz).all() and np.isfinite(back).all())


def _xyz_profile() -> bytes:
    profile: bytes = imagecodecs.cms_profile("xyz")
    return profile


def _cms(samples: F32, profile: bytes, out_profile: bytes, space: str, out_space: str) -> F64:
    out = imagecodecs.cms_transform(
        samples,
        profile,
        out_profile,
        colorspace=space,
        outcolorspace=out_space,
        outdtype="f4",
        intent=_RELATIVE_COLORIMETRIC,
        flags=_NOOPTIMIZE,
    )
    return np.asarray(out, np.float64)


def _blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    rows = max(1, _BLOCK_PX // max(1, shape[1]))
    for start in range(0, shape[0], rows):
        yield slice(start, start + rows)
