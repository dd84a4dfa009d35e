import shutil

from core.errors import GeneratorOutputError
from core.inpainting.card import read_card
from core.inpainting.thumbnail import thumbnail_bytes
from training.__main__ import main
from training.commands import export


def test_an_exported_generator_has_a_thumbnail(shipped):
    card = read_card(shipped / "generator")
    assert "thumbnail.png" in card.files
    assert thumbnail_bytes(card) is not None


def test_a_generator_that_fills_nonsense_is_exported_without_one(
    shipped, tmp_path, monkeypatch, capsys
):
    def exported(checkpoint, texts, folder):
        return read_card(shutil.copytree(shipped / "generator", folder))

    def refused(card):
        raise GeneratorOutputError("It holds values that are no colours.")

    monkeypatch.setattr(export, "export", exported)
    monkeypatch.setattr(export, "write_thumbnail", refused)
    out = tmp_path / "generator"
    assert main(["export", str(shipped / "run" / "checkpoint.pt"), "--out", str(out)]) == 0
    assert "model.onnx" in read_card(out).files
    assert "It has no thumbnail: It holds values" in capsys.readouterr().out
