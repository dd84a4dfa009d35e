"""Nearest-neighbour fields: for each patch that touches a hole, the sound patch most like it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from core.image.surface import F32, U8
from core.inpainting.patch_tree import PatchTree

I32 = NDArray[np.int32]

# Neighbours there pass on what they found; the far ones first, as in jump flooding (Rong, Tan
# 2006), since all targets move at once and not one after the other.
_JUMPS = ((4, 0), (0, 4), (-4, 0), (0, -4), (1, 0), (0, 1), (-1, 0), (0, -1))
_MARGIN = 4
# The leaves of the tree hold 16 to 31 sources, and all are tried.
_LEAF_SIZE = 16
# Distances are taken for so many targets at a time, to bound memory.
_BLOCK = 1 << 14
# Most candidates are told by so many of their components: the others are looked at where these
# alone do not already cost more than what was found (by more than rounding could, _ROUNDING).
_LEADING = 8
_ROUNDING = np.float32(1.0001)


@dataclass(frozen=True, eq=False)
class Places:
    """Centres of patches in a picture of `height` × `width`, numbered row by row.

    y, x: (n,). `numbers` is the other way round: the number at a centre, -1 where there is none,
    with a margin on all sides.
    """

    height: int
    width: int
    y: I32
    x: I32
    numbers: I32

    def __len__(self) -> int:
        return len(self.y)

    def at(self, y: I32, x: I32) -> I32:
        """Return the numbers of the centres there, -1 where there is none; (y, x) may lie
        as far outside the picture as a jump reaches."""
        found: I32 = self.numbers[y + np.int32(_MARGIN), x + np.int32(_MARGIN)]
        return found


class Field(NamedTuple):
    """For each target patch (n,) the number of its source patch, and how unlike they are."""

    source: I32
    cost: F32


def places(hole: U8, radius: int) -> tuple[Places, Places]:
    """Return the target patches, which touch the hole, and the source patches, wholly valid.

    A patch has 2 radius + 1 samples a side; only those wholly inside the picture count. In a
    picture with room for one patch, targets cover all of the hole.
    """
    side = 2 * radius + 1
    touches = cv2.dilate(hole, np.ones((side, side), np.uint8)) > 0
    is_inside = np.zeros(hole.shape, np.bool_)
    is_inside[radius : hole.shape[0] - radius, radius : hole.shape[1] - radius] = True
    return _places(touches & is_inside), _places(~touches & is_inside)


def _places(chosen: NDArray[np.bool_]) -> Places:
    y, x = (axis.astype(np.int32) for axis in np.nonzero(chosen))
    height, width = chosen.shape
    numbers = np.full((height + 2 * _MARGIN, width + 2 * _MARGIN), -1, np.int32)
    numbers[y + _MARGIN, x + _MARGIN] = np.arange(len(y), dtype=np.int32)
    return Places(height, width, y, x, numbers)


class Search:
    """Looks for the sources most like the targets, as PatchMatch does (Barnes et al. 2009).

    targets, sources: places; offered: (m, k) descriptors of the sources, the components by
    falling variance, so that a tree of them can be asked first. One thread at a time.
    """

    def __init__(
        self, targets: Places, sources: Places, offered: F32, rng: np.random.Generator
    ) -> None:
        """Raises ValueError if there are no sources."""
        if len(sources) == 0:
            raise ValueError("there is no source patch to find")
        self._targets, self._sources, self._offered, self._rng = targets, sources, offered, rng
        self._tree = PatchTree(offered, _LEAF_SIZE)

    def random(self) -> I32:
        """Return a random source for every target."""
        return self._rng.integers(len(self._sources), size=len(self._targets), dtype=np.int32)

    def improved(self, source: I32, wanted: F32, rounds: int) -> Field:
        """Return a field at least as good as `source` (n,) for the targets' descriptors (n, k).

        Distances are squared and summed over descriptors.
        """
        found = _Found(source.copy(), wanted, self._offered)
        for candidates in self._from_tree(wanted):
            found.offer(candidates)
        for _ in range(rounds):
            for dy, dx in _JUMPS:
                found.offer(self._propagated(found.source, dy, dx))
            radius_px = max(self._sources.height, self._sources.width) / 2
            while radius_px >= 1:
                found.offer(self._strayed(found.source, radius_px))
                radius_px /= 2
        return Field(found.source, found.cost)

    def _from_tree(self, wanted: F32) -> Iterator[I32]:
        leaf = self._tree.leaf_of(wanted)
        for index in range(self._tree.leaf_size):
            yield self._tree.member(leaf, index)

    def _propagated(self, source: I32, dy: int, dx: int) -> I32:
        """Return what the neighbour at (dy, dx) has found, as far back."""
        targets, sources = self._targets, self._sources
        neighbour = targets.at(targets.y + np.int32(dy), targets.x + np.int32(dx))
        theirs = source[neighbour]
        candidates = sources.at(sources.y[theirs] - np.int32(dy), sources.x[theirs] - np.int32(dx))
        return np.where(neighbour >= 0, candidates, np.int32(-1))

    def _strayed(self, source: I32, radius_px: float) -> I32:
        """Return a random source near each one's own."""
        sources, rng = self._sources, self._rng
        dy, dx = np.rint(rng.uniform(-radius_px, radius_px, (2, len(source)))).astype(np.int32)
        y = np.clip(sources.y[source] + dy, 0, sources.height - 1)
        x = np.clip(sources.x[source] + dx, 0, sources.width - 1)
        return sources.at(y, x)


class _Found:
    """A field while it gets better; belongs to one search."""

    def __init__(self, source: I32, wanted: F32, offered: F32) -> None:
        self.source = source
        self._wanted = wanted
        self._offered = offered
        self._wanted_leading = np.ascontiguousarray(wanted[:, :_LEADING])
        self._offered_leading = np.ascontiguousarray(offered[:, :_LEADING])
        self.cost = _distance(wanted, offered, np.arange(len(source)), source)

    def offer(self, candidates: I32) -> None:
        """Take each candidate (-1: none) that resembles its target more than what it has."""
        rows = np.flatnonzero((candidates >= 0) & (candidates != self.source))
        chosen = candidates[rows]
        least = _distance(self._wanted_leading, self._offered_leading, rows, chosen)
        is_near = least < self.cost[rows] * _ROUNDING
        rows, chosen = rows[is_near], chosen[is_near]
        cost = _distance(self._wanted, self._offered, rows, chosen)
        is_better = cost < self.cost[rows]
        self.source[rows[is_better]] = chosen[is_better]
        self.cost[rows[is_better]] = cost[is_better]


def _distance(wanted: F32, offered: F32, rows: NDArray[np.int64], chosen: I32) -> F32:
    """Return the squared distances of some of the wanted (n, k) from what is chosen for them."""
    cost = np.empty(len(rows), np.float32)
    for start in range(0, len(rows), _BLOCK):
        part = slice(start, start + _BLOCK)
        difference = wanted.take(rows[part], axis=0)
        difference -= offered.take(chosen[part], axis=0)
        np.einsum("nk,nk->n", difference, difference, out=cost[part])
    return cost
