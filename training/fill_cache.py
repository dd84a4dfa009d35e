"""Composites kept as PNG, so that a contact sheet shows what was measured at other times."""

import os
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from training.masks import Mask
from training.metrics import Pixels


class FillCache:
    """One PNG per generator and scene in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, generator: str, identity: str, scene: str, composed: Pixels) -> None:
        """Write a composite, (H, W, 3) uint8, whole or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(generator, identity, scene)
        temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
        Image.fromarray(composed).save(temporary, "PNG")
        temporary.replace(path)

    def find(
        self, generator: str, identity: str, scene: str, painting: Pixels, mask: Mask
    ) -> Pixels | None:
        """Return the composite, or None if it is not there or not one of this painting's."""
        try:
            with Image.open(self._path(generator, identity, scene)) as image:
                composed = np.asarray(image.convert("RGB"), np.uint8)
        except (OSError, ValueError, SyntaxError, UnidentifiedImageError):
            return None
        sound = mask == 0
        if composed.shape != painting.shape or (composed[sound] != painting[sound]).any():
            return None
        return composed

    def _path(self, generator: str, identity: str, scene: str) -> Path:
        return self._folder / f"{generator}-{identity}-{scene}.png"
