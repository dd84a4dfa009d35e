"""A folder of fills to be judged blind, as `lacuna rate` reads it."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from PIL import Image

from core.inpainting.card import GeneratorCard
from training.evaluate import filled
from training.gallery import Gallery
from training.metrics import Pixels
from training.systems import open_system


def write_rating_set(
    cards: Sequence[GeneratorCard], gallery: Gallery, kinds: Sequence[str], folder: Path
) -> int:
    """Write every generator's fills of every painting and kind; return how many.

    folder/<id>/<kind>-<painting>.png, and under the same names the undamaged paintings in
    folder/painting and the masks (white = hole) in folder/mask.
    """
    places = [(kind, index) for kind in kinds for index in range(len(gallery.crops))]
    for kind, index in places:
        name = _name(gallery, kind, index)
        _write(folder / "painting" / name, gallery.crops[index])
        _write(folder / "mask" / name, gallery.mask(kind, index) * np.uint8(255))
    for card in cards:
        generator = open_system(card)
        try:
            for kind, index in places:
                fill, _ = filled(generator, gallery.crops[index], gallery.mask(kind, index))
                _write(folder / card.id / _name(gallery, kind, index), fill)
        finally:
            generator.close()
    return len(cards) * len(places)


def _name(gallery: Gallery, kind: str, index: int) -> str:
    return f"{kind}-{index:03d}-{PurePosixPath(gallery.names[index]).stem}.png"


def _write(path: Path, pixels: Pixels) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
