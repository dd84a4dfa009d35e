"""The parameter-free diffusion prior in NumPy and OpenCV, number for number as the nets' own."""

import cv2
import numpy as np

from core.image.surface import F32, U8
from core.inpainting.padding import padded

# All as in core.models.diffusion_prior, which needs torch; a test holds the two together.
LEVELS = 5
JACOBI_STEPS = 16
BIHARMONIC_STEPS = 16
STEP = 0.04
MOMENTUM = 0.8

_NEIGHBOURS = np.array([[0, 0.25, 0], [0.25, 0, 0.25], [0, 0.25, 0]], np.float32)
_BILAPLACIAN = np.array(
    [[0, 0, 1, 0, 0], [0, 2, -8, 2, 0], [1, -8, 20, -8, 1], [0, 2, -8, 2, 0], [0, 0, 1, 0, 0]],
    np.float32,
)


def smooth_fill(known: F32, hole: U8) -> F32:
    """Fill a hole (H, W), above 0, by diffusion, within the range of the valid samples.

    known: (H, W, 3) float32 of any range and size, finite in the hole too; not all is hole.
    """
    height, width = hole.shape
    filled = diffused(*padded(known, hole.astype(np.float32), 2**LEVELS, 1))[:height, :width]
    # Biharmonic fills overshoot beside hard contrasts; no paint around is that dark or light.
    valid = known[hole == 0]
    return np.clip(filled, valid.min(0), valid.max(0))


def diffused(image: F32, mask: F32) -> F32:
    """Fill the holes of an image smoothly; valid samples come back unchanged.

    image: (H, W, 3) float32 of any range; mask: (H, W), any value above 0 is a hole; H and W are
    multiples of 2**LEVELS. A wholly masked image becomes 0.
    """
    if image.shape[0] % 2**LEVELS or image.shape[1] % 2**LEVELS:
        raise ValueError(f"{image.shape} is not a multiple of {2**LEVELS}")
    hole = np.broadcast_to((mask > 0)[..., None], image.shape).astype(np.float32)
    known = np.where(hole > 0, np.float32(0), image)
    filled = _pulled_and_pushed(known, 1 - hole[..., :1])
    for _ in range(JACOBI_STEPS):
        filled = _filtered(filled, _NEIGHBOURS)
        filled *= hole
        filled += known
    velocity = np.zeros_like(filled)
    for _ in range(BIHARMONIC_STEPS):
        force = _filtered(filled, _BILAPLACIAN)
        force *= hole
        force *= np.float32(STEP)
        velocity *= np.float32(MOMENTUM)
        velocity -= force
        filled += velocity
    return filled


def _pulled_and_pushed(known: F32, valid: F32) -> F32:
    filled: F32
    pyramid = [(known, valid)]
    for _ in range(LEVELS):
        share = _halved(valid)
        # share is 0, 1/4 … 1: the maximum only keeps empty cells from dividing by 0.
        known = _halved(known)
        known /= np.maximum(share, np.float32(0.25))
        valid = (share > 0).astype(np.float32)
        pyramid.append((known, valid))
    known, valid = pyramid.pop()
    mean = known.sum((0, 1)) / np.maximum(valid.sum(), np.float32(1))
    filled = known + (1 - valid) * mean
    for known, valid in reversed(pyramid):
        size = (known.shape[1], known.shape[0])
        finer = cv2.resize(filled, size, interpolation=cv2.INTER_LINEAR)
        filled = known + (1 - valid) * finer
    return filled


def _halved(image: F32) -> F32:
    height, width, channels = image.shape
    cells = image.reshape(height // 2, 2, width // 2, 2, channels)
    mean: F32 = cells.mean((1, 3), dtype=np.float32)
    return mean


def _filtered(image: F32, kernel: F32) -> F32:
    filtered: F32 = cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    return filtered
