"""How much the edge of a fill shows: the step from it to sound paint, beyond the paint's own."""

from collections.abc import Iterable
from typing import Final

import numpy as np

from core.document.composite import composite, mask_coverage
from core.document.layer import LayerStack
from core.document.patch import Patch
from core.image.surface import F32

_FULL: Final = 65535.0
# Of a step beside the fill, and of one more beside that.
_REACH_PX: Final = 2
_DIRECTIONS: Final = ((0, 1), (0, -1), (1, 0), (-1, 0))


def edge_error(layers: LayerStack, patches: Iterable[Patch]) -> float:
    """Return the mean step across the fill's edge less that of the sound paint along it, 0..1.

    A step is the mean absolute difference, over channels, between a filled pixel and a sound
    4-neighbour; it is compared with the one between that neighbour and the next sound pixel
    outwards. Samples are the document's, of 65535. 0: the edge shows no more than the paint's
    own texture does; there may be no edge at all.
    """
    across = own = 0.0
    across_count = own_count = 0
    for patch in patches:
        rect = patch.rect.expanded(_REACH_PX).intersection(layers.rect)
        inside = patch.rect.slices(rect)
        samples = composite(layers, rect).astype(np.float32) / np.float32(_FULL)
        sound = mask_coverage(layers, rect) == 0
        filled = np.zeros(sound.shape, np.bool_)
        filled[inside] = patch.coverage > 0
        share = (patch.coverage / np.float32(_FULL)).astype(np.float32)[..., None]
        new = samples.copy()
        new[inside] += share * (patch.pixels / np.float32(_FULL) - samples[inside])
        for direction in _DIRECTIONS:
            beside, sound_beside = _moved(new, direction, 1), _moved(sound, direction, 1)
            edge = filled & sound_beside
            across += float(np.abs(new - beside).mean(-1)[edge].sum())
            across_count += int(edge.sum())
            edge &= _moved(sound, direction, 2)
            own += float(np.abs(beside - _moved(new, direction, 2)).mean(-1)[edge].sum())
            own_count += int(edge.sum())
    step = across / across_count if across_count else 0.0
    return max(0.0, step - (own / own_count if own_count else 0.0))


def _moved(values: F32, direction: tuple[int, int], by: int) -> F32:
    """Return an array whose pixels are those `by` pixels further in a direction; beyond it 0."""
    rows, columns = direction[0] * by, direction[1] * by
    out = np.zeros_like(values)
    height, width = values.shape[:2]
    if height > abs(rows) and width > abs(columns):
        out[max(0, -rows) : height - max(0, rows), max(0, -columns) : width - max(0, columns)] = (
            values[max(0, rows) : height + min(0, rows), max(0, columns) : width + min(0, columns)]
        )
    return out
