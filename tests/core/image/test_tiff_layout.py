"""What is not read exactly is refused by name, and what is damaged before a sample is shown."""

import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from core.errors import ImageReadError, UnsupportedImageError
from core.image.tiff import open_tiff
from core.image.tiff_directory import LONG, SHORT, Dialect, Tag, directory_bytes

GREY = np.full((40, 30), 9, np.uint8)
RGB = np.full((40, 30, 3), 9, np.uint8)


def made(data: np.ndarray, **options: Any) -> Callable[[Path], None]:
    """Return a function that writes a file with tifffile."""

    def write(path: Path) -> None:
        tifffile.imwrite(path, data, metadata=None, **options)

    return write


UNSUPPORTED = {
    "CMYK": made(np.zeros((9, 9, 4), np.uint8), photometric="separated"),
    r"L\*a\*b\*": made(RGB, photometric="cielab"),
    "floating-point": made(np.zeros((9, 9), np.float32), photometric="minisblack"),
    "32-bit": made(np.zeros((9, 9), np.uint32), photometric="minisblack"),
    "signed": made(np.zeros((9, 9), np.int16), photometric="minisblack"),
    "12-bit": made(GREY.astype(np.uint16), photometric="minisblack", bitspersample=12),
    "1 bit": made(GREY > 3, photometric="minisblack"),
    "palette": made(
        GREY, photometric="palette", colormap=np.zeros((3, 256), np.uint16)
    ),
    "alpha": made(np.zeros((9, 9, 4), np.uint8), photometric="rgb", extrasamples=["unassalpha"]),
    "extra channels": made(
        np.zeros((9, 9, 4), np.uint16), photometric="rgb", extrasamples=["unspecified"]
    ),
    "WebP": made(RGB, photometric="rgb", compression="webp"),
    "JPEG 2000": made(RGB, photometric="rgb", compression="jpeg2000"),
}  # fmt: skip


@pytest.mark.parametrize("word", UNSUPPORTED)
def test_what_is_not_read_exactly_is_refused_by_name(tmp_path: Path, word: str) -> None:
    path = tmp_path / "painting.tif"
    UNSUPPORTED[word](path)
    with pytest.raises(UnsupportedImageError, match=word) as caught:
        open_tiff(path)
    assert str(caught.value).startswith("“painting.tif” ")


def tiff(**changes: Any) -> bytes:
    """Return a small valid grey TIFF with some tags changed, by their names here."""
    fields: dict[str, tuple[int, int, tuple[int, ...]]] = {
        "width": (256, LONG, (30,)), "height": (257, LONG, (40,)), "bits": (258, SHORT, (8,)),
        "compression": (259, SHORT, (1,)), "photometric": (262, SHORT, (1,)),
        "offsets": (273, LONG, (8, 608)), "samples": (277, SHORT, (1,)),
        "rows": (278, LONG, (20,)), "counts": (279, LONG, (600, 600)),
    }  # fmt: skip
    extra = {
        "orientation": 274,
        "planes": 284,
        "tile_width": 322,
        "predictor": 317,
        "fill_order": 266,
    }
    for name, value in changes.items():
        values = value if isinstance(value, tuple) else (value,)
        code, kind, _ = fields.get(name, (extra.get(name, 0), SHORT, ()))
        fields[name] = (code, kind, values)
    present = [field for field in fields.values() if field[2] != (None,)]
    tags = [Tag.of_numbers(code, kind, *values) for code, kind, values in present]
    block = directory_bytes(tags, Dialect("<", False), 1208)
    return struct.pack("<2sHI", b"II", 42, 1208) + bytes(1200) + block


def test_the_small_tiff_is_valid(tmp_path: Path) -> None:
    (tmp_path / "p.tif").write_bytes(tiff())
    with open_tiff(tmp_path / "p.tif") as source:
        assert (source.width, source.height) == (30, 40)


