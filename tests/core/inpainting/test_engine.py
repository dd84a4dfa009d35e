import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

import cv2
import imagecodecs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.document.composite import composite
from core.document.layer import LayerKind, LayerStack
from core.document.patch import Patch
from core.errors import Cancelled, GeneratorOutputError, MaskError
from core.image.color import ColorProfile
from core.image.geometry import Rect
from core.image.surface import Surface
from core.inpainting.card import GeneratorCard
from core.inpainting.classical import ClassicalGenerator, classical_cards
from core.inpainting.engine import FillOptions, Progress, inpaint

SRGB = ColorProfile.of(None, 3)
GREY = ColorProfile.of(None, 1)
# What the generator says, and nothing else.
PLAIN = FillOptions(is_harmonized=False, texture_from_px=None)


@dataclass
class Painting:
    """A source in memory."""

    pixels: np.ndarray

    @property
    def width(self) -> int:
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        return self.pixels.shape[0]

    @property
    def channels(self) -> int:
        return self.pixels.shape[2]

    def read(self, rect: Rect, level: int = 0) -> np.ndarray:
        assert level == 0
        return self.pixels[rect.slices(Rect(0, 0, self.width, self.height))]


@dataclass
class Fake:
    """A generator made of a function; by default it gives back what it is shown."""

    fill: Callable[[np.ndarray, np.ndarray], np.ndarray] = lambda image, mask: image.copy()
    card: GeneratorCard = field(
        default_factory=lambda: GeneratorCard("fake", "Fake", "", "onnx", files={"m": "0" * 64})
    )
    device: str = "cpu"
    shapes: list[tuple[int, ...]] = field(default_factory=list)

    def __call__(self, image: np.ndarray, mask: np.ndarray) -> np.ndarray:
        self.shapes.append(image.shape)
        return self.fill(image, mask)

    def close(self) -> None:
        pass


