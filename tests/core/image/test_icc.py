import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.image.icc import CODES, description, matrix_shaper

SAMPLES = np.arange(CODES) / (CODES - 1)


def test_the_name_is_read_from_either_kind_of_tag(icc) -> None:
    assert description(icc.rgb("Adobe RGB", icc.gamma(2.2))) == "Adobe RGB"
    named = icc.rgb("sRGB", icc.gamma(2.2), icc.name_v4("Grün – v4"))
    assert description(named) == "Grün – v4"
    assert description(icc.assembled(b"RGB ", {})) == ""
    assert description(b"") == ""


def test_matrix_and_curves_are_those_of_the_profile(icc) -> None:
    shaper = matrix_shaper(icc.rgb("Adobe RGB", icc.gamma(2.2)), 3)
    assert shaper is not None
    assert shaper.matrix[1] == pytest.approx([0.31111, 0.62568, 0.06321], abs=1e-5)
    assert shaper.matrix.sum(axis=1) == pytest.approx([0.9642, 1.0, 0.8249], abs=1e-4)
    assert np.abs(shaper.curves[0] - SAMPLES ** (563 / 256)).max() < 1e-8


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (0, (2.2,), lambda x: x**2.2),
        (1, (2.0, 1.25, -0.25), lambda x: np.where(x >= 0.2, (1.25 * x - 0.25) ** 2, 0)),
        (
            2,
            (2.0, 1.0, -0.125, 0.0625),
            lambda x: np.where(x >= 0.125, (x - 0.125) ** 2, 0) + 0.0625,
        ),
        (3, (2.0, 1.0, 0.0, 0.25, 0.25), lambda x: np.where(x >= 0.25, x**2, x / 4)),
        (
            4,
            (2.0, 0.875, 0.0, 0.25, 0.25, 0.125, 0.0625),
            lambda x: np.where(x >= 0.25, (0.875 * x) ** 2 + 0.125, x / 4 + 0.0625),
        ),
    ],
)
def test_parametric_curves_follow_the_specification(icc, kind, values, expected) -> None:
    shaper = matrix_shaper(icc.grey(icc.parametric(kind, *values)), 1)
    assert shaper is not None
    assert np.abs(shaper.curves[0] - expected(SAMPLES)).max() < 1e-4


def test_table_curves_are_interpolated(icc) -> None:
    shaper = matrix_shaper(icc.grey(icc.table(icc.lightness, 1024)), 1)
    assert shaper is not None
    assert np.abs(shaper.curves[0] - icc.lightness(SAMPLES)).max() < 2e-5
    identity = matrix_shaper(icc.grey(b"curv" + bytes(8)), 1)
    assert identity is not None
    assert np.abs(identity.curves[0] - SAMPLES).max() < 1e-8


def test_every_curve_rises_strictly(icc) -> None:
    for curve in (icc.table(icc.lightness, 256), icc.gamma(2.4), icc.table(lambda s: s > 0.5, 2)):
        shaper = matrix_shaper(icc.grey(curve), 1)
        assert shaper is not None
        assert (np.diff(shaper.curves[0]) > 0).all()


def test_what_is_no_matrix_profile_is_left_to_littlecms(icc) -> None:
    good = icc.rgb("sRGB", icc.gamma(2.2))
    assert matrix_shaper(good, 1) is None
    assert matrix_shaper(icc.grey(icc.gamma(2.2)), 3) is None
    assert matrix_shaper(icc.tables("sRGB", 2.2), 3) is None
    assert matrix_shaper(good.replace(b"rTRC", b"xTRC"), 3) is None
    assert matrix_shaper(good.replace(b"para", b"what"), 3) is not None
    falling = icc.rgb("sRGB", icc.table(lambda s: 1 - s))
    assert matrix_shaper(falling, 3) is None
    assert matrix_shaper(icc.rgb("sRGB", icc.parametric(9)), 3) is None
    assert matrix_shaper(icc.rgb("sRGB", icc.gamma(2.2)).replace(b"gXYZ", b"rXYZ"), 3) is None


@given(st.data())
def test_damaged_profiles_are_read_without_a_fault(icc, data) -> None:
    whole = bytearray(icc.rgb("sRGB", icc.srgb_curve()))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    damaged = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    assert isinstance(description(damaged), str)
    shaper = matrix_shaper(damaged, 3)
    if shaper is not None:
        assert all(np.isfinite(curve).all() for curve in shaper.curves)
        assert np.isfinite(np.linalg.inv(shaper.matrix)).all()


@given(st.binary(max_size=400))
def test_any_bytes_are_read_without_a_fault(data: bytes) -> None:
    description(data)
    matrix_shaper(data, 3)
    matrix_shaper(data, 1)
