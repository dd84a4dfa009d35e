"""Fills that are only measured, never shipped: biharmonic, and G'MIC's two where it is installed.

They stand behind the Generator protocol beside the catalogue's own.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np
from skimage.restoration import inpaint_biharmonic

from core.errors import CardError, GeneratorError
from core.image.surface import F32, U8
from core.inpainting.card import GeneratorCard
from core.inpainting.classical import Fill, UntrainedGenerator

# Its equations are solved at once: 37,000 unknown samples take half a second, and the time grows
# with their number's power of 1.5, as the memory nearly does.
_MAX_BIHARMONIC_SAMPLES = 250_000
# At 256 px G'MIC takes one to two seconds.
_GMIC_TIMEOUT_S = 300
_GMIC = "gmic"
# G'MIC's filters are made for samples of 0..255.
_GMIC_UNITS = np.float32(255)
_GMIC_SOURCE = "G'MIC (gmic.eu)"

_CARDS = (
    GeneratorCard(
        id="biharmonic",
        name="Biharmonic",
        summary="Solves the biharmonic equation in the hole; measured for comparison only.",
        engine="classical",
        source="Damelin, Hoang 2018, On Surface Completion and Image Inpainting (scikit-image)",
        min_size_px=16,
    ),
    GeneratorCard(
        id="gmic-flow",
        name="G'MIC inpaint_flow",
        summary="Lets colours flow along the structures' directions; measured for comparison only.",
        engine="classical",
        source=_GMIC_SOURCE,
        min_size_px=16,
    ),
    GeneratorCard(
        id="gmic-pde",
        name="G'MIC inpaint_pde",
        summary="Diffuses along Delaunay triangles from scale to scale; measured only.",
        engine="classical",
        source=_GMIC_SOURCE,
        min_size_px=16,
    ),
)


def rival_cards() -> list[GeneratorCard]:
    """Return the cards of the rivals that run on this machine, sorted by id."""
    missing = missing_rivals()
    return [card for card in _CARDS if card.id not in missing]


def missing_rivals() -> dict[str, str]:
    """Return the ids of the rivals that do not run on this machine, each with a sentence why."""
    if shutil.which(_GMIC) is not None:
        return {}
    reason = f"the program {_GMIC} is not installed (Debian: apt-get install gmic)"
    return {card.id: reason for card in _CARDS if card.source == _GMIC_SOURCE}


def is_rival(card: GeneratorCard) -> bool:
    """Whether a card is one of these fills' (and not a generator's of the same id)."""
    return card.folder is None and any(card.id == rival.id for rival in _CARDS)


class Rival(UntrainedGenerator):
    """A fill that is only measured."""

    def __init__(self, card: GeneratorCard) -> None:
        """Raises CardError if the rival does not run on this machine."""
        if reason := missing_rivals().get(card.id):
            raise CardError(f"“{card.id}” cannot be measured: {reason}.")
        super().__init__(card, _FILLS[card.id])


def _biharmonic(known: F32, hole: U8) -> F32:
    unknown = int(np.count_nonzero(hole))
    if unknown > _MAX_BIHARMONIC_SAMPLES:
        raise GeneratorError(
            f"The biharmonic fill is not made for {unknown:,} hole samples at once (at most "
            f"{_MAX_BIHARMONIC_SAMPLES:,}): it would take minutes and gigabytes; take smaller "
            "crops or holes."
        )
    filled = inpaint_biharmonic(known.astype(np.float64), hole, channel_axis=-1)
    return np.asarray(filled, np.float32)


def _gmic(command: str) -> Fill:
    def fill(known: F32, hole: U8) -> F32:
        with tempfile.TemporaryDirectory(prefix="lacuna-gmic-") as name:
            return _filled_by_gmic(command, known, hole, Path(name))

    return fill


def _filled_by_gmic(command: str, known: F32, hole: U8, folder: Path) -> F32:
    # PFM keeps float32 samples as they are, and every G'MIC reads and writes it.
    cv2.imwrite(str(folder / "known.pfm"), known[..., ::-1] * _GMIC_UNITS)
    cv2.imwrite(str(folder / "hole.pfm"), hole.astype(np.float32))
    words = ["-v", "-1", "known.pfm", "hole.pfm", f"{command}[0]", "[1]", "keep[0]"]
    # With its settings here, it takes no command from the user's own files and leaves none.
    environment = {**os.environ, "GMIC_PATH": str(folder), "OMP_NUM_THREADS": "1"}
    try:
        subprocess.run(
            [_GMIC, *words, "output", "filled.pfm"], cwd=folder, env=environment, check=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=_GMIC_TIMEOUT_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired as cause:
        raise GeneratorError(f"G'MIC's {command} took over {_GMIC_TIMEOUT_S} s.") from cause
    except (OSError, subprocess.CalledProcessError) as cause:
        raise GeneratorError(f"G'MIC's {command} failed.") from cause
    path = folder / "filled.pfm"
    filled = cv2.imread(str(path), cv2.IMREAD_UNCHANGED) if path.is_file() else None
    if filled is None or filled.shape != known.shape:
        raise GeneratorError(f"G'MIC's {command} gave back no picture of the same size.")
    return np.ascontiguousarray(filled[..., ::-1], np.float32) / _GMIC_UNITS


_FILLS: Mapping[str, Fill] = MappingProxyType(
    {
        "biharmonic": _biharmonic,
        "gmic-flow": _gmic("inpaint_flow"),
        "gmic-pde": _gmic("inpaint_pde"),
    }
)
