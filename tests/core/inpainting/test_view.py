from dataclasses import dataclass

import numpy as np
import pytest

from core.document.layer import LayerStack
from core.image.color import ColorProfile, ColorTransform
from core.image.geometry import Rect
from core.image.surface import Surface
from core.inpainting import view as module
from core.inpainting.regions import Region
from core.inpainting.view import at_native, view

COLOR = ColorTransform(ColorProfile.of(None, 3))
PICTURE = Rect(0, 0, 130, 107)


@dataclass
class Painting:
    """A source in memory."""

    pixels: np.ndarray
    width, height, channels = PICTURE.width, PICTURE.height, 3

    def read(self, rect: Rect, level: int = 0) -> np.ndarray:
        return self.pixels[rect.slices(PICTURE)]


def _region(window: Rect, scale: int) -> Region:
    cells = np.ones((1, 1), bool)
    ones = np.ones(8, np.float32)
    hole = Rect(window.x // 8 * 8 + 8, window.y // 8 * 8 + 8, 8, 8)
    return Region(window, scale, hole, cells, hole, ones, ones)


def _layers(mask: np.ndarray) -> LayerStack:
    pixels = np.random.default_rng(0).integers(0, 65536, (PICTURE.height, PICTURE.width, 3))
    layers = LayerStack.of(Painting(pixels.astype(np.uint16)), "painting")
    return layers.with_surface(2, Surface.mask().writing(PICTURE, mask))


def _mask() -> np.ndarray:
    mask = np.zeros((PICTURE.height, PICTURE.width), np.uint8)
    mask[20:70, 30:90] = 255
    mask[80, 80] = 1
    return mask


def test_a_native_view_is_the_window_in_srgb_and_any_mark_is_loss() -> None:
    layers, window = _layers(_mask()), Rect(10, 5, 100, 90)
    image, mask = view(layers, _region(window, 1), COLOR)
    whole = layers.layers[0].source
    assert whole is not None
    np.testing.assert_array_equal(image, COLOR.to_srgb(whole.read(window)))
    np.testing.assert_array_equal(mask, (_mask()[window.slices(PICTURE)] > 0).astype(np.float32))
    assert mask.dtype == np.float32


@pytest.mark.parametrize("strip_px", [1, 1 << 20])
@pytest.mark.parametrize("window", [PICTURE, Rect(9, 3, 64, 97)])
def test_a_reduced_sample_is_the_mean_of_its_sound_ones(
    window: Rect, strip_px: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_STRIP_PX", strip_px)
    layers, scale = _layers(_mask()), 4
    image, mask = view(layers, _region(window, scale), COLOR)
    native, hole = view(layers, _region(window, 1), COLOR)
    assert mask.shape == (-(-window.height // scale), -(-window.width // scale))
    for row, column in np.ndindex(mask.shape):
        block = slice(row * scale, row * scale + scale), slice(column * scale, (column + 1) * scale)
        sound = native[block][hole[block] == 0]
        assert mask[row, column] == (len(sound) == 0)
        expected = sound.mean(0) if len(sound) else np.zeros(3)
        np.testing.assert_allclose(image[row, column], expected, atol=1e-5)


def test_a_native_fill_is_cut_out() -> None:
    region = _region(Rect(10, 5, 100, 90), 1)
    filled = np.random.default_rng(0).random((90, 100, 3), np.float32)
    np.testing.assert_array_equal(at_native(filled, region, Rect(12, 9, 5, 6)), filled[4:10, 2:7])


def test_a_coarse_fill_is_enlarged_in_its_place_and_the_same_in_pieces() -> None:
    scale, window = 5, Rect(9, 3, 120, 103)
    rows, columns = np.mgrid[:21, :24].astype(np.float32)
    # Coarse sample i lies at native (i + 1/2)·scale − 1/2.
    filled = np.stack([columns, rows, columns + rows], -1) * scale + (scale - 1) / 2
    region = _region(window, scale)
    whole = at_native(filled, region, window)
    assert whole.shape == (103, 120, 3)
    inner = whole[15:85, 15:105]
    native_rows, native_columns = np.mgrid[15:85, 15:105]
    np.testing.assert_allclose(inner[..., 0], native_columns, atol=1e-3)
    np.testing.assert_allclose(inner[..., 1], native_rows, atol=1e-3)
    part = Rect(40, 33, 17, 29)
    np.testing.assert_allclose(
        at_native(filled, region, part), whole[part.slices(window)], atol=1e-4
    )
