"""What a hundred and forty years do to a picture: craquelure, losses, varnish, raking light."""

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from field import F32, Random, fractal
from numpy.typing import NDArray
from pigments import mixed

U8 = NDArray[np.uint8]
Polygon = NDArray[np.float64]

# Cracks at least this wide (px) are worth filling, so the mask marks them.
MARKED_CRACK_PX = 2.4
# Both raised rims of a crack together; a fill between them would leave them standing.
CUPPED_RIM_PX = 9
SUBPIXEL_BITS = 4
# Where paint has flaked: x and y as parts of the picture, radius in px.
LOSSES = (
    (0.672, 0.238, 66),
    (0.205, 0.640, 44),
    (0.548, 0.592, 40),
    (0.825, 0.868, 46),
    (0.415, 0.395, 28),
    (0.905, 0.330, 34),
    (0.735, 0.548, 27),
    (0.098, 0.300, 36),
    (0.590, 0.905, 26),
    (0.345, 0.800, 34),
    (0.962, 0.690, 30),
    (0.465, 0.085, 38),
    (0.250, 0.225, 24),
    (0.705, 0.745, 20),
    (0.130, 0.930, 28),
    (0.880, 0.105, 24),
)


@dataclass(frozen=True)
class Crack:
    """A line of points (n, 2) in pixels with the width it has gaped to."""

    points: Polygon
    width: float


@dataclass(frozen=True)
class Damage:
    """All (h, w). cracks: 0..1 how open; marked: 0 or 255; loss: 0..1; bare: 0..1 canvas shows."""

    cracks: F32
    marked_cracks: U8
    loss: F32
    bare: F32


