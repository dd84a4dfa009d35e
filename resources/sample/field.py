"""Fields of colour, brush direction and fineness, and how a shape is laid into them."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
Random = np.random.Generator


@dataclass(frozen=True)
class Scene:
    """What the painter looks at. All arrays are (h, w) or (h, w, 3) float32.

    flow: the direction of the brush in radians; detail: 0 broad … 1 the smallest strokes.
    """

    colour: F32
    flow: F32
    detail: F32


def laid(scene: Scene, mask: F32, colour: F32, flow: F32 | float, detail: float) -> None:
    """Lay a colour, a direction and a fineness where the mask (0..1) says."""
    scene.colour[...] += mask[..., None] * (colour - scene.colour)
    scene.flow[...] = np.where(mask > 0.5, flow, scene.flow)
    scene.detail[...] = np.where(mask > 0.5, detail, scene.detail)


def step(edge: F32, softness: float) -> F32:
    """Return 0 → 1 as `edge` goes from −softness to +softness."""
    t = np.clip(edge / (2 * softness) + 0.5, 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def fractal(height: int, width: int, cells: float, rng: Random, octaves: int = 5) -> F32:
    """Return smooth noise of mean 0 and deviation 1; `cells` lumps fit the height."""
    out = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        rows = max(2, round(cells * 2**octave)) + 3
        columns = max(2, round(cells * 2**octave * width / height)) + 3
        grid = rng.standard_normal((rows, columns)).astype(np.float32)
        out += cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC) * 0.55**octave
    return (out - out.mean()) / out.std()
