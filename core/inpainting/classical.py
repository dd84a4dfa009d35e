"""Fills that learned nothing: Telea, Navier–Stokes, diffusion and exemplar, all in float32."""

from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import cv2
import numpy as np

from core.errors import CardError
from core.image.surface import F32, U8
from core.inpainting.card import GeneratorCard
from core.inpainting.diffusion import LEVELS, smooth_fill
from core.inpainting.exemplar import exemplar_filled
from core.inpainting.padding import padded

Fill = Callable[..., F32]

# The neighbourhood OpenCV's own samples and the reports' tables use for both methods.
RADIUS_PX = 5.0

# OpenCV's Telea adds a gradient term of up to ±1.4 *sample units* (its formula divides the
# gradient by its own length) and rounds upwards by half a unit. At 8 bit that is a bias of
# +0.5/255; on samples 0..1 it drowns the picture. At this scale both are below 3e-5.
_UNITS = 65535.0

# OpenCV reads beside pictures one pixel high or wide (and so gives NaN): never hand it any.
_MIN_SIZE_PX = 16

_TELEA = GeneratorCard(
    id="telea",
    name="Telea",
    summary="Carries the colours of the edge inwards; quick, for cracks and specks.",
    engine="classical",
    source="Telea 2004, An Image Inpainting Technique Based on the Fast Marching Method (OpenCV)",
    min_size_px=_MIN_SIZE_PX,
    limits="Makes no texture; losses wider than about 10 px look smooth and streaked.",
)
_NAVIER_STOKES = GeneratorCard(
    id="navier-stokes",
    name="Navier–Stokes",
    summary="Continues lines of equal brightness into the loss; for cracks and small losses.",
    engine="classical",
    source="Bertalmío, Bertozzi, Sapiro 2001, Navier–Stokes, Fluid Dynamics, and Inpainting",
    min_size_px=_MIN_SIZE_PX,
    limits="Makes no texture; losses wider than about 10 px look smooth.",
)
_DIFFUSION = GeneratorCard(
    id="diffusion",
    name="Diffusion",
    summary="Lets the colours around the loss flow in evenly; the smoothest plain fill.",
    engine="classical",
    source="Ours: pull-push, then harmonic, then biharmonic relaxation",
    multiple_of=2**LEVELS,
    limits="Makes no texture; wide losses become a soft gradient.",
)
_EXEMPLAR = GeneratorCard(
    id="exemplar",
    name="Exemplar (PatchMatch)",
    summary="Pieces the loss together from the paint around it, texture and grain included.",
    engine="classical",
    source="Ours, after Wexler et al. 2007, Barnes et al. 2009, Newson et al. 2014",
    options={"seed": 0},
    limits="Repeats what is there: it cannot know a missing eye or a letter, and lines may break.",
)


def classical_cards() -> list[GeneratorCard]:
    """Return the cards of the fills that need no files, sorted by id."""
    return [_DIFFUSION, _EXEMPLAR, _NAVIER_STOKES, _TELEA]


class UntrainedGenerator:
    """A fill without weights behind the Generator protocol; any thread may call it."""

    device = "cpu"

    def __init__(self, card: GeneratorCard, fill: Fill) -> None:
        """fill(known, hole) gets (H, W, 3) with 0 in the hole and (H, W), neither all nor none."""
        self.card = card
        self._fill = fill

    def __call__(self, image: F32, mask: F32) -> F32:
        """Fill as Generator says. A wholly masked picture becomes 0."""
        hole = mask > 0
        known = np.where(hole[..., None], np.float32(0), image)
        if not hole.any() or hole.all():
            return known
        height, width = hole.shape
        known, mask = padded(
            known, hole.astype(np.float32), self.card.multiple_of, self.card.min_size_px
        )
        return self._fill(known, mask.astype(np.uint8))[:height, :width]

    def close(self) -> None:
        """Do nothing: there is nothing to give back."""


class ClassicalGenerator(UntrainedGenerator):
    """One of the fills of classical_cards()."""

    def __init__(self, card: GeneratorCard) -> None:
        """Raises CardError if no classical fill has the card's id."""
        if card.id not in _FILLS:
            raise CardError(f"There is no classical fill “{card.id}”.")
        super().__init__(card, _seeded(_FILLS[card.id], card))


def _telea(known: F32, hole: U8) -> F32:
    return _by_channel(known, hole, cv2.INPAINT_TELEA)


def _navier_stokes(known: F32, hole: U8) -> F32:
    return _by_channel(known, hole, cv2.INPAINT_NS)


def _by_channel(known: F32, hole: U8, method: int) -> F32:
    # OpenCV takes three channels at 8 bit only; single ones in float32 keep every value, also
    # below 0 and above 1.
    filled = np.empty_like(known)
    for channel in range(known.shape[2]):
        samples = known[..., channel] * np.float32(_UNITS)
        filled[..., channel] = cv2.inpaint(samples, hole, RADIUS_PX, method)
    filled /= np.float32(_UNITS)
    return filled


def _seeded(fill: Fill, card: GeneratorCard) -> Fill:
    return partial(fill, seed=int(card.options["seed"])) if card.has_seed else fill


def _exemplar(known: F32, hole: U8, seed: int = 0) -> F32:
    return exemplar_filled(known, hole, seed).samples


_FILLS: Mapping[str, Fill] = MappingProxyType(
    {
        "diffusion": smooth_fill,
        "exemplar": _exemplar,
        "navier-stokes": _navier_stokes,
        "telea": _telea,
    }
)
