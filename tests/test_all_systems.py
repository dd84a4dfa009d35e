"""Every system of the reports, whole: trained, exported, and chosen in the window and by name."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

import core.inpainting.catalogue
from core.cli import main as lacuna
from core.document.composite import composite
from desktop.main_window import MainWindow
from desktop.places import Places
from desktop.preferences import Preferences
from desktop.theme import apply_theme
from training.__main__ import main as lacuna_train

TINY = tomllib.loads((Path(__file__).parent / "training" / "tiny.toml").read_text("utf-8"))
SIDE = 128
LOSS = np.s_[50:66, 40:60]


def painted(seed: int) -> np.ndarray:
    """Return a soft gradient under brush-like bars, (SIDE, SIDE, 3) uint16."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    canvas = np.stack([x, y, (x + y) / 2], axis=-1) * rng.uniform(0.3, 1.0, 3)
    for _ in range(12):
        top, left = rng.integers(0, SIDE - 8), rng.integers(0, SIDE - 20)
        canvas[top : top + 6, left : left + 20] = rng.uniform(0, 1, 3)
    return (np.clip(canvas, 0, 1) * 65535).astype(np.uint16)


@pytest.fixture
def paintings(tmp_path: Path) -> Path:
    """Return a folder of three paintings; the first has a mask beside the folder, mask.png."""
    folder = tmp_path / "paintings"
    folder.mkdir()
    for seed in range(3):
        tifffile.imwrite(folder / f"{seed}.tif", painted(seed), photometric="rgb")
        cv2.imwrite(str(folder / f"{seed}.png"), (painted(seed)[..., ::-1] // 257).astype(np.uint8))
    mask = np.zeros((SIDE, SIDE), np.uint8)
    mask[LOSS] = 255
    cv2.imwrite(str(tmp_path / "mask.png"), mask)
    return folder


@pytest.fixture
def generators(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder that stands in for the shipped generators."""
    folder = tmp_path / "generators"
    folder.mkdir()
    monkeypatch.setattr(core.inpainting.catalogue, "generators_dir", lambda: folder)
    return folder


@pytest.fixture
def window(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, generators: Path
) -> Iterator[MainWindow]:
    apply_theme(qapp)
    window = MainWindow(Preferences(Places.under(tmp_path / "home")))
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.close()


# Tracing a net and starting workers costs some ten seconds for each.
@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(TINY))
def test_a_system_trains_exports_and_fills_by_name_and_in_the_window(
    name: str,
    paintings: Path,
    generators: Path,
    tmp_path: Path,
    qtbot: QtBot,
    request: pytest.FixtureRequest,
) -> None:
    overrides = [word for override in TINY[name] for word in ("--set", override)]
    train = ["train", name, "--data", str(paintings), "--out", str(tmp_path / "run"), *overrides]
    short = ["--minutes", "0.02", "--device", "cpu", "--set", "batch=2"]
    assert lacuna_train([*train, *short, "--set", "data.crop_px=64"]) == 0
    checkpoint = str(tmp_path / "run" / "checkpoint.pt")
    assert lacuna_train(["export", checkpoint, "--out", str(generators / name)]) == 0

    painting, mask, out = paintings / "0.tif", tmp_path / "mask.png", tmp_path / "restored.tif"
    command = ["restore", str(painting), "--mask", str(mask), "--generator", name, "-o", str(out)]
    assert lacuna(command) == 0
    check_filled(tifffile.imread(painting), tifffile.imread(out))

    fill_in_window(qtbot, request.getfixturevalue("window"), name, painting, mask)


def fill_in_window(qtbot: QtBot, window: MainWindow, name: str, painting: Path, mask: Path) -> None:
    """Open, import the mask, choose the generator, restore."""
    window.files.open(painting)
    qtbot.waitUntil(lambda: window.page is not None, timeout=120_000)
    page = window.page
    assert page is not None
    untouched = composite(page.session.document.stack, page.session.document.stack.rect)
    window.files.read_mask(page.session, mask)
    qtbot.waitUntil(lambda: page.session.document.history.position == 1, timeout=120_000)
    window.restore_panel.generator_chosen.emit(name)
    qtbot.waitUntil(
        lambda: window.restore_panel.card is not None and window.restore_panel.card.id == name,
        timeout=120_000,
    )
    qtbot.waitUntil(lambda: window.restore_dock.can_restore, timeout=120_000)
    window.restore_dock.start()
    qtbot.waitUntil(lambda: page.session.document.history.position == 2, timeout=120_000)
    assert window.notices.texts == []
    restored = composite(page.session.document.stack, page.session.document.stack.rect)
    check_filled(untouched, restored)
    (provenance,) = page.session.document.history.commands[1].provenance
    assert provenance.generator_id == name


def check_filled(before: np.ndarray, after: np.ndarray) -> None:
    """What is marked is filled, and nothing else differs."""
    loss = np.zeros(before.shape[:2], bool)
    loss[LOSS] = True
    assert (before != after).any(axis=2)[loss].any()
    assert np.array_equal(before[~loss], after[~loss])
