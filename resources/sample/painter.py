"""The painter's session: from the toned ground through broad paint to the last accents."""

from dataclasses import fields

import cv2
import numpy as np
from brushwork import Canvas, Strokes, from_fields, scattered
from field import F32, Random, Scene
from pigments import mixed
from scene import HORIZON
from trees import POPLARS, Clump

# Length and width of the brush in px, spacing of the strokes, finest detail it is used up to.
BRUSHES = (
    ((230.0, 58.0), 30.0, 0.00, 9.0),
    ((120.0, 28.0), 15.0, 0.00, 5.0),
    ((62.0, 14.0), 8.5, 0.20, 2.5),
    ((30.0, 7.0), 4.6, 0.48, 1.2),
    ((17.0, 4.0), 3.0, 0.82, 0.6),
)

# The herbs of the near bank.
GREEN = mixed(sap_green=4, yellow_ochre=1.5, viridian=0.6)
DRY = mixed(yellow_ochre=3, naples_yellow=1.5, sap_green=1.4)
DARK = mixed(sap_green=3, burnt_umber=3, bone_black=1)


def painted(scene: Scene, oak: list[Clump], height: int, rng: Random) -> Canvas:
    """Paint the scene on a toned ground at (height, height·4/3)."""
    width = height * 4 // 3
    big = Scene(*(cv2.resize(getattr(scene, f.name), (width, height)) for f in fields(Scene)))
    canvas = Canvas(height, width, mixed(yellow_ochre=3, burnt_sienna=2, lead_white=2), rng)
    edges = _edges(big)
    for size, spacing, least, blur in BRUSHES:
        colour = cv2.GaussianBlur(big.colour, (0, 0), blur)
        x, y = scattered(height, width, spacing, rng)
        row, column = np.clip(y, 0, height - 1).astype(int), np.clip(x, 0, width - 1).astype(int)
        wish = big.detail[row, column] + 0.35 * edges[row, column]
        wish = wish + rng.normal(0, 0.09, len(x))
        keep = wish >= least
        at = (x[keep], y[keep])
        canvas.lay(from_fields(colour, big.flow, at, size, rng, 0.6 if least > 0.8 else 1.0))
    _foliage(canvas, oak, height, rng)
    _poplars(canvas, height, rng)
    _bank_grass(canvas, height, rng)
    _reeds(canvas, height, rng)
    _flowers(canvas, height, rng)
    _lights(canvas, height, rng)
    return canvas


def _edges(scene: Scene) -> F32:
    """Return 0..1, how close a contour of the motif runs."""
    grey = cv2.GaussianBlur(scene.colour.mean(axis=2), (0, 0), 2)
    steep = np.hypot(cv2.Sobel(grey, -1, 1, 0), cv2.Sobel(grey, -1, 0, 1))
    steep = cv2.dilate(steep, np.ones((9, 9), np.uint8))
    return np.clip(steep / 0.25, 0, 1).astype(np.float32)


def _dabs(
    at: tuple[F32, F32],
    angle: F32,
    size: tuple[float, float],
    colour: F32,
    body: float,
    rng: Random,
) -> Strokes:
    """Return short straight strokes of given colours (n, 3)."""
    n = len(at[0])
    streak = colour * (1 + rng.normal(0.04, 0.10, (n, 1))) + rng.normal(0, 0.015, (n, 3))
    columns = (
        *at, angle, rng.normal(0, 0.35 / size[0], n), size[0] * rng.uniform(0.6, 1.4, n),
        size[1] * rng.uniform(0.7, 1.3, n), colour, streak, body * rng.uniform(0.6, 1.4, n),
    )  # fmt: skip
    return Strokes(*(np.asarray(column, np.float32) for column in columns))


def _foliage(canvas: Canvas, clumps: list[Clump], height: int, rng: Random) -> None:
    """Leaves bough by bough: the dark mass first, then half-tones, then the lit upper left."""
    ramp = np.array([
        mixed(viridian=1.2, sap_green=1.6, burnt_umber=3.4, bone_black=2.2),
        mixed(viridian=1.2, sap_green=3, burnt_umber=2.2, bone_black=0.4),
        mixed(sap_green=5, green_earth=1, yellow_ochre=0.8),
        mixed(sap_green=3, yellow_ochre=2.4, naples_yellow=0.6),
        mixed(naples_yellow=3, yellow_ochre=2.0, sap_green=1.4),
    ])  # fmt: skip
    for clump in clumps:
        count = round(1000 * clump.radius_x / 0.08)
        angle, reach = rng.uniform(0, 2 * np.pi, count), np.sqrt(rng.uniform(0, 1, count))
        reach = reach * (1 + 0.10 * np.sin(angle * 5 + clump.x * 90)) + rng.normal(0, 0.05, count)
        u, v = reach * np.cos(angle), reach * np.sin(angle)
        dome = np.sqrt(np.clip(1 - reach**2, 0, 1))
        light = 0.30 - 0.36 * u - 0.52 * v + 0.10 * dome + 0.85 * (clump.shade - 0.9)
        light = np.clip(light + rng.normal(0, 0.10, count), 0, 1)
        order = np.argsort(light + rng.normal(0, 0.14, count))
        u, v, light = u[order], v[order], light[order]
        tone = np.stack([np.interp(light * 4, np.arange(5), ramp[:, i]) for i in range(3)], axis=1)
        tone = tone * rng.uniform(0.90, 1.10, (count, 1))
        at = ((clump.x + u * clump.radius_x) * height, (clump.y + v * clump.radius_y) * height)
        turn = np.arctan2(v, u) + rng.normal(0.6, 0.5, count)
        canvas.lay(_dabs(at, turn, (21, 8), tone, 0.55, rng))


