"""Evidence: another picture of the painting (infrared, UV, X-ray, before treatment), aligned."""

import math
from dataclasses import dataclass, field
from enum import Enum

import cv2
import numpy as np

from core.document.project_painting import PaintingReference
from core.image.alignment import (
    AlignmentKind,
    ControlPoint,
    Matrix,
    inverse,
    mapped_bounds,
)
from core.image.geometry import Rect
from core.image.surface import U16, PixelSource

FULL = 65535


class EvidenceMode(Enum):
    """How evidence is looked at: laid over by its opacity, or how far it differs from what is
    below it. The value is what project files store.
    """

    OVER = "over"
    DIFFERENCE = "difference"


@dataclass(frozen=True)
class Evidence:
    """What an EVIDENCE layer shows: a file that is only ever read, never copied nor exported.

    reference: where it lies and how it is known again. width, height: its size, upright.
    matrix: from its pixels to the painting's. points, kind: what it was aligned by, or shall be;
    nothing is computed from them here. source: its samples, in the document's profile and
    channels; None while the file is missing. Compared without the source.
    """

    reference: PaintingReference
    width: int
    height: int
    matrix: Matrix
    mode: EvidenceMode = EvidenceMode.OVER
    source: PixelSource | None = field(default=None, compare=False, repr=False)
    points: tuple[ControlPoint, ...] = ()
    kind: AlignmentKind = AlignmentKind.SIMILARITY

    def __post_init__(self) -> None:
        if not all(math.isfinite(value) for value in self.matrix):
            raise ValueError("a matrix is finite")
        if not all(math.isfinite(value) for point in self.points for end in point for value in end):
            raise ValueError("control points are finite")
        source = self.source
        if source is not None and (source.width, source.height) != (self.width, self.height):
            raise ValueError("the evidence has another size than its source")

    def bounds(self, picture: Rect) -> Rect:
        """Return the pixels of the painting that it may cover."""
        return mapped_bounds(self.matrix, self.width, self.height, picture)


def evidence_pixels(evidence: Evidence, rect: Rect, level: int = 0) -> U16 | None:
    """Return how evidence lies over the painting: premultiplied (h, w, channels + 1) uint16.

    rect is in level-0 pixels of the painting, the result of `rect.at_level(level)`; None where
    there is nothing to be seen of it. It is read at the level next finer than what is shown and
    interpolated between. Raises ImageReadError if its file no longer gives its samples.
    """
    source, area = evidence.source, rect.at_level(level)
    if source is None or area.is_empty:
        return None
    x, y = _places(evidence.matrix, area, level)
    inside = (x >= 0) & (x < evidence.width) & (y >= 0) & (y < evidence.height)
    if not inside.any():
        return None
    own_level = _own_level(x, y, source)
    step = 1 << own_level
    part = Rect.from_edges(
        int(x[inside].min()) - 2 * step,
        int(y[inside].min()) - 2 * step,
        int(x[inside].max()) + 2 * step + 1,
        int(y[inside].max()) + 2 * step + 1,
    )
    picture = Rect(0, 0, evidence.width, evidence.height)
    part = part.aligned(step).intersection(picture)
    samples = source.read(part, own_level)
    at_x = np.where(inside, (x - part.x) / step - 0.5, 0).astype(np.float32)
    at_y = np.where(inside, (y - part.y) / step - 0.5, 0).astype(np.float32)
    seen = cv2.remap(samples, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    out = np.zeros((area.height, area.width, source.channels + 1), np.uint16)
    out[..., :-1] = np.asarray(seen).reshape(out[..., :-1].shape) * inside[..., None]
    out[..., -1] = inside * np.uint16(FULL)
    return out


def _places(matrix: Matrix, area: Rect, level: int) -> tuple[np.ndarray, np.ndarray]:
    """Return where in the evidence the middles of the painting's pixels lie; nan for nowhere."""
    step = float(1 << level)
    columns = (np.arange(area.x, area.right) + 0.5) * step
    rows = (np.arange(area.y, area.bottom) + 0.5)[:, None] * step
    a, b, c, d, e, f, g, h, i = inverse(matrix)
    depth = g * columns + h * rows + i
    depth = np.where(depth > 0, depth, np.nan)
    return (a * columns + b * rows + c) / depth, (d * columns + e * rows + f) / depth


def _own_level(x: np.ndarray, y: np.ndarray, source: PixelSource) -> int:
    """Return the level of the evidence that is as fine as what is shown, or just finer."""
    steps = [np.hypot(np.diff(x, axis=axis), np.diff(y, axis=axis)) for axis in (0, 1)]
    known = [step[np.isfinite(step)] for step in steps]
    spacing = max((float(np.median(step)) for step in known if step.size), default=1.0)
    coarsest = max(source.width, source.height).bit_length() - 1
    return min(max(0, math.floor(math.log2(max(spacing, 1.0)))), coarsest)
