import hashlib
import io
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import cv2
import imagecodecs
import numpy as np
import pytest
import tifffile
from onnx import TensorProto, helper

from core import cli_restore
from core.cli import main
from core.inpainting.card import GeneratorCard, write_card
from core.resources import sample_mask, sample_painting
from core.version import software_version

XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    b'dc:format="image/tiff"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)
HEIGHT, WIDTH = 160, 200


@pytest.fixture
def files(tmp_path: Path) -> SimpleNamespace:
    """painting.tif (16-bit RGB with profile, resolution, XMP), mask.png, and where to write."""
    rng = np.random.default_rng(0)
    coarse = rng.random((12, 14, 3), np.float32)
    pixels = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    pixels = np.clip(pixels * 60000 + rng.normal(2000, 300, pixels.shape), 0, 65535)
    pixels = pixels.astype(np.uint16)
    profile = imagecodecs.cms_profile("adobergb")
    painting = tmp_path / "painting.tif"
    tifffile.imwrite(
        painting,
        pixels,
        photometric="rgb",
        iccprofile=profile,
        resolution=(300, 300),
        resolutionunit="INCH",
        extratags=[(700, 1, len(XMP), XMP, True)],
    )
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.line(mask, (10, 20), (180, 140), 255, 3)
    cv2.circle(mask, (150, 40), 5, 255, -1)
    mask_file = tmp_path / "mask.png"
    mask_file.write_bytes(imagecodecs.png_encode(mask))
    return SimpleNamespace(
        folder=tmp_path,
        painting=painting,
        pixels=pixels,
        profile=profile,
        mask=mask_file,
        marked=mask > 0,
        out=tmp_path / "out.tif",
        generators=tmp_path / "generators",
    )


def _restore(files: SimpleNamespace, *more: str | Path) -> int:
    return main(
        ["restore", str(files.painting), "--mask", str(files.mask), "-o", str(files.out)]
        + [str(one) for one in more]
    )


def _refused(capsys: pytest.CaptureFixture[str], code: int, *words: str, expected: int = 1) -> None:
    """Check that a command ended with one sentence and no traceback."""
    said = capsys.readouterr()
    assert code == expected
    assert said.out == ""
    assert "Traceback" not in said.err
    assert said.err.count("\n") == 1
    assert said.err.endswith(".\n")
    for word in words:
        assert word in said.err


def _add_generator(files: SimpleNamespace, nodes: list[object], **change: object) -> GeneratorCard:
    """Write a generator “odd” of some ONNX nodes."""
    size = ["n", 3, "h", "w"]
    graph = helper.make_graph(
        nodes,
        "odd",
        [
            helper.make_tensor_value_info(str(change.get("image", "image")), 1, size),
            helper.make_tensor_value_info("mask", 1, ["n", 1, "h", "w"]),
        ],
        [helper.make_tensor_value_info("filled", 1, size)],
        [helper.make_tensor("nan", TensorProto.FLOAT, [], [float("nan")])],
    )
    opsets = [helper.make_opsetid("", 17)]
    data = helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()
    folder = files.generators / "odd"
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(data)
    digest = change.get("digest", hashlib.sha256(data).hexdigest())
    card = GeneratorCard("odd", "Odd", "", "onnx", files={"model.onnx": str(digest)})
    write_card(card, folder)
    return card


