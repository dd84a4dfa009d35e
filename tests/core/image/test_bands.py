"""Bands and ranges: exact both ways."""

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.image.bands import band_rects, full_range, picked
from core.image.info import ImageInfo


@given(
    width=st.integers(1, 40_000),
    height=st.integers(1, 40_000),
    channels=st.sampled_from([1, 3]),
    orientation=st.integers(1, 8),
)
def test_bands_tile_the_picture_and_stay_small(
    width: int, height: int, channels: int, orientation: int
) -> None:
    info = ImageInfo(Path("p"), "TIFF", width, height, channels, 16, orientation=orientation)
    rects = list(band_rects(info))
    assert sum(rect.area for rect in rects) == width * height
    assert all(rect.x % 256 == 0 and rect.y % 256 == 0 for rect in rects)
    across = height if orientation > 4 else width
    assert max(rect.area for rect in rects) * channels * 2 <= max(
        8 << 20, 256 * across * channels * 2
    )


def test_every_8_bit_value_spans_the_full_range() -> None:
    values = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    wide = full_range(values)
    assert wide.min() == 0
    assert wide.max() == 65535
    assert np.array_equal(wide // 257, values)
    assert np.array_equal(full_range(values, is_inverted=True), 65535 - wide)


@given(shape=st.tuples(st.integers(1, 30), st.integers(1, 30)), step=st.integers(1, 9))
def test_picked_pixels_lie_in_their_share(shape: tuple[int, int], step: int) -> None:
    ys, xs = np.indices(shape)
    size = -(-shape[0] // step), -(-shape[1] // step)
    rows, columns = picked(ys, size)[:, 0], picked(xs, size)[0]
    assert (len(rows), len(columns)) == size
    assert (np.diff(rows) > 0).all()
    assert (np.diff(columns) > 0).all()
    assert rows[-1] < shape[0]
