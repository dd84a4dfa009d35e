"""Writing TIFFs: bit-identical round trips, and what stood there stands until the end."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from core.errors import Cancelled, ImageReadError, ImageWriteError
from core.image import new_file, tiff_verify, tiff_write
from core.image.geometry import Rect
from core.image.info import ImageInfo, Resolution
from core.image.metadata import Metadata
from core.image.orientation import stored, stored_rect
from core.image.surface import U16
from core.image.tiff import open_tiff, write_tiff
from core.image.tiff_directory import ASCII, RATIONAL, SHORT, UNDEFINED, Tag

WIDTH, HEIGHT = 300, 270
PROFILE = bytes(range(256)) * 3
XMP = '<x:xmpmeta xmlns:x="adobe:ns:meta/">é</x:xmpmeta>'.encode()
METADATA = Metadata(
    tags=(
        Tag.of_bytes(270, ASCII, "Bildnis einer Frau, um 1650; Öl\0".encode()),
        Tag.of_bytes(305, ASCII, b"Capture One\0"),
        Tag.of_bytes(315, ASCII, b"A. Photographer\0"),
        Tag.of_bytes(33432, ASCII, b"Museum\0"),
        Tag.of_bytes(306, ASCII, b"2024:05:01 12:00:00\0"),
        Tag.of_bytes(700, 1, XMP),
        Tag.of_bytes(33723, UNDEFINED, b"\x1c\x02\x50\x00\x06Artist"),
        Tag.of_bytes(34377, 1, b"8BIM\x04\x04\0\0\0\0\0\0"),
        Tag.of_numbers(65000, SHORT, 1, 2, 3, 4, 5),
        Tag(65001, 12, 1, np.float64(2.5).tobytes()),
    ),
    exif=(
        Tag.of_numbers(33434, RATIONAL, 1, 125),
        Tag.of_bytes(36864, UNDEFINED, b"0232"),
        Tag.of_bytes(36867, ASCII, b"2024:05:01 12:00:00\0"),
        Tag(37380, 10, 1, np.array([-1, 3], "<i4").tobytes()),
        Tag.of_bytes(37500, UNDEFINED, b"maker note" * 7),
    ),
    gps=(Tag.of_bytes(0, 1, b"\2\3\0\0"), Tag.of_numbers(2, RATIONAL, 52, 1, 31, 1, 12, 1)),
    interoperability=(Tag.of_bytes(1, ASCII, b"R98\0"),),
)


def described(**changes: Any) -> ImageInfo:
    """Return the description of a painting that carries all there is."""
    info = ImageInfo(
        path=Path("painting.tif"), format="TIFF", width=WIDTH, height=HEIGHT, channels=3,
        bit_depth=16, icc_profile=PROFILE, metadata=METADATA,
        resolution=Resolution((3000000, 10007), (300, 1), 2),
    )  # fmt: skip
    return replace(info, **changes)


def painting(info: ImageInfo, seed: int = 0) -> np.ndarray:
    """Return upright document samples of a depth: uint16 over the full range."""
    rng = np.random.default_rng(seed)
    shape = (info.height, info.width, info.channels)
    if info.bit_depth == 8:
        return rng.integers(0, 256, shape, dtype=np.uint8).astype(np.uint16) * 257
    return rng.integers(0, 65536, shape, dtype=np.uint16)


def reader(pixels: np.ndarray) -> Callable[[Rect], U16]:
    """Return what write_tiff asks for its samples."""
    return lambda rect: pixels[rect.y : rect.bottom, rect.x : rect.right]


def leftovers(folder: Path) -> list[str]:
    """Return the names of temporary files."""
    return [path.name for path in folder.iterdir() if path.name.startswith(".lacuna")]


@pytest.mark.parametrize("compression", ["none", "lzw", "deflate", "zstd"])
@pytest.mark.parametrize(("byteorder", "bigtiff"), [("<", False), (">", False), (">", True)])
@pytest.mark.parametrize(
    "changes",
    [{}, {"bit_depth": 8}, {"channels": 1}, {"channels": 1, "bit_depth": 8, "is_min_white": True},
     {"is_tiled": True}, {"is_tiled": True, "channels": 1, "bit_depth": 8}],
)  # fmt: skip
def test_what_is_written_reads_back_the_same(
    tmp_path: Path, changes: dict[str, Any], bigtiff: bool, byteorder: str, compression: Any
) -> None:
    info = described(byteorder=byteorder, **changes)
    pixels = painting(info)
    path = tmp_path / "out.tif"
    write_tiff(path, info, reader(pixels), compression=compression, bigtiff=bigtiff)
    with open_tiff(path) as source:
        found = source.info
        assert np.array_equal(source.read(Rect(0, 0, WIDTH, HEIGHT)), pixels)
    assert sorted(found.metadata.tags) == sorted(METADATA.tags)
    assert found.metadata.exif == METADATA.exif
    assert found.metadata.gps == METADATA.gps
    assert found.metadata.interoperability == METADATA.interoperability
    assert (found.icc_profile, found.resolution) == (PROFILE, info.resolution)
    assert (found.byteorder, found.is_bigtiff, found.compression) == (
        byteorder, bigtiff, compression,
    )  # fmt: skip
    assert found.is_tiled == (info.is_tiled and compression != "none")


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("bigtiff", [False, True])
def test_tifffile_finds_every_tag(tmp_path: Path, byteorder: Any, bigtiff: bool) -> None:
    info = described(byteorder=byteorder)
    pixels = painting(info)
    path = tmp_path / "out.tif"
    write_tiff(path, info, reader(pixels), bigtiff=bigtiff)
    with tifffile.TiffFile(path) as opened:
        page = opened.pages.first
        assert np.array_equal(page.asarray(), pixels)
        assert page.iccprofile == PROFILE
        assert page.tags[700].value == XMP
        assert page.tags[33723].value == METADATA.iptc
        assert page.tags[282].value == (3000000, 10007)
        assert page.tags[270].value == "Bildnis einer Frau, um 1650; Öl"
        assert page.tags[65000].value == (1, 2, 3, 4, 5)
        assert page.tags[65001].value == 2.5
        exif = page.tags[34665].value
        assert exif["ExposureTime"] == (1, 125)
        assert exif["ExposureBiasValue"] == (-1, 3)
        assert exif["MakerNote"] == b"maker note" * 7
        assert page.tags[34853].value["GPSLatitude"] == (52, 1, 31, 1, 12, 1)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("is_tiled", [False, True])
def test_an_orientation_is_stored_again(tmp_path: Path, orientation: int, is_tiled: bool) -> None:
    info = described(orientation=orientation, is_tiled=is_tiled)
    pixels = painting(info)
    path = tmp_path / "out.tif"
    write_tiff(path, info, reader(pixels), compression="lzw" if is_tiled else "none")
    assert np.array_equal(tifffile.imread(path), stored(pixels, orientation))
    with open_tiff(path) as source:
        assert source.info.orientation == orientation
        assert np.array_equal(source.read(Rect(0, 0, WIDTH, HEIGHT)), pixels)


def test_eight_bit_samples_are_the_nearest(tmp_path: Path) -> None:
    info = described(width=256, height=256, channels=1, bit_depth=8)
    pixels = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1)
    path = tmp_path / "out.tif"
    write_tiff(path, info, reader(pixels))
    written = tifffile.imread(path).astype(int)
    assert np.abs(written * 257 - pixels[..., 0]).max() <= 128


def test_source_compression_is_kept_where_it_is_lossless(tmp_path: Path) -> None:
    for theirs, ours in {"zstd": "zstd", "jpeg": "deflate", "none": "none"}.items():
        info = described(compression=theirs)
        write_tiff(tmp_path / "o.tif", info, reader(painting(info)), compression="source")
        with open_tiff(tmp_path / "o.tif") as source:
            assert source.info.compression == ours


def test_another_xmp_replaces_the_old_one(tmp_path: Path) -> None:
    info = described()
    write_tiff(tmp_path / "o.tif", info, reader(painting(info)), xmp=b"<new/>")
    with open_tiff(tmp_path / "o.tif") as source:
        assert source.info.metadata.xmp == b"<new/>"


def test_large_files_become_bigtiff_before_a_byte_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = described()
    monkeypatch.setattr(tiff_write, "_CLASSIC_LIMIT", 100_000)
    with pytest.raises(ImageWriteError, match="BigTIFF"):
        write_tiff(tmp_path / "o.tif", info, reader(painting(info)), bigtiff=False)
    assert list(tmp_path.iterdir()) == []
    write_tiff(tmp_path / "o.tif", info, reader(painting(info)))
    with open_tiff(tmp_path / "o.tif") as source:
        assert source.info.is_bigtiff


@pytest.mark.parametrize("orientation", [1, 6])
def test_inspect_sees_every_sample_as_read_back(tmp_path: Path, orientation: int) -> None:
    info = described(orientation=orientation, width=700, height=900)
    pixels = painting(info)
    seen = np.zeros((info.height, info.width), np.uint8)

    def inspect(rect: Rect, samples: U16) -> None:
        seen[rect.y : rect.bottom, rect.x : rect.right] += 1
        assert np.array_equal(samples, reader(pixels)(rect))

    write_tiff(tmp_path / "o.tif", info, reader(pixels), inspect=inspect)
    assert (seen == 1).all()


def test_a_sample_that_changed_on_the_disk_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = described()
    path = tmp_path / "o.tif"
    path.write_bytes(b"previous")

    def sync(new: new_file.NewFile) -> None:
        new.handle.seek(5000)
        new.handle.write(b"\x55\xaa\x12")
        new.handle.flush()

    monkeypatch.setattr(new_file.NewFile, "sync", sync)
    with pytest.raises(ImageWriteError, match="differed"):
        write_tiff(path, info, reader(painting(info)))
    assert path.read_bytes() == b"previous"
    assert leftovers(tmp_path) == []


def test_progress_grows_to_one_and_cancel_leaves_nothing(tmp_path: Path) -> None:
    info = described(width=2000, height=1500)
    pixels = painting(info)
    steps: list[float] = []
    write_tiff(tmp_path / "o.tif", info, reader(pixels), progress=steps.append)
    assert steps == sorted(steps)
    assert steps[-1] == 1.0
    for at in range(len(steps) - 1):
        asked = iter(range(1000))
        with pytest.raises(Cancelled):
            write_tiff(
                tmp_path / "new.tif", info, reader(pixels),
                is_cancelled=lambda at=at, asked=asked: next(asked) >= at,
            )  # fmt: skip
        assert [path.name for path in tmp_path.iterdir()] == ["o.tif"]


def test_an_error_of_the_painting_passes_through(tmp_path: Path) -> None:
    def read(rect: Rect) -> U16:
        raise ImageReadError("The drive is gone.")

    with pytest.raises(ImageReadError, match="gone"):
        write_tiff(tmp_path / "o.tif", described(), read)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG])
def test_a_full_disk_keeps_the_previous_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    info = described()
    path = tmp_path / "o.tif"
    write_tiff(path, info, reader(painting(info, seed=1)))
    before = path.read_bytes()

    def fail(new: new_file.NewFile) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(new_file.NewFile, "sync", fail)
    with pytest.raises(ImageWriteError, match="unchanged") as caught:
        write_tiff(path, info, reader(painting(info)))
    assert path.read_bytes() == before
    assert leftovers(tmp_path) == []
    if number == errno.ENOSPC:
        assert "MB" in str(caught.value)
        assert "free" in str(caught.value)


def test_too_little_room_is_refused_before_a_byte_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiff_write, "free_bytes", lambda folder: 1000)
    with pytest.raises(ImageWriteError, match="disk is full"):
        write_tiff(tmp_path / "o.tif", described(), lambda rect: pytest.fail("was read"))
    assert list(tmp_path.iterdir()) == []


LIMITED = """
import resource, sys
from pathlib import Path
import numpy as np
from core.errors import ImageWriteError
from core.image.info import ImageInfo
from core.image.tiff import write_tiff
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
info = ImageInfo(Path("p.tif"), "TIFF", 400, 400, 3, 16)
try:
    write_tiff(Path(sys.argv[1]), info, lambda r: np.zeros((r.height, r.width, 3), np.uint16))
