"""The exemplar fill: a loss pieced together from the sound paint around it, coarse to fine."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from core.image.surface import F32, U8
from core.inpainting.diffusion import smooth_fill
from core.inpainting.patch_match import I32, Places, Search, places
from core.inpainting.patch_vote import origins, voted

# Paint farther from the loss than this is not searched: time and memory follow the loss.
REACH_PX = 192
# Patches of 7 × 7 samples; smaller ones where the paint between losses is too narrow for them. On
# 16 squares of 32 px 24.2 dB and PD 0.101 against 23.9 and 0.105 with 9 × 9, on 12 of 64 px
# 20.4 dB and 0.497 against 20.5 and 0.513, for 4/5 of the time.
_RADII_PX = (3, 2, 1)
# Coarsened until the loss is no thicker than this, so that a patch sees both its edges.
_COARSEST_PX = 7.0
# At least so many sources, and half as many as targets, or a level says too little.
_MIN_SOURCES = 64
# Turns of search and vote per level, the finest first; the last number for all coarser ones. On
# 20 squares of 64 px 17.7 dB and PD 0.568; half as many 17.3 dB and 0.596, twice as many 17.9 dB
# and 0.567. Rounds of search per turn.
_ITERATIONS = (8, 12, 20, 30)
_ROUNDS = 2
# Principal components a patch is described by, found from so many patches: 24 hold 98 % of the
# variance of 7 × 7 samples.
_COMPONENTS = 24
_SAMPLED = 4000
# What a distance of the picture's whole side costs, as a difference of each sample in standard
# deviations of the picture: paint nearby is alike. On 20 squares of 64 px PD 0.596 against 0.618
# without; more than 1 gains no PD there and draws streaks into losses of 256 px.
_NEARNESS = 0.4
_BLOCK = 1 << 13
# A guided fill has its structure already: fewer turns, begun at this many halvings at most.
_GUIDED_ITERATIONS = (4, 6, 8, 10)
_GUIDED_LEVELS = 3
# What is wanted of a guided patch beside what it holds: its middle as the guide's, blurred so far
# (px), as a difference of each sample times this. On 6 losses of 24 px 0.5 gave 32.5 dB and
# PD 0.172, 1 gave 32.4 and 0.176, 2 gave 32.3 and 0.184.
_GUIDE_SIGMA_PX = 2.0
_GUIDE_WEIGHT = 0.5
# Newson et al. 2014: a patch's vote falls by this factor per pixel into the loss …
_CONFIDENCE = 1.3
_DEEPEST_PX = 64.0
# … and with its cost, measured by the 75th percentile of all costs (Wexler et al. 2007).
_PERCENTILE = 75
_FAINT = np.float32(1e-6)


@dataclass(frozen=True, eq=False)
class ExemplarFill:
    """A filled picture and where its samples come from.

    samples: (H, W, 3) float32; source_map: (H, W, 2) int32, the row and column each sample of the
    loss was taken from unchanged: always of a valid one. -1 outside the loss, and everywhere
    where no patch of sound paint was to be had and diffusion stood in.
    """

    samples: F32
    source_map: I32


def exemplar_filled(
    known: F32,
    hole: U8,
    seed: int = 0,
    guide: F32 | None = None,
    stop_if_cancelled: Callable[[], None] | None = None,
) -> ExemplarFill:
    """Fill the hole (H, W), above 0, of a picture (H, W, 3) of any range with its own samples.

    What `known` holds in the hole has no influence. The same seed gives the same fill. With a
    guide (H, W, 3), another fill, paint is looked for that resembles it, blurred a little; the
    guide's own samples appear only where no patch of sound paint is to be had.
    stop_if_cancelled: called between turns; what it raises ends the fill. After
    Wexler 2007 (coarse to fine, search and vote in turn), Barnes 2009 (the search), Newson 2014
    (weights, and the last pass that copies instead of averaging). Without any valid sample the
    result is 0.
    """
    hole = (hole > 0).astype(np.uint8)
    inside = hole[..., None] > 0
    full = None if guide is None else np.where(inside, guide, known)
    known = np.where(inside, np.float32(0), known)
    samples, found = known.copy(), np.full((*hole.shape, 2), -1, np.int32)
    if not hole.any() or hole.all():
        return ExemplarFill(samples, found)
    near = _near(hole)
    part, part_hole = known[near], hole[near]
    part_guide = None if full is None else full[near]
    radius = _radius(part_hole)
    if radius == 0:
        samples[near] = smooth_fill(part, part_hole) if part_guide is None else part_guide
        return ExemplarFill(samples, found)
    flat = _pieced(
        part, part_hole, radius, np.random.default_rng(seed), part_guide, stop_if_cancelled
    )
    row, column = np.nonzero(flat >= 0)
    from_row, from_column = np.divmod(flat[row, column], flat.shape[1])
    top, left = near[0].start, near[1].start
    found[row + top, column + left] = np.stack([from_row + top, from_column + left], axis=1)
    samples[row + top, column + left] = part[from_row, from_column]
    return ExemplarFill(samples, found)


def _near(hole: U8) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(hole.any(1)), np.flatnonzero(hole.any(0))
    return (
        slice(max(0, int(rows[0]) - REACH_PX), int(rows[-1]) + 1 + REACH_PX),
        slice(max(0, int(columns[0]) - REACH_PX), int(columns[-1]) + 1 + REACH_PX),
    )


def _radius(hole: U8) -> int:
    """Return the largest radius with patches enough, else the largest with any, else 0."""
    counts = {radius: [len(found) for found in places(hole, radius)] for radius in _RADII_PX}
    for radius, (targets, sources) in counts.items():
        if _are_enough(sources, targets):
            return radius
    return max((radius for radius, (_, sources) in counts.items() if sources), default=0)


def _are_enough(sources: int, targets: int) -> bool:
    return sources >= max(_MIN_SOURCES, targets / 2)


def _pieced(
    known: F32,
    hole: U8,
    radius: int,
    rng: np.random.Generator,
    guide: F32 | None,
    stop_if_cancelled: Callable[[], None] | None,
) -> NDArray[np.int64]:
    """Return for each sample of the hole the flat index of the one it is copied from."""
    pyramid = _pyramid(known, hole, radius)
    iterations = _ITERATIONS
    guides: list[F32 | None] = [None] * len(pyramid)
    if guide is not None:
        pyramid, iterations = pyramid[: _GUIDED_LEVELS + 1], _GUIDED_ITERATIONS
        guides = [_shrunk(guide, coarse) for _, coarse in pyramid]
    level = _Level(*pyramid[-1], radius, rng, guides[-1])
    coarsest = guides[-1]
    level.begin(smooth_fill(*pyramid[-1]) if coarsest is None else coarsest)
    for index in range(len(pyramid) - 1, -1, -1):
        if index < len(pyramid) - 1:
            coarse, level = level, _Level(*pyramid[index], radius, rng, guides[index])
            level.follow(coarse)
        for _ in range(iterations[min(index, len(iterations) - 1)]):
            if stop_if_cancelled is not None:
                stop_if_cancelled()
            level.improve()
    return level.origins()


def _shrunk(guide: F32, hole: U8) -> F32:
    height, width = hole.shape
    if guide.shape[:2] == hole.shape:
        return guide
    return np.asarray(cv2.resize(guide, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def _pyramid(known: F32, hole: U8, radius: int) -> list[tuple[F32, U8]]:
    """Return the picture and its hole, again and again halved, the finest first."""
    pyramid = [(known, hole)]
    inside = np.pad(hole, 1)
    thickness = 2 * float(cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE).max())
    while thickness >= 2 * _COARSEST_PX:
        thickness /= 2
        known, hole = _halved(known, hole)
        targets, sources = places(hole, radius)
        if not _are_enough(len(sources), len(targets)):
            break
        pyramid.append((known, hole))
    return pyramid


def _halved(known: F32, hole: U8) -> tuple[F32, U8]:
    """Return the mean of each four samples; the hole is where any of them is hole."""
    height, width = hole.shape
    size = (max(1, width // 2), max(1, height // 2))
    share = cv2.resize((hole == 0).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    coarse = (share < 0.999).astype(np.uint8)
    samples = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    return np.where(coarse[..., None] > 0, np.float32(0), samples), coarse


class _Level:
    """One level of the pyramid while it is filled; belongs to one fill."""

    def __init__(
        self,
        known: F32,
        hole: U8,
        radius: int,
        rng: np.random.Generator,
        guide: F32 | None = None,
    ) -> None:
        self._guide = None if guide is None else cv2.GaussianBlur(guide, (0, 0), _GUIDE_SIGMA_PX)
        self._known, self._hole, self._radius = known, hole, radius
        self._targets, self._sources = places(hole, radius)
        self._basis = self._principal(rng)
        self._distance_cost = _NEARNESS * float(known[hole == 0].std()) / max(hole.shape)
        self._search = Search(
            self._targets, self._sources, self._described(known, self._sources), rng
        )
        depth = cv2.distanceTransform(
            np.pad(hole, 1, mode="edge"), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
        )[1:-1, 1:-1]
        depth = np.minimum(depth[self._targets.y, self._targets.x], _DEEPEST_PX)
        self._confidence = (_CONFIDENCE**-depth).astype(np.float32)
        self._source = self._search.random()
        self._weight = self._confidence
        self._filled = known

    def begin(self, filled: F32) -> None:
        """Start from a picture that another fill has made."""
        self._filled = filled

    def follow(self, coarse: "_Level") -> None:
        """Start from where the coarser level found its patches."""
        fine, theirs = self._targets, coarse._targets
        scale_y, scale_x = fine.height / theirs.height, fine.width / theirs.width
        number = theirs.at(
            _nearest(fine.y, scale_y, theirs.height, self._radius),
            _nearest(fine.x, scale_x, theirs.width, self._radius),
        )
        origin = coarse._source[number]
        y = fine.y + (coarse._sources.y[origin] - theirs.y[number]) * scale_y
        x = fine.x + (coarse._sources.x[origin] - theirs.x[number]) * scale_x
        source = self._sources.at(
            np.clip(np.rint(y), 0, fine.height - 1).astype(np.int32),
            np.clip(np.rint(x), 0, fine.width - 1).astype(np.int32),
        )
        is_carried = (number >= 0) & (source >= 0)
        self._source = np.where(is_carried, source, self._source)
        # Random patches only count where there is nothing else.
        self._weight = self._confidence * np.where(is_carried, np.float32(1), _FAINT)
        self._vote()

    def improve(self) -> None:
        """Search once for better patches and put the picture together anew."""
        wanted = self._described(self._filled, self._targets)
        self._source, cost = self._search.improved(self._source, wanted, _ROUNDS)
        scale = 2 * max(float(np.percentile(cost, _PERCENTILE)), 1e-12)
        self._weight = self._confidence * np.maximum(np.exp(-cost / np.float32(scale)), _FAINT)
        self._vote()

    def origins(self) -> NDArray[np.int64]:
        """Return for each sample of the hole the flat index of the one the best patch names."""
        return origins(
            self._hole, self._targets, self._sources, self._source, self._weight, self._radius
        )

    def _vote(self) -> None:
        self._filled = voted(
            self._known, self._hole, self._targets, self._sources, self._source, self._weight,
            self._radius,
        )  # fmt: skip

    def _principal(self, rng: np.random.Generator) -> F32:
        """Return the directions in which sound patches differ most, (samples, components)."""
        sources = self._sources
        count = len(sources)
        some = np.sort(rng.choice(count, min(count, _SAMPLED), replace=False))
        patches = self._patches(self._known, sources.y[some], sources.x[some])
        patches = (patches - patches.mean(0)).astype(np.float64)
        _, directions = np.linalg.eigh(patches.T @ patches)
        return np.ascontiguousarray(directions[:, ::-1][:, :_COMPONENTS], np.float32)

    def _described(self, picture: F32, centres: Places) -> F32:
        # The guide first: a tree of patches is halved by the leading components.
        guided = 0 if self._guide is None else self._guide.shape[2]
        described = np.empty((len(centres), guided + self._basis.shape[1] + 2), np.float32)
        for start in range(0, len(centres), _BLOCK):
            part = slice(start, start + _BLOCK)
            patches = self._patches(picture, centres.y[part], centres.x[part])
            np.matmul(patches, self._basis, out=described[part, guided:-2])
        side = 2 * self._radius + 1
        if self._guide is not None:
            described[:, :guided] = self._guide[centres.y, centres.x]
            described[:, :guided] *= np.float32(_GUIDE_WEIGHT * side)
        weight = self._distance_cost * side
        described[:, -2:] = np.stack([centres.y, centres.x], axis=1) * np.float32(weight)
        return described

    def _patches(self, picture: F32, y: I32, x: I32) -> F32:
        side = 2 * self._radius + 1
        windows = sliding_window_view(picture, (side, side), axis=(0, 1))
        patches: F32 = windows[y - self._radius, x - self._radius].reshape(len(y), -1)
        return patches


def _nearest(place: I32, scale: float, length: int, radius: int) -> I32:
    """Return the centres of a coarser axis nearest to `place`, with room for a patch."""
    nearest = ((place + 0.5) / scale).astype(np.int32)
    return np.clip(nearest, radius, length - 1 - radius)
