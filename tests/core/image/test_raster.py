"""PNG and JPEG paintings: exact samples, upright, with their profile and metadata."""

import io
import zlib
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps, PngImagePlugin

from core.errors import ImageReadError, LacunaError, UnsupportedImageError
from core.image.files import open_image
from core.image.geometry import Rect
from core.image.raster import RasterSource

WIDTH, HEIGHT = 60, 50
PROFILE = bytes(36) + b"acsp" + bytes(160)
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>'


def pixels(dtype: Any, channels: int) -> np.ndarray:
    """Return noise: (h, w) or (h, w, 3)."""
    rng = np.random.default_rng(2)
    return rng.integers(0, np.iinfo(dtype).max + 1, (HEIGHT, WIDTH, channels), dtype).squeeze()


def opened(path: Path, data: bytes) -> RasterSource:
    """Write and open a file that is no TIFF."""
    path.write_bytes(data)
    source = open_image(path)
    assert isinstance(source, RasterSource)
    return source


def whole(source: RasterSource) -> np.ndarray:
    """Read the whole picture."""
    return source.read(Rect(0, 0, source.width, source.height))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
def test_png_samples_are_exact(tmp_path: Path, dtype: Any, channels: int) -> None:
    data = pixels(dtype, channels)
    source = opened(tmp_path / "p.dat", imagecodecs.png_encode(data))
    scale = 257 if dtype == np.uint8 else 1
    want = data.reshape(HEIGHT, WIDTH, -1).astype(np.uint16) * np.uint16(scale)
    assert np.array_equal(whole(source), want)
    assert (source.info.format, source.info.bit_depth) == ("PNG", np.iinfo(dtype).bits)
    out = source.read(Rect(0, 0, 9, 9))
    out[:] = 0
    assert np.array_equal(whole(source), want), "the source cannot be changed through a reading"
    coarse = source.sample(2)
    assert coarse is not None
    assert coarse.shape == (13, 15, channels)
    bands = [band for _, band in source.bands()]
    assert np.array_equal(np.concatenate(bands), want)
    source.close()
    with pytest.raises(ImageReadError, match="closed"):
        whole(source)


def test_png_profile_resolution_and_texts_are_kept(tmp_path: Path) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "Rembrandt")
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=True)
    exif = Image.Exif()
    exif[274], exif[271] = 8, "Phase One"
    stream = io.BytesIO()
    Image.fromarray(pixels(np.uint8, 3)).save(
        stream, "PNG", pnginfo=texts, icc_profile=PROFILE, dpi=(300, 300), exif=exif
    )
    info = opened(tmp_path / "p.png", stream.getvalue()).info
    assert info.icc_profile == PROFILE
    assert info.metadata.xmp == XMP
    assert info.metadata.texts() == {"artist": "Rembrandt", "make": "Phase One"}
    assert info.resolution is not None
    assert (info.resolution.x, info.resolution.unit) == ((11811, 100), 3)
    assert info.dpi == pytest.approx((300, 300), abs=0.01)
    assert (info.width, info.height, info.orientation) == (HEIGHT, WIDTH, 8)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_jpeg_is_upright_and_as_pillow_reads_it(
    tmp_path: Path, orientation: int, mode: str
) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    stream = io.BytesIO()
    data = pixels(np.uint8, len(mode))
    Image.fromarray(data).save(stream, "JPEG", quality=95, exif=exif)
    source = opened(tmp_path / "p.tif", stream.getvalue())
    seen = np.asarray(ImageOps.exif_transpose(Image.open(stream)))
    want = seen.reshape(*seen.shape[:2], -1).astype(np.uint16) * 257
    assert np.array_equal(whole(source), want)
    assert (source.info.format, source.info.channels) == ("JPEG", len(mode))


