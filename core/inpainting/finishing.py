"""From a generator's result to what is laid down: its tone joined, then real brushwork."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.document.patch import Seam
from core.image.geometry import Rect
from core.image.surface import F32, U16
from core.inpainting.harmonize import edge, harmonized
from core.inpainting.texture import I32, Textured, textured

Texturer = Callable[..., Textured]


class Finish(NamedTuple):
    """What is done to a generator's result.

    is_harmonized: whether its tone is joined to the paint's. texture_from_px: how wide a loss is
    that gets brushwork from the painting; None: none does.
    """

    is_harmonized: bool
    texture_from_px: int | None
    seed: int = 0


class Finished(NamedTuple):
    """A finished window: samples (H, W, 3) float32 sRGB, and origins as in Patch, or None."""

    samples: F32
    origins: I32 | None


def finished(
    filled: F32,
    image: F32,
    mask: F32,
    window: Rect,
    finish: Finish,
    wanted: NDArray[np.bool_] | None = None,
    texturer: Texturer = textured,
    stop_if_cancelled: Callable[[], None] | None = None,
) -> Finished:
    """Finish a window at native resolution.

    filled, image: (H, W, 3) float32 sRGB-encoded; mask: (H, W), above 0 = loss; window: where in
    the painting they are; wanted: (H, W), where brushwork is asked for, None = everywhere. What
    `filled` holds outside the loss does not matter. texturer: `textured`, or what runs that
    elsewhere. stop_if_cancelled: as for `textured`.
    """
    hole = (mask > 0).astype(np.uint8)
    samples = np.where(hole[..., None] > 0, filled, image)
    if finish.is_harmonized:
        # First: a guide of the wrong tone would find the wrong paint.
        samples = harmonized(samples, image, hole)
    origins: I32 | None = None
    if finish.texture_from_px is not None:
        texture = texturer(
            samples, image, hole, finish.texture_from_px, finish.seed, wanted, stop_if_cancelled
        )
        if texture.is_textured.any():
            samples = texture.samples
            corner = np.array([window.y, window.x], np.int32)
            origins = np.where(
                texture.is_textured[..., None], texture.source_map + corner, np.int32(-1)
            )
    return Finished(samples, origins)


@dataclass(frozen=True, eq=False)
class FinishedPiece:
    """A piece of a region's hole, and the window around it before and after it was finished."""

    piece: Rect
    window: Rect
    filled: F32
    image: F32
    mask: F32
    finished: Finished

    def seam(self, samples: F32, coverage: U16) -> Seam | None:
        """Measure how the piece's covered samples meet the paint, before and after."""
        framed = self.piece.expanded(1).intersection(self.window)
        within, part = framed.slices(self.window), self.piece.slices(framed)
        sound = self.mask[within] == 0
        inside = np.zeros_like(sound)
        inside[part] = coverage > 0
        laid = self.image[within].copy()
        laid[part] = samples
        before = edge(self.filled[within], self.image[within], inside, sound)
        after = edge(laid, self.image[within], inside, sound)
        return Seam(before.step, after.step, before.pairs) if before.pairs else None


def covered_origins(origins: I32, coverage: U16) -> I32 | None:
    """Return the origins of what is covered; None where none of it has brushwork."""
    kept = np.where(coverage[..., None] > 0, origins, np.int32(-1))
    return kept if (kept >= 0).any() else None
