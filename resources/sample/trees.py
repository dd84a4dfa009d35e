"""The trees of the motif: hedges, bushes and haystacks, poplars, and the great oak."""

from dataclasses import dataclass

import numpy as np
from field import F32, Random, Scene, laid, step
from pigments import mixed


@dataclass(frozen=True)
class Clump:
    """A ball of foliage: centre, radii and the depth order it is painted in."""

    x: float
    y: float
    radius_x: float
    radius_y: float
    shade: float


# Middle and radius of each bough's foliage, the higher ones first.
OAK_LOBES = (
    (0.205, 0.098, 0.078), (0.115, 0.150, 0.068), (0.290, 0.158, 0.070), (0.200, 0.190, 0.080),
    (0.030, 0.235, 0.078), (0.375, 0.232, 0.052), (0.125, 0.262, 0.075), (0.285, 0.270, 0.078),
    (-0.02, 0.340, 0.060), (0.405, 0.318, 0.048), (0.065, 0.355, 0.062), (0.195, 0.345, 0.074),
    (0.330, 0.366, 0.058), (0.015, 0.435, 0.042), (0.255, 0.430, 0.047), (0.110, 0.430, 0.052),
    (0.385, 0.415, 0.034),
)  # fmt: skip

# Foot, and in radius_y the height.
POPLARS = tuple(
    Clump(x, 0.583, 0.017, tall, 1.0)
    for x, tall in ((1.150, 0.235), (1.184, 0.285), (1.213, 0.325), (1.247, 0.270), (1.283, 0.340))
)


def far_trees(scene: Scene, x: F32, y: F32, rng: Random) -> None:
    """Hedges in the distance, and the poplars behind the house."""
    dark = mixed(viridian=1.6, sap_green=4, ultramarine=0.5, lead_white=1.2)
    light = mixed(sap_green=4, yellow_ochre=3, naples_yellow=1.4)
    for row, apart in ((0.516, 0.011), (0.536, 0.016)):
        for left in np.arange(-0.02, 1.36, apart):
            if rng.random() < 0.55:
                size = (row - 0.49) * rng.uniform(0.22, 0.5)
                fade = np.float32(max(0.0, 0.60 - (row - 0.5) * 13))
                hazy = dark + fade * (mixed(lead_white=3, cobalt_blue=1.6) - dark)
                at = (float(left), row + rng.uniform(-0.002, 0.004))
                _blob(scene, x, y, at, (size * 1.5, size), hazy, light * 0.92)
    straw, straw_shade = mixed(naples_yellow=4, yellow_ochre=2), mixed(raw_sienna=3, burnt_umber=1)
    for at_x, at_y, size in ((0.395, 0.588, 0.017), (0.440, 0.578, 0.013), (0.345, 0.575, 0.011)):
        _blob(scene, x, y, (at_x + size, at_y + size * 0.7), (size * 2, size * 0.3), dark, dark)
        _blob(scene, x, y, (at_x, at_y), (size, size), straw_shade, straw, 1.2)
    for at_x, at_y, size in ((1.105, 0.535, 0.042), (1.070, 0.500, 0.026), (0.860, 0.572, 0.026)):
        _blob(scene, x, y, (at_x, at_y), (size, size), dark * 0.85, light * 0.95)
    for tree in POPLARS:
        for part in np.linspace(0, 1, 9):
            width = 0.0165 * np.sin(np.pi * (0.12 + 0.80 * part)) + 0.004
            at = (tree.x + rng.uniform(-0.003, 0.003), tree.y - tree.radius_y * float(part))
            _blob(scene, x, y, at, (float(width), 0.02), dark * 0.82, light * 0.9, 1.45)


def oak(scene: Scene, x: F32, y: F32, rng: Random) -> list[Clump]:
    """The great oak on the left; its foliage is returned for the leaf strokes."""
    bark, sunny = mixed(burnt_umber=4, bone_black=1.4), mixed(raw_sienna=3, naples_yellow=2)
    limbs = (
        ((0.180, 0.56), (0.31, 0.33), 0.016), ((0.172, 0.60), (0.04, 0.40), 0.014),
        ((0.165, 0.90), (0.160, 0.30), 0.032),
        ((0.155, 0.40), (0.21, 0.16), 0.013), ((0.27, 0.38), (0.40, 0.30), 0.009),
        ((0.150, 0.40), (0.07, 0.22), 0.010),
    )  # fmt: skip
    for start, end, thick in limbs:
        along = np.array(end) - np.array(start)
        length = float(np.hypot(*along))
        u = ((x - start[0]) * along[0] + (y - start[1]) * along[1]) / length**2
        v = (-(x - start[0]) * along[1] + (y - start[1]) * along[0]) / length
        v = v + 0.010 * np.sin(u * 5 + length * 30)
        flare = 0.9 * np.exp(-np.clip(u, 0, 1) * 14) if thick > 0.03 else 0.0
        half = thick * (1 - 0.6 * np.clip(u, 0, 1)) * (1 + flare)
        inside = step(half - np.abs(v), 0.002) * step(u + 0.02, 0.01) * step(1.02 - u, 0.01)
        lit = np.clip(0.25 + 0.75 * v / half, 0, 1)[..., None] ** 2 * 0.8
        turn = float(np.arctan2(along[1], along[0]))
        laid(scene, inside, (bark + lit * (sunny - bark)).astype(np.float32), turn, 0.7)
    dark = mixed(viridian=1.6, sap_green=3, burnt_umber=2.6, bone_black=0.8)
    light = mixed(sap_green=4, yellow_ochre=2.6, naples_yellow=1)
    clumps = []
    for at_x, at_y, size in OAK_LOBES:
        shade = 1.04 - 0.55 * (at_x - 0.02) - 0.42 * (at_y - 0.11)
        clumps.append(Clump(at_x, at_y, size * 1.12, size * 0.92, shade))
        tone = np.float32(shade * 0.9)
        radii = (size * 0.95, size * 0.80)
        _blob(scene, x, y, (at_x, at_y), radii, dark * tone, light * tone * np.float32(0.7))
    return clumps


def _blob(
    scene: Scene,
    x: F32,
    y: F32,
    at: tuple[float, float],
    radii: tuple[float, float],
    dark: F32,
    light: F32,
    flow: float = 0.6,
) -> None:
    """One ball of leaves, lit from the left and above."""
    height = x.shape[0]
    top, bottom = (round((at[1] + side * 1.3 * radii[1]) * height) for side in (-1, 1))
    left, right = (round((at[0] + side * 1.3 * radii[0]) * height) for side in (-1, 1))
    window = (slice(max(0, top), max(1, bottom)), slice(max(0, left), max(1, right)))
    part = Scene(scene.colour[window], scene.flow[window], scene.detail[window])
    u, v = (x[window] - at[0]) / radii[0], (y[window] - at[1]) / radii[1]
    reach = u * u + v * v
    ragged = 0.10 * np.sin(u * 7 + at[0] * 90) + 0.10 * np.cos(v * 8 + at[1] * 70)
    lit = np.clip(0.34 - 0.40 * u - 0.42 * v, 0, 1)[..., None]
    laid(part, step(1 - reach + ragged, 0.12), dark + lit * (light - dark), flow, 0.62)
