"""Opening by content, and masks: any grey picture of the painting's size, white = loss."""

import io
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from core.errors import ImageReadError, MaskError, UnsupportedImageError
from core.image.files import open_image, read_mask
from core.image.geometry import Rect
from core.image.raster import RasterSource
from core.image.tiff import TiffSource

WIDTH, HEIGHT = 300, 270


def losses() -> np.ndarray:
    """Return which pixels are lost."""
    lost = np.zeros((HEIGHT, WIDTH), bool)
    lost[30:60, 100:280] = True
    lost[200, ::3] = True
    return lost


def grey(lost: np.ndarray) -> np.ndarray:
    """Return 8-bit grey: 128 and above is loss, 127 and below is not."""
    return np.where(lost, 128 + np.arange(WIDTH) % 128, np.arange(WIDTH) % 128).astype(np.uint8)


def pillow(image: Image.Image, **options: Any) -> bytes:
    """Encode with Pillow."""
    stream = io.BytesIO()
    image.save(stream, **options)
    return stream.getvalue()


def tiff(data: np.ndarray, **options: Any) -> bytes:
    """Encode with tifffile."""
    stream = io.BytesIO()
    tifffile.imwrite(stream, data, metadata=None, **options)
    return stream.getvalue()


def masks() -> dict[str, bytes]:
    """Return the same mask in every form that is accepted."""
    lost = losses()
    levels = grey(lost)
    bilevel = Image.fromarray(lost)
    rgb = np.stack([levels] * 3, axis=2)
    white = (lost * np.uint8(255)).astype(np.uint8)
    files = {
        "grey PNG": pillow(Image.fromarray(levels), format="PNG"),
        "16-bit PNG": imagecodecs.png_encode(levels.astype(np.uint16) * 257),
        "1-bit PNG": pillow(bilevel, format="PNG"),
        "RGB PNG": pillow(Image.fromarray(rgb), format="PNG"),
        "palette PNG": pillow(Image.fromarray(white).convert("P"), format="PNG"),
        "opaque alpha PNG": pillow(
            Image.fromarray(np.stack([levels, np.full_like(levels, 255)], 2)), format="PNG"
        ),
        "grey TIFF": tiff(levels, photometric="minisblack"),
        "white-is-zero TIFF": tiff(255 - levels, photometric="miniswhite"),
        "turned TIFF": tiff(
            np.ascontiguousarray(levels.T), photometric="minisblack",
            extratags=[(274, 3, 1, 5, True)],
        ),
        "RGB TIFF": tiff(rgb, photometric="rgb", compression="lzw"),
    }  # fmt: skip
    for name in ("raw", "group4", "packbits", "tiff_lzw", "tiff_deflate"):
        files[f"1-bit TIFF {name}"] = pillow(bilevel, format="TIFF", compression=name)
        files[f"1-bit white-is-zero TIFF {name}"] = pillow(
            bilevel, format="TIFF", compression=name, tiffinfo={262: 0}
        )
    return files


@pytest.mark.parametrize("kind", masks())
def test_a_mask_means_the_same_in_every_form(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "mask"
    path.write_bytes(masks()[kind])
    surface = read_mask(path, WIDTH, HEIGHT)
    assert np.array_equal(surface.read(Rect(0, 0, WIDTH, HEIGHT)), losses() * np.uint8(255))
    assert surface.bounds() == Rect(0, 0, 512, 256)


def colourful() -> np.ndarray:
    """Return RGB pixels that are not grey."""
    return np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        (grey(losses())[1:], "300 × 269 pixels, but the painting is 300 × 270"),
        (np.zeros((HEIGHT, WIDTH), np.uint8), "marks nothing"),
        (np.full((HEIGHT, WIDTH), 127, np.uint8), "marks nothing"),
        (np.full((HEIGHT, WIDTH), 255, np.uint8), "whole painting"),
        (colourful(), "colour picture"),
    ],
)
@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_a_mask_that_does_not_fit_is_refused(
    tmp_path: Path, pixels: np.ndarray, words: str, form: str
) -> None:
    path = tmp_path / "mask.png"
    path.write_bytes(pillow(Image.fromarray(pixels), format=form))
    with pytest.raises(MaskError, match=words):
        read_mask(path, WIDTH, HEIGHT)


def test_a_transparent_mask_is_refused(tmp_path: Path) -> None:
    levels = grey(losses())
    path = tmp_path / "mask.png"
    path.write_bytes(pillow(Image.fromarray(np.stack([levels, levels], 2)), format="PNG"))
    with pytest.raises(MaskError, match="transparent"):
        read_mask(path, WIDTH, HEIGHT)


def test_a_mask_that_is_no_mask_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "mask.tif"
    path.write_bytes(tiff(np.zeros((HEIGHT, WIDTH), np.float32), photometric="minisblack"))
    with pytest.raises(MaskError, match="floating-point"):
        read_mask(path, WIDTH, HEIGHT)


def test_content_decides_and_not_the_name(tmp_path: Path) -> None:
    data = np.zeros((8, 8), np.uint8)
    (tmp_path / "a.jpg").write_bytes(tiff(data, photometric="minisblack"))
    (tmp_path / "b.tif").write_bytes(imagecodecs.png_encode(data))
    with open_image(tmp_path / "a.jpg") as one, open_image(tmp_path / "b.tif") as two:
        assert isinstance(one, TiffSource)
        assert isinstance(two, RasterSource)


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"8BPS\0\1", "Photoshop"), (b"RIFF....WEBP", "WebP"), (b"\0\0\0\x18ftypheic", "HEIC"),
     (b"%PDF-1.7", "PDF"), (b"SQLite format 3\0", "project")],
)  # fmt: skip
def test_other_formats_are_refused_by_name(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "p.tif").write_bytes(data)
    with pytest.raises(UnsupportedImageError, match=words):
        open_image(tmp_path / "p.tif")


@pytest.mark.parametrize(
    ("data", "words"), [(b"", "empty"), (b"hello there", "whatever its name"), (b"II*", "no TIFF")]
)
def test_what_is_no_picture_is_an_error(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "p.tif").write_bytes(data)
    with pytest.raises(ImageReadError, match=words):
        open_image(tmp_path / "p.tif")
    with pytest.raises(ImageReadError, match=words):
        read_mask(tmp_path / "p.tif", 5, 5)


def test_a_missing_painting_is_named(tmp_path: Path) -> None:
    with pytest.raises(ImageReadError, match=r"no file “gone.tif”"):
        open_image(tmp_path / "gone.tif")
