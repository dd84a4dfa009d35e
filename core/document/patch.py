"""A patch: what a fill lays over one rectangle, and where it came from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.image.geometry import Rect
from core.image.surface import U16

I32 = NDArray[np.int32]


@dataclass(frozen=True)
class Seam:
    """How a fill meets the paint: the mean step from sound paint into it, sRGB 0..1.

    before: of the generator's own result; after: of what is laid down; pairs: how many pairs of
    4-neighbours that is the mean of. Sound paint has steps too, so 0 is not the aim.
    """

    before: float
    after: float
    pairs: int


@dataclass(frozen=True)
class Provenance:
    """Who filled losses with what; enough to repeat it. Times are ISO 8601 with zone.

    seam: over all patches of a step, in the record of that step; a patch has its own.
    """

    generator_id: str
    generator_name: str
    generator_version: str
    engine: str
    device: str
    is_trained: bool
    files: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    operator: str = ""
    time: str = ""
    seam: Seam | None = None


@dataclass(frozen=True)
class Patch:
    """Filled pixels of one rectangle, in the document's profile.

    pixels: (h, w, channels) uint16, not premultiplied; coverage: (h, w) uint16, 0 = the painting
    is untouched there, 65535 = the fill alone. Coverage is zero outside the mask.
    origins: (h, w, 2) int32, the row and column in the painting that a sample's brushwork is from,
    -1 where it has none, or less than all; None where none has. seam: None where nobody measured.
    """

    rect: Rect
    pixels: U16
    coverage: U16
    provenance: Provenance
    origins: I32 | None = None
    seam: Seam | None = None


def recorded(patches: Iterable[Patch]) -> list[Provenance]:
    """Return what is to be recorded of patches: each provenance once, with the seam of all its."""
    seams: dict[int, list[Seam]] = {}
    found: list[Provenance] = []
    for patch in patches:
        if patch.provenance not in found:
            found.append(patch.provenance)
        if patch.seam is not None:
            seams.setdefault(found.index(patch.provenance), []).append(patch.seam)
    return [replace(one, seam=_mean(seams.get(at, []))) for at, one in enumerate(found)]


def _mean(seams: Sequence[Seam]) -> Seam | None:
    pairs = sum(seam.pairs for seam in seams)
    if pairs == 0:
        return None
    before = sum(seam.before * seam.pairs for seam in seams) / pairs
    after = sum(seam.after * seam.pairs for seam in seams) / pairs
    return Seam(before, after, pairs)
