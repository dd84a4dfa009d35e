"""The shipped files are there, and the sample is what it claims to be."""

import io
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import ImageCms

from core import resources
from core.errors import LacunaError


def test_sample_is_a_16_bit_painting_with_profile_resolution_and_exif() -> None:
    path = resources.sample_painting()
    assert path.stat().st_size <= 15_000_000
    with tifffile.TiffFile(path) as file:
        page = file.pages.first
        tags = {tag.name: tag.value for tag in page.tags.values()}
        samples = page.asarray()
    assert samples.dtype == np.uint16
    assert max(samples.shape) >= 2400
    assert samples.shape[2] == 3
    # True 16 bit: many more tones than 8 bit could hold.
    assert min(len(np.unique(samples[..., channel])) for channel in range(3)) > 2000
    assert [Fraction(*tags[name]) for name in ("XResolution", "YResolution")] == [300, 300]
    assert "Sample painting" in tags["ImageDescription"]
    assert tags["ExifTag"]["ExifVersion"] == "0232"
    assert b"algorithmicMedia" in tags["XMP"]
    profile = ImageCms.ImageCmsProfile(io.BytesIO(tags["InterColorProfile"]))
    assert ImageCms.getProfileName(profile).startswith("Lacuna wide RGB")


def test_sample_mask_marks_some_of_the_sample() -> None:
    mask = cv2.imread(str(resources.sample_mask()), cv2.IMREAD_UNCHANGED)
    assert mask is not None
    with tifffile.TiffFile(resources.sample_painting()) as file:
        assert mask.shape == file.pages.first.shape[:2]
    assert set(np.unique(mask)) == {0, 255}
    assert 0.005 < (mask > 127).mean() < 0.10


@pytest.mark.slow
def test_script_paints_the_shipped_sample(tmp_path: Path) -> None:
    for script in (resources.resources_dir() / "sample").glob("*.py"):
        shutil.copy(script, tmp_path)
    subprocess.run([sys.executable, tmp_path / "make_sample.py"], check=True)
    painted = tifffile.imread(tmp_path / "painting.tif").astype(np.int32)
    shipped = tifffile.imread(resources.sample_painting()).astype(np.int32)
    # Other builds of NumPy and OpenCV round otherwise; the picture stays the same.
    assert np.abs(painted - shipped).mean() < 0.002 * 65535


def test_missing_sample_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resources, "resources_dir", lambda: tmp_path)
    with pytest.raises(LacunaError, match=r"sample file .*painting.tif is missing"):
        resources.sample_painting()
