import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import pytest
import tifffile

from core.cli import main

HEIGHT, WIDTH = 90, 120


def _write(folder: Path, name: str, seed: int) -> np.ndarray:
    coarse = np.random.default_rng(seed).random((8, 9, 3), np.float32)
    pixels = cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    pixels = (np.clip(pixels, 0.05, 0.95) * 65535).astype(np.uint16)
    folder.mkdir(exist_ok=True)
    tifffile.imwrite(folder / f"{name}.tif", pixels, photometric="rgb")
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.line(mask, (10, 10 + seed), (100, 70), 255, 3)
    (folder / f"{name}.mask.png").write_bytes(imagecodecs.png_encode(mask))
    return pixels


@pytest.fixture
def paintings(tmp_path: Path) -> Path:
    for seed, name in enumerate(("ada", "bea", "cia")):
        _write(tmp_path / "in", name, seed)
    return tmp_path / "in"


def _run(paintings: Path, *more: str) -> int:
    out = paintings.parent / "out"
    return main(["restore", str(paintings), "-o", str(out), "--generator", "telea", *more])


def test_a_folder_is_filled_with_a_line_per_picture(
    paintings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {path: path.read_bytes() for path in paintings.iterdir()}
    assert _run(paintings, "--jobs", "2") == 0
    said = capsys.readouterr()
    assert said.err == ""
    lines = said.out.splitlines()
    assert len(lines) == 4
    assert sorted(line.split()[1] for line in lines[:3]) == ["ada.tif:", "bea.tif:", "cia.tif:"]
    assert all("filled with Telea on the CPU" in line for line in lines[:3])
    assert lines[3] == "3 filled, 0 skipped, 0 failed."
    assert {path: path.read_bytes() for path in paintings.iterdir()} == before
    for name in ("ada", "bea", "cia"):
        pixels = tifffile.imread(paintings / f"{name}.tif")
        filled = tifffile.imread(paintings.parent / "out" / f"{name}.tif")
        data = (paintings / f"{name}.mask.png").read_bytes()
        mask = imagecodecs.png_decode(data) > 127
        np.testing.assert_array_equal(filled[~mask], pixels[~mask])
        assert (filled[mask] != pixels[mask]).any()


def test_what_is_there_is_skipped_unless_forced(
    paintings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = paintings.parent / "out"
    out.mkdir()
    (out / "ada.tif").write_text("an earlier result")
    (out / "bea.tif").write_text("an outdated result")
    os.utime(out / "bea.tif", (1, 1))
    assert _run(paintings) == 0
    said = capsys.readouterr().out
    assert "ada.tif: skipped: it was filled before.\n" in said
    assert "bea.tif: skipped: it was filled before, but painting or mask are newer" in said
    assert "1 filled, 2 skipped, 0 failed." in said
    assert (out / "ada.tif").read_text() == "an earlier result"
    assert _run(paintings, "--force") == 0
    assert "3 filled, 0 skipped" in capsys.readouterr().out
    assert tifffile.imread(out / "ada.tif").shape == (HEIGHT, WIDTH, 3)


def test_failures_stop_no_other_and_are_listed_at_the_end(
    paintings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (paintings / "ada.tif").write_bytes(b"no picture")
    (paintings / "cia.mask.png").write_bytes(
        imagecodecs.png_encode(np.zeros((HEIGHT, WIDTH), np.uint8))
    )
    (paintings / "dea.mask.png").touch()
    assert _run(paintings) == 1
    said = capsys.readouterr()
    assert "1 filled, 0 skipped, 3 failed." in said.out
    assert "1/3 ada.tif: failed: " in said.out
    errors = said.err.splitlines()
    assert [line.split(":")[0] for line in errors] == ["dea.mask.png", "ada.tif", "cia.tif"]
    assert "nothing" in errors[2]
    assert "Traceback" not in said.err
    assert [path.name for path in (paintings.parent / "out").iterdir()] == ["bea.tif"]
    assert _run(paintings, "-v") == 1
    assert "ImageReadError" in capsys.readouterr().err


def test_masks_may_lie_in_a_folder_of_their_own(paintings: Path) -> None:
    masks = paintings.parent / "masks"
    masks.mkdir()
    for path in paintings.glob("*.mask.png"):
        path.rename(masks / path.name.replace(".mask", ""))
    assert _run(paintings, "--mask", str(masks), "--device", "cpu", "--device", "auto") == 0
    assert len(list((paintings.parent / "out").iterdir())) == 3


@pytest.mark.parametrize(
    "more",
    [["--jobs", "0"], ["--jobs", "many"], ["--mask", "ada.tif"], ["--device", "abacus"]],
)
def test_wrong_use_is_told(
    paintings: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    more: list[str],
) -> None:
    monkeypatch.chdir(paintings)
    assert _run(paintings, *more) == 2
    assert "usage" in capsys.readouterr().err
    assert not (paintings.parent / "out").exists()


def test_several_devices_or_jobs_are_for_folders(
    paintings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for more in (["--jobs", "2"], ["--device", "cpu", "--device", "cuda"]):
        assert main(["restore", "--sample", "-o", str(paintings.parent / "out.tif"), *more]) == 2
    assert "for a folder" in capsys.readouterr().err


def test_results_never_go_among_the_paintings(
    paintings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["restore", str(paintings), "-o", str(paintings), "--force"]) == 1
    assert "another folder" in capsys.readouterr().err
    (paintings.parent / "out").write_text("a file")
    assert _run(paintings) == 1
    assert "no folder" in capsys.readouterr().err
    assert (paintings.parent / "out").read_text() == "a file"


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_a_run_that_was_stopped_leaves_nothing_half_and_goes_on(
    paintings: Path, sent: signal.Signals
) -> None:
    out = paintings.parent / "out"
    command = [sys.executable, "-m", "core.cli", "restore", paintings, "-o", out]
    command += ["--generator", "telea"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    run = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    assert "1/3" in run.stdout.readline()
    run.send_signal(sent)
    _, told = run.communicate(timeout=30)
    if sent == signal.SIGINT and run.returncode != 0:
        assert run.returncode == 1
        assert "goes on" in told
        assert "Traceback" not in told
    time.sleep(0.1)
    finished = sorted(out.glob("*.tif"))
    assert finished
    for path in finished:
        assert tifffile.imread(path).shape == (HEIGHT, WIDTH, 3)
    again = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert again.returncode == 0
    assert f"{3 - len(finished)} filled, {len(finished)} skipped, 0 failed." in again.stdout
