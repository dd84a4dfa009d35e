from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QFileDialog, QMenu
from pytestqt.qtbot import QtBot

from core.document.layer import LayerKind
from core.image.geometry import Rect
from desktop.main_window import MainWindow
from desktop.painting_page import PaintingPage

WritePainting = Callable[..., Path]
OpenIn = Callable[..., PaintingPage]


@pytest.fixture
def page(window: MainWindow, write_painting: WritePainting, open_in: OpenIn) -> PaintingPage:
    return open_in(window, write_painting())


def write_mask(path: Path, size: tuple[int, int] = (300, 200)) -> Path:
    values = np.zeros((size[1], size[0]), np.uint8)
    values[10:20, 30:60] = 255
    Image.fromarray(values).save(path)
    return path


def test_a_mask_from_a_file_becomes_a_layer_ready_to_restore(
    qtbot: QtBot, window: MainWindow, page: PaintingPage, tmp_path: Path
) -> None:
    window.files.read_mask(page.session, write_mask(tmp_path / "from the lab.png"))
    qtbot.waitUntil(lambda: window.restore_dock.can_restore, timeout=5000)
    mask = page.session.layers.mask
    assert mask is not None
    assert mask.name == "from the lab"
    expected = np.zeros((200, 300), np.uint8)
    expected[10:20, 30:60] = 255
    assert np.array_equal(mask.pixels.read(Rect(0, 0, 300, 200)), expected)


def test_a_mask_of_another_size_is_told_and_changes_nothing(
    qtbot: QtBot, window: MainWindow, page: PaintingPage, tmp_path: Path
) -> None:
    window.files.read_mask(page.session, write_mask(tmp_path / "small.png", (30, 40)))
    qtbot.waitUntil(lambda: bool(window.notices.texts), timeout=5000)
    assert "30 × 40" in window.notices.texts[0]
    assert page.session.document.history.position == 0


@pytest.mark.parametrize("kind", ["png", "tif"])
def test_a_mask_goes_out_as_it_came_in(
    qtbot: QtBot,
    window: MainWindow,
    page: PaintingPage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    source, target = write_mask(tmp_path / f"in.{kind}"), tmp_path / f"out.{kind}"
    for name, path in (("getOpenFileName", source), ("getSaveFileName", target)):
        monkeypatch.setattr(QFileDialog, name, lambda *_, path=path: (str(path), ""))
    window.actions_["import_mask"].trigger()
    qtbot.waitUntil(lambda: page.session.document.history.position == 1, timeout=5000)
    window.actions_["export_mask"].trigger()
    qtbot.waitUntil(target.exists, timeout=5000)
    with Image.open(source) as one, Image.open(target) as other:
        assert other.mode == "L"
        assert np.array_equal(np.asarray(one), np.asarray(other))


def test_an_empty_mask_is_not_exported(
    qtbot: QtBot, window: MainWindow, page: PaintingPage, tmp_path: Path
) -> None:
    window.files.write_mask(page.session, tmp_path / "out.png")
    qtbot.waitUntil(lambda: bool(window.notices.texts), timeout=5000)
    assert "Nothing is marked" in window.notices.texts[0]
    assert not (tmp_path / "out.png").exists()


def test_recent_paintings_stand_in_the_menu(window: MainWindow, page: PaintingPage) -> None:
    menu = QMenu()
    window.files.fill_recent(menu)
    assert [action.text() for action in menu.actions()] == [str(page.session.path)]


def test_the_sample_opens_untouched_by_recent_ones(qtbot: QtBot, window: MainWindow) -> None:
    window.files.open_sample()
    qtbot.waitUntil(lambda: window.page is not None, timeout=20_000)
    assert window.session is not None
    assert window.preferences.settings.recent == ()
    (mask,) = window.session.document.stack.of_kind(LayerKind.MASK)
    assert not mask.pixels.tiles


def test_two_paintings_of_one_name_keep_their_own_projects(
    window: MainWindow, write_painting: WritePainting, open_in: OpenIn, tmp_path: Path
) -> None:
    (tmp_path / "left").mkdir()
    (tmp_path / "right").mkdir()
    one = open_in(window, write_painting("left/panel.tif"))
    two = open_in(window, write_painting("right/panel.tif"))
    assert one.session.project is not None
    assert two.session.project is not None
    assert one.session.project.path != two.session.project.path


def test_names_of_every_kind_open(
    window: MainWindow, write_painting: WritePainting, open_in: OpenIn
) -> None:
    for name in ("Мадонна 絵画 🎨.tif", "quote ' & ampersand.tif", "a" * 240 + ".tif"):
        page = open_in(window, write_painting(name))
        assert window.windowTitle() == f"{name} — Lacuna"
        assert window.close_painting(page)
