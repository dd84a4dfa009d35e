"""Paintings are read, counted and cut."""

import numpy as np
import pytest
from PIL import Image

from training.data import Paintings, centre_crop, random_crop, read_paintings


def test_bad_and_small_files_are_counted_and_left_out(folder):
    (folder / "broken.png").write_bytes(b"no picture")
    (folder / "empty.jpg").write_bytes(b"")
    whole = (folder / "painting-0.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "notes.txt").write_text("not looked at")
    Image.new("RGB", (20, 200)).save(folder / "narrow.png")
    paintings = read_paintings([folder], min_side_px=64)
    assert paintings.names == ("paintings/painting-0.png", "paintings/painting-1.png")
    assert paintings.unreadable == tuple(
        f"paintings/{name}" for name in ("broken.png", "cut.png", "empty.jpg")
    )
    assert paintings.too_small == ("paintings/narrow.png",)
    assert "2 paintings read; skipped 3 unreadable and 1 too small" in paintings.summary()


def test_a_folder_without_usable_images_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="No image of at least 64 px"):
        read_paintings([tmp_path], 64)


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="does not exist"):
        read_paintings([tmp_path / "nowhere"], 64)


def test_grey_and_palette_images_become_rgb(tmp_path):
    Image.new("L", (70, 70), 90).save(tmp_path / "grey.png")
    Image.new("P", (70, 70)).save(tmp_path / "palette.png")
    assert all(image.shape == (70, 70, 3) for image in read_paintings([tmp_path], 64).images)


def test_an_unscaled_crop_is_a_piece_of_the_painting_or_of_its_mirror_image():
    rng = np.random.default_rng(0)
    painting = rng.integers(0, 256, (40, 50, 3), np.uint8)
    crop = random_crop(Paintings((painting,), ("a",)), 32, rng, (0.9, 1.1), scaled_share=0.0)
    pieces = [
        view[y : y + 32, x : x + 32]
        for view in (painting, painting[:, ::-1])
        for y in range(9)
        for x in range(19)
    ]
    assert any(np.array_equal(crop, piece) for piece in pieces)


@pytest.mark.parametrize("factor", [0.5, 0.9, 1.1, 2.0])
def test_a_scaled_crop_has_the_size_asked_for(factor):
    rng = np.random.default_rng(0)
    paintings = Paintings((np.zeros((33, 80, 3), np.uint8),), ("a",))
    assert random_crop(paintings, 32, rng, (factor, factor), 1.0).shape == (32, 32, 3)


def test_the_centre_crop_keeps_the_middle_samples():
    painting = np.arange(10 * 12 * 3, dtype=np.uint8).reshape(10, 12, 3)
    assert np.array_equal(centre_crop(painting, 4), painting[3:7, 4:8])
    with pytest.raises(ValueError, match="no centre crop"):
        centre_crop(painting, 11)
