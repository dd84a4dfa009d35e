import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from desktop.mistakes import log_to, survive_mistakes, traced


@pytest.fixture
def no_hook() -> Iterator[None]:
    hook = sys.excepthook
    yield
    sys.excepthook = hook


@pytest.fixture
def no_handlers() -> Iterator[None]:
    handlers = list(logging.getLogger().handlers)
    yield
    for handler in set(logging.getLogger().handlers) - set(handlers):
        handler.close()
        logging.getLogger().removeHandler(handler)


def fail(title: str) -> None:
    try:
        raise KeyError(title)
    except KeyError as cause:
        raise ValueError(title) from cause


def test_a_trace_names_places_and_kinds_but_no_works() -> None:
    with pytest.raises(ValueError) as caught:
        fail("Girl with a Pearl Earring.tif")
    text = traced(caught.value)
    assert "test_mistakes.py" in text
    assert "ValueError" in text
    assert "KeyError" in text
    assert "in fail" in text
    assert "Pearl Earring.tif" not in text.replace('fail("Girl with a Pearl Earring.tif")', "")


@pytest.mark.usefixtures("no_hook")
def test_a_mistake_in_a_slot_is_logged_and_told_and_the_program_goes_on(
    qtbot: QtBot, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[bool] = []
    survive_mistakes(lambda: told.append(True))
    went_on: list[bool] = []
    with qtbot.captureExceptions():
        # pytest-qt puts its own hook in place while events are processed.
        survive_mistakes(lambda: told.append(True))
        QTimer.singleShot(0, lambda: [][0])
        QTimer.singleShot(10, lambda: went_on.append(True))
        qtbot.waitUntil(lambda: bool(went_on))
    assert told == [True]
    assert "IndexError" in caplog.text


@pytest.mark.usefixtures("no_handlers")
def test_the_log_is_a_local_file(tmp_path: Path) -> None:
    assert log_to(tmp_path / "logs" / "lacuna.log")
    logging.getLogger("desktop").error("something")
    assert "something" in (tmp_path / "logs" / "lacuna.log").read_text("utf-8")


@pytest.mark.usefixtures("no_handlers")
def test_without_a_place_for_the_log_lacuna_starts_all_the_same(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert not log_to(blocked / "lacuna.log")
