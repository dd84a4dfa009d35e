"""A first picture from a few rows: near the painting everywhere, and cheap."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from core.errors import ImageReadError
from core.image import tiff_sketch
from core.image.byte_file import ByteFile
from core.image.tiff import open_tiff
from core.image.tiff_sketch import sketched

WIDTH, HEIGHT = 150, 110


def ramp(channels: int = 1) -> np.ndarray:
    """Return pixels that rise by 300 a row and 200 a column, others in each channel."""
    plane = np.add.outer(np.arange(HEIGHT) * 300, np.arange(WIDTH) * 200)
    return np.stack([plane + 900 * i for i in range(channels)], 2).astype(np.uint16).squeeze()


def written(path: Path, data: np.ndarray, compression: str = "lzw", **options: Any) -> Path:
    """Write with tifffile, with a predictor where there may be one."""
    options.setdefault("photometric", "rgb" if data.ndim == 3 else "minisblack")
    has_predictor = compression not in ("packbits", "jpeg")
    tifffile.imwrite(
        path, data, compression=compression, predictor=has_predictor, metadata=None, **options
    )
    return path


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 40 rows be all that can be decoded at once, and 5 be enough."""
    monkeypatch.setattr(tiff_sketch, "_AT_ONCE_PX", 40 * WIDTH)
    monkeypatch.setattr(tiff_sketch, "_AT_ONCE_WHOLE_PX", 40 * WIDTH)
    monkeypatch.setattr(tiff_sketch, "_LEAST_ROWS", 5)


@pytest.mark.parametrize("rows", [1, 3, 8, 20])
@pytest.mark.parametrize("compression", ["lzw", "zlib", "lzma", "zstd", "packbits"])
@pytest.mark.usefixtures("few")
def test_some_of_the_compressed_strips_give_a_coarse_picture(
    tmp_path: Path, rows: int, compression: str
) -> None:
    data = ramp()
    path = written(tmp_path / "p.tif", data, compression, rowsperstrip=rows)
    with open_tiff(path) as source:
        coarse = source.sample(2)
    if coarse is None:
        assert compression in ("zstd", "packbits")
        assert rows == 20
        return
    assert coarse.shape == (-(-HEIGHT // 4), -(-WIDTH // 4), 1)
    middles = data[2::4, 2::4]
    within = coarse[: middles.shape[0], : middles.shape[1], 0].astype(int)
    # Rows are known at every 22 rows at worst: a line's end is off by half of that.
    assert np.abs(within - middles)[:-5].max() <= 300 * 11
    assert np.abs(within - middles).mean() <= 600


@pytest.mark.parametrize("at_once_px", [40 * WIDTH, 1 << 20])
@pytest.mark.parametrize("planarconfig", ["contig", "separate"])
@pytest.mark.parametrize("compression", ["lzw", "zlib"])
def test_compressed_tiles_and_planes_give_a_coarse_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once_px: int, planarconfig: str,
    compression: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(tiff_sketch, "_AT_ONCE_PX", at_once_px)
    monkeypatch.setattr(tiff_sketch, "_LEAST_ROWS", 5)
    data = ramp(3)
    stored = np.moveaxis(data, 2, 0) if planarconfig == "separate" else data
    path = written(
        tmp_path / "p.tif", stored, compression, tile=(16, 16), planarconfig=planarconfig,
        photometric="rgb",
    )  # fmt: skip
    with open_tiff(path) as source:
        coarse = source.sample(2)
    assert coarse is not None
    middles = data[2::4, 2::4].astype(int)
    within = coarse[: middles.shape[0], : middles.shape[1]]
    allowed = 300 if at_once_px > 40 * WIDTH else 300 * 16
    assert np.abs(within - middles)[:-4].max() <= allowed


def test_all_that_fits_is_decoded_and_true(tmp_path: Path) -> None:
    data = np.random.default_rng(0).integers(0, 65536, (HEIGHT, WIDTH), np.uint16)
    with open_tiff(written(tmp_path / "p.tif", data, rowsperstrip=HEIGHT)) as source:
        coarse = source.sample(1)
    assert coarse is not None
    assert np.array_equal(coarse[..., 0], data[1::2, 1::2])


@pytest.mark.usefixtures("few")
def test_a_huge_strip_gives_none(tmp_path: Path) -> None:
    with open_tiff(written(tmp_path / "p.tif", ramp(), rowsperstrip=HEIGHT)) as source:
        assert source.sample(2) is None


def between_first_rows(data: np.ndarray) -> np.ndarray:
    """Return what is known of 16 px squares by the first row of each: half of this and the next."""
    known = data[::16, 8::16].astype(np.float64)
    below = np.concatenate([known[1:], known[-1:]])
    return np.rint((known + below) / 2)


@pytest.mark.parametrize("compression", ["lzw", "zlib", "lzma"])
def test_of_each_strip_only_what_the_rows_need_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compression: str
) -> None:
    """Grain is even: the share of the bytes is enough."""
    monkeypatch.setattr(tiff_sketch, "_AT_ONCE_PX", 16 * 4000)
    monkeypatch.setattr(tiff_sketch, "_UNEVEN_BYTES", 512)
    data = np.random.default_rng(0).integers(0, 4096, (256, 4000), np.uint16)
    path = written(tmp_path / "p.tif", data, compression, rowsperstrip=16)
    read: list[int] = []
    from_file = ByteFile.read

    def reading(file: ByteFile, offset: int, size: int) -> bytes:
        read.append(size)
        return from_file(file, offset, size)

    with open_tiff(path) as source:
        monkeypatch.setattr(ByteFile, "read", reading)
        coarse = sketched(source._file, source._layout, 16)
    assert coarse is not None
    assert np.array_equal(coarse[..., 0], between_first_rows(data))
    assert sum(read) < path.stat().st_size / 5


@pytest.mark.parametrize("compression", ["lzw", "zlib", "lzma"])
def test_a_strip_whose_start_is_less_even_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compression: str
) -> None:
    monkeypatch.setattr(tiff_sketch, "_AT_ONCE_PX", 16 * 4000)
    monkeypatch.setattr(tiff_sketch, "_UNEVEN_BYTES", 0)
    data = np.zeros((256, 4000), np.uint16)
    data[::16] = np.random.default_rng(0).integers(0, 65536, (16, 4000), np.uint16)
    path = written(tmp_path / "p.tif", data, compression, rowsperstrip=16)
    with open_tiff(path) as source:
        coarse = sketched(source._file, source._layout, 16)
    assert coarse is not None
    assert np.array_equal(coarse[..., 0], between_first_rows(data))


def test_damage_is_an_error_of_ours(tmp_path: Path) -> None:
    path = written(tmp_path / "p.tif", ramp(), "zlib", rowsperstrip=8)
    with open_tiff(path) as source:
        offset = int(source._layout.offsets[3])
    data = bytearray(path.read_bytes())
    data[offset : offset + 20] = bytes(20)
    path.write_bytes(data)
    with open_tiff(path) as source, pytest.raises(ImageReadError, match="decompressed"):
        source.sample(2)
