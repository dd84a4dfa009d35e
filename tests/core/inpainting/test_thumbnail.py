import hashlib
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import CardError, GeneratorOutputError
from core.image.surface import F32
from core.inpainting.card import CARD_FILE, GeneratorCard, read_card
from core.inpainting.classical import ClassicalGenerator, classical_cards
from core.inpainting.thumbnail import (
    MAX_BYTES,
    THUMBNAIL_FILE,
    draw_thumbnail,
    thumbnail_bytes,
    write_thumbnail,
)
from core.resources import generators_dir, resources_dir

DIFFUSION = next(card for card in classical_cards() if card.id == "diffusion")


class Blank:
    card = DIFFUSION
    device = "cpu"

    def __init__(self, value: float) -> None:
        self.value = value

    def __call__(self, image: F32, mask: F32) -> F32:
        return np.full_like(image, self.value)

    def close(self) -> None:
        pass


@pytest.fixture
def shipped(tmp_path: Path) -> GeneratorCard:
    folder = shutil.copytree(generators_dir() / "atelier-crack", tmp_path / "atelier-crack")
    return read_card(folder)


def test_left_is_damaged_right_is_filled_and_the_rest_is_the_same() -> None:
    picture = draw_thumbnail(ClassicalGenerator(DIFFUSION))
    assert picture.shape == (96, 192, 3)
    assert picture.dtype == np.uint8
    left, right = picture[:, :96], picture[:, 96:]
    differs = (left != right).any(axis=2)
    assert 0.1 < differs.mean() < 0.25
    assert (left[differs].mean() - right[differs].mean()) > 30


def test_it_is_the_same_each_time() -> None:
    one, other = (draw_thumbnail(ClassicalGenerator(DIFFUSION)) for _ in range(2))
    assert np.array_equal(one, other)


def test_a_result_that_is_no_paint_gives_no_thumbnail() -> None:
    with pytest.raises(GeneratorOutputError, match="NaN"):
        draw_thumbnail(Blank(float("nan")))


@pytest.mark.parametrize("card", classical_cards(), ids=lambda card: card.id)
def test_every_classical_fill_has_a_small_thumbnail(card: GeneratorCard) -> None:
    data = thumbnail_bytes(card)
    assert data is not None
    assert len(data) <= 30_000
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.size == (192, 96)


def test_every_shipped_generator_has_a_small_thumbnail() -> None:
    for path in sorted(generators_dir().glob(f"*/{CARD_FILE}")):
        data = thumbnail_bytes(read_card(path.parent))
        assert data is not None
        assert len(data) <= 30_000


def test_no_thumbnail_is_left_of_a_fill_there_is_not() -> None:
    names = {path.stem for path in (resources_dir() / "thumbnails").glob("*.png")}
    assert names == {card.id for card in classical_cards()}


def test_a_written_thumbnail_is_listed_by_its_hash(shipped: GeneratorCard) -> None:
    assert shipped.folder is not None
    written = write_thumbnail(shipped)
    data = (shipped.folder / THUMBNAIL_FILE).read_bytes()
    assert written == read_card(shipped.folder)
    assert written.files[THUMBNAIL_FILE] == hashlib.sha256(data).hexdigest()
    assert written.files["model.onnx"] == shipped.files["model.onnx"]
    assert thumbnail_bytes(written) == data
    again = write_thumbnail(written)
    assert again == written


def test_a_card_without_a_folder_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="folder"):
        write_thumbnail(DIFFUSION)


def test_a_generator_that_cannot_run_gets_no_thumbnail(shipped: GeneratorCard) -> None:
    assert shipped.folder is not None
    (shipped.folder / "model.onnx").write_bytes(b"other")
    before = (shipped.folder / CARD_FILE).read_text("utf-8")
    with pytest.raises(CardError):
        write_thumbnail(shipped)
    assert json.loads((shipped.folder / CARD_FILE).read_text("utf-8")) == json.loads(before)


@pytest.mark.parametrize("content", [None, b"", b"other", b"x" * (MAX_BYTES + 1)])
def test_a_thumbnail_that_is_not_the_cards_is_none(
    shipped: GeneratorCard, content: bytes | None
) -> None:
    assert shipped.folder is not None
    path = shipped.folder / THUMBNAIL_FILE
    if content is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(content)
    files = {**shipped.files, THUMBNAIL_FILE: "0" * 64}
    assert thumbnail_bytes(replace(shipped, files=files)) is None


def test_a_card_that_lists_none_has_none(shipped: GeneratorCard) -> None:
    assert thumbnail_bytes(replace(shipped, files={})) is None
    assert thumbnail_bytes(replace(DIFFUSION, id="no-such-fill")) is None
