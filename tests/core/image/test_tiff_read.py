"""Reading TIFFs that another program (tifffile) wrote: exact, or refused."""

import contextlib
import itertools
import logging
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ImageReadError, LacunaError
from core.image.geometry import Rect
from core.image.orientation import upright
from core.image.tiff import TiffSource, open_tiff

WIDTH, HEIGHT = 150, 110
LAYOUTS: dict[str, dict[str, Any]] = {
    "one strip": {"rowsperstrip": HEIGHT},
    "strips": {"rowsperstrip": 32},
    "rows": {"rowsperstrip": 1},
    "tiles": {"tile": (32, 48)},
}
COMPRESSIONS = ["none", "lzw", "zlib", "zstd", "packbits", "lzma"]


def pixels(bits: int, channels: int, seed: int = 0) -> np.ndarray:
    """Return smooth pixels with noise, (h, w) or (h, w, 3)."""
    rng = np.random.default_rng(seed)
    ramp = np.linspace(0, 0.8, HEIGHT * WIDTH).reshape(HEIGHT, WIDTH, 1)
    values = (ramp + rng.random((HEIGHT, WIDTH, channels)) * 0.2) * (2**bits - 1)
    return values.astype(np.uint8 if bits == 8 else np.uint16).squeeze()


def write(path: Path, data: np.ndarray, **options: Any) -> Path:
    """Write with tifffile, which knows nothing of us."""
    options.setdefault("photometric", "rgb" if data.ndim == 3 else "minisblack")
    compression = options.pop("compression", "none")
    if compression != "none":
        options["compression"] = compression
        options.setdefault("predictor", compression not in ("packbits", "jpeg"))
    tifffile.imwrite(path, data, metadata=None, **options)
    return path


def expected(data: np.ndarray) -> np.ndarray:
    """Return document samples: (h, w, C) uint16."""
    data = data.reshape(data.shape[0], data.shape[1], -1)
    return data.astype(np.uint16) * 257 if data.dtype == np.uint8 else data


def read_all(source: TiffSource) -> np.ndarray:
    """Read the whole picture at once."""
    return source.read(Rect(0, 0, source.width, source.height))


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("bits", "channels"), [(8, 1), (8, 3), (16, 1), (16, 3)])
def test_every_sample_is_exact(
    tmp_path: Path, bits: int, channels: int, layout: str, compression: str
) -> None:
    data = pixels(bits, channels)
    for byteorder, bigtiff in itertools.product("<>", (False, True)):
        path = write(
            tmp_path / "p.tif", data, compression=compression, byteorder=byteorder,
            bigtiff=bigtiff, **LAYOUTS[layout],
        )  # fmt: skip
        with open_tiff(path) as source:
            assert np.array_equal(read_all(source), expected(data))
            rect = Rect(37, 29, 70, 50)
            part = expected(data)[rect.y : rect.bottom, rect.x : rect.right]
            assert np.array_equal(source.read(rect), part)
            info = source.info
        assert (info.width, info.height, info.channels) == (WIDTH, HEIGHT, channels)
        assert (info.bit_depth, info.byteorder, info.is_bigtiff) == (bits, byteorder, bigtiff)
        assert info.is_tiled == (layout == "tiles")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("compression", ["none", "lzw"])
def test_every_orientation_is_shown_upright(
    tmp_path: Path, orientation: int, compression: str
) -> None:
    data = pixels(16, 3)
    tag = (274, 3, 1, orientation, True)
    path = write(tmp_path / "p.tif", data, compression=compression, extratags=[tag])
    want = upright(expected(data), orientation)
    with open_tiff(path) as source:
        assert (source.height, source.width) == want.shape[:2]
        assert source.info.orientation == orientation
        assert np.array_equal(read_all(source), want)
        assert np.array_equal(source.read(Rect(3, 5, 20, 9)), want[5:14, 3:23])


@pytest.mark.parametrize("compression", ["none", "lzw"])
def test_separate_planes_are_read(tmp_path: Path, compression: str) -> None:
    data = pixels(16, 3)
    planes = np.ascontiguousarray(np.moveaxis(data, 2, 0))
    path = write(
        tmp_path / "p.tif", planes, compression=compression, planarconfig="separate",
        photometric="rgb", rowsperstrip=20,
    )  # fmt: skip
    with open_tiff(path) as source:
        assert np.array_equal(read_all(source), data)


