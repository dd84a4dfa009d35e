from pathlib import Path

import pytest

from core.inpainting import catalogue as module
from core.inpainting.card import GeneratorCard, write_card
from core.inpainting.catalogue import catalogue, user_generators_dir


@pytest.fixture(autouse=True)
def no_generators_but_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "generators_dir", lambda: tmp_path / "shipped")
    monkeypatch.setattr(module, "user_generators_dir", lambda: tmp_path / "user")


def _write(folder: Path, card_id: str, **fields: object) -> None:
    folder.mkdir(parents=True)
    write_card(
        GeneratorCard(
            **({"id": card_id, "name": card_id, "summary": "", "engine": "onnx"} | fields)
        ),
        folder,
    )


def test_classical_fills_are_always_there() -> None:
    cards, errors = catalogue()
    assert [card.id for card in cards] == ["diffusion", "exemplar", "navier-stokes", "telea"]
    assert errors == []


def test_trained_generators_come_first_and_shipped_ones_win(tmp_path: Path) -> None:
    _write(tmp_path / "shipped" / "net", "net", is_trained=True, name="Shipped")
    _write(tmp_path / "user" / "net", "net", is_trained=True, name="Imposter")
    _write(tmp_path / "more" / "alpha", "alpha")
    cards, errors = catalogue([tmp_path / "more"])
    assert [card.id for card in cards] == [
        "net",
        "alpha",
        "diffusion",
        "exemplar",
        "navier-stokes",
        "telea",
    ]
    assert cards[0].name == "Shipped"
    assert errors == []


def test_a_folder_named_on_purpose_goes_before_the_shipped_one(tmp_path: Path) -> None:
    _write(tmp_path / "shipped" / "net", "net", is_trained=True, name="Shipped")
    _write(tmp_path / "runs" / "net", "net", is_trained=True, name="Trained here")
    cards, _errors = catalogue([tmp_path / "runs"])
    assert [card.name for card in cards if card.id == "net"] == ["Trained here"]


def test_no_card_takes_the_name_of_a_classical_fill(tmp_path: Path) -> None:
    _write(tmp_path / "user" / "telea", "telea")
    cards, errors = catalogue()
    assert next(card for card in cards if card.id == "telea").engine == "classical"
    assert len(errors) == 1


def test_the_users_folder_is_absolute_and_need_not_exist() -> None:
    assert user_generators_dir().is_absolute()
