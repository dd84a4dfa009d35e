from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from core.document import mask_file
from core.document.layer import LayerKind, LayerStack
from core.document.mask_file import write_mask
from core.errors import Cancelled, ImageWriteError, MaskError
from core.image.files import read_mask
from core.image.geometry import Rect
from core.image.info import ImageInfo, Resolution
from core.image.surface import U8, U16


class Source:
    """A black painting of some size."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height, self.channels = width, height, 3

    def read(self, rect: Rect, level: int = 0) -> U16:
        area = rect.at_level(level)
        return np.zeros((area.height, area.width, 3), np.uint16)


def marked(values: U8) -> LayerStack:
    """Return the stack of a painting whose mask holds these values."""
    height, width = values.shape
    stack = LayerStack.of(Source(width, height), "painting")
    mask = stack.of_kind(LayerKind.MASK)[0]
    return stack.with_surface(mask.id, mask.pixels.writing(stack.rect, values))


@pytest.fixture
def info(tmp_path: Path) -> ImageInfo:
    path = tmp_path / "painting.png"
    path.write_bytes(b"the painting")
    return ImageInfo(path, "PNG", 4, 4, 3, 8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.integers(1, 300), st.integers(1, 300), st.integers(1, 5000), st.integers(0))
def test_what_is_written_reads_back_sample_for_sample(
    tmp_path: Path,
    info: ImageInfo,
    monkeypatch: pytest.MonkeyPatch,
    width: int,
    height: int,
    band_px: int,
    seed: int,
) -> None:
    monkeypatch.setattr(mask_file, "_BAND_PX", band_px)
    values = np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)
    values[0, 0] = 255
    write_mask(tmp_path / "mask.png", marked(values), info)
    with Image.open(tmp_path / "mask.png") as image:
        assert image.mode == "L"
        assert np.array_equal(np.asarray(image), values)


def test_a_written_mask_can_be_imported(tmp_path: Path, info: ImageInfo) -> None:
    values = np.zeros((90, 120), np.uint8)
    values[20:40, 30:70] = 255
    write_mask(tmp_path / "mask.png", marked(values), info)
    surface = read_mask(tmp_path / "mask.png", 120, 90)
    assert np.array_equal(surface.read(Rect(0, 0, 120, 90)), values)


def test_an_empty_mask_is_not_written(tmp_path: Path, info: ImageInfo) -> None:
    with pytest.raises(MaskError, match="Nothing is marked"):
        write_mask(tmp_path / "mask.png", marked(np.zeros((8, 8), np.uint8)), info)
    assert not (tmp_path / "mask.png").exists()


def test_the_painting_is_never_written_to_not_even_through_a_link(
    tmp_path: Path, info: ImageInfo
) -> None:
    link = tmp_path / "link.png"
    link.symlink_to(info.path)
    for path in (info.path, link):
        with pytest.raises(ImageWriteError):
            write_mask(path, marked(np.full((8, 8), 255, np.uint8)), info)
    assert info.path.read_bytes() == b"the painting"


def test_a_cancelled_export_leaves_the_previous_mask(tmp_path: Path, info: ImageInfo) -> None:
    path = tmp_path / "mask.png"
    path.write_bytes(b"previous")
    with pytest.raises(Cancelled):
        write_mask(path, marked(np.full((8, 8), 255, np.uint8)), info, is_cancelled=lambda: True)
    assert path.read_bytes() == b"previous"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mask.png", "painting.png"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, info: ImageInfo) -> None:
    with pytest.raises(ImageWriteError, match="no folder"):
        write_mask(tmp_path / "no" / "mask.png", marked(np.full((8, 8), 255, np.uint8)), info)


@pytest.mark.parametrize("name", ["mask.tif", "mask.TIFF", "mask.png"])
@pytest.mark.parametrize("orientation", [1, 6])
def test_either_format_keeps_samples_and_resolution_and_lies_upright(
    tmp_path: Path, info: ImageInfo, name: str, orientation: int
) -> None:
    values = np.random.default_rng(0).integers(0, 256, (90, 120), np.uint8)
    resolution = Resolution((600, 1), (300, 1))
    wide = replace(info, width=120, height=90, resolution=resolution, orientation=orientation)
    write_mask(tmp_path / name, marked(values), wide)
    across, down = (600, 300) if orientation == 1 else (300, 600)
    with Image.open(tmp_path / name) as image:
        assert image.mode == "L"
        assert image.info["dpi"] == pytest.approx((across, down), abs=0.02)
        assert np.array_equal(np.asarray(image), values)
    if name != "mask.png":
        with tifffile.TiffFile(tmp_path / name) as tiff:
            assert tiff.pages[0].dtype == np.uint8
            assert tiff.pages[0].photometric.name == "MINISBLACK"
    surface = read_mask(tmp_path / name, 120, 90)
    assert np.array_equal(surface.read(Rect(0, 0, 120, 90)) > 0, values > 127)


def test_a_cancelled_tiff_leaves_the_previous_mask(tmp_path: Path, info: ImageInfo) -> None:
    path = tmp_path / "mask.tif"
    path.write_bytes(b"previous")
    small = replace(info, width=8, height=8)
    with pytest.raises(Cancelled):
        write_mask(path, marked(np.full((8, 8), 255, np.uint8)), small, is_cancelled=lambda: True)
    assert path.read_bytes() == b"previous"
