import numpy as np
import pytest

from core.document.layer import LayerKind, LayerStack
from core.errors import Cancelled, GeneratorError
from core.image.color import ColorProfile
from core.image.geometry import Point, Rect
from core.image.surface import F32, U16
from core.inpainting import variants
from core.inpainting.boundary import boundary_error
from core.inpainting.card import GeneratorCard
from core.inpainting.classical import ClassicalGenerator, classical_cards
from core.inpainting.engine import FillOptions
from core.inpainting.loss_labels import LossLabels, chosen_patches
from core.inpainting.variants import Variant, disagreement, disagreement_map, fill_variant

SRGB = ColorProfile.of(None, 3)
WIDTH, HEIGHT = 900, 400
PICTURE = Rect(0, 0, WIDTH, HEIGHT)
LOSSES = (Rect(40, 40, 20, 20), Rect(300, 200, 3, 100), Rect(800, 300, 60, 60))
EXEMPLAR = next(card for card in classical_cards() if card.id == "exemplar")


class Slope:
    width, height, channels = WIDTH, HEIGHT, 3

    def read(self, rect: Rect, level: int = 0) -> U16:
        x = np.linspace(8000, 50000, WIDTH)[rect.x : rect.right]
        return np.repeat(np.tile(x, (rect.height, 1))[..., None], 3, -1).astype(np.uint16)


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
def layers() -> LayerStack:
    stack = LayerStack.of(Slope(), "slope")
    surface = stack.layers[1].pixels
    for rect in LOSSES:
        surface = surface.writing(rect, np.full((rect.height, rect.width), 255, np.uint8))
    return stack.with_surface(2, surface)


def filled(layers: LayerStack, tint: float) -> Variant:
    return fill_variant(layers, SRGB, Tinted(tint), FillOptions(seed=3))


def test_a_variant_tells_who_made_it_and_how_well_its_edge_fits(layers: LayerStack) -> None:
    good, bad = filled(layers, 0.0), filled(layers, 0.1)
    assert (good.card.id, good.seed, good.device) == ("tinted", 3, "cpu")
    assert {patch.provenance.seed for patch in good.patches} == {3}
    assert good.seconds > 0
    assert good.boundary_error < 0.002
    assert 0.05 < bad.boundary_error < 0.15
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


def test_a_fill_without_an_edge_has_no_boundary_error(layers: LayerStack) -> None:
    assert boundary_error(layers, ()) == 0
    corner = LayerStack.of(Slope(), "slope")
    surface = corner.layers[1].pixels.writing(
        Rect(0, 0, 1, HEIGHT), np.full((HEIGHT, 1), 255, np.uint8)
    )
    variant = filled(corner.with_surface(2, surface), 0.2)
    assert variant.boundary_error > 0.1


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


def test_losses_are_told_apart_and_found_near_a_point(layers: LayerStack) -> None:
    labels = LossLabels.of(layers)
    assert labels.count == 3
    for number, rect in enumerate(labels.rects, start=1):
        (loss,) = [loss for loss in LOSSES if rect.contains(loss)]
        assert (labels.read(PICTURE)[loss.slices(PICTURE)] == number).all()
        centre = Point(loss.x + loss.width / 2, loss.y + loss.height / 2)
        assert labels.near(centre, 0) == number
        assert labels.near(Point(loss.right + 20, loss.y), 40) == number
        assert labels.near(Point(loss.right + 20, loss.y), 2) == 0
    assert labels.near(Point(-5000, 70000), 100) == 0
    empty = LossLabels.of(LayerStack.of(Slope(), "slope"))
    assert (empty.count, empty.near(Point(3, 3), 1e6)) == (0, 0)
    assert not empty.read(PICTURE).any()


def test_each_loss_gets_the_variant_chosen_for_it(layers: LayerStack) -> None:
    both = [filled(layers, 0.0), filled(layers, 0.1)]
    labels = LossLabels.of(layers)
    patches = {number: variant.patches for number, variant in enumerate(both)}
    mixed = chosen_patches(labels, patches, {1: 0, 2: 1})
    stack = layers.adding(LayerKind.RETOUCH, "")
    for patch in mixed:
        stack = stack.placing(patch, layers.next_id)
    got = stack.layer(layers.next_id).pixels
    for number, expected in ((1, both[0].surface), (2, both[1].surface)):
        rect = labels.rects[number - 1]
        np.testing.assert_array_equal(got.read(rect), expected.read(rect))
    assert not got.read(labels.rects[2]).any()
    assert chosen_patches(labels, patches, {}) == []


def test_another_seed_is_another_fill_and_the_same_seed_the_same() -> None:
    rng = np.random.default_rng(0)
    image = rng.random((96, 96, 3), np.float32)
    mask = np.zeros((96, 96), np.float32)
    mask[30:60, 30:60] = 1
    fills = [ClassicalGenerator(EXEMPLAR.seeded(seed))(image, mask) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(fills[0], fills[1])
    np.testing.assert_array_equal(fills[0], ClassicalGenerator(EXEMPLAR)(image, mask))
    assert (fills[0] != fills[2]).any()
    telea = next(card for card in classical_cards() if card.id == "telea")
    assert not telea.has_seed
    assert telea.seeded(5) is telea
