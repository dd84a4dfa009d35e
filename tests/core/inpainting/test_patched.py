import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.document.layer import LayerKind, LayerStack
from core.document.patch import Patch, Provenance
from core.image.geometry import Rect, TileKey
from core.inpainting.patched import PatchedTiles

MADE = Provenance("fake", "Fake", "1", "classical", "cpu", False)
PICTURE = Rect(0, 0, 700, 500)


class Blank:
    """A source whose pixels no test here reads."""

    width, height, channels = PICTURE.width, PICTURE.height, 3

    def read(self, rect: Rect, level: int = 0) -> np.ndarray:
        raise AssertionError


def _patch(rng: np.random.Generator) -> Patch:
    x, y = (int(value) for value in rng.integers((0, 0), (690, 490)))
    rect = Rect(x, y, *(int(value) for value in rng.integers(1, 300, 2))).intersection(PICTURE)
    coverage = rng.integers(0, 65536, (rect.height, rect.width)).astype(np.uint16)
    coverage[rng.random(coverage.shape) < 0.6] = 0
    coverage[rng.random(coverage.shape) < 0.2] = 65535
    pixels = rng.integers(0, 65536, (rect.height, rect.width, 3)).astype(np.uint16)
    return Patch(rect, pixels, coverage, MADE)


@given(st.integers(0, 10_000), st.integers(1, 4))
def test_what_is_placed_reads_as_on_a_dense_layer(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    layers = LayerStack.of(Blank(), "painting").adding(LayerKind.RETOUCH, "Fill")
    compact = PatchedTiles(3)
    for _ in range(count):
        patch = _patch(rng)
        layers = layers.placing(patch, 3)
        compact.place(patch)
    dense = layers.layer(3).pixels
    surface = compact.surface()
    assert set(surface.tiles) == set(dense.tiles)
    assert surface.bounds() == dense.bounds()
    np.testing.assert_array_equal(surface.read(PICTURE), dense.read(PICTURE))


def test_a_thin_crack_takes_the_memory_of_its_samples() -> None:
    compact = PatchedTiles(3)
    coverage = np.zeros((500, 700), np.uint16)
    coverage[::25] = 65535
    compact.place(Patch(PICTURE, np.full((500, 700, 3), 7, np.uint16), coverage, MADE))
    assert compact.nbytes == 10 * 20 * 700
    assert len(compact) == 6


def test_tiles_are_read_only_and_absent_ones_are_absent() -> None:
    compact = PatchedTiles(1)
    assert compact.get(TileKey(0, 0)) is None
    assert not compact.surface().read(PICTURE).any()
    ones = np.ones((1, 1), np.uint16)
    compact.place(Patch(Rect(0, 0, 1, 1), ones[..., None], ones, MADE))
    tile = compact[TileKey(0, 0)]
    assert tile.shape == (256, 256, 2)
    with pytest.raises(ValueError, match="read-only"):
        tile[0, 0] = 5
