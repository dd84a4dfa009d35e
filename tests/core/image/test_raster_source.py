"""A picture decoded whole: once, when it is read, and again when it was forgotten."""

import io
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from core.errors import ImageReadError
from core.image.files import open_image
from core.image.geometry import Rect
from core.image.raster_source import RasterSource


def encoded(form: str) -> bytes:
    """Return a picture of a form."""
    noise = np.random.default_rng(2).integers(0, 256, (50, 60, 3), np.uint8)
    stream = io.BytesIO()
    Image.fromarray(noise).save(stream, form)
    return stream.getvalue()


def whole(source: RasterSource) -> np.ndarray:
    """Read the whole picture."""
    return source.read(Rect(0, 0, source.width, source.height))


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_deferred_picture_is_decoded_when_it_is_read_and_again_when_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    (tmp_path / "p").write_bytes(encoded(form))
    with open_image(tmp_path / "p") as opened:
        want = whole(opened)
    decoded: list[int] = []
    for name in ("png_decode", "jpeg8_decode"):
        decode = getattr(imagecodecs, name)
        monkeypatch.setattr(
            imagecodecs, name, lambda data, decode=decode: decoded.append(1) or decode(data)
        )
    with open_image(tmp_path / "p", is_deferred=True) as source:
        assert isinstance(source, RasterSource)
        assert decoded == []
        for times in (1, 2):
            assert np.array_equal(whole(source), want)
            assert np.array_equal(whole(source), want)
            assert len(decoded) == times
            source.forget()
        assert [known.shape[2] for _, known in source.bands(lambda _rect: want)] == [3]
        assert len(decoded) == 2
    with pytest.raises(ImageReadError, match="closed"):
        source.load()


def test_threads_decode_a_picture_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "p").write_bytes(encoded("PNG"))
    decode, decoded = imagecodecs.png_decode, []

    def slowly(data: bytes) -> np.ndarray:
        decoded.append(1)
        time.sleep(0.05)
        return decode(data)

    monkeypatch.setattr(imagecodecs, "png_decode", slowly)
    with open_image(tmp_path / "p", is_deferred=True) as source, ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(lambda _: whole(source), range(4)))
    assert all(np.array_equal(part, parts[0]) for part in parts)
    assert decoded == [1]


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_file_that_is_damaged_while_open_is_an_error_when_it_is_decoded(
    tmp_path: Path, form: str
) -> None:
    path = tmp_path / "p"
    path.write_bytes(encoded(form))
    with open_image(path, is_deferred=True) as source:
        before = source.identity()
        assert source.is_unchanged()
        with path.open("r+b") as file:
            file.truncate(path.stat().st_size // 2)
        assert not source.is_unchanged()
        with pytest.raises(ImageReadError):
            source.load()
    path.write_bytes(encoded(form))
    with open_image(path) as source:
        assert source.identity() != before
