"""Which keys do what, as a value: the program's own, the user's, and who else has a key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QKeySequence

HOLD_PAN, HOLD_ORIGINAL, HOLD_TURN = "hold_pan", "hold_original", "hold_turn"
HELD = {HOLD_PAN: ("Space",), HOLD_ORIGINAL: ("\\",), HOLD_TURN: ("R",)}
"""Keys that work as long as they are held, so without others beside them."""


@dataclass(frozen=True)
class Keymap:
    """defaults: keys by command. chosen: the one key the user gave a command instead, or none ("").

    All keys are Qt's portable texts.
    """

    defaults: Mapping[str, tuple[str, ...]]
    chosen: Mapping[str, str]

    def keys(self, name: str) -> tuple[str, ...]:
        """Return the keys of a command."""
        if name in self.chosen:
            return (self.chosen[name],) if self.chosen[name] else ()
        return self.defaults[name]

    def is_own(self, name: str) -> bool:
        """Whether a command has the keys it comes with."""
        return name not in self.chosen

    def owners(self, key: str, besides: str) -> tuple[str, ...]:
        """Return the other commands that have a key."""
        wanted = normal(key)
        return tuple(
            name
            for name in self.defaults
            if wanted and name != besides and wanted in map(normal, self.keys(name))
        )

    def giving(self, name: str, key: str) -> "Keymap":
        """Return it with one key for a command, taken from whoever had it."""
        chosen = dict(self.chosen)
        for other in self.owners(key, name):
            rest = [kept for kept in self.keys(other) if normal(kept) != normal(key)]
            chosen[other] = rest[0] if rest else ""
        chosen[name] = normal(key)
        return replace(self, chosen=chosen)._tidied()

    def resetting(self, name: str) -> "Keymap":
        """Return it with a command's own keys again, taken from whoever had them."""
        result = self
        for key in self.defaults[name]:
            for other in self.owners(key, name):
                rest = [kept for kept in result.keys(other) if normal(kept) != normal(key)]
                chosen = {**result.chosen, other: rest[0] if rest else ""}
                result = replace(result, chosen=chosen)
        chosen = {other: key for other, key in result.chosen.items() if other != name}
        return replace(result, chosen=chosen)._tidied()

    def _tidied(self) -> "Keymap":
        """Return it without choices that are a command's own keys anyway."""
        chosen = {
            name: key
            for name, key in self.chosen.items()
            if name in self.defaults and (key,) != self.defaults[name]
        }
        return replace(self, chosen=chosen)


def normal(key: str) -> str:
    """Return a key as Qt writes it, so that two ways to write it are one."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)


def held_key(text: str, fallback: str) -> int:
    """Return the code of a key that is held; of the fallback's if the text is not one bare key."""
    for name in (text, fallback):
        sequence = QKeySequence(name)
        # QKeySequence is a sequence of combinations, which its type stub does not know.
        keys = cast("Sequence[QKeyCombination]", sequence)
        if sequence.count() == 1 and not keys[0].keyboardModifiers().value:
            key = keys[0].key()
            if key is not Qt.Key.Key_unknown:
                return int(key.value)
    raise ValueError(fallback)