def test_missing_byte_counts_of_raw_strips_are_no_secret(tmp_path: Path) -> None:
    (tmp_path / "p.tif").write_bytes(tiff(counts=None))
    with open_tiff(tmp_path / "p.tif") as source:
        assert (source.width, source.height) == (30, 40)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"width": 2**32 - 1}, "impossible"),
        ({"height": 0}, "impossible"),
        ({"width": 200_000, "height": 200_000, "rows": 200_000}, "implausibly large"),
        ({"width": 200_000, "height": 200_000, "rows": 1}, "of its 200,000 strips only 2"),
        ({"predictor": 3}, "predictor 3"),
        ({"predictor": 2}, "predictor 2 with none"),
        ({"fill_order": 2}, "in reverse"),
        ({"rows": 0}, "no rows"),
        ({"rows": 1}, "of its 40 strips only 2"),
        ({"rows": 10}, "of its 4 strips only 2"),
        ({"offsets": (8, 100_000)}, "truncated.*number 2"),
        ({"offsets": (8, 0)}, "strip 2 of 2 is missing"),
        ({"counts": (600, 0)}, "strip 2 of 2 is missing"),
        ({"counts": (600, 599)}, "too few bytes"),
        ({"offsets": (8, 500)}, "strips 1 and 2 overlap"),
        ({"offsets": None}, "only 0"),
        ({"compression": 5, "width": 900_000, "height": 40}, "too few"),
        ({"planes": 3, "samples": 3, "photometric": 2}, "planes"),
        ({"tile_width": 16}, "tiles"),
        ({"photometric": None}, "what its samples mean"),
        ({"samples": 2}, "extra channels"),
        ({"photometric": 2}, "1 channels where RGB"),
        ({"compression": 6}, "old-style JPEG"),
        ({"compression": 4242}, "number 4242"),
        ({"bits": (8, 16)}, "different depths"),
    ],
)
def test_damage_is_found_before_a_sample_is_shown(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    path = tmp_path / "p.tif"
    path.write_bytes(tiff(**changes))
    with pytest.raises(ImageReadError, match=words):
        open_tiff(path)


def test_an_orientation_that_does_not_exist_is_shown_as_stored(tmp_path: Path) -> None:
    (tmp_path / "p.tif").write_bytes(tiff(orientation=9))
    with open_tiff(tmp_path / "p.tif") as source:
        assert source.info.orientation == 1
        assert any("orientation 9" in notice for notice in source.info.notices)


@pytest.mark.parametrize("size", range(0, 1400, 97))
def test_a_truncated_file_never_opens(tmp_path: Path, size: int) -> None:
    whole = tiff()
    (tmp_path / "p.tif").write_bytes(whole[: min(size, len(whole) - 1)])
    with pytest.raises(ImageReadError):
        open_tiff(tmp_path / "p.tif")


@pytest.mark.parametrize("next_offset", [8, 1208, 1_000_000])
def test_a_chain_of_pages_that_goes_wrong_leaves_the_first(
    tmp_path: Path, next_offset: int
) -> None:
    data = bytearray(tiff())
    end_of_table = 1208 + 2 + 12 * 9
    data[end_of_table : end_of_table + 4] = struct.pack("<I", next_offset)
    (tmp_path / "p.tif").write_bytes(data)
    with open_tiff(tmp_path / "p.tif") as source:
        assert source.width == 30


def test_ten_thousand_pages_are_not_walked(tmp_path: Path) -> None:
    data = bytearray(tiff())
    start = len(data)
    end_of_table = 1208 + 2 + 12 * 9
    data[end_of_table : end_of_table + 4] = struct.pack("<I", start)
    for i in range(10_000):
        data += struct.pack("<HI", 0, start + (i + 1) * 6)
    (tmp_path / "p.tif").write_bytes(data + bytes(6))
    with open_tiff(tmp_path / "p.tif") as source:
        assert source.width == 30


BOMB = """
import resource, sys
from pathlib import Path
from core.errors import ImageReadError
from core.image.geometry import Rect
from core.image.tiff import open_tiff
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    with open_tiff(Path(sys.argv[1])) as source:
        source.read(Rect(0, 0, 1, 1))
except ImageReadError as error:
    print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no rusage")
def test_a_bomb_costs_no_more_memory_than_its_segment(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tif"
    bomb = np.zeros((4000, 4000), np.uint8)
    tifffile.imwrite(path, bomb, photometric="minisblack", compression="zstd", rowsperstrip=4000)
    with tifffile.TiffFile(path, mode="r+") as opened:
        opened.pages.first.tags["ImageLength"].overwrite(100)
        opened.pages.first.tags["RowsPerStrip"].overwrite(100)
    run = subprocess.run(
        [sys.executable, "-c", BOMB, str(path)], capture_output=True, text=True, check=True
    )
    sentence, grown = run.stdout.strip().rsplit("\n", 1)
    assert "cannot be decompressed" in sentence
    assert int(grown) < 20
