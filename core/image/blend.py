"""Blending of 16-bit samples: pure array functions, exact at both ends."""

import numpy as np

from core.image.surface import U16

FULL = 65535


def scaled(samples: U16, weights: U16 | int) -> U16:
    """Return round(samples × weights / 65535): exact for weights 0 and 65535.

    weights must broadcast against samples (or be one number).
    """
    if isinstance(weights, int) and weights == FULL:
        return samples
    product = samples * np.asarray(weights, np.uint32)
    product += FULL // 2
    product //= FULL
    return product.astype(np.uint16)


def premultiplied(pixels: U16, coverage: U16) -> U16:
    """Return (h, w, C+1): colours × coverage, then coverage as alpha.

    pixels: (h, w, C) uint16; coverage: (h, w) uint16.
    """
    out = np.empty((*pixels.shape[:2], pixels.shape[2] + 1), np.uint16)
    out[..., :-1] = scaled(pixels, coverage[..., None])
    out[..., -1] = coverage
    return out


def over(top: U16, below: U16) -> U16:
    """Lay premultiplied `top` (h, w, C+1) over `below`.

    below is (h, w, C) opaque, or (h, w, C+1) premultiplied; the result has its shape.
    Where top's alpha is 0 the result is `below`'s samples exactly; where it is 65535, top's.
    """
    clear = (FULL - top[..., -1])[..., None]
    return scaled(below, clear) + top[..., : below.shape[2]]