def test_outside_the_mask_everything_is_the_paintings(
    files: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    before = files.painting.read_bytes()
    assert _restore(files) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "out.tif" in said.out
    with tifffile.TiffFile(files.out) as tiff, tifffile.TiffFile(files.painting) as own:
        page, old = tiff.pages.first, own.pages.first
        pixels = page.asarray()
        assert page.iccprofile == files.profile
        for name in ("XMP", "XResolution", "YResolution", "ResolutionUnit"):
            assert page.tags[name].value == old.tags[name].value
    np.testing.assert_array_equal(pixels[~files.marked], files.pixels[~files.marked])
    assert (pixels[files.marked] != files.pixels[files.marked]).any(-1).mean() > 0.9
    assert files.painting.read_bytes() == before


@pytest.mark.parametrize("generator", ["telea", "navier-stokes", "diffusion", "exemplar"])
def test_the_generator_asked_for_fills(
    files: SimpleNamespace, capsys: pytest.CaptureFixture[str], generator: str
) -> None:
    assert _restore(files, "--generator", generator, "--feather", "1.5", "--device", "cpu") == 0
    assert "on the CPU" in capsys.readouterr().out
    pixels = tifffile.imread(files.out)
    np.testing.assert_array_equal(pixels[~files.marked], files.pixels[~files.marked])


def test_a_grey_8_bit_png_is_restored_as_grey_8_bit(files: SimpleNamespace) -> None:
    grey = (files.pixels[..., 1] >> 8).astype(np.uint8)
    files.painting.write_bytes(imagecodecs.png_encode(grey))
    assert _restore(files, "--generator", "diffusion") == 0
    pixels = tifffile.imread(files.out)
    assert pixels.dtype == np.uint8
    assert pixels.shape == (HEIGHT, WIDTH)
    np.testing.assert_array_equal(pixels[~files.marked], grey[~files.marked])


def test_the_record_goes_into_the_xmp_only_when_asked(files: SimpleNamespace) -> None:
    assert _restore(files, "--generator", "telea", "--record-xmp") == 0
    with tifffile.TiffFile(files.out) as tiff:
        packet = tiff.pages.first.tags["XMP"].value
    assert b"virtual restoration" in packet


def test_the_sample_is_restored(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    painting = tifffile.imread(sample_painting())
    mask = imagecodecs.png_decode(sample_mask().read_bytes())
    assert mask.shape == painting.shape[:2]
    # All of its losses would take a minute; among these are a wide one and small ones.
    part, some = np.s_[300:520, 1500:1760], np.zeros_like(mask)
    some[part] = mask[part]
    marked = some > 0
    assert 2000 < marked.sum() < 0.5 * marked[part].size
    few, out = tmp_path / "few.png", tmp_path / "restored.tif"
    few.write_bytes(imagecodecs.png_encode(some))
    monkeypatch.setattr(cli_restore, "sample_mask", lambda: few)
    assert main(["restore", "--sample", "-o", str(out)]) == 0
    assert capsys.readouterr().err == ""
    restored = tifffile.imread(out)
    np.testing.assert_array_equal(restored[~marked], painting[~marked])
    assert (restored[marked] != painting[marked]).any(-1).mean() > 0.9


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (np.full((HEIGHT, WIDTH - 1), 255, np.uint8), ["199 × 160", "200 × 160"]),
        (np.zeros((HEIGHT, WIDTH), np.uint8), ["nothing"]),
        (np.full((HEIGHT, WIDTH), 127, np.uint8), ["nothing"]),
        (np.full((HEIGHT, WIDTH), 255, np.uint8), ["whole"]),
    ],
)
def test_a_mask_that_does_not_fit_changes_nothing(
    files: SimpleNamespace,
    capsys: pytest.CaptureFixture[str],
    mask: np.ndarray,
    words: list[str],
) -> None:
    files.mask.write_bytes(imagecodecs.png_encode(mask))
    _refused(capsys, _restore(files), *words)
    assert not files.out.exists()


def _truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100_000])


def _emptied(path: Path) -> None:
    path.write_bytes(b"")


def _renamed_text(path: Path) -> None:
    path.write_text("Dear colleague, here is the painting.\n" * 100)


@pytest.mark.parametrize("damage", [_truncated, _emptied, _renamed_text, Path.unlink])
@pytest.mark.parametrize("which", ["painting", "mask"])
def test_a_damaged_file_is_refused_by_name(
    files: SimpleNamespace,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[Path], None],
    which: str,
) -> None:
    path = getattr(files, which)
    if which == "mask":
        tifffile.imwrite(path, np.zeros((HEIGHT * 10, WIDTH), np.uint8))
    damage(path)
    _refused(capsys, _restore(files), path.name)
    assert not files.out.exists()


