import imagecodecs
import numpy as np
import pytest
import skimage
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.image.color import ColorProfile, ColorTransform, decoded, encoded

RAMP = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1)
STOPS = [0, 1, 2, 5, 20, 100, 300, 500, 1000, 2000, 10000, 30000, 50000, 65000, 65535]
CUBE = np.stack(np.meshgrid(STOPS, STOPS, STOPS, indexing="ij"), -1).reshape(15, 225, 3)
CUBE = CUBE.astype(np.uint16)
PIXELS = hnp.arrays(
    np.uint16, (4, 5, 3), elements=st.one_of(st.sampled_from(STOPS), st.integers(0, 65535))
)
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


@pytest.fixture(scope="session")
def rgb_profiles(icc) -> dict[str, bytes | None]:
    return {
        "none": None,
        "sRGB": icc.rgb("sRGB", icc.srgb_curve()),
        "Adobe RGB": icc.rgb("Adobe RGB", icc.gamma(2.19921875)),
        "ProPhoto": icc.rgb("ProPhoto", icc.gamma(1.8)),
        "eciRGB": icc.rgb("eciRGB", icc.table(icc.lightness)),
        "tables": icc.tables("Adobe RGB", 2.2),
    }


@pytest.fixture(scope="session")
def rgb(rgb_profiles) -> dict[str, ColorTransform]:
    return {
        name: ColorTransform(ColorProfile.of(profile, 3)) for name, profile in rgb_profiles.items()
    }


# The greatest error in 1/65535, for all samples and for those of 1000 and more. A dark channel
# beside bright ones is a small difference of large floats: float32 leaves it an error of 4e-8
# of linear light, which a curve without a straight foot at black makes large in numbers only.
EXACTNESS = [("none", 0, 0), ("sRGB", 1, 1), ("eciRGB", 1, 1), ("Adobe RGB", 48, 1)]
EXACTNESS += [("ProPhoto", 16, 1)]


@pytest.mark.parametrize(("name", "limit", "limit_above_1000"), EXACTNESS)
@given(document=PIXELS)
def test_every_colour_survives_the_way_to_srgb_and_back(
    rgb, name, limit, limit_above_1000, document
) -> None:
    for pixels in (document, CUBE):
        back = rgb[name].from_srgb(rgb[name].to_srgb(pixels))
        error = np.abs(back.astype(int) - pixels)
        assert error.max() <= limit
        assert error[pixels >= 1000].max(initial=0) <= limit_above_1000


@pytest.mark.parametrize(("name", "limit", "limit_above_1000"), EXACTNESS)
def test_neutrals_survive_exactly(rgb, name, limit, limit_above_1000) -> None:
    neutral = np.repeat(RAMP, 3, axis=2)
    back = rgb[name].from_srgb(rgb[name].to_srgb(neutral))
    assert np.abs(back.astype(int) - neutral).max() <= 1


def test_colours_outside_srgb_leave_0_to_1(rgb) -> None:
    green = np.array([[[0, 65535, 0]]], np.uint16)
    for name in ("Adobe RGB", "ProPhoto", "eciRGB", "tables"):
        srgb = rgb[name].to_srgb(green)
        assert srgb[0, 0, 0] < -0.3, name
        assert srgb.dtype == np.float32
        if name != "tables":
            assert np.abs(rgb[name].from_srgb(srgb).astype(int) - green).max() <= 48, name


@pytest.mark.parametrize("name", ["sRGB", "Adobe RGB", "ProPhoto", "eciRGB"])
def test_matrix_profiles_agree_with_littlecms(rgb, rgb_profiles, name) -> None:
    document = np.random.default_rng(0).integers(0, 65536, (64, 64, 3), np.uint16)
    srgb = rgb[name].to_srgb(document)
    reference = imagecodecs.cms_transform(
        (document / 65535).astype(np.float32),
        rgb_profiles[name],
        imagecodecs.cms_profile("srgb"),
        colorspace="rgb",
        outcolorspace="rgb",
        intent=1,
        flags=0x100,
    )
    inside = ((srgb > 0.02) & (srgb < 1)).all(axis=2)
    assert inside.sum() > 500
    # The sRGB profile littleCMS makes is rounded to 1/65536 in linear light.
    assert np.abs(srgb - reference)[inside].max() < 1e-3
    assert np.abs(srgb - reference)[inside].mean() < 1e-4


def test_profiles_of_tables_give_the_colours_of_their_matrix(rgb, icc) -> None:
    document = np.random.default_rng(0).integers(3000, 65536, (64, 64, 3), np.uint16)
    matrix = ColorTransform(ColorProfile.of(icc.rgb("Adobe RGB", icc.gamma(2.2)), 3))
    tables = rgb["tables"].to_srgb(document)
    assert tables.min() < -0.3
    assert np.abs(tables - matrix.to_srgb(document)).max() < 0.01
    back = rgb["tables"].from_srgb(tables)
    # A table of 4096 steps is coarse near black; this is the profile's own exactness.
    assert np.abs(back.astype(int) - document).max() < 200


def test_white_and_black_stay_white_and_black(rgb) -> None:
    ends = np.array([[[0] * 3, [65535] * 3]], np.uint16)
    for name, transform in rgb.items():
        srgb = transform.to_srgb(ends)
        assert np.abs(srgb - [[[0] * 3, [1] * 3]]).max() < 2e-4, name
        assert np.abs(transform.from_srgb(srgb).astype(int) - ends).max() <= 1, name


