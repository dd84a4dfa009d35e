"""Oil paint: bristle strokes laid one over another, with the relief they leave."""

from dataclasses import dataclass

import cv2
import numpy as np
from field import F32, Random

TEMPLATES = 14
TEMPLATE_SIZES = ((256, 64), (128, 32), (64, 16), (32, 8))  # length, width: one per brush size


@dataclass(frozen=True)
class Strokes:
    """Many strokes as columns of equal length, in the order they are laid.

    x, y: middle in pixels; angle in radians; bend: curvature in 1/px; colour and streak:
    (n, 3), the two paints on the brush; body: how thickly the paint stands.
    """

    x: F32
    y: F32
    angle: F32
    bend: F32
    length: F32
    width: F32
    colour: F32
    streak: F32
    body: F32


class Canvas:
    """Wet paint: `colour` (h, w, 3) sRGB-encoded and `relief` (h, w), both painted in place."""

    def __init__(self, height: int, width: int, ground: F32, rng: Random) -> None:
        self.colour = np.empty((height, width, 3), np.float32)
        self.colour[...] = ground
        self.relief = np.zeros((height, width), np.float32)
        self._templates = [_bristles(rng) for _ in range(TEMPLATES)]
        self._rng = rng

    def lay(self, strokes: Strokes) -> None:
        """Lay all strokes, one after another."""
        picks = self._rng.integers(0, TEMPLATES, len(strokes.x))
        for i, pick in enumerate(picks):
            self._stroke(strokes, i, self._templates[pick])

    def _stroke(self, strokes: Strokes, i: int, bristles: list[F32]) -> None:
        length, width = float(strokes.length[i]), float(strokes.width[i])
        x, y, bend = float(strokes.x[i]), float(strokes.y[i]), float(strokes.bend[i])
        cos, sin = np.float32(np.cos(strokes.angle[i])), np.float32(np.sin(strokes.angle[i]))
        thick = width / 2 + abs(bend) * length**2 / 8
        reach_x = abs(cos) * length / 2 + abs(sin) * thick + 1
        reach_y = abs(sin) * length / 2 + abs(cos) * thick + 1
        rows, columns = self.relief.shape
        top, bottom = max(0, int(y - reach_y)), min(rows, int(y + reach_y) + 2)
        left, right = max(0, int(x - reach_x)), min(columns, int(x + reach_x) + 2)
        if top >= bottom or left >= right:
            return
        dx = np.arange(left, right, dtype=np.float32)[None] - np.float32(x)
        dy = np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(y)
        along = dx * cos + dy * sin
        across = dy * cos - dx * sin - np.float32(bend / 2) * along * along
        template = bristles[_template_index(width)]
        high, wide = template.shape[:2]
        u = (along / np.float32(length) + 0.5) * (wide - 1)
        v = (across / np.float32(width) + 0.5) * (high - 1)
        laid = cv2.remap(template, u, v, cv2.INTER_LINEAR, borderValue=(0, 0, 0))
        cover, ridge, streak = laid[..., :1], laid[..., 1], laid[..., 2:]
        window = (slice(top, bottom), slice(left, right))
        paint = strokes.colour[i] + streak * (strokes.streak[i] - strokes.colour[i])
        under = self.colour[window]
        under += cover * (paint - under)
        relief = self.relief[window]
        relief += cover[..., 0] * (ridge * strokes.body[i] - 0.7 * relief)


def _template_index(width: float) -> int:
    for index, (_, size) in enumerate(TEMPLATE_SIZES):
        if width > size * 0.7:
            return index
    return len(TEMPLATE_SIZES) - 1


