"""A finished piece as a patch: what of it is laid down, how strongly, and as which samples."""

import math
from collections.abc import Collection

import cv2
import numpy as np

from core.document.composite import composite, mask_coverage
from core.document.layer import LayerStack
from core.image.color import ColorTransform
from core.image.geometry import Rect
from core.image.surface import F32, U8, U16
from core.inpainting.regions import Region, cells_within


def coverage_of(
    layers: LayerStack,
    mask_ids: Collection[int] | None,
    region: Region,
    piece: Rect,
    feather_px: float,
) -> U16:
    """Return (h, w) uint16: the mask in the region's own and final cells, feathered inwards."""
    margin = math.ceil(feather_px) + 1
    area = piece.expanded(margin).intersection(layers.rect)
    mask = mask_coverage(layers, area, layer_ids=mask_ids)
    coverage = mask.astype(np.uint16) * np.uint16(257)
    if feather_px > 0:
        coverage = np.rint(coverage * _feather(mask, feather_px)).astype(np.uint16)
    coverage = coverage[piece.slices(area)]
    cells = cells_within(region, piece)
    is_final = np.zeros_like(cells)
    is_final[piece.intersection(region.final).slices(piece)] = True
    return np.where(cells & is_final, coverage, np.uint16(0))


def laid_pixels(
    layers: LayerStack, color: ColorTransform, rect: Rect, samples: F32, coverage: U16
) -> U16:
    """Return (h, w, channels) uint16 in the document's profile: the painting's where not covered.

    samples: (h, w, 3) float32 sRGB-encoded.
    """
    pixels = composite(layers, rect).copy()
    inside = coverage > 0
    pixels[inside] = color.from_srgb(samples[inside][:, None])[:, 0]
    return pixels


def _feather(mask: U8, feather_px: float) -> F32:
    """Return 0..1: a raised cosine of the distance to the nearest unmarked pixel."""
    distance = cv2.distanceTransform(
        (mask > 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
    )
    phase = np.minimum(distance / (feather_px + 1), 1)
    return np.asarray((1 - np.cos(np.pi * phase)) / 2, np.float32)
