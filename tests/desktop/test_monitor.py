from pathlib import Path

import imagecodecs
import pytest
from PySide6.QtGui import QColorSpace

from desktop.display_color import SRGB
from desktop.monitor import monitor_space


def test_without_a_file_the_monitor_is_srgb() -> None:
    assert monitor_space(None) == SRGB


def test_a_monitors_profile_is_read(tmp_path: Path) -> None:
    file = tmp_path / "monitor.icc"
    file.write_bytes(bytes(imagecodecs.cms_profile("adobergb")))
    space = monitor_space(file)
    assert space is not None
    assert space.isValid()
    assert space != SRGB


@pytest.mark.parametrize("content", [b"", b"no profile", b"\0" * 4096])
def test_what_is_no_profile_of_a_monitor_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "monitor.icc"
    file.write_bytes(content)
    assert monitor_space(file) is None
    assert monitor_space(tmp_path / "missing.icc") is None


def test_a_grey_profile_is_no_monitors(tmp_path: Path) -> None:
    file = tmp_path / "grey.icc"
    file.write_bytes(bytes(imagecodecs.cms_profile("gray")))
    assert monitor_space(file) is None
    assert QColorSpace.fromIccProfile(file.read_bytes()) != SRGB
