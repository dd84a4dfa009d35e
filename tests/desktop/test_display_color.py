import imagecodecs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QColorSpace, QImage

from core.image.color import ColorProfile, ColorTransform
from core.image.surface import U8, U16
from desktop.display_color import SRGB, DisplayColor
from desktop.look import PLAIN, Look, Tint

PROFILES = ["srgb", "adobergb", "prophoto"]


def shown(document: U16, icc: bytes | None) -> U8:
    """Return (h, w, 3) of what the screen gets."""
    profile = ColorProfile.of(icc, document.shape[2])
    return pixels_of(DisplayColor(profile, icc).to_display(document))


def pixels_of(image: QImage) -> U8:
    """Return an RGB32 image's pixels, (h, w, 3)."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
    return rows[:, : image.width(), 2::-1].copy()


def exact(document: U16, icc: bytes | None) -> np.ndarray:
    srgb = ColorTransform(ColorProfile.of(icc, document.shape[2])).to_srgb(document)
    return np.clip(srgb, 0.0, 1.0) * 255.0


def random_picture(seed: int, channels: int) -> U16:
    return np.random.default_rng(seed).integers(0, 65536, (31, 17, channels), np.uint16)


def profile(name: str) -> bytes:
    if name == "prophoto":
        # ROMM RGB (ANSI/I3A IT10.7666): primaries and white D50, gamma 1.8.
        return imagecodecs.cms_profile(
            "rgb",
            whitepoint=[0.3457, 0.3585, 1.0],
            primaries=[0.7347, 0.2653, 1.0, 0.1596, 0.8404, 1.0, 0.0366, 0.0001, 1.0],
            gamma=1.8,
        )
    return imagecodecs.cms_profile(name)


@pytest.mark.parametrize("name", PROFILES)
@given(seed=st.integers(0, 1000))
def test_the_screen_shows_the_exact_colours_to_one_step(name: str, seed: int) -> None:
    icc = profile(name)
    document = random_picture(seed, 3)
    steps = np.abs(shown(document, icc) - np.rint(exact(document, icc)))
    # Qt's tables are coarse where the sRGB curve is steep: 2 steps at 2 of a million dark samples.
    assert steps.max() <= 2
    assert (steps > 1).mean() < 0.002
    assert (steps > 0).mean() < 0.1


def test_an_untagged_picture_is_taken_for_srgb() -> None:
    document = np.arange(256, dtype=np.uint16).repeat(3).reshape(16, 16, 3) * 257
    assert np.array_equal(shown(document, None), document // 257)


def test_grey_is_shown_without_hue() -> None:
    document = random_picture(1, 1)
    rgb = shown(document, None)
    assert (rgb[..., 0] == rgb[..., 1]).all()
    assert (rgb[..., 1] == rgb[..., 2]).all()
    assert np.abs(rgb - exact(document, None)).max() <= 0.51


def test_a_damaged_profile_shows_the_picture_as_srgb() -> None:
    document = random_picture(2, 3)
    assert np.array_equal(shown(document, b"no profile at all"), shown(document, None))


@pytest.mark.parametrize("channels", [1, 3])
def test_another_monitor_gets_the_same_colours_by_its_own_figures(channels: int) -> None:
    # Not the darkest tones: there a step of 8 bits is many of the other curve.
    document = random_picture(4, channels) // 2 + 16384
    wide = QColorSpace(QColorSpace.NamedColorSpace.AdobeRgb)
    display = DisplayColor(ColorProfile.of(None, channels), None)
    image = display.with_monitor(wide).to_display(document)
    image.setColorSpace(wide)
    rows = pixels_of(image.convertedToColorSpace(QColorSpace(SRGB)))
    assert np.abs(rows.astype(int) - shown(document, None)).max() <= 3
    assert display.with_monitor(SRGB) is display
    if channels == 3:
        assert np.abs(pixels_of(image).astype(int) - shown(document, None)).max() > 20


def test_a_look_comes_after_the_profile_and_leaves_the_rest_alone() -> None:
    icc = profile("adobergb")
    document = random_picture(5, 3)
    display = DisplayColor(ColorProfile.of(icc, 3), icc)
    stretched = display.with_look(Look(white=0.5))
    expected = np.clip(exact(document, icc) * 2, 0, 255)
    assert np.abs(pixels_of(stretched.to_display(document)) - expected).max() <= 5
    assert np.array_equal(pixels_of(stretched.with_look(PLAIN).to_display(document)),
                          shown(document, icc))  # fmt: skip
    assert display.with_look(PLAIN) is display


@pytest.mark.parametrize("tint", list(Tint))
@pytest.mark.parametrize("channels", [1, 3])
def test_every_look_is_shown_of_grey_and_colour(tint: Tint, channels: int) -> None:
    document = random_picture(6, channels)
    display = DisplayColor(ColorProfile.of(None, channels), None).with_look(Look(tint))
    assert pixels_of(display.to_display(document)).shape == (31, 17, 3)


def test_a_part_of_a_larger_array_is_shown_alike() -> None:
    document = random_picture(3, 3)
    document.flags.writeable = False
    part = document[5:20, 3:11]
    assert np.array_equal(shown(part, None), shown(np.ascontiguousarray(part), None))