def test_an_unknown_generator_is_answered_with_those_there_are(
    files: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    _refused(capsys, _restore(files, "--generator", "ghost"), "ghost", "telea")


@pytest.mark.parametrize("link", [None, os.symlink, os.link])
@pytest.mark.parametrize("which", ["painting", "mask"])
def test_the_painting_and_the_mask_are_never_written_to(
    files: SimpleNamespace,
    capsys: pytest.CaptureFixture[str],
    link: Callable[[Path, Path], None] | None,
    which: str,
) -> None:
    target = getattr(files, which)
    before = target.read_bytes()
    if link is None:
        files.out = target
    else:
        link(target, files.out)
    for more in ([], ["--force"]):
        _refused(capsys, _restore(files, *more), f"the {which} itself")
    assert target.read_bytes() == before


def test_an_existing_file_is_replaced_only_by_force(
    files: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    files.out.write_text("a previous export")
    _refused(capsys, _restore(files, "--generator", "telea"), "exists already", "--force")
    assert files.out.read_text() == "a previous export"
    assert _restore(files, "--generator", "telea", "--force") == 0
    assert tifffile.imread(files.out).shape == (HEIGHT, WIDTH, 3)


def test_a_tiff_is_not_given_another_formats_name(
    files: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    files.out = files.folder / "out.PNG"
    _refused(capsys, _restore(files, "--generator", "telea"), "another format", ".tif")
    assert not files.out.exists()


def test_a_place_that_cannot_be_written_is_refused(
    files: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    files.out = files.folder / "absent" / "out.tif"
    _refused(capsys, _restore(files), "folder")
    files.out = files.folder
    _refused(capsys, _restore(files), "folder", str(files.folder))
    locked = files.folder / "locked"
    locked.mkdir()
    locked.chmod(0o500)
    # Root may write anywhere but into the kernel's own folders.
    files.out = (Path("/proc") if os.access(locked, os.W_OK) else locked) / "lacuna-out.tif"
    _refused(capsys, _restore(files, "--generator", "telea"), "written")


def test_a_card_with_another_hash_is_not_run(
    files: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    identity = helper.make_node("Identity", ["image"], ["filled"])
    _add_generator(files, [identity], digest="0" * 64)
    code = _restore(files, "--generators-dir", files.generators, "--generator", "odd")
    _refused(capsys, code, "SHA-256")
    assert not files.out.exists()


def test_an_engine_the_generator_has_no_weights_for_is_refused(
    files: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    _add_generator(files, [helper.make_node("Identity", ["image"], ["filled"])])
    chosen = ("--generators-dir", files.generators, "--generator", "odd", "--engine", "torch")
    _refused(capsys, _restore(files, *chosen), "“Odd”", "PyTorch", "ONNX Runtime")
    assert not files.out.exists()


def test_a_model_with_other_inputs_is_refused(
    files: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    _add_generator(files, [helper.make_node("Identity", ["picture"], ["filled"])], image="picture")
    code = _restore(files, "--generators-dir", files.generators, "--generator", "odd")
    _refused(capsys, code, "picture", "“Odd”")
    assert not files.out.exists()


def test_a_result_of_nan_is_refused_and_a_previous_export_stays(
    files: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    _add_generator(files, [helper.make_node("Add", ["image", "nan"], ["filled"])])
    files.out.write_text("a previous export")
    code = _restore(files, "--generators-dir", files.generators, "--generator", "odd", "--force")
    _refused(capsys, code, "NaN", "nothing was changed")
    assert files.out.read_text() == "a previous export"
    left = {path.name for path in files.folder.iterdir()}
    assert left == {"painting.tif", "mask.png", "out.tif", "generators"}


def test_verbose_adds_the_cause(files: SimpleNamespace, capsys: pytest.CaptureFixture[str]) -> None:
    files.painting.unlink()
    assert _restore(files, "-v") == 1
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert "ImageReadError" in said


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["restore"],
        ["restore", "painting.tif", "-o", "out.tif"],
        ["restore", "--mask", "mask.png", "-o", "out.tif"],
        ["restore", "--sample"],
        ["restore", "painting.tif", "--sample", "-o", "out.tif"],
        ["restore", "--sample", "-o", "out.tif", "--feather", "-1"],
        ["restore", "--sample", "-o", "out.tif", "--feather", "wide"],
        ["restore", "--sample", "-o", "out.tif", "--device", "abacus"],
        ["restore", "--sample", "-o", "out.tif", "--engine", "steam"],
        ["info"],
        ["generators", "--xml"],
    ],
)
def test_wrong_use_is_told_with_code_2(
    arguments: list[str],
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert "usage" in said.err
    assert "Traceback" not in said.err
    assert list(tmp_path.iterdir()) == []


def test_generators_are_listed_for_people_and_for_programs(
    files: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    _add_generator(files, [helper.make_node("Identity", ["image"], ["filled"])])
    arguments = ["generators", "--generators-dir", str(files.generators)]
    assert main(arguments) == 0
    listed = capsys.readouterr()
    assert "Navier–Stokes" in listed.out
    assert re.search(r"^atelier-crack +onnx, torch +Atelier", listed.out, re.MULTILINE)
    assert re.search(r"^telea +classical +Telea", listed.out, re.MULTILINE)
    assert listed.err == ""
    assert main([*arguments, "--json"]) == 0
    cards = {card["id"]: card for card in json.loads(capsys.readouterr().out)}
    assert {"telea", "navier-stokes", "diffusion", "exemplar", "odd"} <= set(cards)
    assert cards["odd"]["engines"] == ["onnx"]
    assert cards["odd"]["folder"] == str(files.generators / "odd")
    (files.generators / "odd" / "card.json").write_text("{")
    assert main([*arguments, "--json"]) == 0
    said = capsys.readouterr()
    assert "card.json" in said.err
    assert "odd" not in [card["id"] for card in json.loads(said.out)]


def test_info_tells_what_a_file_holds(
    files: SimpleNamespace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", str(files.painting), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["width"], facts["height"], facts["bit_depth"]) == (WIDTH, HEIGHT, 16)
    assert facts["dpi"] == [300, 300]
    assert facts["profile_bytes"] == len(files.profile)
    assert facts["has_xmp"] is True
    assert main(["info", str(files.painting)]) == 0
    assert "300 × 300" in capsys.readouterr().out
    _emptied(files.painting)
    _refused(capsys, main(["info", str(files.painting)]), "painting.tif")


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"Lacuna {software_version()}\n"


@pytest.mark.parametrize(
    ("error", "words"),
    [(KeyboardInterrupt(), ["Cancelled"]), (ZeroDivisionError(), ["ZeroDivisionError", "-v"])],
)
def test_an_interruption_and_a_fault_of_ours_are_sentences(
    files: SimpleNamespace,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    words: list[str],
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(cli_restore, "restore", broken)
    _refused(capsys, _restore(files), *words)


def test_a_terminal_sees_one_line_of_progress(
    files: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert _restore(files, "--generator", "telea") == 0
    said = terminal.getvalue()
    assert "Filling window 1 of" in said
    assert "Writing" in said
    assert "\n" not in said
    assert said.endswith("\r\x1b[K")


@pytest.mark.parametrize(("option", "unit"), [("--feather", "pixels"), ("--jobs", "pictures")])
def test_a_word_for_a_number_is_told_in_plain_words(
    option: str, unit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["restore", "--sample", "-o", "out.tif", option, "wide"]) == 2
    assert f"{option}: is a number of {unit}" in capsys.readouterr().err
