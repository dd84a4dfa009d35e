"""Brushwork from the painting itself: a generator's smooth fill of wide losses, in real paint."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.image.surface import F32, U8
from core.inpainting.exemplar import exemplar_filled

I32 = NDArray[np.int32]

# Losses as wide as this get texture. On 24 paintings at 256 px, from 10, 20 and 40 px on: squares
# of 32 px PD 0.088, 0.088, 0.142 (26.18, 26.18, 26.22 dB), strokes of 8 to 40 px 0.408, 0.420,
# 0.518 (23.06, 23.07, 23.33 dB); flakes of 4 to 24 px, 10 against 20, 0.087, 0.091 (25.80, 25.76).
TEXTURE_FROM_PX = 10
# Paint farther from a loss is not searched. On 5 crops with losses of 64 px: PD 0.326 in 1.6 s of
# CPU, with 96 px 0.341 in 1.9 s; of a large picture, with 192 px, most time went to sources.
REACH_PX = 64
# Over so many pixels from its rim a fill passes into texture: what joins is the generator's. On 5
# crops with losses of 64 px 27.7 dB, PD 0.344 and a boundary error of 2.0/255, against 27.5, 0.354
# and 2.4 with texture up to the rim, and 27.5, 0.442 and 2.1 without any.
_RIM_PX = 6
# How much of what the found paint is beyond the fill is laid on, of what is coarser than this blur
# (px) and of what is finer. Both guesses together are nearer to what was lost than one. On 4 losses
# of 400 px 20.25 dB and PD 0.871 against 20.07 and 0.886 for the found paint alone, and 20.30 and
# 0.987 for the fill alone; with all of what is finer 20.21 and 0.873.
_GRAIN_SIGMA_PX = 2.0
_COARSE_SHARE = np.float32(0.5)
_FINE_SHARE = np.float32(0.85)
# Wide losses nearer to each other than this share a search.
_TOGETHER_PX = 64


@dataclass(frozen=True, eq=False)
class Textured:
    """A fill with brushwork, and where that was taken from.

    samples: (H, W, 3) float32; source_map: (H, W, 2) int32, the row and column of the sound
    sample whose brushwork was laid on, -1 where that is less than elsewhere, or none.
    """

    samples: F32
    source_map: I32

    @property
    def is_textured(self) -> NDArray[np.bool_]:
        """Which samples (H, W) have the painting's own brushwork."""
        return np.asarray(self.source_map[..., 0] >= 0)


def textured(
    filled: F32,
    image: F32,
    hole: U8,
    from_px: int = TEXTURE_FROM_PX,
    seed: int = 0,
    wanted: NDArray[np.bool_] | None = None,
    stop_if_cancelled: Callable[[], None] | None = None,
) -> Textured:
    """Lay brushwork from its sound paint on a picture's wide losses, found with a fill as guide.

    filled, image: (H, W, 3) float32 of any range; hole: (H, W), above 0 = loss. Wide is what lies
    within `from_px` of the middle of a disc that wide inside the loss. Elsewhere the samples are
    those of `filled`, and towards the rim they pass into them. The same seed gives the same
    texture. wanted: (H, W), where texture is asked for; None: everywhere. stop_if_cancelled: called
    every now and then; what it raises ends the search.
    """
    hole = (hole > 0).astype(np.uint8)
    guide = np.where(hole[..., None] > 0, filled, image)
    samples = filled.copy()
    source_map = np.full((*hole.shape, 2), -1, np.int32)
    parts = wide(hole, from_px)
    depth = cv2.distanceTransform(parts, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    share = np.clip((depth - 1) / np.float32(_RIM_PX), 0, 1)[..., None].astype(np.float32)
    side = _TOGETHER_PX + 1
    count, labels = cv2.connectedComponents(cv2.dilate(parts, np.ones((side, side), np.uint8)))
    for number in range(1, count):
        chosen = (parts > 0) & (labels == number)
        if wanted is not None:
            chosen &= wanted
        if not chosen.any():
            continue
        near = _near(chosen)
        fill = exemplar_filled(image[near], hole[near], seed, guide[near], stop_if_cancelled)
        is_found = chosen[near] & (fill.source_map[..., 0] >= 0)
        laid = np.where(is_found[..., None], fill.samples - samples[near], np.float32(0))
        coarse = cv2.GaussianBlur(laid, (0, 0), _GRAIN_SIGMA_PX)
        laid = _FINE_SHARE * laid + (_COARSE_SHARE - _FINE_SHARE) * coarse
        samples[near][is_found] += (share[near] * laid)[is_found]
        is_textured = is_found & (share[near][..., 0] == 1)
        corner = np.array([near[0].start, near[1].start], np.int32)
        source_map[near][is_textured] = fill.source_map[is_textured] + corner
    return Textured(samples, source_map)


def wide(hole: U8, from_px: int) -> U8:
    """Return the parts of a hole (H, W), 1 = loss, that get texture.

    Beyond the picture's edge the loss is taken to go on.
    """
    depth = cv2.distanceTransform(hole, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    middle = depth >= from_px / 2
    if not middle.any():
        return np.zeros_like(hole)
    reach = cv2.distanceTransform((~middle).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(hole * (reach <= from_px), np.uint8)


def _near(chosen: NDArray[np.bool_]) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(chosen.any(1)), np.flatnonzero(chosen.any(0))
    return (
        slice(max(0, int(rows[0]) - REACH_PX), int(rows[-1]) + 1 + REACH_PX),
        slice(max(0, int(columns[0]) - REACH_PX), int(columns[-1]) + 1 + REACH_PX),
    )