def _painting(height: int, width: int, channels: int = 3, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.random((height // 16 + 2, width // 16 + 2, channels), np.float32)
    smooth = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    smooth = smooth.reshape(height, width, channels) + rng.normal(0, 0.01, (height, width, 1))
    return (np.clip(smooth, 0.02, 0.98) * 65535).astype(np.uint16)


def _stack(pixels: np.ndarray, mask: np.ndarray) -> LayerStack:
    layers = LayerStack.of(Painting(pixels), "painting")
    return layers.with_surface(2, Surface.mask().writing(layers.rect, mask))


def _placed(layers: LayerStack, patches: list[Patch]) -> np.ndarray:
    target = layers.next_id
    layers = layers.adding(LayerKind.RETOUCH, "Fill")
    for patch in patches:
        layers = layers.placing(patch, target)
    return composite(layers, layers.rect)


def _network(height: int, width: int) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    for offset in range(-height, width, 170):
        cv2.line(mask, (offset, 0), (offset + height, height), 255, 3)
        cv2.line(mask, (offset + height, 0), (offset, height), 255, 2)
    return mask


SPECKS = np.zeros((300, 400), np.uint8)
cv2.circle(SPECKS, (60, 50), 6, 255, -1)
cv2.line(SPECKS, (200, 10), (390, 280), 255, 3)


def test_pieces_of_a_cut_loss_join_without_a_seam() -> None:
    mask = _network(900, 1100)
    pixels = _painting(900, 1100)
    layers = _stack(pixels, mask)
    generator = Fake()
    options = FillOptions(window_px_max=384, is_harmonized=False)
    patches = list(inpaint(layers, SRGB, generator, options))
    assert len(generator.shapes) > 10
    shown = _placed(layers, patches)
    np.testing.assert_array_equal(shown[mask == 0], pixels[mask == 0])
    # Each piece gave back the painting's own samples, so their cross-fade must be those samples.
    assert np.abs(shown.astype(int) - pixels).max() <= 2


def test_patches_cover_the_mask_and_nothing_twice() -> None:
    mask = _network(900, 1100)
    mask[mask > 0] = np.random.default_rng(1).integers(1, 256, (mask > 0).sum())
    patches = list(
        inpaint(_stack(_painting(900, 1100), mask), SRGB, Fake(), FillOptions(window_px_max=384))
    )
    total = np.zeros(mask.shape, np.int64)
    for patch in patches:
        total[patch.rect.slices(Rect(0, 0, 1100, 900))] += patch.coverage
        assert patch.coverage.any(0)[[0, -1]].all()
        assert patch.coverage.any(1)[[0, -1]].all()
    np.testing.assert_array_equal(total, mask.astype(np.int64) * 257)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.sampled_from(["telea", "navier-stokes", "diffusion"]))
def test_outside_the_mask_every_sample_is_the_paintings(seed: int, name: str) -> None:
    rng = np.random.default_rng(seed)
    height, width = (int(side) for side in rng.integers(20, 300, 2))
    channels = int(rng.choice([1, 3]))
    pixels = _painting(height, width, channels, seed)
    mask = np.zeros((height, width), np.uint8)
    mask[rng.integers(0, height, 20), rng.integers(0, width, 20)] = rng.integers(0, 256, 20)
    cv2.circle(mask, (width // 2, height // 2), min(height, width) // 5, 200, -1)
    layers = _stack(pixels, mask)
    card = next(card for card in classical_cards() if card.id == name)
    profile = ColorProfile.of(None, channels)
    options = FillOptions(texture_from_px=None)
    patches = list(inpaint(layers, profile, ClassicalGenerator(card), options))
    shown = _placed(layers, patches)
    np.testing.assert_array_equal(shown[mask == 0], pixels[mask == 0])
    for patch in patches:
        outside = patch.coverage == 0
        expected = pixels[patch.rect.slices(layers.rect)]
        np.testing.assert_array_equal(patch.pixels[outside], expected[outside])


def test_a_grey_painting_is_filled_in_grey() -> None:
    pixels = _painting(300, 400, 1)
    layers = _stack(pixels, SPECKS)
    seen: list[np.ndarray] = []

    def watched(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
        seen.append(image)
        return image.copy()

    patches = list(inpaint(layers, GREY, Fake(watched), PLAIN))
    assert {patch.pixels.shape[2] for patch in patches} == {1}
    assert all(np.ptp(image, axis=2).max() == 0 for image in seen)
    assert np.abs(_placed(layers, patches).astype(int) - pixels).max() <= 2


def test_a_soft_mask_lays_the_fill_thinly() -> None:
    pixels = np.full((64, 64, 3), 40_000, np.uint16)
    pixels[::2] += 4_000
    mask = np.zeros((64, 64), np.uint8)
    mask[20:40, 20:40] = np.arange(20, dtype=np.uint8) * 12 + 10
    (patch,) = inpaint(_stack(pixels, mask), SRGB, Fake())
    assert patch.rect == Rect(20, 20, 20, 20)
    np.testing.assert_array_equal(patch.coverage, mask[20:40, 20:40].astype(np.uint16) * 257)


def test_a_feather_sets_in_inwards_and_never_leaves_the_mask() -> None:
    mask = np.zeros((200, 200), np.uint8)
    cv2.circle(mask, (100, 100), 40, 255, -1)
    (hard,) = inpaint(_stack(_painting(200, 200), mask), SRGB, Fake(), PLAIN)
    options = replace(PLAIN, feather_px=6)
    (soft,) = inpaint(_stack(_painting(200, 200), mask), SRGB, Fake(), options)
    assert soft.rect == hard.rect
    assert ((soft.coverage > 0) == (hard.coverage > 0)).all()
    assert (soft.coverage <= hard.coverage).all()
    middle = soft.coverage[40]
    assert middle[40] == 65535
    assert 0 < middle[0] < middle[3] < middle[8] == 65535
    assert (np.diff(middle[:40].astype(int)) >= 0).all()


def test_a_loss_at_the_pictures_edge_is_not_feathered_at_that_edge() -> None:
    mask = np.zeros((200, 200), np.uint8)
    mask[:, :30] = 255
    (patch,) = inpaint(_stack(_painting(200, 200), mask), SRGB, Fake(), FillOptions(feather_px=8))
    assert (patch.coverage[:, 0] == 65535).all()
    assert patch.coverage[100, 29] < 30_000


def test_a_loss_thicker_than_a_window_is_solved_coarsely_and_says_so() -> None:
    pixels = _painting(1400, 1400)
    mask = np.zeros((1400, 1400), np.uint8)
    cv2.circle(mask, (700, 700), 300, 255, -1)
    said: list[Progress] = []
    noise = np.random.default_rng(0).random((400, 400, 3), np.float32)
    generator = Fake(
        lambda image, mask: image + mask[..., None] * noise[: mask.shape[0], : mask.shape[1]]
    )
    layers = _stack(pixels, mask)
    options = FillOptions(window_px_max=384, texture_from_px=None)
    patches = list(inpaint(layers, SRGB, generator, options, progress=said.append))
    assert max(max(shape) for shape in generator.shapes) <= 384
    assert "at 1/" in said[0].text
    assert patches[0].provenance.parameters["scale"] > 1
    shown = _placed(layers, patches)
    np.testing.assert_array_equal(shown[mask == 0], pixels[mask == 0])
    assert sum(int((patch.coverage > 0).sum()) for patch in patches) == (mask > 0).sum()


def test_a_coarse_fill_of_a_smooth_painting_is_close_to_it() -> None:
    ramp = np.linspace(8_000, 50_000, 1400)
    pixels = np.stack(np.broadcast_arrays(ramp, ramp[:, None], ramp[::-1]), -1).astype(np.uint16)
    mask = np.zeros((1400, 1400), np.uint8)
    cv2.circle(mask, (700, 700), 250, 255, -1)
    layers = _stack(pixels, mask)
    card = next(card for card in classical_cards() if card.id == "diffusion")
    options = FillOptions(window_px_max=384, texture_from_px=None)
    patches = list(inpaint(layers, SRGB, ClassicalGenerator(card), options))
    shown = _placed(layers, patches)
    error = np.abs(shown.astype(int) - pixels)[mask > 0]
    assert np.median(error) < 2_000


def test_hidden_masks_do_not_count_unless_they_are_named() -> None:
    layers = _stack(_painting(300, 400), SPECKS)
    hidden = layers.replacing(replace(layers.layer(2), is_visible=False))
    with pytest.raises(MaskError):
        list(inpaint(hidden, SRGB, Fake()))
    assert list(inpaint(hidden, SRGB, Fake(), mask_ids={2}))


def test_an_earlier_fill_is_seen_and_a_hidden_one_is_not() -> None:
    pixels = _painting(300, 400)
    layers = _stack(pixels, SPECKS).adding(LayerKind.RETOUCH, "By hand")
    red = np.zeros((40, 40, 4), np.uint16)
    red[..., 0] = red[..., 3] = 65535
    spot = Rect(80, 40, 40, 40)
    layers = layers.with_surface(3, layers.layer(3).pixels.writing(spot, red))
    for is_visible in (True, False):
        stack = layers.replacing(replace(layers.layer(3), is_visible=is_visible))
        shown: list[float] = []

        def watched(image: np.ndarray, mask: np.ndarray, shown: list[float] = shown) -> np.ndarray:
            shown.append(float((image[..., 0] - image[..., 1]).max()))
            return image.copy()

        list(inpaint(stack, SRGB, Fake(watched)))
        assert (max(shown) > 0.99) == is_visible


@pytest.mark.parametrize(("value", "sentence"), [(0, "nothing"), (255, "whole"), (1, "whole")])
def test_an_empty_and_a_full_mask_are_refused(value: int, sentence: str) -> None:
    mask = np.full((50, 60), value, np.uint8)
    with pytest.raises(MaskError, match=sentence):
        next(inpaint(_stack(_painting(50, 60), mask), SRGB, Fake()))


@pytest.mark.parametrize("wrong", [np.nan, np.inf, 9.0, -4.0])
def test_a_result_that_cannot_be_paint_is_refused(wrong: float) -> None:
    def broken(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
        filled = image.copy()
        filled[mask > 0] = wrong
        return filled

    with pytest.raises(GeneratorOutputError, match="nothing was changed"):
        list(inpaint(_stack(_painting(300, 400), SPECKS), SRGB, Fake(broken)))


def test_colours_outside_srgb_survive() -> None:
    adobe = imagecodecs.cms_profile(
        "rgb",
        whitepoint=[0.3127, 0.3290, 1.0],
        primaries=[0.64, 0.33, 1.0, 0.21, 0.71, 1.0, 0.15, 0.06, 1.0],
        gamma=2.2,
    )
    pixels = _painting(300, 400)
    pixels[..., 0] //= 20
    pixels[..., 1] = 65535 - pixels[..., 1] // 20
    seen: list[float] = []

    def watched(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
        seen.append(float(image.min()))
        return image.copy()

    layers = _stack(pixels, SPECKS)
    patches = list(inpaint(layers, ColorProfile.of(adobe, 3), Fake(watched), PLAIN))
    assert min(seen) < -0.1
    assert np.abs(_placed(layers, patches).astype(int) - pixels).max() <= 2


def test_cancelling_stops_between_regions() -> None:
    generator = Fake()
    layers = _stack(_painting(900, 1100), _network(900, 1100))
    fills = inpaint(
        layers, SRGB, generator, FillOptions(window_px_max=384),
        is_cancelled=lambda: len(generator.shapes) >= 3,
    )  # fmt: skip
    with pytest.raises(Cancelled):
        list(fills)
    # Others may have been begun by then, but not all of them.
    assert 3 <= len(generator.shapes) <= 8
    assert threading.active_count() == 1


def test_progress_counts_up_to_all() -> None:
    said: list[Progress] = []
    layers = _stack(_painting(900, 1100), _network(900, 1100))
    list(inpaint(layers, SRGB, Fake(), FillOptions(window_px_max=384), progress=said.append))
    assert [step.done for step in said] == list(range(len(said)))
    assert {step.total for step in said} == {len(said) - 1}


def test_a_patch_tells_who_made_it() -> None:
    options = FillOptions(feather_px=2, seed=7, operator="A. Conservator")
    patch = next(inpaint(_stack(_painting(300, 400), SPECKS), SRGB, Fake(), options))
    made = patch.provenance
    assert (made.generator_id, made.device, made.seed) == ("fake", "cpu", 7)
    assert made.operator == "A. Conservator"
    assert made.files == {"m": "0" * 64}
    assert made.parameters["feather_px"] == 2
    assert datetime.fromisoformat(made.time).tzinfo is not None


def test_windows_have_the_sides_the_generator_asks_for() -> None:
    generator = Fake(card=GeneratorCard("fake", "Fake", "", "onnx", multiple_of=32))
    list(inpaint(_stack(_painting(900, 1100), _network(900, 1100)), SRGB, generator))
    assert all(side % 32 == 0 for shape in generator.shapes for side in shape[:2] if side < 896)


def _wide(height: int, width: int, radius: int) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    cv2.circle(mask, (width // 2, height // 2), radius, 255, -1)
    return mask


def _classical(name: str) -> ClassicalGenerator:
    return ClassicalGenerator(next(card for card in classical_cards() if card.id == name))


def test_a_shift_of_tone_is_taken_out_and_the_seam_says_so() -> None:
    pixels = np.full((200, 240, 3), (30_000, 20_000, 40_000), np.uint16)
    layers = _stack(pixels, _wide(200, 240, 12))
    shifted = Fake(lambda image, mask: image + np.float32(0.1))
    (patch,) = inpaint(layers, SRGB, shifted)
    assert np.abs(patch.pixels.astype(int) - pixels[0, 0]).max() <= 2
    assert patch.seam is not None
    assert patch.seam.before == pytest.approx(0.1, abs=1e-5)
    assert patch.seam.after == pytest.approx(0, abs=1e-5)
    (left,) = inpaint(layers, SRGB, shifted, PLAIN)
    assert left.seam is not None
    assert left.seam.after == left.seam.before


@pytest.mark.parametrize("radius", [22, 80])
def test_each_restored_sample_of_a_wide_loss_names_the_paint_its_brushwork_is_from(
    radius: int,
) -> None:
    pixels, mask = _painting(300, 320), _wide(300, 320, radius)
    layers = _stack(pixels, mask)
    options = FillOptions(is_harmonized=False, window_px_max=384)
    patches = list(inpaint(layers, SRGB, _classical("diffusion"), options))
    copied = 0
    for patch in patches:
        assert patch.origins is not None
        assert patch.origins.dtype == np.int32
        at = patch.origins[..., 0] >= 0
        row, column = patch.origins[at].T
        assert (mask[row, column] == 0).all()
        assert np.corrcoef(patch.pixels[at].ravel(), pixels[row, column].ravel())[0, 1] > 0.9
        assert (patch.coverage[at] > 0).all()
        copied += int(at.sum())
    # All but a rim of some pixels, and those around where pieces fade into each other.
    inner = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) >= 8
    assert inner.sum() <= copied < (mask > 0).sum()


def test_thin_losses_and_plain_fills_have_no_origins() -> None:
    layers = _stack(_painting(300, 400), SPECKS)
    assert all(patch.origins is None for patch in inpaint(layers, SRGB, Fake()))
    wide = _stack(_painting(300, 400), _wide(300, 400, 40))
    assert all(patch.origins is None for patch in inpaint(wide, SRGB, Fake(), PLAIN))


@settings(max_examples=6, deadline=None)
@given(
    st.integers(0, 1000),
    st.sampled_from([384, 448, 768]),
    st.sampled_from([None, 20]),
    st.booleans(),
)
def test_outside_the_mask_no_layout_of_windows_changes_a_sample(
    seed: int, window_px: int, texture_from_px: int | None, is_harmonized: bool
) -> None:
    rng = np.random.default_rng(seed)
    height, width = (int(side) for side in rng.integers(300, 520, 2))
    pixels = _painting(height, width, 3, seed)
    mask = np.zeros((height, width), np.uint8)
    cv2.line(mask, (0, int(rng.integers(height))), (width, int(rng.integers(height))), 255, 3)
    centre = (int(rng.integers(width)), int(rng.integers(height)))
    cv2.circle(mask, centre, int(rng.integers(8, 14)), 255, -1)
    layers = _stack(pixels, mask)
    options = FillOptions(
        window_px_max=window_px, texture_from_px=texture_from_px, is_harmonized=is_harmonized
    )
    shown = _placed(layers, list(inpaint(layers, SRGB, _classical("diffusion"), options)))
    np.testing.assert_array_equal(shown[mask == 0], pixels[mask == 0])


def test_a_fill_without_global_context_does_not_depend_on_its_windows() -> None:
    pixels, mask = _painting(700, 900), _network(700, 900)
    layers = _stack(pixels, mask)

    def local(image: np.ndarray, mask: np.ndarray) -> np.ndarray:
        near = cv2.GaussianBlur(image * (1 - mask[..., None]), (0, 0), 4)
        share = cv2.GaussianBlur(1 - mask, (0, 0), 4)
        return near / np.maximum(share, np.float32(1e-3))[..., None] + np.float32(0.05)

    shown = [
        _placed(layers, list(inpaint(layers, SRGB, Fake(local), FillOptions(window_px_max=size))))
        for size in (384, 768)
    ]
    difference = np.abs(shown[0].astype(int) - shown[1])
    assert difference.max() <= 65535 / 1023


def test_a_smooth_gradient_keeps_twelve_bits_of_levels() -> None:
    y, x = np.mgrid[:220, :900]
    pixels = np.repeat((10_000 + 44 * x + 3.7 * y)[..., None], 3, 2).astype(np.uint16)
    mask = np.zeros((220, 900), np.uint8)
    mask[100:112, 20:880] = 255
    layers = _stack(pixels, mask)
    filled = _placed(layers, list(inpaint(layers, SRGB, _classical("diffusion"))))[mask > 0]
    assert len(np.unique(filled[:, 0])) >= 4096
    assert np.abs(filled.astype(int) - pixels[mask > 0]).max() <= 65535 / 1023


def _profile(primaries: list[float], gamma: float) -> bytes:
    made: bytes = imagecodecs.cms_profile(
        "rgb", whitepoint=[0.3457, 0.3585, 1.0], primaries=primaries, gamma=gamma
    )
    return made


@pytest.mark.parametrize(
    ("primaries", "gamma"),
    [
        ([0.7347, 0.2653, 1.0, 0.1596, 0.8404, 1.0, 0.0366, 0.0001, 1.0], 1.8),  # ProPhoto
        ([0.67, 0.33, 1.0, 0.21, 0.71, 1.0, 0.14, 0.08, 1.0], 1.8),  # eciRGB's primaries
    ],
)
@pytest.mark.parametrize("name", ["telea", "diffusion", "exemplar"])
def test_a_wide_gamut_fill_neither_clips_nor_shifts(
    primaries: list[float], gamma: float, name: str
) -> None:
    pixels = np.empty((160, 200, 3), np.uint16)
    pixels[:] = (2_000, 62_000, 3_000)
    pixels[:, :, 0] += np.arange(200, dtype=np.uint16) * 4
    layers = _stack(pixels, _wide(160, 200, 24))
    profile = ColorProfile.of(_profile(primaries, gamma), 3)
    assert not profile.is_fallback
    for patch in inpaint(layers, profile, _classical(name)):
        inside = patch.coverage > 0
        error = patch.pixels[inside].astype(int) - pixels[patch.rect.slices(layers.rect)][inside]
        assert np.abs(error[:, 1:]).max() <= 16
        # Telea is no fill for a gradient; a shift would show in the mean.
        assert abs(error[:, 0].mean()) <= 100


@pytest.mark.parametrize("name", ["diffusion", "exemplar"])
def test_a_wide_loss_of_a_grey_painting_stays_grey(name: str) -> None:
    pixels = _painting(200, 240, 1)
    layers = _stack(pixels, _wide(200, 240, 30))
    (patch,) = inpaint(layers, GREY, _classical(name))
    assert patch.pixels.shape[2] == 1
    inside = patch.pixels[patch.coverage > 0].astype(int)
    low, high = int(pixels.min()), int(pixels.max())
    assert low - 3_000 <= inside.min() <= inside.max() <= high + 3_000


def test_cancelling_stops_the_search_for_texture() -> None:
    asked = 0

    def is_cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    layers = _stack(_painting(200, 200), _wide(200, 200, 25))
    with pytest.raises(Cancelled):
        list(inpaint(layers, SRGB, Fake(), is_cancelled=is_cancelled))
    assert asked == 4