@pytest.mark.parametrize("bits", [8, 16])
def test_min_is_white_is_inverted_exactly(tmp_path: Path, bits: int) -> None:
    data = pixels(bits, 1)
    path = write(tmp_path / "p.tif", data, photometric="miniswhite")
    with open_tiff(path) as source:
        assert np.array_equal(read_all(source), 65535 - expected(data))


def test_jpeg_in_tiff_is_read_as_tifffile_reads_it(tmp_path: Path) -> None:
    data = pixels(8, 3)
    path = write(tmp_path / "p.tif", data, compression="jpeg", tile=(48, 64))
    with open_tiff(path) as source:
        assert np.array_equal(read_all(source), expected(tifffile.imread(path)))


def test_a_jpeg_strip_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "p.tif", pixels(8, 3), compression="jpeg", rowsperstrip=HEIGHT)
    with tifffile.TiffFile(path) as opened:
        end = opened.pages.first.dataoffsets[0] + opened.pages.first.databytecounts[0]
    raw = bytearray(path.read_bytes())
    raw[end - 2 : end] = b"\0\0"
    path.write_bytes(raw)
    with open_tiff(path) as source, pytest.raises(ImageReadError, match="decompressed"):
        read_all(source)


def test_a_jpeg_strip_that_claims_another_size_asks_for_no_memory(tmp_path: Path) -> None:
    path = write(tmp_path / "p.tif", pixels(8, 3), compression="jpeg", rowsperstrip=HEIGHT)
    raw = bytearray(path.read_bytes())
    at = raw.index(b"\xff\xc0\0\x11\x08") + 5
    raw[at : at + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(raw)
    with open_tiff(path) as source, pytest.raises(ImageReadError) as caught:
        read_all(source)
    assert "65535" in str(caught.value.__cause__)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    "options",
    [{"rowsperstrip": 7}, {"rowsperstrip": 100, "compression": "lzw"},
     {"tile": (16, 16), "compression": "zlib"}, {"rowsperstrip": 999, "compression": "zstd"}],
)  # fmt: skip
def test_bands_tile_the_picture(tmp_path: Path, orientation: int, options: dict[str, Any]) -> None:
    data = np.random.default_rng(1).integers(0, 65536, (600, 530), dtype=np.uint16)
    path = write(tmp_path / "p.tif", data, extratags=[(274, 3, 1, orientation, True)], **options)
    with open_tiff(path) as source:
        out = np.zeros((source.height, source.width, 1), np.uint16)
        seen = np.zeros((source.height, source.width), np.uint8)
        for rect, band in source.bands():
            assert rect.x % 256 == 0
            assert rect.y % 256 == 0
            at = rect.slices(Rect(0, 0, source.width, source.height))
            out[at] = band
            seen[at] += 1
    assert (seen == 1).all()
    assert np.array_equal(out, upright(expected(data), orientation))


