"""The heal brush: a clone that takes on the tone of its surroundings at the stroke's end."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from core.image.blend import FULL
from core.image.bounds import bounds_of
from core.image.brush import Brush
from core.image.geometry import EMPTY_RECT, Rect
from core.image.paint import ClonePaint, ReadPixels
from core.image.retouch_stroke import ReadMask, RetouchStroke
from core.image.surface import F32, Surface

_RING_PX = 3
# The membrane is smooth: it is solved on a grid of at most this side, whatever the stroke's size.
_GRID = 256
_JACOBI_STEPS = 16
_NEIGHBOURS = np.array([[0, 0.25, 0], [0.25, 0, 0.25], [0, 0.25, 0]], np.float32)


class HealStroke(RetouchStroke):
    """Clones while it is painted; `finish` adds a membrane to what was cloned.

    The membrane is the harmonic function that, in a ring around the stroke, is what the ground
    differs from the clone by (Pérez, Gangnet and Blake 2003, eq. 4: seamless cloning). Pixels
    where `is_loss` gives more than 0 are no sound surroundings. Where there are none at all the
    clone stays as it is.
    """

    def __init__(
        self,
        brush: Brush,
        surface: Surface,
        paint: ClonePaint,
        picture: Rect,
        limit: ReadMask | None,
        ground: ReadPixels,
        is_loss: ReadMask | None,
    ) -> None:
        super().__init__(brush, surface, paint, picture, limit)
        self._clone = paint
        self._within = picture
        self._ground = ground
        self._is_loss = is_loss

    def finish(self) -> Surface:
        """Bring the tone to the surroundings, end the stroke and return the painted surface."""
        covered = {wet.key: self._alpha(wet) for wet in self._wet_tiles()}
        bounds = EMPTY_RECT
        for key in covered:
            bounds = bounds.union(key.rect)
        bounds = bounds.expanded(_RING_PX).intersection(self._within)
        alpha = np.zeros((bounds.height, bounds.width), np.bool_)
        for key, values in covered.items():
            part = key.rect.intersection(bounds)
            alpha[part.slices(bounds)] = values[part.slices(key.rect)] > 0
        painted = bounds_of(alpha).translated(bounds.x, bounds.y)
        if painted.is_empty:
            return super().finish()
        near = painted.expanded(_RING_PX).intersection(bounds)
        difference = self._difference(near, alpha[near.slices(bounds)])
        if difference is None:
            return super().finish()
        for wet in self._wet_tiles():
            part = wet.key.rect.intersection(near)
            if wet.colors is not None and not part.is_empty:
                colors = wet.colors.copy()
                target = colors[part.slices(wet.key.rect)]
                moved = target[..., :-1] + difference.on(part.translated(-near.x, -near.y))
                has_color = target[..., -1:] > 0
                target[..., :-1] = np.rint(np.clip(moved, 0, FULL)) * has_color
                self._recolor(wet, colors)
        return super().finish()

    def _difference(self, near: Rect, covered: NDArray[np.bool_]) -> "_Membrane | None":
        cloned = self._clone.colors(near)
        side = 2 * _RING_PX + 1
        grown = cv2.dilate(covered.view(np.uint8), np.ones((side, side), np.uint8))
        ring: NDArray[np.bool_] = (grown > 0) & ~covered & (cloned[..., -1] > 0)
        if self._is_loss is not None:
            ring &= self._is_loss(near) == 0
        if not ring.any():
            return None
        step = max(1, math.ceil(max(near.width, near.height) / _GRID))
        weight = _shrunk(ring.astype(np.float32), step)
        differs = self._ground(near).astype(np.float32) - cloned[..., :-1]
        differs *= ring[..., None]
        sums = _shrunk(differs, step).reshape(*weight.shape, -1)
        known = (sums / np.maximum(weight, np.float32(1e-6))[..., None]).astype(np.float32)
        return _Membrane(_harmonic(known, weight > 0), step)


class _Membrane:
    """A smooth difference on a grid of `step` pixels."""

    def __init__(self, values: F32, step: int) -> None:
        self._values = values
        self._step = step

    def on(self, rect: Rect) -> F32:
        """Return (h, w, C) of a rectangle counted from the grid's corner."""
        shrink = 1 / self._step
        shift = shrink / 2 - 0.5
        matrix = np.array(
            [[shrink, 0, rect.x * shrink + shift], [0, shrink, rect.y * shrink + shift]]
        )
        out = cv2.warpAffine(
            self._values,
            matrix,
            (rect.width, rect.height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(out, np.float32).reshape(rect.height, rect.width, -1)


def _harmonic(known: F32, is_known: NDArray[np.bool_]) -> F32:
    """Fill (h, w, C) where it is not known: from coarse to fine, relaxed at each level."""
    height, width = is_known.shape
    if is_known.all() or min(height, width) <= 2:
        mean = known[is_known].mean(0)
        return np.where(is_known[..., None], known, mean).astype(np.float32)
    weight = _shrunk(is_known.astype(np.float32), 2)
    values = known * is_known[..., None]
    coarse = _shrunk(values, 2).reshape(*weight.shape, -1)
    coarse /= np.maximum(weight, np.float32(1e-6))[..., None]
    coarse = _harmonic(coarse, weight > 0)
    finer = cv2.resize(coarse, (2 * weight.shape[1], 2 * weight.shape[0]))
    finer = finer.reshape(2 * weight.shape[0], 2 * weight.shape[1], -1)[:height, :width]
    # Multiplied by masks laid out in full: picking by a mask takes ten times as long.
    hole = np.repeat(~is_known[..., None], known.shape[2], axis=2).astype(np.float32)
    fixed = known * (1 - hole)
    filled: F32 = finer * hole + fixed
    for _ in range(_JACOBI_STEPS):
        relaxed = cv2.filter2D(filled, -1, _NEIGHBOURS, borderType=cv2.BORDER_REPLICATE)
        filled = relaxed.reshape(filled.shape)
        filled *= hole
        filled += fixed
    return filled


def _shrunk(values: F32, step: int) -> F32:
    """Return the mean of each block of step × step, the last ones filled up with zeros."""
    if step == 1:
        return values
    height, width = values.shape[:2]
    rows, columns = -(-height // step), -(-width // step)
    padded = cv2.copyMakeBorder(
        values, 0, rows * step - height, 0, columns * step - width, cv2.BORDER_CONSTANT, value=0
    )
    shrunk = cv2.resize(padded, (columns, rows), interpolation=cv2.INTER_AREA)
    return np.asarray(shrunk, np.float32)