def damaged(colour: F32, rng: Random) -> Damage:
    """Crack the paint and let some islands between the cracks fall."""
    height, width = colour.shape[:2]
    wander = np.dstack([fractal(height, width, cells, rng, 4) for cells in (9, 9)]) * 12.0
    wander += np.dstack([fractal(height, width, cells, rng, 3) for cells in (60, 60)]) * 2.2
    tension = 1.0 + 0.45 * fractal(height, width, 3, rng, 2)
    cells, cracks = _split(height, width, tension, rng)
    fade = fractal(height, width, 5, rng, 3)
    lines, marked = _drawn(cracks, wander, fade, rng)
    loss = _fallen(cells, wander, (height, width), rng)
    deep = cv2.distanceTransform((loss > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    ragged = 9 * fractal(height, width, 22, rng, 4)
    bare = np.clip((deep + ragged - 17) / 5, 0, 1).astype(np.float32)
    return Damage(lines * (1 - loss), marked, loss, bare * loss)


def _split(height: int, width: int, tension: F32, rng: Random) -> tuple[list[Polygon], list[Crack]]:
    """Split the picture again and again, as paint splits: each crack ends on an older one."""
    margin = 60.0
    right, bottom = width + margin, height + margin
    whole = np.array([(-margin, -margin), (right, -margin), (right, bottom), (-margin, bottom)])
    waiting, cells, cracks = [(whole, 0)], [], []
    while waiting:
        polygon, generation = waiting.pop()
        area = cv2.contourArea(polygon.astype(np.float32))
        middle = polygon.mean(axis=0)
        row, column = (
            int(np.clip(middle[1], 0, height - 1)),
            int(np.clip(middle[0], 0, width - 1)),
        )
        if area < 4200 * np.clip(tension[row, column], 0.35, 2.2) * rng.uniform(0.6, 1.5):
            cells.append(polygon)
            continue
        one, two, cut = _halved(polygon, rng)
        # Few cracks gape; all others stay hair-thin and are left to the picture's age.
        is_wide = generation in (3, 4, 5) and rng.random() < 0.22
        width_px = rng.uniform(2.7, 4.0) if is_wide else rng.uniform(0.6, 1.35)
        cracks.append(Crack(cut, width_px))
        waiting += [(one, generation + 1), (two, generation + 1)]
    return cells, cracks


def _halved(polygon: Polygon, rng: Random) -> tuple[Polygon, Polygon, Polygon]:
    """Cut a convex polygon across its longer extent, near the middle."""
    centred = polygon - polygon.mean(axis=0)
    _, _, axes = np.linalg.svd(centred)
    turn = rng.normal(0, 0.30)
    along = np.array([np.cos(turn) * axes[0, 0] - np.sin(turn) * axes[0, 1],
                      np.sin(turn) * axes[0, 0] + np.cos(turn) * axes[0, 1]])  # fmt: skip
    reach = centred @ along
    at = reach.min() + np.ptp(reach) * rng.uniform(0.36, 0.64)
    side = reach - at
    one, two, cut = [], [], []
    for i in range(len(polygon)):
        j = (i + 1) % len(polygon)
        (one if side[i] < 0 else two).append(polygon[i])
        if (side[i] < 0) != (side[j] < 0):
            t = side[i] / (side[i] - side[j])
            point = polygon[i] + t * (polygon[j] - polygon[i])
            one.append(point)
            two.append(point)
            cut.append(point)
    return np.array(one), np.array(two), np.array(cut)


def _wandering(points: Polygon, wander: F32, is_closed: bool) -> Polygon:
    """Return the line resampled every 5 px and displaced by the field that bends all cracks."""
    if is_closed:
        points = np.vstack([points, points[:1]])
    pieces = []
    for start, end in pairwise(points):
        steps = max(2, int(np.hypot(*(end - start)) / 5))
        pieces.append(start + np.linspace(0, 1, steps, endpoint=False)[:, None] * (end - start))
    line = np.vstack([*pieces, points[-1:]])
    height, width = wander.shape[:2]
    rows = np.clip(line[:, 1], 0, height - 1).astype(int)
    columns = np.clip(line[:, 0], 0, width - 1).astype(int)
    return line + wander[rows, columns]


def _drawn(cracks: list[Crack], wander: F32, fade: F32, rng: Random) -> tuple[F32, U8]:
    """Return how open the cracks are (0..1), and the wide ones drawn alone (0 or 255)."""
    height, width = fade.shape
    lines = np.zeros((height * 2, width * 2), np.uint8)
    marked = np.zeros((height, width), np.uint8)
    for crack in cracks:
        line = _wandering(crack.points, wander, is_closed=False)
        taper = rng.uniform(0, 0.5)
        for i in range(len(line) - 1):
            row = int(np.clip(line[i, 1], 0, height - 1))
            column = int(np.clip(line[i, 0], 0, width - 1))
            far = 1 - i / len(line)
            wide = crack.width * min(1.0, 0.25 + far / max(taper, 0.05))
            if crack.width < MARKED_CRACK_PX:
                wide *= np.clip(0.78 + 0.34 * fade[row, column], 0.18, 1.2)
            ends = np.round(line[i : i + 2] * 2 * 2**SUBPIXEL_BITS).astype(np.int32)
            strength = int(255 * min(1.0, 0.62 * wide))
            thickness = max(1, round(2 * wide * rng.uniform(0.8, 1.2)))
            cv2.line(lines, *map(tuple, ends.tolist()), strength, thickness, cv2.LINE_AA,
                     SUBPIXEL_BITS)  # fmt: skip
            if crack.width >= MARKED_CRACK_PX:
                ends = np.round(line[i : i + 2]).astype(np.int32)
                cv2.line(marked, *map(tuple, ends.tolist()), 255, round(wide) + CUPPED_RIM_PX)
    small = cv2.resize(lines, (width, height), interpolation=cv2.INTER_AREA)
    return (small / 255.0).astype(np.float32), marked


def _fallen(cells: list[Polygon], wander: F32, shape: tuple[int, int], rng: Random) -> F32:
    """Return 0..1 where paint has flaked off: whole islands, their corners, and the edges."""
    height, width = shape
    rough = 3.2 * fractal(height, width, 55, rng, 4)
    fallen = np.full(shape, -99.0, np.float32)
    middles = np.array([cell.mean(axis=0) for cell in cells])
    for x, y, radius in LOSSES:
        near = np.argsort(np.hypot(*(middles - (x * width, y * height)).T))[:14]
        outlines = [_wandering(cells[index], wander, is_closed=True) for index in near]
        _flake(fallen, outlines, (x * width, y * height, radius), rng)
    for cell in (cells[i] for i in rng.permutation(len(cells))[:85]):
        corner = cell[rng.integers(len(cell))]
        flake = corner + (cell - corner) * rng.uniform(0.14, 0.42)
        _drop(fallen, _wandering(flake, wander, is_closed=True), 0.5)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    rim = np.minimum(np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y))
    worn = 4.5 * (fractal(height, width, 12, rng, 4) - 1.5)
    fallen = np.maximum(fallen, worn - rim)
    return np.clip(fallen + 0.55 * rough + 0.5, 0, 1).astype(np.float32)


def _flake(
    fallen: F32, islands: list[Polygon], where: tuple[float, float, float], rng: Random
) -> None:
    """Let the islands within a ragged blob fall; its rim follows cracks where they are near."""
    x, y, radius = where
    reach = int(radius * 2.2)
    left, top = max(0, int(x) - reach), max(0, int(y) - reach)
    window = fallen[top : int(y) + reach, left : int(x) + reach]
    rows, columns = np.mgrid[0 : window.shape[0], 0 : window.shape[1]].astype(np.float32)
    noise = fractal(*window.shape, 5, rng, 4)
    away = np.hypot((columns + left - x) * rng.uniform(0.7, 1), (rows + top - y))
    blob = away < radius * (0.92 + 0.30 * noise)
    inside = np.zeros(window.shape, np.uint8)
    for island in islands:
        shape = np.zeros(window.shape, np.uint8)
        cv2.fillPoly(shape, [np.round(island - (left, top)).astype(np.int32)], 1)
        if (shape & blob).sum() > 0.12 * blob.sum():
            inside |= cv2.dilate(shape & blob, np.ones((5, 5), np.uint8))
    _raise(window, inside, 0.0)


def _drop(fallen: F32, outline: Polygon, margin: float) -> None:
    """Raise `fallen` to the distance (px) inside an outline, negative outside."""
    height, width = fallen.shape
    left, top = np.maximum(outline.min(axis=0).astype(int) - 16, 0)
    right, bottom = np.minimum(outline.max(axis=0).astype(int) + 16, (width, height))
    if left < right and top < bottom:
        inside = np.zeros((bottom - top, right - left), np.uint8)
        cv2.fillPoly(inside, [np.round(outline - (left, top)).astype(np.int32)], 1)
        _raise(fallen[top:bottom, left:right], inside, margin)


def _raise(window: F32, inside: U8, margin: float) -> None:
    distance = cv2.distanceTransform(inside, cv2.DIST_L2, 5)
    distance -= cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    np.maximum(window, distance - margin, out=window)


def weave(height: int, width: int, rng: Random) -> F32:
    """Return the relief of a plain-woven linen of about 14 threads per cm at 300 dpi."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x = x + 1.3 * fractal(height, width, 7, rng, 3)
    y = y + 1.3 * fractal(height, width, 7, rng, 3)
    warp, weft = np.sin(x * (2 * np.pi / 8.4)), np.sin(y * (2 * np.pi / 8.0))
    over = warp * weft
    thread = np.maximum(np.abs(warp) * (over > 0), np.abs(weft) * (over <= 0))
    slub = 1 + 0.25 * fractal(height, width, 30, rng, 2)
    return cv2.GaussianBlur((thread * slub).astype(np.float32), (0, 0), 1.0)


def aged(colour: F32, relief: F32, damage: Damage, rng: Random) -> F32:
    """Return the painting as it looks today under light from the upper left, sRGB-encoded."""
    height, width = relief.shape
    linen = weave(height, width, rng)
    away = cv2.distanceTransform((damage.cracks < 0.35).astype(np.uint8), cv2.DIST_L2, 5)
    cupping = 0.55 * np.exp(-away / 7)
    paint = relief + 0.30 * linen * np.exp(-relief / 0.5) + cupping - 1.5 * damage.cracks
    ground = -2.6 + 0.10 * linen + damage.bare * (0.55 * linen - 0.5)
    surface = paint + damage.loss * (ground - paint)
    surface = cv2.GaussianBlur(surface, (0, 0), 0.8)
    ground_colour = mixed(lead_white=4, naples_yellow=2, yellow_ochre=2.6)
    linen_colour = mixed(raw_sienna=2, lead_white=3, yellow_ochre=1, burnt_umber=0.8)
    mottled = (1 + 0.035 * fractal(height, width, 40, rng, 4))[..., None]
    under = (ground_colour + damage.bare[..., None] * (linen_colour - ground_colour)) * mottled
    dirt = mixed(burnt_umber=3, bone_black=2)
    present = colour + 0.80 * damage.cracks[..., None] * (dirt - colour)
    present = present + damage.loss[..., None] * (under - present)
    grime = cv2.GaussianBlur(surface, (0, 0), 5) - surface
    present = present * (1 - 0.035 * np.clip(grime, 0, 1.5))[..., None]
    lit = _raked(present, surface)
    old = 1 + 0.16 * fractal(height, width, 2.5, rng, 3)
    varnish = np.array([0.985, 0.957, 0.880], np.float32) ** old[..., None]
    return np.asarray(lit * (1 - (1 - varnish) * (1 - 0.7 * damage.loss[..., None])), np.float32)


def _raked(colour: F32, surface: F32) -> F32:
    """Light a relief from the upper left, with a little gloss on steep ridges."""
    steep_x, steep_y = (
        cv2.Sobel(surface, -1, 1, 0, scale=0.25),
        cv2.Sobel(surface, -1, 0, 1, scale=0.25),
    )
    toward = (steep_x + steep_y) / np.sqrt(1 + steep_x**2 + steep_y**2)
    shade = 1 + 0.17 * np.tanh(1.5 * toward)
    gloss = 0.06 * np.clip(toward - 0.22, 0, 0.6)
    return np.asarray(colour * shade[..., None] + gloss[..., None], np.float32)