def _poplars(canvas: Canvas, height: int, rng: Random) -> None:
    dark = mixed(viridian=2, sap_green=3, burnt_umber=1.8, ultramarine=0.7)
    light = mixed(sap_green=3, yellow_ochre=2.2, naples_yellow=1.2)
    for tree in POPLARS:
        count = 380
        part = rng.uniform(0, 1, count)
        half = tree.radius_x * np.sin(np.pi * (0.12 + 0.87 * part)) ** 0.8
        half = half * (1 + 0.22 * np.sin(part * 23 + tree.x * 50)) + 0.002
        side = rng.uniform(-1, 1, count)
        at = ((tree.x + half * side) * height, (tree.y - tree.radius_y * part) * height)
        lit = 0.40 - 0.5 * side - 0.25 * np.sin(part * 23 + tree.x * 50 + 1.2)
        lit = np.clip(lit + rng.normal(0, 0.16, count), 0, 1)[:, None]
        turn = -np.pi / 2 + 0.5 * side + rng.normal(0, 0.2, count)
        canvas.lay(_dabs(at, turn, (21, 7), dark + lit * (light - dark), 0.5, rng))


def _bank_grass(canvas: Canvas, height: int, rng: Random) -> None:
    """Grass of the near bank, farther blades first."""
    count = 2600
    x, y = rng.uniform(-0.02, 0.56, count), rng.uniform(0.79, 1.0, count)
    inside = y > np.interp(x, (-0.05, 0.18, 0.34, 0.46, 0.56), (0.785, 0.81, 0.865, 0.94, 1.02))
    keep = inside & (_from_path(x, y) >= 0.030)
    x, y = x[keep], y[keep]
    order = np.argsort(y)
    x, y = x[order], y[order]
    which = rng.uniform(0, 1, (len(x), 1))
    colour = np.where(which < 0.45, DARK, np.where(which < 0.86, GREEN, DRY))
    shade = (1.1 - 1.6 * np.clip(y - 0.86, 0, 1))[:, None]
    colour = colour * rng.uniform(0.75, 1.1, (len(x), 1)) * shade
    turn = -np.pi / 2 + rng.normal(0.12, 0.32, len(x))
    canvas.lay(_dabs((x * height, y * height), turn, (44, 6), colour, 0.5, rng))


def _reeds(canvas: Canvas, height: int, rng: Random) -> None:
    for left, foot in ((0.455, 0.925), (0.50, 0.975), (0.40, 0.885), (0.545, 1.0), (0.43, 0.905)):
        n = 70
        foot_x = left + rng.normal(0, 0.014, n)
        tall = rng.uniform(0.03, 0.085, n)
        lean = rng.normal(0.10, 0.16, n)
        x, y = foot_x + lean * tall / 2, foot + rng.normal(0, 0.006, n) - tall / 2
        colour = DARK + rng.uniform(0, 1, (n, 1)) * ((DRY if left > 0.44 else GREEN) - DARK)
        at = (x * height, y * height)
        strokes = _dabs(at, -np.pi / 2 + lean, (1.0, 5), colour, 0.7, rng)
        strokes.length[:] = tall * height
        strokes.bend[:] = rng.normal(0, 0.0012, n)
        canvas.lay(strokes)


def _flowers(canvas: Canvas, height: int, rng: Random) -> None:
    white, red = mixed(lead_white=9, naples_yellow=1), mixed(vermilion=5, madder_lake=1)
    for tint, n in ((white, 46), (red, 24)):
        x, y = rng.uniform(0.02, 0.47, n), rng.uniform(0.835, 0.985, n)
        keep = y > np.interp(x, (0, 0.2, 0.34, 0.5), (0.82, 0.84, 0.90, 1.0))
        keep &= _from_path(x, y) > 0.04
        at = (x[keep] * height, y[keep] * height)
        n = len(at[0])
        colour = np.repeat(tint[None], n, 0) * rng.uniform(0.85, 1.0, (n, 1))
        canvas.lay(_dabs(at, rng.uniform(0, 3, n), (11, 8), colour, 1.5, rng))


def _from_path(x: F32, y: F32) -> F32:
    """Return how far a place of the near bank is from the middle of the path."""
    return np.abs(x - 0.30 + (y - 0.82) * 1.15)


def _lights(canvas: Canvas, height: int, rng: Random) -> None:
    """Impasto at the very end: glints on the water, cloud rims and the lit wall."""
    count = 210
    y = HORIZON + 0.075 + 0.40 * rng.uniform(0, 1, count) ** 1.3
    x = 0.68 + 0.10 * rng.standard_normal(count) + 0.10 * (y - 0.58)
    keep = (x > np.interp(y, (0.57, 0.64, 0.82, 1.0), (0.66, 0.56, 0.44, 0.57))) & (
        ~((x > 0.81) & (x < 1.01) & (y > 0.65) & (y < 0.80))
    )
    x, y = x[keep], y[keep]
    depth = y - 0.5
    colour = mixed(lead_white=6, naples_yellow=3)[None] * rng.uniform(0.90, 1.0, (len(x), 1))
    strokes = _dabs(
        (x * height, y * height), rng.normal(0, 0.04, len(x)), (1.0, 1.0), colour, 1.3, rng
    )
    strokes.length[:] = (14 + 110 * depth) * rng.uniform(0.6, 1.3, len(x))
    strokes.width[:] = 3 + 9 * depth
    strokes.bend[:] = 0
    canvas.lay(strokes)
