from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from desktop.places import Places
from desktop.preferences import Preferences
from desktop.toolbox import Toolbox
from desktop.tools import MAX_SIZE_PX, MIN_SIZE_PX, ToolName


@pytest.fixture
def preferences(qtbot: QtBot, tmp_path: Path) -> Preferences:
    return Preferences(Places.under(tmp_path))


def test_brush_and_eraser_keep_their_own_settings(preferences: Preferences) -> None:
    toolbox = Toolbox(preferences)
    toolbox.set_current(toolbox.current.sized(33))
    toolbox.choose(ToolName.ERASER)
    toolbox.set_current(toolbox.current.sized(99))
    assert (toolbox.brush.size_px, toolbox.eraser.size_px) == (33, 99)
    toolbox.choose(ToolName.BRUSH)
    assert toolbox.current.size_px == 33


def test_brushes_are_remembered_until_the_next_start(preferences: Preferences) -> None:
    toolbox = Toolbox(preferences)
    toolbox.set_current(replace(toolbox.current.sized(123), hardness=0.25))
    assert preferences.save()
    again = Toolbox(Preferences(preferences.places))
    assert (again.brush.size_px, again.brush.hardness) == (123, 0.25)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(MIN_SIZE_PX, MAX_SIZE_PX), st.lists(st.sampled_from([-1, 1]), max_size=30))
def test_every_press_changes_the_size_within_its_limits(
    preferences: Preferences, size_px: float, steps: list[int]
) -> None:
    toolbox = Toolbox(preferences)
    toolbox.set_current(toolbox.current.sized(size_px))
    for step in steps:
        before = toolbox.current.size_px
        toolbox.resize(step)
        after = toolbox.current.size_px
        assert MIN_SIZE_PX <= after <= MAX_SIZE_PX
        if MIN_SIZE_PX < before < MAX_SIZE_PX:
            assert (after - before) * step > 0


def test_hardness_stays_between_soft_and_hard(preferences: Preferences) -> None:
    toolbox = Toolbox(preferences)
    for _ in range(15):
        toolbox.harden(1)
    assert toolbox.current.hardness == 1.0
    for _ in range(15):
        toolbox.harden(-1)
    assert toolbox.current.hardness == 0.0
