import threading
from typing import NamedTuple

import pytest
from pytestqt.qtbot import QtBot

from desktop.render_queue import RenderQueue


class Want(NamedTuple):
    key: int
    text: str = ""


class Kitchen:
    """Makes what is wanted when allowed to, and writes down what was."""

    def __init__(self) -> None:
        self.may_go = threading.Event()
        self.made: list[Want] = []
        self.delivered: list[Want] = []
        self.threads: set[int] = set()
        self.queue: RenderQueue[Want, Want] = RenderQueue(self._make, self._deliver)

    def _make(self, want: Want) -> Want:
        self.may_go.wait(5)
        self.made.append(want)
        return want

    def _deliver(self, wants: list[Want]) -> None:
        self.threads.add(threading.get_ident())
        self.delivered += wants


@pytest.fixture
def kitchen(qtbot: QtBot) -> Kitchen:
    return Kitchen()


def test_results_are_delivered_in_the_gui_thread(kitchen: Kitchen, qtbot: QtBot) -> None:
    kitchen.may_go.set()
    kitchen.queue.want([Want(key) for key in range(20)])
    qtbot.waitUntil(lambda: len(kitchen.delivered) == 20)
    assert kitchen.threads == {threading.get_ident()}
    assert kitchen.queue.is_idle
    kitchen.queue.close()


def test_what_is_no_longer_wanted_is_not_made(kitchen: Kitchen, qtbot: QtBot) -> None:
    kitchen.queue.want([Want(key) for key in range(50)])
    kitchen.queue.want([Want(99, "new")])
    kitchen.may_go.set()
    qtbot.waitUntil(lambda: kitchen.queue.is_idle)
    assert Want(99, "new") in kitchen.made
    assert len(kitchen.made) <= 3, "two may have been begun before"
    kitchen.queue.close()


def test_what_is_being_made_is_not_made_twice(kitchen: Kitchen, qtbot: QtBot) -> None:
    kitchen.queue.want([Want(1), Want(2)])
    qtbot.waitUntil(lambda: kitchen.queue.want([Want(1), Want(2)]) == {1, 2})
    kitchen.may_go.set()
    qtbot.waitUntil(lambda: kitchen.queue.is_idle)
    assert sorted(kitchen.made) == [Want(1), Want(2)]
    kitchen.queue.close()


def test_nothing_comes_after_closing(kitchen: Kitchen, qtbot: QtBot) -> None:
    before = threading.active_count()
    kitchen.queue.want([Want(key) for key in range(50)])
    kitchen.may_go.set()
    kitchen.queue.close()
    qtbot.wait(10)
    assert kitchen.delivered == []
    assert threading.active_count() <= before
    assert kitchen.queue.want([Want(1)]) == set()