except ImageWriteError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no file size limits")
def test_a_real_limit_on_file_size_keeps_the_previous_export(tmp_path: Path) -> None:
    path = tmp_path / "o.tif"
    path.write_bytes(b"previous")
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True
    )
    assert "takes no file of" in run.stdout
    assert path.read_bytes() == b"previous"
    assert [entry.name for entry in tmp_path.iterdir()] == ["o.tif"]


def test_a_folder_that_may_not_be_written_to_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deny(*_: object) -> int:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(new_file.os, "open", deny)
    with pytest.raises(ImageWriteError, match="may not be written"):
        write_tiff(tmp_path / "o.tif", described(), reader(painting(described())))


def test_a_missing_folder_a_folder_and_a_device_are_refused(tmp_path: Path) -> None:
    read = reader(painting(described()))
    with pytest.raises(ImageWriteError, match="no folder"):
        write_tiff(tmp_path / "nowhere" / "o.tif", described(), read)
    with pytest.raises(ImageWriteError, match="is a folder"):
        write_tiff(tmp_path, described(), read)
    if Path("/dev/null").exists():
        with pytest.raises(ImageWriteError, match="device"):
            write_tiff(Path("/dev/null"), described(), read)


def test_the_painting_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "painting.tif"
    tifffile.imwrite(path, np.zeros((8, 8), np.uint16), photometric="minisblack")
    before = path.read_bytes()
    (tmp_path / "soft.tif").symlink_to(path)
    os.link(path, tmp_path / "hard.tif")
    with open_tiff(path) as source:
        path.rename(tmp_path / "moved.tif")
        for name in ("soft.tif", "hard.tif", "moved.tif", "painting.tif"):
            if name == "soft.tif":
                (tmp_path / name).unlink()
                (tmp_path / name).symlink_to(tmp_path / "moved.tif")
            if name == "painting.tif":
                (tmp_path / "moved.tif").rename(path)
            with pytest.raises(ImageWriteError, match="the painting itself"):
                write_tiff(tmp_path / name, source.info, source.read)
    assert path.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_is_replaced_and_never_written_through(tmp_path: Path) -> None:
    other = tmp_path / "other.tif"
    other.write_bytes(b"other")
    link = tmp_path / "link.tif"
    link.symlink_to(other)
    write_tiff(link, described(), reader(painting(described())))
    assert other.read_bytes() == b"other"
    assert not link.is_symlink()


