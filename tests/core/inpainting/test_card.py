import json
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import CardError, GeneratorNotFoundError
from core.inpainting.card import (
    MAX_CARD_BYTES,
    Engine,
    GeneratorCard,
    card_by_id,
    find_cards,
    read_card,
    write_card,
)

CARD = GeneratorCard(
    "net",
    "Net",
    "Fills.",
    "onnx",
    architecture="unet-mse",
    options={"widths": [8, 16], "is_wide": False},
    metrics={"L": {"psnr_hole": 28.5}},
)


def _edited(folder: Path, **fields: object) -> Path:
    write_card(CARD, folder)
    raw = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(raw | fields))
    return folder


def test_a_card_reads_back_as_written(tmp_path: Path) -> None:
    write_card(CARD, tmp_path)
    assert read_card(tmp_path) == replace(CARD, folder=tmp_path)


@pytest.mark.parametrize(
    "fields",
    [
        {"schema": 2},
        {"surprise": 1},
        {"id": "../up"},
        {"id": 7},
        {"engine": "pickle"},
        {"multiple_of": 0},
        {"multiple_of": 8.5},
        {"min_size_px": True},
        {"is_trained": "yes"},
        {"files": ["model.onnx"]},
        {"files": {"../model.onnx": "0" * 64}},
        {"files": {"..": "0" * 64}},
        {"files": {"model.onnx": "0"}},
        {"files": {"model.onnx": 5}},
        {"metrics": 3},
        {"options": ["width", 8]},
        {"options": None},
    ],
)
def test_an_impossible_card_is_refused_in_a_sentence(
    tmp_path: Path, fields: dict[str, object]
) -> None:
    with pytest.raises(CardError, match=r"card\.json.*\.$"):
        read_card(_edited(tmp_path, **fields))


def test_a_card_from_before_there_were_options_reads_on(tmp_path: Path) -> None:
    write_card(CARD, tmp_path)
    raw = json.loads((tmp_path / "card.json").read_text())
    del raw["options"]
    (tmp_path / "card.json").write_text(json.dumps(raw))
    assert read_card(tmp_path) == replace(CARD, folder=tmp_path, options={})


@pytest.mark.parametrize(
    ("engine", "files", "engines"),
    [
        ("classical", (), ("classical",)),
        ("onnx", ("model.onnx",), ("onnx",)),
        ("onnx", ("model.safetensors", "thumbnail.png", "model.onnx"), ("onnx", "torch")),
        ("torch", ("model.safetensors",), ("torch",)),
        ("onnx", (), ()),
    ],
)
def test_a_cards_files_allow_its_engines(
    engine: Engine, files: tuple[str, ...], engines: tuple[str, ...]
) -> None:
    card = replace(CARD, engine=engine, files=dict.fromkeys(files, "0" * 64))
    assert card.engines == engines
    assert card.run_by(engine) is card
    assert card.run_by("torch").engine == "torch"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000])
def test_a_card_that_is_no_object_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "card.json").write_text(text)
    with pytest.raises(CardError):
        read_card(tmp_path)


def test_a_card_without_its_fields_is_refused(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text('{"schema": 1, "id": "net"}')
    with pytest.raises(CardError, match="lacks"):
        read_card(tmp_path)


def test_an_implausibly_large_card_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text(" " * (MAX_CARD_BYTES + 1))
    with pytest.raises(CardError, match="large"):
        read_card(tmp_path)


def test_bytes_are_given_only_when_their_hash_is_the_cards(
    tmp_path: Path, make_card, graphs
) -> None:
    card = make_card(graphs.brightening())
    path = card.path("model.onnx")
    assert card.checked_bytes("model.onnx") == path.read_bytes()
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(CardError, match="SHA-256"):
        card.checked_bytes("model.onnx")
    path.unlink()
    with pytest.raises(CardError, match="reinstall"):
        card.checked_bytes("model.onnx")
    with pytest.raises(CardError, match="no file"):
        card.path("other.onnx")


def test_one_damaged_card_hides_no_other(tmp_path: Path) -> None:
    for name in ("b", "a", "c"):
        (tmp_path / name).mkdir()
        write_card(replace(CARD, id=name), tmp_path / name)
    (tmp_path / "b" / "card.json").write_text("{")
    cards, errors = find_cards(tmp_path, tmp_path / "absent")
    assert [card.id for card in cards] == ["a", "c"]
    assert len(errors) == 1


def test_an_unknown_generator_is_answered_with_those_there_are() -> None:
    with pytest.raises(GeneratorNotFoundError, match=r"“ghost”.*net"):
        card_by_id([CARD], "ghost")
    assert card_by_id([CARD], "net") is CARD
