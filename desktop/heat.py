"""Where variants disagree, as pictures to lay over the losses: yellow a little, red much."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
from PySide6.QtGui import QImage

from core.image.geometry import Rect
from core.inpainting.loss_labels import LossLabels
from core.inpainting.variants import Variant, disagreement_map

# A standard deviation of so much of the range is shown in full red: about 25 of 255.
FULL_HEAT: Final = 0.1
_LEAST: Final = 0.004
_MOST_PX: Final = 512
_LEVELS: Final = 256


class Heat(NamedTuple):
    """A picture of one loss: over which document pixels it lies."""

    rect: Rect
    picture: QImage


def heat_of(
    variants: Sequence[Variant], labels: LossLabels, picture: Rect, is_cancelled: Callable[[], bool]
) -> list[Heat]:
    """Return the heat of all losses on which variants disagree; any thread."""
    return list(_heat(variants, labels, picture, is_cancelled))


def _heat(
    variants: Sequence[Variant], labels: LossLabels, picture: Rect, is_cancelled: Callable[[], bool]
) -> Iterator[Heat]:
    colors = _colors()
    for loss in labels.rects:
        if is_cancelled():
            return
        rect = loss.intersection(picture)
        step = -(-max(rect.width, rect.height) // _MOST_PX)
        heat = disagreement_map(variants, rect, step)
        if heat.max(initial=0.0) < _LEAST:
            continue
        level = np.minimum(heat / FULL_HEAT, 1.0) * (_LEVELS - 1)
        pixels = np.ascontiguousarray(colors[np.rint(level).astype(np.intp)])
        height, width = pixels.shape
        image = QImage(
            pixels.data, width, height, width * 4, QImage.Format.Format_ARGB32_Premultiplied
        )
        covered = Rect(rect.x, rect.y, width * step, height * step)
        # Without the copy it would look into an array that is gone.
        yield Heat(covered, image.copy())


def _colors() -> np.ndarray:
    """Return (256,) uint32 premultiplied ARGB: from nothing over yellow to red."""
    share = np.arange(_LEVELS) / (_LEVELS - 1)
    alpha = 0.85 * np.sqrt(share)
    alpha[: round(_LEAST / FULL_HEAT * _LEVELS)] = 0
    red, green, blue = np.full(_LEVELS, 1.0), 0.85 * (1 - share), 0.1 * (1 - share)
    channels = [np.rint(255 * alpha), *(np.rint(255 * alpha * c) for c in (red, green, blue))]
    table = np.zeros(_LEVELS, np.uint32)
    for shift, values in zip((24, 16, 8, 0), channels, strict=True):
        table |= values.astype(np.uint32) << np.uint32(shift)
    return table
