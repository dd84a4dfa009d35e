"""Refusing a generator's result that cannot be paint."""

import cv2
import numpy as np

from core.errors import GeneratorOutputError
from core.image.surface import F32, U8
from core.inpainting.card import GeneratorCard

# How far a fill may leave the range of the sound paint around it (and of 0..1).
RANGE_MARGIN = 0.5
RING_PX = 3
# Below this many samples a loss may well be one colour.
_FEW = 16
_SAME = 1e-6
_VARIES = 0.02


def check_output(filled: F32, image: F32, mask: F32, card: GeneratorCard) -> None:
    """Raise GeneratorOutputError unless `filled` can be taken for a fill.

    Refused are another shape or type than the image's, values that are not finite, values in the
    hole more than RANGE_MARGIN outside both 0..1 and the valid samples' range, and one flat
    colour in the hole where the ring of paint around it varies.
    """
    who = f"The result of “{card.name}” was refused and nothing was changed"
    if filled.shape != image.shape or filled.dtype != np.float32:
        raise GeneratorOutputError(f"{who}: it has another size than the picture.")
    if not np.isfinite(filled).all():
        raise GeneratorOutputError(f"{who}: it holds values that are no colours (NaN).")
    hole = (mask > 0).astype(np.uint8)
    inside = filled[hole > 0]
    if inside.size == 0:
        return
    valid = image[hole == 0]
    low = min(0.0, float(valid.min(initial=0.0))) - RANGE_MARGIN
    high = max(1.0, float(valid.max(initial=1.0))) + RANGE_MARGIN
    if inside.min() < low or inside.max() > high:
        raise GeneratorOutputError(f"{who}: it holds colours far outside the painting's.")
    if len(inside) >= _FEW and _is_flat(inside, _SAME) and not _is_flat(ring(image, hole), _VARIES):
        raise GeneratorOutputError(f"{who}: it is one flat colour.")


def ring(image: F32, hole: U8, width_px: int = RING_PX) -> F32:
    """Return the valid samples within width_px of the hole, (n, 3)."""
    side = 2 * width_px + 1
    near = cv2.dilate(hole, np.ones((side, side), np.uint8)) > hole
    samples: F32 = image[near]
    return samples


def _is_flat(samples: F32, tolerance: float) -> bool:
    return samples.size == 0 or float(np.ptp(samples, axis=0).max()) <= tolerance