@pytest.mark.parametrize("orientation", [1, 3, 6])
@pytest.mark.parametrize("layout", ["strips", "tiles"])
@pytest.mark.parametrize("level", [0, 1, 3, 9])
def test_a_sample_is_coarse_and_true(
    tmp_path: Path, orientation: int, layout: str, level: int
) -> None:
    ramp = np.add.outer(np.arange(HEIGHT) * 300, np.arange(WIDTH) * 200).astype(np.uint16)
    tag = (274, 3, 1, orientation, True)
    path = write(tmp_path / "p.tif", ramp, extratags=[tag], **LAYOUTS[layout])
    with open_tiff(path) as source:
        coarse = source.sample(level)
        assert coarse is not None
        step = 1 << level
        assert coarse.shape == (-(-source.height // step), -(-source.width // step), 1)
        picture = Rect(0, 0, source.width, source.height)
        for y, x in itertools.product(range(coarse.shape[0]), range(coarse.shape[1])):
            square = Rect(x * step, y * step, step, step).intersection(picture)
            pixels_there = source.read(square)
            assert pixels_there.min() <= coarse[y, x, 0] <= pixels_there.max()


@pytest.mark.parametrize("is_sub", [True, False])
def test_a_reduced_copy_in_the_file_gives_the_first_view(tmp_path: Path, is_sub: bool) -> None:
    data = pixels(16, 3)
    half = np.ascontiguousarray(data[::2, ::2])
    path = tmp_path / "p.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(data, photometric="rgb", compression="lzw", subifds=1 if is_sub else None)
        writer.write(half, photometric="rgb", compression="lzw", subfiletype=1)
    with open_tiff(path) as source:
        coarse = source.sample(1)
        assert coarse is not None
        assert np.array_equal(coarse, half)
        assert np.array_equal(read_all(source), data)
        assert any("previews" in notice for notice in source.info.notices)


def test_of_several_pages_the_first_is_read_and_it_says_so(tmp_path: Path) -> None:
    path = tmp_path / "p.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(pixels(16, 1), photometric="minisblack")
        writer.write(pixels(16, 1, seed=1), photometric="minisblack")
    with open_tiff(path) as source:
        assert np.array_equal(read_all(source), expected(pixels(16, 1)))
        assert source.info.notices == ("The file has 2 pages; the first is the painting here.",)


def test_threads_read_the_same_samples(tmp_path: Path) -> None:
    data = pixels(16, 3)
    path = write(tmp_path / "p.tif", data, compression="zlib", tile=(16, 16))
    wrong: list[Rect] = []
    with open_tiff(path) as source:

        def reader(seed: int) -> None:
            rng = np.random.default_rng(seed)
            for _ in range(40):
                x, y = int(rng.integers(0, WIDTH - 20)), int(rng.integers(0, HEIGHT - 20))
                rect = Rect(x, y, 20, 20)
                if not np.array_equal(source.read(rect), data[y : y + 20, x : x + 20]):
                    wrong.append(rect)

        threads = [threading.Thread(target=reader, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_a_rectangle_beyond_the_picture_is_wrong_use(tmp_path: Path) -> None:
    with open_tiff(write(tmp_path / "p.tif", pixels(8, 1))) as source:
        for rect in (Rect(-1, 0, 4, 4), Rect(0, 0, WIDTH + 1, 1), Rect(0, 0, 0, 5)):
            with pytest.raises(ValueError):
                source.read(rect)
        with pytest.raises(ValueError):
            source.read(Rect(0, 0, 4, 4), level=1)


@pytest.mark.parametrize("compression", ["none", "lzw"])
def test_a_file_that_shrinks_while_open_is_an_error_and_never_black(
    tmp_path: Path, compression: str
) -> None:
    path = write(tmp_path / "p.tif", pixels(16, 3), compression=compression, rowsperstrip=10)
    with open_tiff(path) as source:
        with path.open("r+b") as handle:
            handle.truncate(1000)
        with pytest.raises(ImageReadError, match="shorter"):
            read_all(source)


def test_a_closed_painting_says_so(tmp_path: Path) -> None:
    source = open_tiff(write(tmp_path / "p.tif", pixels(8, 1)))
    source.close()
    source.close()
    with pytest.raises(ImageReadError, match="closed"):
        read_all(source)


@pytest.fixture(scope="module")
def small_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Return small TIFFs of different build, to be damaged."""
    folder = tmp_path_factory.mktemp("small")
    data = pixels(16, 3)[:24, :20]
    return [
        write(folder / "strips.tif", data, rowsperstrip=8, iccprofile=b"x" * 200),
        write(folder / "lzw.tif", data, compression="lzw", rowsperstrip=8, byteorder=">"),
        write(folder / "big.tif", data, compression="zlib", tile=(16, 16), bigtiff=True),
        write(folder / "zstd.tif", data, compression="zstd"),
        write(folder / "jpeg.tif", (data >> 8).astype(np.uint8), compression="jpeg"),
    ]


@given(data=st.data())
@settings(max_examples=200)
def test_no_damage_raises_anything_but_our_errors(
    small_files: list[Path], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    origin = data.draw(st.sampled_from(small_files))
    raw = bytearray(origin.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    del raw[data.draw(st.integers(len(raw) // 2, len(raw))) :]
    path = tmp_path_factory.getbasetemp() / "damaged.tif"
    path.write_bytes(raw)
    with contextlib.suppress(LacunaError), open_tiff(path) as source:
        for _ in itertools.islice(source.bands(), 4):
            pass
        source.sample(2)