@pytest.mark.parametrize("name", ["портрет 画 é.tif", "a'b\"c\n.tif", "x" * 251 + ".tif"])
def test_any_name_can_be_written_and_read(tmp_path: Path, name: str) -> None:
    info = described()
    write_tiff(tmp_path / name, info, reader(painting(info)))
    with open_tiff(tmp_path / name) as source:
        assert source.info.icc_profile == PROFILE


@pytest.mark.skipif(sys.platform != "linux", reason="names are bytes on Linux alone")
def test_a_name_that_is_no_utf_8_can_be_written_and_read(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xfe.tif"))
    info = described()
    write_tiff(path, info, reader(painting(info)))
    with open_tiff(path) as source:
        assert source.width == WIDTH


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize(("bits", "channels"), [(8, 1), (16, 3)])
def test_only_plain_bands_are_read_strip_by_strip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, orientation: int, bits: int, channels: int
) -> None:
    """8 bit and grey: strips of an odd number of bytes are padded."""
    monkeypatch.setattr(tiff_verify, "_CHUNK_BYTES", 1)
    monkeypatch.setattr(tiff_write, "_STRIP_BYTES", 40 * 301 * channels * bits // 8)
    size = (301, 600) if orientation == 1 else (600, 301)
    info = described(
        width=size[0], height=size[1], orientation=orientation, bit_depth=bits, channels=channels
    )
    pixels = painting(info)
    plain, other = [], []

    def is_plain(rect: Rect) -> bool:
        return stored_rect(rect, info.width, info.height, orientation).y != 256

    def read(rect: Rect) -> U16:
        other.append(stored_rect(rect, info.width, info.height, orientation))
        return reader(pixels)(rect)

    def read_plain(rect: Rect) -> U16:
        plain.append(stored_rect(rect, info.width, info.height, orientation))
        return reader(pixels)(rect)

    write_tiff(
        tmp_path / "o.tif", info, read, inspect=lambda _rect, _samples: None, is_plain=is_plain,
        read_plain=read_plain,
    )  # fmt: skip
    with open_tiff(tmp_path / "o.tif") as source:
        assert np.array_equal(source.read(Rect(0, 0, *size)), pixels)
    assert other == [Rect(0, 256, 301, 256)]
    assert {rect.height for rect in plain} <= {32, 24}
    assert sum(rect.height for rect in plain) == 600 - 256
