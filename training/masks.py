"""Holes to train and to measure with: drawn with NumPy and OpenCV from a given random generator.

A mask is uint8 (height, width), 1 = hole. Sizes are in pixels at native resolution.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.inpainting.card import MASK_KINDS

Mask = NDArray[np.uint8]
Random = np.random.Generator

EVALUATION_SEED = 20_261
# Smaller components of the binarised craquelure are noise of the threshold. (A 3x3 opening would
# take the cracks too: most are 1-2 px wide.)
_MIN_CRACK_AREA_PX = 30
_TRIES = 30


def craquelure_bank(folder: Path | None, first: int | None = None, skip: int = 0) -> list[Mask]:
    """Read real craquelure (white = crack) by file name order, without its salt and pepper.

    folder None gives an empty bank: drawn cracks then stand in for real ones.
    Raises FileNotFoundError if the folder holds no readable PNG in that range.
    """
    if folder is None:
        return []
    paths = sorted(folder.glob("*.png"))[skip:]
    bank = [_despeckled(path) for path in paths[:first]]
    if not any(mask.any() for mask in bank):
        raise FileNotFoundError(f"There is no craquelure (PNG files) in {folder}.")
    return [mask for mask in bank if mask.any()]


def training_mask(
    size: int,
    rng: Random,
    bank: Sequence[Mask],
    weights: Mapping[str, float],
    max_ratio: float,
    layers: int = 1,
) -> Mask:
    """Draw one training mask of size x size; its hole ratio is in (0, max_ratio].

    weights maps names of DRAWERS to relative frequencies. One to `layers` draws lie over each
    other (cracks run through flakes, and more holes teach more per crop); a draw that would
    exceed max_ratio is left out. If none fits, one line crack or at last a single pixel stands in.
    Raises ValueError for a drawer there is not.
    """
    if unknown := sorted(set(weights) - set(DRAWERS)):
        raise ValueError(f"There is no drawer of masks “{unknown[0]}”.")
    names = sorted(weights)
    shares = np.array([weights[name] for name in names], dtype=np.float64)
    mask = np.zeros((size, size), np.uint8)
    for choice in rng.choice(len(names), size=rng.integers(1, layers + 1), p=shares / shares.sum()):
        more = mask | DRAWERS[names[choice]](size, rng, bank)
        if float(more.mean()) <= max_ratio:
            mask = more
    for _ in range(_TRIES):
        if mask.any():
            return mask
        thin = lines(size, rng, (1, 2), (1, 2))
        mask = thin if float(thin.mean()) <= max_ratio else mask
    mask[size // 2, size // 2] = 1
    return mask


def evaluation_mask(kind: str, size: int, index: int, bank: Sequence[Mask]) -> Mask:
    """Return the fixed mask number `index` of a kind (MASK_KINDS), size x size, never empty.

    The same kind, size, index and bank give the same mask on every machine. Squares keep their
    side in pixels (at most half the picture's side). Raises ValueError for an unknown kind, and
    for kind K without a bank.
    """
    if kind not in MASK_KINDS:
        raise ValueError(f"There is no mask kind “{kind}”; there are: {', '.join(MASK_KINDS)}.")
    if kind == "K" and not bank:
        raise ValueError("Mask kind K needs real craquelure; give its folder with --craquelure.")
    rng = np.random.default_rng([EVALUATION_SEED, MASK_KINDS.index(kind), size, index])
    for _ in range(_TRIES):
        mask = _evaluation_draw(kind, size, rng, bank)
        if mask.any():
            return mask
    raise ValueError(f"No mask of kind {kind} could be drawn at {size} px.")


def lines(size: int, rng: Random, widths: tuple[int, int], count: tuple[int, int]) -> Mask:
    """Draw wandering cracks with branches; widths and count are inclusive ranges."""
    mask = np.zeros((size, size), np.uint8)
    for _ in range(int(rng.integers(count[0], count[1] + 1))):
        # Squared, so that thin cracks are the most frequent.
        spread = (widths[1] - widths[0] + 1) * rng.random() ** 2
        _wander(mask, rng, widths[0] + int(spread), segments=int(rng.integers(6, 26)))
    return mask


def blobs(size: int, rng: Random, radii: tuple[float, float], count: tuple[int, int]) -> Mask:
    """Draw ragged flakes of the given radii."""
    mask = np.zeros((size, size), np.uint8)
    for _ in range(int(rng.integers(count[0], count[1] + 1))):
        corners = int(rng.integers(6, 12))
        angles = np.sort(rng.uniform(0, 2 * math.pi, corners))
        reach = rng.uniform(*radii) * rng.uniform(0.5, 1.25, corners)
        x, y = rng.uniform(0, size, 2)
        outline = np.stack([x + reach * np.cos(angles), y + reach * np.sin(angles)], axis=1)
        cv2.fillPoly(mask, [outline.astype(np.int32)], 1)
    return mask


def strokes(size: int, rng: Random, widths: tuple[int, int], ratio: tuple[float, float]) -> Mask:
    """Draw free-form brush strokes until the hole ratio lies in the given range."""
    mask = np.zeros((size, size), np.uint8)
    goal = rng.uniform(*ratio)
    for _ in range(400):
        if float(mask.mean()) >= goal:
            break
        longer = mask.copy()
        _stroke(longer, rng, widths)
        if float(longer.mean()) <= ratio[1]:
            mask = longer
    return mask


def square(size: int, rng: Random, sides: tuple[int, int]) -> Mask:
    """Draw one square wholly inside, its side an integer of the inclusive range."""
    side = min(int(rng.integers(sides[0], sides[1] + 1)), size // 2)
    mask = np.zeros((size, size), np.uint8)
    y, x = rng.integers(0, size - side + 1, 2)
    mask[y : y + side, x : x + side] = 1
    return mask


def rectangle(size: int, rng: Random, sides: tuple[int, int]) -> Mask:
    """Draw one rectangle wholly inside, each side an integer of the inclusive range."""
    height, width = (min(int(side), size) for side in rng.integers(sides[0], sides[1] + 1, 2))
    mask = np.zeros((size, size), np.uint8)
    y, x = int(rng.integers(size - height + 1)), int(rng.integers(size - width + 1))
    mask[y : y + height, x : x + width] = 1
    return mask


def random_lines(size: int, rng: Random, widths: tuple[int, int], count: tuple[int, int]) -> Mask:
    """Draw straight lines from anywhere to anywhere; both ranges are inclusive."""
    mask = np.zeros((size, size), np.uint8)
    for _ in range(int(rng.integers(count[0], count[1] + 1))):
        x, y, to_x, to_y = (int(value) for value in rng.integers(0, size, 4))
        width = int(rng.integers(widths[0], widths[1] + 1))
        cv2.line(mask, (x, y), (to_x, to_y), 1, width)
    return mask


def irregular(size: int, rng: Random) -> Mask:
    """Draw strokes and ellipses of all widths, as Liu et al. 2018 train with: 1-50 % of it."""
    mask = strokes(size, rng, (3, 40), (0.01, 0.5))
    for _ in range(int(rng.integers(0, 4))):
        x, y, a, b = (int(value) for value in rng.integers(2, (size, size, size // 8, size // 8)))
        more = mask.copy()
        cv2.ellipse(more, (x, y), (a, b), float(rng.uniform(0, 180)), 0, 360, 1, -1)
        if float(more.mean()) <= 0.5:
            mask = more
    return mask


def shapes(size: int, rng: Random) -> Mask:
    """Draw one to three rectangles, circles or ellipses."""
    mask = np.zeros((size, size), np.uint8)
    for _ in range(int(rng.integers(1, 4))):
        x, y = (int(value) for value in rng.integers(0, size, 2))
        a, b = (int(value) for value in rng.integers(max(2, size // 24), max(3, size // 8), 2))
        match int(rng.integers(3)):
            case 0:
                cv2.rectangle(mask, (x - a, y - b), (x + a, y + b), 1, -1)
            case 1:
                cv2.circle(mask, (x, y), a, 1, -1)
            case _:
                turn = float(rng.uniform(0, 180))
                cv2.ellipse(mask, (x, y), (a, b), turn, 0, 360, 1, -1)
    return mask


def craquelure(size: int, rng: Random, bank: Sequence[Mask]) -> Mask:
    """Cut real craquelure: turned, scaled 0.7-1.6, then thinned, kept or dilated.

    Without a bank, line cracks are drawn instead.
    """
    if not bank:
        return lines(size, rng, (1, 6), (2, 6))
    whole = np.rot90(bank[int(rng.integers(len(bank)))], int(rng.integers(4)))
    if rng.random() < 0.5:
        whole = whole[:, ::-1]
    scale = max(rng.uniform(0.7, 1.6), size / min(whole.shape))
    height, width = (max(size, round(side * scale)) for side in whole.shape)
    grey = cv2.resize(whole * np.uint8(255), (width, height), interpolation=cv2.INTER_LINEAR)
    y, x = int(rng.integers(height - size + 1)), int(rng.integers(width - size + 1))
    # A low threshold dilates by part of a pixel, a high one thins.
    threshold = rng.uniform(60, 200)
    mask = (grey[y : y + size, x : x + size] > threshold).astype(np.uint8)
    if rng.random() < 0.3:
        mask = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    return np.asarray(mask, np.uint8)


def _border(size: int, rng: Random) -> Mask:
    depth, length = (int(value) for value in rng.integers(2, max(3, size // 6), 2))
    start = int(rng.integers(0, size - length + 1))
    mask = np.zeros((size, size), np.uint8)
    mask[:depth, start : start + length] = 1
    return np.ascontiguousarray(np.rot90(mask, int(rng.integers(4))))


def _line(size: int, rng: Random, bank: Sequence[Mask]) -> Mask:
    return lines(size, rng, (1, 6), (2, 6))


# The kinds of the training mix ("mix-A"), then those of the reports; recipes give each a share.
DRAWERS: Mapping[str, Callable[[int, Random, Sequence[Mask]], Mask]] = {
    "line": _line,
    "craquelure": craquelure,
    "blob": lambda size, rng, bank: blobs(size, rng, (2, 16), (2, 8)),
    "stroke": lambda size, rng, bank: strokes(size, rng, (8, 40), (0.02, 0.4)),
    "square": lambda size, rng, bank: square(size, rng, (32, 112)),
    "shape": lambda size, rng, bank: shapes(size, rng),
    "border": lambda size, rng, bank: _border(size, rng),
    # art-recovery: 96-128 px of 256.
    "large-square": lambda size, rng, bank: square(size, rng, (size * 3 // 8, size // 2)),
    "irregular": lambda size, rng, bank: irregular(size, rng),
    # irregular-lines §4.2.
    "random-line": lambda size, rng, bank: random_lines(size, rng, (1, 8), (5, 20)),
    # landscape-gan: 20 x 20 to 25 x 25 px of 64.
    "rectangle": lambda size, rng, bank: rectangle(size, rng, (20, 25)),
    # inpainting-gan-notebook.
    "one-rectangle": lambda size, rng, bank: rectangle(size, rng, (size // 8, size // 2)),
}


def _evaluation_draw(kind: str, size: int, rng: Random, bank: Sequence[Mask]) -> Mask:
    if kind == "L":
        return lines(size, rng, (1, 4), (3, 7))
    if kind == "B":
        return blobs(size, rng, (2, 12), (4, 16))
    if kind == "K":
        return craquelure(size, rng, bank)
    if kind == "C":
        return shapes(size, rng)
    if kind.startswith("S"):
        side = int(kind[1:])
        return square(size, rng, (side, side))
    step = int(kind[1:])
    return strokes(size, rng, (8, 40), (max(0.01, 0.1 * (step - 1)), 0.1 * step))


def _wander(mask: Mask, rng: Random, width: int, segments: int) -> None:
    x, y = rng.uniform(0, mask.shape[0], 2)
    angle, step = rng.uniform(0, 2 * math.pi), rng.uniform(4, 14)
    for _ in range(segments):
        angle += rng.normal(0, 0.35)
        x, y = _segment(mask, x, y, angle, step, width)
        if rng.random() < 0.08:
            branch = (x, y)
            bend = angle + float(rng.choice([-1, 1])) * rng.uniform(0.5, 1.3)
            for _ in range(int(rng.integers(3, 9))):
                bend += rng.normal(0, 0.3)
                branch = _segment(mask, *branch, bend, step, max(1, width - 1))


def _stroke(mask: Mask, rng: Random, widths: tuple[int, int]) -> None:
    x, y = rng.uniform(0, mask.shape[0], 2)
    angle = rng.uniform(0, 2 * math.pi)
    width = int(rng.integers(widths[0], widths[1] + 1))
    for _ in range(int(rng.integers(1, 6))):
        angle += rng.normal(0, 1)
        x, y = _segment(mask, x, y, angle, rng.uniform(10, 60), width)


def _segment(
    mask: Mask, x: float, y: float, angle: float, length: float, width: int
) -> tuple[float, float]:
    end = (x + length * math.cos(angle), y + length * math.sin(angle))
    cv2.line(mask, (int(x), int(y)), (int(end[0]), int(end[1])), 1, width)
    return end


def _despeckled(path: Path) -> Mask:
    grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        return np.zeros((1, 1), np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats((grey > 127).astype(np.uint8))
    keep = stats[:, cv2.CC_STAT_AREA] >= _MIN_CRACK_AREA_PX
    keep[0] = False
    return np.asarray(keep[labels], np.uint8)