def test_jpeg_profile_resolution_exif_xmp_and_iptc_are_kept(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[315] = "Rembrandt"
    exif.get_ifd(34665)[33434] = (1, 125)
    exif.get_ifd(34853)[1] = "N"
    resources = b"8BIM\x04\x04\x00\x00\x00\x00\x00\x05IPTC!\x00"
    stream = io.BytesIO()
    Image.fromarray(pixels(np.uint8, 3)).save(
        stream, "JPEG", exif=exif, dpi=(240, 240), icc_profile=PROFILE * 400, xmp=XMP
    )
    raw = stream.getvalue()
    content = b"Photoshop 3.0\0" + resources
    segment = b"\xff\xed" + (len(content) + 2).to_bytes(2, "big") + content
    info = opened(tmp_path / "p.jpg", raw[:2] + segment + raw[2:]).info
    assert info.icc_profile == PROFILE * 400
    assert info.metadata.xmp == XMP
    assert info.metadata.photoshop == resources
    assert info.metadata.iptc == b"IPTC!"
    assert info.metadata.texts()["artist"] == "Rembrandt"
    assert {tag.code for tag in info.metadata.exif} >= {33434}
    assert {tag.code for tag in info.metadata.gps} == {1}
    assert info.dpi == (240, 240)


def encoded(mode: str, form: str) -> bytes:
    """Return a picture of a Pillow mode."""
    stream = io.BytesIO()
    Image.new(mode, (9, 9)).save(stream, form)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "word"),
    [(encoded("P", "PNG"), "palette"), (encoded("LA", "PNG"), "transparency"),
     (encoded("RGBA", "PNG"), "transparency"), (encoded("1", "PNG"), "1-bit"),
     (encoded("CMYK", "JPEG"), "CMYK")],
)  # fmt: skip
def test_what_is_not_read_exactly_is_refused_by_name(
    tmp_path: Path, data: bytes, word: str
) -> None:
    with pytest.raises(UnsupportedImageError, match=word):
        opened(tmp_path / "p.png", data)


def test_a_transparent_colour_is_transparency_too(tmp_path: Path) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (9, 9)).save(stream, "PNG", transparency=(0, 0, 0))
    with pytest.raises(UnsupportedImageError, match="transparency"):
        opened(tmp_path / "p.png", stream.getvalue())


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_truncated_picture_never_opens(tmp_path: Path, form: str) -> None:
    stream = io.BytesIO()
    Image.fromarray(pixels(np.uint8, 3)).save(stream, form)
    data = stream.getvalue()
    for size in (len(data) - 1, len(data) - 13, len(data) // 2, 100, 20, 8, 3):
        with pytest.raises(ImageReadError):
            opened(tmp_path / "p.png", data[:size])


def test_sizes_beyond_the_data_are_refused_before_memory_is_asked_for(tmp_path: Path) -> None:
    png = bytearray(imagecodecs.png_encode(pixels(np.uint8, 3)))
    png[16:24] = (1 << 20).to_bytes(4, "big") * 2
    png[29:33] = zlib.crc32(png[12:29]).to_bytes(4, "big")
    stream = io.BytesIO()
    Image.fromarray(pixels(np.uint8, 3)).save(stream, "JPEG")
    jpeg = bytearray(stream.getvalue())
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = b"\xff\xff\xff\xff"
    for data in (png, jpeg):
        with pytest.raises(ImageReadError, match="too little data"):
            opened(tmp_path / "p", bytes(data))


def samples_of_files() -> list[bytes]:
    """Return small pictures of different build."""
    stream = io.BytesIO()
    Image.fromarray(pixels(np.uint8, 3)).save(stream, "JPEG", progressive=True, dpi=(9, 9))
    texts = PngImagePlugin.PngInfo()
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode(), zip=True)
    other = io.BytesIO()
    Image.fromarray(pixels(np.uint8, 1)).save(other, "PNG", pnginfo=texts, icc_profile=PROFILE)
    return [stream.getvalue(), other.getvalue(), imagecodecs.png_encode(pixels(np.uint16, 3))]


@given(data=st.data())
@settings(max_examples=120)
def test_no_damage_raises_anything_but_our_errors(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    raw = bytearray(data.draw(st.sampled_from(samples_of_files())))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(2, len(raw) - 1))] = data.draw(st.integers(0, 255))
    try:
        opened(tmp_path_factory.getbasetemp() / "damaged", bytes(raw)).close()
    except LacunaError:
        return
