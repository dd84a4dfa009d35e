"""Tiles as blobs: exact both ways, and never anything but what their name says."""

import imagecodecs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.document.tile_codec import TileDamagedError, decode_tile, encode_tile, tile_hash
from core.image.surface import Surface, Tile

SURFACES = [Surface.mask(), Surface.retouch(1), Surface.retouch(3)]


def _tile(surface: Surface, seed: int, values: int) -> Tile:
    rng = np.random.default_rng(seed)
    return rng.integers(0, values, surface.tile_shape).astype(surface.dtype)


@given(st.sampled_from(SURFACES), st.integers(0, 2**32), st.sampled_from([1, 2, 200, 65536]))
def test_a_tile_comes_back_exactly(surface: Surface, seed: int, values: int) -> None:
    tile = _tile(surface, seed, values)
    blob = encode_tile(tile)
    back = decode_tile(blob, tile_hash(tile), surface.channels, surface.dtype)
    assert np.array_equal(back, tile)
    assert back.dtype == surface.dtype
    assert not back.flags.writeable


@given(st.data())
def test_any_flipped_bit_is_found(data: st.DataObject) -> None:
    tile = _tile(SURFACES[0], 5, 2)
    blob = bytearray(encode_tile(tile))
    index = data.draw(st.integers(0, len(blob) - 1))
    blob[index] ^= 1 << data.draw(st.integers(0, 7))
    try:
        back = decode_tile(bytes(blob), tile_hash(tile), 1, tile.dtype)
    except TileDamagedError:
        return
    assert np.array_equal(back, tile)  # a bit that means nothing to zstd


@pytest.mark.parametrize("blob", [b"", b"abc", imagecodecs.zstd_encode(b"abc", level=1)])
def test_what_is_no_tile_is_refused(blob: bytes) -> None:
    with pytest.raises(TileDamagedError):
        decode_tile(blob, bytes(32), 1, np.dtype(np.uint8))


def test_a_bomb_takes_no_more_than_a_tile() -> None:
    bomb = imagecodecs.zstd_encode(bytes(100_000_000), level=1)
    with pytest.raises(TileDamagedError):
        decode_tile(bomb, bytes(32), 1, np.dtype(np.uint8))


def test_the_name_tells_type_and_shape() -> None:
    names = {tile_hash(np.zeros(s.tile_shape, s.dtype)) for s in SURFACES}
    assert len(names) == 3
    one = _tile(SURFACES[2], 1, 65536)
    assert tile_hash(one) == tile_hash(one.astype(">u2"))
