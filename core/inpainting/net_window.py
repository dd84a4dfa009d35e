"""One window through a net, whichever engine runs it: blacked out, padded, cropped, checked."""

from collections.abc import Callable
from typing import Any

import numpy as np

from core.image.surface import F32
from core.inpainting.card import GeneratorCard
from core.inpainting.output_check import check_output
from core.inpainting.padding import padded


def filled_window(
    run: Callable[[F32, F32], Any], card: GeneratorCard, image: F32, mask: F32
) -> F32:
    """Return what `run` makes of a window, (H, W, 3) float32, as Generator says.

    run takes the image [1, 3, H', W'] and the mask [1, 1, H', W'], float32 and not necessarily
    contiguous, sides as the card demands, 0 where the mask is 1; it returns [1, 3, H', W'].
    Raises GeneratorOutputError if the result cannot be paint, and what `run` raises.
    """
    height, width = mask.shape
    hole = (mask > 0).astype(np.float32)
    known = np.where(hole[..., None] > 0, np.float32(0), image)
    known, hole = padded(known, hole, card.multiple_of, card.min_size_px)
    result = run(known.transpose(2, 0, 1)[None], hole[None, None])
    filled = _picture(result, known)[:height, :width]
    check_output(filled, image, mask, card)
    return filled


def _picture(result: Any, image: F32) -> F32:
    """Return a run's [1, 3, H, W] as (H, W, 3); of another shape, an empty one: refused later."""
    array = np.asarray(result)
    if array.shape != (1, image.shape[2], *image.shape[:2]):
        return np.empty((0, 0, image.shape[2]), np.float32)
    return np.ascontiguousarray(array[0].transpose(1, 2, 0))
