"""EXIF, GPS, IPTC and XMP as a TIFF of another program carries them."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from core.image.info import profile_notice
from core.image.metadata import Metadata, iptc_from_photoshop
from core.image.tiff import open_tiff
from core.image.tiff_directory import ASCII, LONG, SHORT, Dialect, Tag, directory_bytes

PROFILE = bytearray(200)
PROFILE[:4] = (200).to_bytes(4, "big")
PROFILE[12:16], PROFILE[16:20], PROFILE[36:40] = b"mntr", b"RGB ", b"acsp"


def written(path: Path, **options: object) -> Path:
    """Write a small RGB TIFF."""
    tifffile.imwrite(path, np.zeros((8, 8, 3), np.uint8), photometric="rgb", metadata=None,
                     **options)  # fmt: skip
    return path


def test_all_that_is_no_layout_is_kept(tmp_path: Path) -> None:
    path = written(
        tmp_path / "p.tif", software="Scanner 2", iccprofile=bytes(PROFILE),
        resolution=((600, 1), (600, 1)), resolutionunit="CENTIMETER",
        extratags=[(315, 2, 0, "Rembrandt", True), (700, 1, 6, b"<xmp/>", True),
                   (33723, 4, 2, (1, 2), True), (65432, 11, 2, (1.5, 2.5), True)],
    )  # fmt: skip
    with open_tiff(path) as source:
        info = source.info
    assert {tag.code for tag in info.metadata.tags} == {305, 315, 700, 33723, 65432}
    assert info.metadata.texts() == {"software": "Scanner 2", "artist": "Rembrandt"}
    assert info.metadata.xmp == b"<xmp/>"
    assert info.metadata.iptc == b"\1\0\0\0\2\0\0\0"
    assert info.dpi == (1524.0, 1524.0)
    assert info.icc_profile == bytes(PROFILE)
    assert info.notices == ()


def with_exif(exif: list[Tag], is_cut: bool = False) -> bytes:
    """Return a grey TIFF of one pixel with an EXIF directory, perhaps beyond the file's end."""
    dialect = Dialect(">", False)
    block = directory_bytes(exif, dialect, 10)
    pointer = 1 << 20 if is_cut else 10
    fields = [(256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, 1),
              (279, 1), (34665, pointer)]  # fmt: skip
    main = [Tag.of_numbers(code, LONG, value) for code, value in fields]
    at = 10 + len(block) + len(block) % 2
    body = block.ljust(at - 10, b"\0") + directory_bytes(main, dialect, at)
    return b"MM\0*" + at.to_bytes(4, "big") + b"\1\0" + body


def test_exif_is_read_raw(tmp_path: Path) -> None:
    exif = [Tag.of_numbers(34855, SHORT, 200), Tag.of_bytes(37500, 7, b"maker" * 9)]
    (tmp_path / "p.tif").write_bytes(with_exif(exif))
    with open_tiff(tmp_path / "p.tif") as source:
        assert list(source.info.metadata.exif) == exif


def test_damaged_exif_is_a_notice_and_the_painting_opens(tmp_path: Path) -> None:
    (tmp_path / "p.tif").write_bytes(with_exif([], is_cut=True))
    with open_tiff(tmp_path / "p.tif") as source:
        assert source.info.metadata.exif == ()
        assert any("EXIF" in notice for notice in source.info.notices)


@pytest.mark.parametrize(
    ("profile", "word"),
    [(b"garbage", "damaged"), (b"\x7f\xff\xff\xff" + bytes(PROFILE[4:]), "damaged"),
     (bytes(PROFILE).replace(b"RGB ", b"CMYK"), "another kind"),
     (bytes(PROFILE).replace(b"mntr", b"link"), "another kind")],
)  # fmt: skip
def test_a_bad_profile_is_a_notice_and_its_bytes_are_kept(
    tmp_path: Path, profile: bytes, word: str
) -> None:
    with open_tiff(written(tmp_path / "p.tif", iccprofile=profile)) as source:
        assert source.info.icc_profile == profile
        (notice,) = source.info.notices
    assert word in notice


def test_no_profile_and_a_good_one_need_no_notice() -> None:
    assert profile_notice(None, 3) is None
    assert profile_notice(bytes(PROFILE), 3) is None


def test_photoshop_layers_are_not_kept_and_it_says_so(tmp_path: Path) -> None:
    layers = (37724, 7, 8, b"Adobe Ph", True)
    with open_tiff(written(tmp_path / "p.tif", extratags=[layers])) as source:
        assert source.info.metadata.raw(37724) is None
        assert any("Photoshop layers" in notice for notice in source.info.notices)


def test_iptc_is_found_in_photoshop_resources() -> None:
    block = (
        b"8BIM\x04\x25\x00\x00\x00\x00\x00\x01x\x00" + b"8BIM\x04\x04\x03abc\x00\x00\x00\x05IPTC!"
    )
    assert iptc_from_photoshop(block) == b"IPTC!"
    assert iptc_from_photoshop(b"8BIM\x04") is None
    assert iptc_from_photoshop(b"") is None


def test_a_tag_is_replaced_by_its_code() -> None:
    metadata = Metadata((Tag.of_bytes(315, ASCII, b"a\0"),)).with_xmp(b"one").with_xmp(b"two")
    assert metadata.xmp == b"two"
    assert len(metadata.tags) == 2
