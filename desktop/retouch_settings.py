"""How the retouching tools work: blend mode, where a clone is taken from, where they may paint."""

from dataclasses import dataclass

from core.image.blend_modes import BlendMode

SAMPLE_SIDES_PX = (1, 5, 15)
"""Squares whose mean a picked colour may be."""


@dataclass(frozen=True)
class RetouchSettings:
    """mode: of the colour brush. is_aligned: a clone keeps its distance from stroke to stroke.

    is_composite: clone and heal take what is seen, not the painting alone. stays_inside: nothing
    is painted outside the mask, where one marks something (E2, no overpaint). sample_px: the side
    of the square whose mean a picked colour is.
    """

    mode: BlendMode = BlendMode.NORMAL
    is_aligned: bool = True
    is_composite: bool = True
    stays_inside: bool = True
    sample_px: int = 1
