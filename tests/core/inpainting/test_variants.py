from collections.abc import Callable

import numpy as np
import pytest

from core.document.layer import LayerStack
from core.errors import Cancelled, GeneratorError
from core.image.color import ColorProfile
from core.image.geometry import Rect
from core.image.surface import F32
from core.inpainting import variants
from core.inpainting.card import GeneratorCard
from core.inpainting.engine import FillOptions
from core.inpainting.variants import Variant, disagreement, disagreement_map, fill_variant

SRGB = ColorProfile.of(None, 3)
Marked = Callable[..., LayerStack]

PICTURE = Rect(0, 0, 900, 400)
LOSSES = (Rect(40, 40, 20, 20), Rect(300, 200, 3, 100), Rect(800, 300, 60, 60))


class Tinted:
    """Gives the picture's own slope back, plus a tint."""

    device = "cpu"

    def __init__(self, tint: float, name: str = "tinted") -> None:
        self.card = GeneratorCard(name, name, "", "classical")
        self.tint = tint
        self.calls = 0

    def __call__(self, image: F32, mask: F32) -> F32:
        self.calls += 1
        known = mask == 0
        x = np.arange(image.shape[1], dtype=np.float32)
        columns = known.any(axis=0)
        values = [image[:, at][known[:, at]].mean() for at in np.flatnonzero(columns)]
        line = np.interp(x, x[columns], values).astype(np.float32)
        return np.repeat(np.tile(line, (len(image), 1))[..., None], 3, -1) + np.float32(self.tint)

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def layers(marked: Marked) -> LayerStack:
    return marked(*LOSSES)


def filled(layers: LayerStack, tint: float) -> Variant:
    options = FillOptions(seed=3, is_harmonized=False)
    return fill_variant(layers, SRGB, Tinted(tint), options)


def test_a_variant_tells_who_made_it_and_how_well_its_edge_fits(layers: LayerStack) -> None:
    good, bad = filled(layers, 0.0), filled(layers, 0.1)
    assert (good.card.id, good.seed, good.device) == ("tinted", 3, "cpu")
    assert {patch.provenance.seed for patch in good.patches} == {3}
    assert good.seconds > 0
    assert good.edge_error < 0.002
    assert 0.05 < bad.edge_error < 0.15
    marked = layers.layers[1].pixels.read(PICTURE) > 0
    np.testing.assert_array_equal(good.surface.read(PICTURE)[..., -1] > 0, marked)


def test_no_variant_is_half(layers: LayerStack) -> None:
    class Failing(Tinted):
        def __call__(self, image: F32, mask: F32) -> F32:
            if self.calls == 1:
                raise GeneratorError("It failed.")
            return super().__call__(image, mask)

    with pytest.raises(GeneratorError):
        fill_variant(layers, SRGB, Failing(0), FillOptions())
    calls = iter([False, False, True])
    with pytest.raises(Cancelled):
        fill_variant(layers, SRGB, Tinted(0), FillOptions(), None, lambda: next(calls))


def test_variants_agree_where_they_are_equal_and_differ_by_their_spread(
    layers: LayerStack,
) -> None:
    same, other = filled(layers, 0.0), filled(layers, 0.1)
    assert not disagreement([same, same, same], PICTURE).any()
    assert not disagreement([same], PICTURE).any()
    assert not disagreement([], PICTURE).any()
    heat = disagreement([same, other], PICTURE)
    assert heat.dtype == np.float32
    marked = layers.layers[1].pixels.read(PICTURE) > 0
    assert not heat[~marked].any()
    one, two = (variant.surface.read(PICTURE)[marked].astype(float) for variant in (same, other))
    expected = np.abs(one - two)[:, :3] / 65535 / 2
    np.testing.assert_allclose(heat[marked], np.sqrt((expected**2).mean(-1)), atol=1e-5)
    part = Rect(45, 45, 30, 10)
    np.testing.assert_array_equal(disagreement([same, other], part), heat[part.slices(PICTURE)])


@pytest.mark.parametrize(
    ("rect", "step"), [(PICTURE, 7), (Rect(30, 35, 41, 50), 1), (PICTURE, 999)]
)
def test_a_reduced_map_keeps_the_greatest_disagreement(
    layers: LayerStack, rect: Rect, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(variants, "_BAND_PX", 5000)
    both = [filled(layers, 0.0), filled(layers, 0.1)]
    whole = disagreement(both, rect)
    reduced = disagreement_map(both, rect, step)
    for row in range(reduced.shape[0]):
        for column in range(reduced.shape[1]):
            part = whole[row * step : (row + 1) * step, column * step : (column + 1) * step]
            assert reduced[row, column] == part.max()
