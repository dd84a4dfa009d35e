"""A gallery: every generator meets the same crops and holes, and a digest knows them."""

import numpy as np
import pytest

from training.gallery import Gallery, gallery_of


@pytest.fixture
def gallery(paintings):
    return gallery_of(paintings, 64, [])


def test_crops_are_the_paintings_middles(gallery, paintings):
    assert gallery.size == 64
    assert gallery.names == paintings.names
    assert np.array_equal(gallery.crops[0], paintings.images[0][16:80, 24:88])


def test_a_scene_is_known_by_its_crop_and_its_hole(gallery):
    scenes = {gallery.scene(kind, index) for kind in ("L", "B") for index in range(3)}
    assert len(scenes) == 6
    again = Gallery(tuple(crop.copy() for crop in gallery.crops), gallery.names)
    assert again.scene("B", 2) == gallery.scene("B", 2)
    changed = gallery.crops[2].copy()
    changed[0, 0, 0] ^= 1
    assert Gallery((*gallery.crops[:2], changed), gallery.names).scene("B", 2) != gallery.scene(
        "B", 2
    )
