"""Blending of 16-bit samples: pure array functions, exact at both ends."""

import cv2
import numpy as np

from core.image.surface import U16

FULL = 65535


def scaled(samples: U16, weights: U16 | int) -> U16:
    """Return round(samples × weights / 65535): exact for weights 0 and 65535.

    weights must broadcast against samples (or be one number).
    """
    if isinstance(weights, int):
        if weights == FULL:
            return samples
        product = samples * np.uint32(weights)
    else:
        product = np.multiply(samples, _expanded(weights, samples.shape), dtype=np.uint32)
    product += np.uint32(FULL // 2)
    product //= np.uint32(FULL)
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
    clear = FULL - top[..., -1:]
    out = scaled(below, clear)
    out += _colors(top) if below.shape[2] == 3 and top.shape[2] == 4 else top[..., : below.shape[2]]
    return out


def mixed(one: U16, other: U16, weight: int) -> U16:
    """Return round(one + (other − one) × weight / 65535): exact at both ends and where equal."""
    if weight in (0, FULL):
        return other if weight else one
    sums = one * np.uint32(FULL - weight)
    sums += other * np.uint32(weight)
    sums += np.uint32(FULL // 2)
    sums //= np.uint32(FULL)
    return sums.astype(np.uint16)


def _colors(rgba: U16) -> U16:
    # A strided add of rgba[..., :3] takes four times as long as this copy and a plain one.
    return rgba[..., :3] if rgba.size == 0 else cv2.cvtColor(rgba, cv2.COLOR_BGRA2BGR)


def _expanded(weights: U16, shape: tuple[int, ...]) -> U16:
    # Broadcasting over a short trailing axis is four times slower than weights laid out in full.
    if weights.ndim == 3 and weights.shape[2] == 1 < shape[2] and weights.size:
        plane = np.ascontiguousarray(weights[..., 0])
        return np.asarray(cv2.merge([plane] * shape[2]), np.uint16)
    return weights
