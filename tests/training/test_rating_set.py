"""Fills are written as `lacuna rate` reads them."""

import numpy as np
from PIL import Image

from core.inpainting.classical import classical_cards
from training.gallery import gallery_of
from training.rating_set import write_rating_set


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image)


def test_every_method_has_the_same_files_beside_paintings_and_masks(paintings, tmp_path):
    gallery = gallery_of(paintings, 64, ())
    cards = [card for card in classical_cards() if card.id in ("telea", "navier-stokes")]
    assert write_rating_set(cards, gallery, ("S32", "L"), tmp_path) == 12
    names = {folder.name: sorted(path.name for path in folder.iterdir())
             for folder in tmp_path.iterdir()}  # fmt: skip
    assert set(names) == {"telea", "navier-stokes", "painting", "mask"}
    assert len({tuple(files) for files in names.values()}) == 1
    name = names["mask"][0]
    sound = pixels(tmp_path / "mask" / name) == 0
    painting, fill = (pixels(tmp_path / folder / name) for folder in ("painting", "telea"))
    assert np.array_equal(painting[sound], fill[sound])
    assert (painting != fill).any()