def test_what_the_document_cannot_hold_is_clipped(rgb) -> None:
    beyond = np.array([[[-0.7, 2.0, -9.0], [5.0, 5.0, 5.0]]], np.float32)
    out = rgb["sRGB"].from_srgb(beyond)
    assert out.tolist() == [[[0, 65535, 0], [65535, 65535, 65535]]]


@pytest.fixture(scope="session", params=["none", "gamma 2.2", "gamma 1.8", "L*", "dot gain"])
def grey(icc, request) -> ColorTransform:
    curves = {
        "none": lambda: None,
        "gamma 2.2": lambda: icc.grey(icc.gamma(2.2)),
        "gamma 1.8": lambda: icc.grey(icc.gamma(1.8)),
        "L*": lambda: icc.grey(icc.table(icc.lightness)),
        "dot gain": lambda: icc.grey(icc.table(lambda s: s**1.75, 256)),
    }
    profile = ColorProfile.of(curves[request.param](), 1)
    assert not profile.is_fallback
    return ColorTransform(profile)


def test_grey_becomes_three_equal_channels_and_comes_back(grey) -> None:
    srgb = grey.to_srgb(RAMP)
    assert srgb.shape == (256, 256, 3)
    assert (srgb == srgb[..., :1]).all()
    assert (np.diff(srgb[..., 0].ravel()) >= 0).all()
    assert np.abs(grey.from_srgb(srgb).astype(int) - RAMP).max() <= 1


def test_grey_takes_the_luminance_of_colours(grey) -> None:
    colours = np.random.default_rng(0).random((8, 8, 3), np.float32)
    luminance = decoded(colours.astype(float)) @ LUMINANCE
    expected = grey.from_srgb(np.repeat(encoded(luminance)[..., None], 3, 2).astype(np.float32))
    assert np.abs(grey.from_srgb(colours).astype(int) - expected).max() <= 1


@given(hnp.arrays(np.float64, 20, elements=st.floats(-20, 20)))
def test_the_srgb_curve_is_mirrored_at_0_and_undone(linear) -> None:
    assert np.allclose(decoded(encoded(linear)), linear, rtol=1e-6, atol=1e-7)
    assert np.array_equal(encoded(-linear), -encoded(linear))


def test_the_srgb_curve_is_the_standards() -> None:
    assert encoded(np.array([0.0, 0.0031308, 0.18, 1.0])) == pytest.approx(
        [0.0, 0.0404499, 0.4613561, 1.0], abs=1e-6
    )


def test_profiles_say_what_they_are(rgb_profiles, icc) -> None:
    assert ColorProfile.of(None, 3).name == "sRGB"
    assert ColorProfile.of(None, 1).name == "Grey (sRGB curve)"
    assert not ColorProfile.of(None, 3).is_fallback
    assert ColorProfile.of(rgb_profiles["eciRGB"], 3).name == "eciRGB"
    assert ColorProfile.of(icc.assembled(b"RGB ", {}), 3).is_fallback


def test_a_profile_that_cannot_be_used_falls_back_to_srgb(rgb_profiles, icc) -> None:
    good = rgb_profiles["Adobe RGB"]
    for bad, channels in (
        (b"garbage" * 100, 3),
        (good[: len(good) // 2], 3),
        (good, 1),
        (icc.grey(icc.gamma(2.2)), 3),
        (good.replace(b"RGB ", b"CMYK", 1), 3),
        (b"\x7f\xff\xff\xff" + good[4:], 3),
    ):
        profile = ColorProfile.of(bad, channels)
        assert profile.is_fallback
        assert profile.icc == bad
        document = np.full((2, 2, channels), 30000, np.uint16)
        plain = ColorTransform(ColorProfile.of(None, channels)).to_srgb(document)
        assert np.array_equal(ColorTransform(profile).to_srgb(document), plain)


@given(st.data())
@settings(max_examples=30)
def test_damaged_profiles_never_raise(rgb_profiles, data) -> None:
    damaged = bytearray(rgb_profiles["eciRGB"])
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, 500))] = data.draw(st.integers(0, 255))
    transform = ColorTransform(ColorProfile.of(bytes(damaged), 3))
    srgb = transform.to_srgb(CUBE)
    assert srgb.shape == CUBE.shape
    assert np.isfinite(srgb).all()
    assert transform.from_srgb(srgb).dtype == np.uint16


def test_long_pictures_convert_as_their_parts_do(rgb) -> None:
    document = np.random.default_rng(0).integers(0, 65536, (3000, 200, 3), np.uint16)
    for name in ("ProPhoto", "tables"):
        srgb = rgb[name].to_srgb(document)
        assert np.array_equal(srgb[2000:2010], rgb[name].to_srgb(document[2000:2010]))
        back = rgb[name].from_srgb(srgb)
        assert np.array_equal(back[1500:1510], rgb[name].from_srgb(srgb[1500:1510]))


def test_lab_is_that_of_scikit_image_for_untagged_pictures() -> None:
    document = np.random.default_rng(3).integers(0, 65536, (9, 11, 3), np.uint16)
    found = ColorTransform(ColorProfile.of(None, 3)).to_lab(document)
    white = ColorTransform(ColorProfile.of(None, 3)).to_lab(np.full((1, 1, 3), 65535, np.uint16))
    assert found[..., 0].min() >= 0
    assert white[0, 0] == pytest.approx([100, 0, 0], abs=0.02)
    # Under D65, and without Bradford adaptation, hues differ a little.
    expected = skimage.color.rgb2lab(document / 65535)
    assert np.abs(found[..., 0] - expected[..., 0]).max() < 3.5
