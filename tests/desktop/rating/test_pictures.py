from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from hypothesis import example, given
from hypothesis import strategies as st
from PySide6.QtGui import QColorSpace, QImage

from core.errors import ImageReadError
from core.image.color import ColorProfile
from desktop.display_color import DisplayColor
from desktop.rating.composites import Fill
from desktop.rating.pictures import detail_window, read_pictures


def write(path: Path, pixels: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), pixels)
    return path


def grey(image: QImage | None, x: int, y: int) -> int:
    assert image is not None
    return image.pixelColor(x, y).green()


@pytest.fixture
def filled() -> np.ndarray:
    pixels = np.full((80, 120, 3), 100, np.uint8)
    pixels[30:40, 60:70] = 180
    return pixels


@pytest.fixture
def mask() -> np.ndarray:
    loss = np.zeros((80, 120), np.uint8)
    loss[30:40, 60:70] = 255
    return loss


def test_the_loss_is_enlarged_and_shown_damaged(
    tmp_path: Path, filled: np.ndarray, mask: np.ndarray
) -> None:
    path, where = write(tmp_path / "net/a.png", filled), write(tmp_path / "mask/a.png", mask)
    shown = read_pictures(Fill("net", "a.png", path, where))
    assert (shown.whole.width(), shown.whole.height()) == (120, 80)
    assert (grey(shown.whole, 65, 35), grey(shown.damaged_whole, 65, 35)) == (180, 255)
    assert grey(shown.damaged_whole, 5, 5) == 100
    assert shown.detail is not None
    assert shown.window is not None
    # Ten samples and a margin of twelve on each side; the loss is in its midst.
    assert (shown.detail.width(), shown.detail.height()) == (34, 34)
    assert grey(shown.detail, 17, 17) == 180
    assert grey(shown.damaged_detail, 17, 17) == 255
    assert shown.window.x() * 120 == pytest.approx(48)


def test_without_a_mask_the_painting_tells_where_the_loss_is(
    tmp_path: Path, filled: np.ndarray
) -> None:
    path = write(tmp_path / "net/a.png", filled)
    before = write(tmp_path / "painting/a.png", np.full_like(filled, 100))
    shown = read_pictures(Fill("net", "a.png", path, painting=before))
    assert grey(shown.damaged_whole, 65, 35) == 255
    assert grey(shown.damaged_whole, 50, 35) == 100


def test_without_either_the_picture_alone_is_shown(tmp_path: Path, filled: np.ndarray) -> None:
    shown = read_pictures(Fill("net", "a.png", write(tmp_path / "net/a.png", filled)))
    assert shown.detail is None
    assert shown.damaged_whole is None
    assert shown.notice == ""


@pytest.mark.parametrize("named", ["AdobeRgb", "DisplayP3", "SRgb"])
def test_it_is_shown_for_the_monitor_as_the_canvas_shows_it(
    tmp_path: Path, named: str, mask: np.ndarray
) -> None:
    document = np.random.default_rng(0).integers(0, 65536, (80, 120, 3), np.uint16)
    path = tmp_path / "net" / "a.tif"
    path.parent.mkdir()
    tifffile.imwrite(path, document, photometric="rgb", metadata=None)
    monitor = QColorSpace(getattr(QColorSpace.NamedColorSpace, named))
    fill = Fill("net", "a.tif", path, write(tmp_path / "mask/a.png", mask))
    shown, plain = read_pictures(fill, monitor), read_pictures(fill)
    canvas = DisplayColor(ColorProfile.of(None, 3), None).with_monitor(monitor)
    assert shown.whole == canvas.to_display(document)
    left = round(shown.window.x() * 120)
    top = round(shown.window.y() * 80)
    assert shown.detail == shown.whole.copy(left, top, shown.detail.width(), shown.detail.height())
    assert (shown.whole == plain.whole) is (named == "SRgb")
    assert (shown.damaged_whole == plain.damaged_whole) is (named == "SRgb")


def test_a_mask_of_another_size_is_told_and_the_picture_shown(
    tmp_path: Path, filled: np.ndarray, mask: np.ndarray
) -> None:
    path, where = write(tmp_path / "net/a.png", filled), write(tmp_path / "mask/a.png", mask[:50])
    shown = read_pictures(Fill("net", "a.png", path, where))
    assert shown.detail is None
    assert "mask" in shown.notice.lower()


def test_a_large_16_bit_picture_is_reduced_and_its_detail_is_not(tmp_path: Path) -> None:
    pixels = np.full((200, 5000, 3), 100 * 257, np.uint16)
    pixels[96:104, 4000:4008] = 180 * 257
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, pixels, photometric="rgb")
    loss = np.zeros((200, 5000), np.uint8)
    loss[96:104, 4000:4008] = 255
    where = write(tmp_path / "mask/a.png", loss)
    shown = read_pictures(Fill("net", "a.tif", path, where))
    assert (shown.whole.width(), shown.whole.height()) == (1250, 50)
    assert shown.detail is not None
    assert shown.detail.width() < 200
    middle = shown.detail.width() // 2
    assert grey(shown.detail, middle, middle) == 180


@pytest.mark.parametrize("content", [b"", b"RIFF....WEBP", b"\x89PNG\r\n\x1a\n broken"])
def test_what_is_no_picture_raises(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(ImageReadError):
        read_pictures(Fill("net", "a.png", path))


@given(
    st.integers(1, 60),
    st.integers(1, 60),
    st.lists(st.tuples(st.integers(0, 59), st.integers(0, 59)), min_size=1, max_size=5),
)
@example(1, 19, [(0, 0), (0, 18)])
def test_the_detail_lies_within_the_picture_and_on_the_loss(
    height: int, width: int, points: list[tuple[int, int]]
) -> None:
    loss = np.zeros((height, width), np.uint8)
    for y, x in points:
        loss[y % height, x % width] = 1
    window = detail_window(loss)
    assert 0 <= window.x <= window.right <= width
    assert 0 <= window.y <= window.bottom <= height
    assert loss[window.y : window.bottom, window.x : window.right].any()
