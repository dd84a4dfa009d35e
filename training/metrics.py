"""How close a fill comes to the painting: figures on 8-bit composites, whole and in the hole."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.features import SqueezeNetFeatures, maps_distance, unit_maps

Pixels = NDArray[np.uint8]
Mask = NDArray[np.uint8]

# PSNR of two equal pictures, in place of infinity, so that means stay finite.
MAX_PSNR_DB = 99.0
# Wang et al. 2004, with Gaussian weights of sigma 1.5 over 11 x 11 samples.
_SSIM_SIGMA = 1.5
_SSIM_WINDOW = 11
_JACCARD_TOLERANCE = 10


@dataclass(frozen=True)
class Figures:
    """What one fill of one painting measured.

    psnr_db, ssim, l1, relative_l1 and pd are of the whole picture; psnr_hole_db, boundary,
    jaccard and soft_jaccard of the hole. pd is PD-SqueezeNet (NaN without features). jaccard is
    the share of hole samples within 10/255 in all channels, soft_jaccard the sum of the smaller
    values over the sum of the larger. Larger is better for psnr, ssim and the two jaccards,
    smaller for the rest.
    """

    psnr_db: float
    psnr_hole_db: float
    ssim: float
    l1: float
    relative_l1: float
    pd: float
    boundary: float
    jaccard: float
    soft_jaccard: float

    def named(self) -> Mapping[str, float]:
        return dict(vars(self))


@dataclass(frozen=True)
class Reference:
    """A painting, (H, W, 3) uint8, and what all comparisons with it need of it, computed once."""

    painting: Pixels
    features: SqueezeNetFeatures | None = None

    @cached_property
    def total(self) -> float:
        """The sum of all samples."""
        return float(self.painting.sum(dtype=np.float64))

    @cached_property
    def moments(self) -> tuple[NDArray[np.float64], ...]:
        """The samples, their local means and their local variances."""
        return _moments(self.painting)

    @cached_property
    def maps(self) -> list[Tensor]:
        """The unit maps of the features, which must be given."""
        return _maps(self.painting, self.features) if self.features else []


def composite(painting: Pixels, filled: NDArray[np.float32], mask: Mask) -> Pixels:
    """Put the fill into the hole, rounded to 8 bit; outside the painting's own samples."""
    rounded = np.rint(np.clip(filled, 0, 1) * 255).astype(np.uint8)
    return np.where(mask[..., None] > 0, rounded, painting)


def measure(reference: Reference, composed: Pixels, mask: Mask) -> Figures:
    """Compare a composite, which equals the painting outside the hole, with the painting.

    composed: (H, W, 3) uint8; mask: (H, W), 1 = hole, not empty.
    """
    hole = mask > 0
    true = reference.painting[hole].astype(np.float64)
    made = composed[hole].astype(np.float64)
    error = np.abs(made - true)
    samples = reference.painting.size
    return Figures(
        psnr_db=_decibels(float(np.square(error).sum()) / samples),
        psnr_hole_db=psnr(error),
        ssim=ssim(reference, composed),
        l1=float(error.sum()) / samples / 255,
        relative_l1=float(error.sum()) / max(1.0, reference.total),
        pd=distance(reference, composed),
        boundary=boundary_error(error, mask),
        jaccard=float((error.max(axis=-1) <= _JACCARD_TOLERANCE).mean()),
        soft_jaccard=float(np.minimum(true, made).sum())
        / max(1.0, float(np.maximum(true, made).sum())),
    )


def psnr(error: NDArray[np.float64]) -> float:
    """Return 20 log10(255 / RMSE) in dB of errors in 8-bit steps, at most MAX_PSNR_DB."""
    return _decibels(float(np.square(error).mean()))


def ssim(reference: Reference, other: Pixels) -> float:
    """Return the mean structural similarity over samples and channels."""
    inner = _SSIM_WINDOW // 2
    return float(similarity(reference, other)[inner:-inner, inner:-inner].mean())


def similarity(reference: Reference, other: Pixels) -> NDArray[np.float64]:
    """Return the structural similarity at every sample, (H, W, 3)."""
    a, mean_a, variance_a = reference.moments
    b, mean_b, variance_b = _moments(other)
    means = mean_a * mean_b
    covariance = _blurred(a * b) - means
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    similar: NDArray[np.float64] = ((2 * means + c1) * (2 * covariance + c2)) / (
        (mean_a**2 + mean_b**2 + c1) * (variance_a + variance_b + c2)
    )
    return similar


def distance(reference: Reference, other: Pixels) -> float:
    """Return PD-SqueezeNet, NaN without features."""
    if reference.features is None:
        return float("nan")
    return float(maps_distance(reference.maps, _maps(other, reference.features)))


def boundary_error(error: NDArray[np.float64], mask: Mask) -> float:
    """Return the mean error of the step from sound paint into the hole, 0..1.

    error: (n, 3), the absolute errors of the mask's n hole samples, row by row. A step is a pair
    of 4-neighbours with one sample in the hole and one outside. Outside, a composite has no
    error, so the step is wrong by the hole sample's error.
    """
    hole = np.pad(mask > 0, 1, mode="edge")
    inside = hole[1:-1, 1:-1]
    neighbours = (hole[2:, 1:-1], hole[:-2, 1:-1], hole[1:-1, 2:], hole[1:-1, :-2])
    steps = sum((~beside[inside]).astype(np.int64) for beside in neighbours)
    count = int(np.sum(steps))
    return float((error.mean(axis=-1) * steps).sum()) / (255 * count) if count else 0.0


def _decibels(mse: float) -> float:
    return min(MAX_PSNR_DB, 10 * float(np.log10(255**2 / max(mse, 1e-12))))


def _moments(image: Pixels) -> tuple[NDArray[np.float64], ...]:
    samples = image.astype(np.float64)
    mean = _blurred(samples)
    return samples, mean, _blurred(samples * samples) - mean**2


def _blurred(image: NDArray[np.float64]) -> NDArray[np.float64]:
    window = (_SSIM_WINDOW, _SSIM_WINDOW)
    blurred = cv2.GaussianBlur(image, window, _SSIM_SIGMA, borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred, np.float64)


@torch.no_grad()
def _maps(image: Pixels, features: SqueezeNetFeatures) -> list[Tensor]:
    # Samples stay as the picture has them, channels last: on a CPU the features then take 28 ms
    # in place of 44 ms at 256 px, with the same distance to the last bit shown.
    batch = torch.tensor(image)[None].permute(0, 3, 1, 2).float() / 255
    return unit_maps(features, batch)