def _bristles(rng: Random) -> list[F32]:
    """Return one stroke's print in all sizes: (w, l, 3) of cover, ridge and streak, 0..1."""
    length, width = TEMPLATE_SIZES[0]
    u = np.linspace(0, 1, length, dtype=np.float32)[None]
    v = np.linspace(-1, 1, width, dtype=np.float32)[:, None]
    hairs = rng.standard_normal((width + 4, 7)).astype(np.float32)
    hairs = cv2.GaussianBlur(hairs, (0, 0), sigmaX=1.2, sigmaY=0.9)
    hairs = cv2.resize(hairs[2:-2], (length, width), interpolation=cv2.INTER_CUBIC)
    hairs /= hairs.std()
    start = 0.07 + 0.05 * rng.standard_normal((width, 1)) + 0.05 * v**2
    end = 0.90 + 0.07 * rng.standard_normal((width, 1)) - 0.12 * v**2
    start, end = (cv2.GaussianBlur(edge.astype(np.float32), (1, 5), 1.1) for edge in (start, end))
    body = np.clip((u - start) / 0.05, 0, 1) * np.clip((end - u) / 0.10, 0, 1)
    body *= np.clip((1 - np.abs(v) + 0.05 * hairs) / 0.14, 0, 1)
    dryness = np.clip((hairs + 2.0 - 1.9 * u**1.5) / 0.7, 0, 1)
    cover = (body * (0.25 + 0.75 * dryness)).astype(np.float32)
    ridge = 0.50 + 0.20 * hairs + 0.35 * np.exp(-(((1 - np.abs(v)) - 0.12) ** 2) / 0.008)
    ridge = ridge + 0.5 * np.exp(-((u - end + 0.06) ** 2) / 0.003)
    streak = np.clip(0.5 + 0.42 * hairs, 0, 1)
    template = np.dstack([cover, ridge * body, streak]).astype(np.float32)
    smaller = (cv2.resize(template, s, interpolation=cv2.INTER_AREA) for s in TEMPLATE_SIZES[1:])
    return [template, *smaller]


def from_fields(
    colour: F32,
    flow: F32,
    at: tuple[F32, F32],
    size: tuple[float, float],
    rng: Random,
    vivid: float,
) -> Strokes:
    """Return strokes at pixel positions that take colour and direction from the fields.

    size: length and width in px, varied by a third; vivid: how far the two paints differ.
    """
    x, y = at
    rows, columns = flow.shape
    row, column = np.clip(y, 0, rows - 1).astype(int), np.clip(x, 0, columns - 1).astype(int)
    n = len(x)
    angle = flow[row, column] + rng.normal(0, 0.13, n)
    step = size[0] / 3
    ahead = (
        np.clip(y + step * np.sin(angle), 0, rows - 1).astype(int),
        np.clip(x + step * np.cos(angle), 0, columns - 1).astype(int),
    )
    turn = (flow[ahead] - angle + np.pi / 2) % np.pi - np.pi / 2
    bend = np.clip(turn / step, -0.8 / size[0], 0.8 / size[0]) + rng.normal(0, 0.10 / size[0], n)
    # Drawn to either side at random.
    is_drawn_back = rng.integers(0, 2, n)
    angle, bend = angle + np.pi * is_drawn_back, np.where(is_drawn_back, -bend, bend)
    base = colour[row, column] * (1 + rng.normal(0, 0.022 * vivid, (n, 1)))
    base = base + rng.normal(0, 0.008 * vivid, (n, 3))
    streak = base * (1 + rng.normal(0.03, 0.07 * vivid, (n, 1)))
    streak = streak + rng.normal(0, 0.022 * vivid, (n, 3))
    light = base.mean(axis=1)
    return Strokes(
        *(
            np.asarray(values, np.float32)
            for values in (
                x, y, angle, bend,
                size[0] * rng.uniform(0.7, 1.3, n), size[1] * rng.uniform(0.75, 1.25, n),
                base, streak, (0.35 + 1.1 * light**2) * rng.uniform(0.7, 1.3, n),
            )
        )
    )  # fmt: skip


def scattered(height: int, width: int, spacing: float, rng: Random) -> tuple[F32, F32]:
    """Return shuffled positions, one per `spacing`² pixels, jittered off their grid."""
    y, x = np.mgrid[0 : height + spacing : spacing, 0 : width + spacing : spacing]
    order = rng.permutation(x.size)
    jitter = rng.uniform(-0.6, 0.6, (2, x.size)) * spacing
    x, y = x.ravel()[order] + jitter[0], y.ravel()[order] + jitter[1]
    return x.astype(np.float32), y.astype(np.float32)
