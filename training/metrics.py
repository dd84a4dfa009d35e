"""How close a fill comes to the painting: figures on 8-bit composites, whole and in the hole."""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from training.features import SqueezeNetFeatures, perceptual_distance

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

    psnr_db, ssim, l1, relative_l1 and pd are of the whole picture; psnr_hole_db, boundary and
    jaccard of the hole. pd is PD-SqueezeNet (NaN without features). Larger is better for psnr,
    ssim and jaccard, smaller for the rest.
    """

    psnr_db: float
    psnr_hole_db: float
    ssim: float
    l1: float
    relative_l1: float
    pd: float
    boundary: float
    jaccard: float

    def named(self) -> Mapping[str, float]:
        return dict(vars(self))


def composite(painting: Pixels, filled: NDArray[np.float32], mask: Mask) -> Pixels:
    """Put the fill into the hole, rounded to 8 bit; outside the painting's own samples."""
    rounded = np.rint(np.clip(filled, 0, 1) * 255).astype(np.uint8)
    return np.where(mask[..., None] > 0, rounded, painting)


def measure(
    painting: Pixels, composed: Pixels, mask: Mask, features: SqueezeNetFeatures | None
) -> Figures:
    """Compare a composite with the painting; (H, W, 3) uint8 each, mask (H, W), 1 = hole."""
    error = np.abs(composed.astype(np.float64) - painting)
    return Figures(
        psnr_db=psnr(error),
        psnr_hole_db=psnr(error[mask > 0]),
        ssim=ssim(painting, composed),
        l1=float(error.mean()) / 255,
        relative_l1=float(error.sum()) / max(1.0, float(painting.sum(dtype=np.float64))),
        pd=float("nan") if features is None else _distance(features, painting, composed),
        boundary=boundary_error(error, mask),
        jaccard=float((error[mask > 0].max(axis=-1) <= _JACCARD_TOLERANCE).mean()),
    )


def psnr(error: NDArray[np.float64]) -> float:
    """Return 20 log10(255 / RMSE) in dB of errors in 8-bit steps, at most MAX_PSNR_DB."""
    mse = float(np.square(error).mean())
    return min(MAX_PSNR_DB, 10 * float(np.log10(255**2 / max(mse, 1e-12))))


def ssim(one: Pixels, other: Pixels) -> float:
    """Return the mean structural similarity over samples and channels."""
    a, b = one.astype(np.float64), other.astype(np.float64)
    mean_a, mean_b = _blurred(a), _blurred(b)
    variance_a = _blurred(a * a) - mean_a**2
    variance_b = _blurred(b * b) - mean_b**2
    covariance = _blurred(a * b) - mean_a * mean_b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    similarity = ((2 * mean_a * mean_b + c1) * (2 * covariance + c2)) / (
        (mean_a**2 + mean_b**2 + c1) * (variance_a + variance_b + c2)
    )
    inner = _SSIM_WINDOW // 2
    return float(similarity[inner:-inner, inner:-inner].mean())


def boundary_error(error: NDArray[np.float64], mask: Mask) -> float:
    """Return the mean error of the step from sound paint into the hole, 0..1.

    A step is a pair of 4-neighbours with one sample in the hole and one outside. Outside, a
    composite has no error, so the step is wrong by the hole sample's error.
    """
    hole = np.pad(mask > 0, 1, mode="edge")
    beside = sum(
        (~hole[1 + dy : hole.shape[0] - 1 + dy, 1 + dx : hole.shape[1] - 1 + dx]).astype(np.int64)
        for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0))
    )
    steps = np.where(mask > 0, beside, 0)
    count = int(steps.sum())
    return float((error.mean(axis=-1) * steps).sum()) / (255 * count) if count else 0.0


def _blurred(image: NDArray[np.float64]) -> NDArray[np.float64]:
    window = (_SSIM_WINDOW, _SSIM_WINDOW)
    blurred = cv2.GaussianBlur(image, window, _SSIM_SIGMA, borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred, np.float64)


@torch.no_grad()
def _distance(features: SqueezeNetFeatures, one: Pixels, other: Pixels) -> float:
    pair = torch.from_numpy(np.stack([one, other])).permute(0, 3, 1, 2).float() / 255
    return float(perceptual_distance(features, pair[:1], pair[1:]))
