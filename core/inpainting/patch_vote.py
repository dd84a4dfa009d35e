"""From overlapping patches to samples: the mean of all that cover one, or the best of them."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core.image.surface import F32, U8
from core.inpainting.patch_match import I32, Places

_Index = NDArray[np.int64]


def voted(
    known: F32, hole: U8, targets: Places, sources: Places, source: I32, weight: F32, radius: int
) -> F32:
    """Fill the hole with the weighted mean of what its patches say; the rest stays (H, W, C).

    source, weight: (n,), each target patch's source patch and its vote, above 0.
    """
    channels = known.shape[2]
    samples = known.reshape(-1, channels)
    total = np.zeros((len(samples), channels), np.float32)
    share = np.zeros(len(samples), np.float32)
    for voters, at, origin in _ballots(hole, targets, sources, source, radius):
        # One patch offset at a time, so `at` names no sample twice.
        total[at] += weight[voters, None] * samples[origin]
        share[at] += weight[voters]
    filled = samples.copy()
    inside = np.flatnonzero(share)
    filled[inside] = total[inside] / share[inside, None]
    return filled.reshape(known.shape)


def origins(
    hole: U8, targets: Places, sources: Places, source: I32, weight: F32, radius: int
) -> _Index:
    """Return where each sample of the hole comes from if the patch of most weight decides.

    (H, W) int64, an index into the flattened picture, always of a valid sample; -1 outside the
    hole. Of patches of the same weight the first decides.
    """
    heaviest = np.zeros(hole.size, np.float32)
    origins = np.full(hole.size, -1, np.int64)
    for voters, at, origin in _ballots(hole, targets, sources, source, radius):
        is_heavier = weight[voters] > heaviest[at]
        heaviest[at[is_heavier]] = weight[voters[is_heavier]]
        origins[at[is_heavier]] = origin[is_heavier]
    return origins.reshape(hole.shape)


def _ballots(
    hole: U8, targets: Places, sources: Places, source: I32, radius: int
) -> Iterator[tuple[_Index, _Index, _Index]]:
    """Yield for each place in a patch: which targets vote, for which sample, with which one.

    Samples are indexes into the flattened picture.
    """
    is_hole = hole.ravel() > 0
    centre = targets.y.astype(np.int64) * targets.width + targets.x
    theirs = (sources.y.astype(np.int64) * sources.width + sources.x)[source]
    for dy in range(-radius, radius + 1):
        for dx in range(-radius, radius + 1):
            offset = dy * targets.width + dx
            voters = np.flatnonzero(is_hole[centre + offset])
            yield voters, centre[voters] + offset, theirs[voters] + offset
