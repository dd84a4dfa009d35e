import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from desktop.shortcuts import Keymap, held_key, normal

DEFAULTS = {"brush": ("B",), "redo": ("Ctrl+Shift+Z", "Ctrl+Y"), "fit": ("Ctrl+0",), "bare": ()}
KEYS = ["B", "Ctrl+Y", "Ctrl+Shift+Z", "Ctrl+0", "F5", "[", ""]


def test_a_key_given_away_is_lost_by_whoever_had_it() -> None:
    keymap = Keymap(DEFAULTS, {}).giving("fit", "B")
    assert keymap.keys("fit") == ("B",)
    assert keymap.keys("brush") == ()
    assert not keymap.is_own("brush")


def test_of_two_keys_one_may_be_lost() -> None:
    keymap = Keymap(DEFAULTS, {}).giving("fit", "ctrl+shift+z")
    assert keymap.keys("redo") == ("Ctrl+Y",)


def test_resetting_takes_the_key_back() -> None:
    keymap = Keymap(DEFAULTS, {}).giving("fit", "B").resetting("brush")
    assert keymap.keys("brush") == ("B",)
    assert keymap.keys("fit") == ()
    assert keymap.resetting("fit").chosen == {}


def test_who_has_a_key_is_told_however_it_is_written() -> None:
    keymap = Keymap(DEFAULTS, {})
    assert keymap.owners("ctrl+y", "brush") == ("redo",)
    assert keymap.owners("Ctrl+Y", "redo") == ()
    assert keymap.owners("", "redo") == ()


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(DEFAULTS)), st.sampled_from([*KEYS, None])), max_size=12
    )
)
def test_no_key_ever_belongs_to_two(changes: list[tuple[str, str | None]]) -> None:
    keymap = Keymap(DEFAULTS, {})
    for name, key in changes:
        keymap = keymap.resetting(name) if key is None else keymap.giving(name, key)
        keys = [normal(key) for other in DEFAULTS for key in keymap.keys(other)]
        assert len(keys) == len(set(keys))
        assert keymap.keys(name) == (DEFAULTS[name] if key is None else (key,) if key else ())


@pytest.mark.parametrize("text", ["", "Ctrl+Space", "no key", "A, B"])
def test_a_held_key_must_be_one_bare_key(text: str) -> None:
    assert held_key(text, "Space") == Qt.Key.Key_Space
    assert held_key("F4", "Space") == Qt.Key.Key_F4
