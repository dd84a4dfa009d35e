"""What was done to a painting: one Command for every edit, undo and redo, a byte budget."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from core.document.layer import LayerStack
from core.document.patch import Provenance
from core.image.geometry import Rect
from core.image.surface import Surface

BUDGET_BYTES = 512 << 20


def now() -> str:
    """Return the local time as ISO 8601 with zone, to the second."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


@dataclass(frozen=True, eq=False)
class Command:
    """One edit: the state before, the state after, and where they differ (`dirty`).

    Compared by identity: two edits are never the same one.
    """

    label: str
    before: LayerStack
    after: LayerStack
    dirty: Rect
    provenance: tuple[Provenance, ...] = ()
    time: str = field(default_factory=now)


@dataclass(frozen=True, eq=False)
class StoredStep:
    """An edit whose states lie in the project file alone; `row` is its number there."""

    label: str
    dirty: Rect
    provenance: tuple[Provenance, ...]
    time: str
    row: int


Step = Command | StoredStep


class StepStore(Protocol):
    """Where steps are kept beyond the byte budget: the project file."""

    def stored(self, command: Command) -> StoredStep | None:
        """Return the stored form of a command; None while it is not safe on disk."""

    def recalled(
        self, steps: Sequence[StoredStep], stack: LayerStack, *, is_undo: bool
    ) -> LayerStack:
        """Return the state beyond consecutive steps (oldest first) that start or end at `stack`.

        Undoing, `stack` is the state after the last step; redoing, before the first.
        Raises ProjectError when the file no longer gives their tiles.
        """


class _Entry(NamedTuple):
    """A step, the bytes it alone keeps alive while done and while undone, its stored form."""

    step: Step
    done_bytes: int = 0
    undone_bytes: int = 0
    stored: StoredStep | None = None


class History:
    """The steps that led here, and those undone. Only the document's owning thread calls it.

    Past `budget_bytes` the oldest steps are forgotten; with a `store` they are left to it
    instead, and recalled when the conservator goes back that far. The newest step always stays.
    """

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self.budget_bytes = budget_bytes
        self.store: StepStore | None = None
        self._entries: list[_Entry] = []
        self._position = 0
        self._current: LayerStack | None = None

    @classmethod
    def resumed(
        cls,
        steps: Sequence[StoredStep],
        position: int,
        current: LayerStack,
        store: StepStore,
        budget_bytes: int = BUDGET_BYTES,
    ) -> "History":
        """Return the history of a reopened project that stands at `current`."""
        history = cls(budget_bytes)
        history.store = store
        history._entries = [_Entry(step) for step in steps]
        history._position = position
        history._current = current
        return history

    @property
    def commands(self) -> Sequence[Step]:
        """All steps, oldest first; the first `position` of them are done."""
        return tuple(entry.step for entry in self._entries)

    @property
    def position(self) -> int:
        """How many steps are done."""
        return self._position

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return self._position > 0

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to redo."""
        return self._position < len(self._entries)

    @property
    def nbytes(self) -> int:
        """Bytes of the tiles that only the history keeps alive."""
        done, undone = self._entries[: self._position], self._entries[self._position :]
        return sum(entry.done_bytes for entry in done) + sum(entry.undone_bytes for entry in undone)

    def push(self, command: Command) -> None:
        """Append a step just done; the undone ones are dropped."""
        del self._entries[self._position :]
        before, after = command.before, command.after
        self._entries.append(_Entry(command, _only_in(before, after), _only_in(after, before)))
        self._position += 1
        self._current = after
        if self.store is None:
            self._forget()
        else:
            self._spill(self.store)

    def undo(self) -> Command | None:
        """Step back: return the command whose `before` is now the state; None at the start.

        Raises ProjectError (and stays) when a stored step cannot be recalled.
        """
        return self._step(self._position - 1) if self.can_undo else None

    def redo(self) -> Command | None:
        """Step forth: return the command whose `after` is now the state; None at the end.

        Raises ProjectError (and stays) when a stored step cannot be recalled.
        """
        return self._step(self._position) if self.can_redo else None

    def go_to(self, position: int) -> LayerStack | None:
        """Move to a position; return the state there, None if it is where we are.

        Raises ValueError if there is no such position, ProjectError (and stays) when stored
        steps cannot be recalled.
        """
        if not 0 <= position <= len(self._entries):
            raise ValueError(f"there is no position {position}")
        if position == self._position:
            return None
        self._current = self._state_at(position)
        self._position = position
        return self._current

    def _step(self, index: int) -> Command:
        """Undo or redo the entry beside the position; a stored one becomes a Command again."""
        step = self._entries[index].step
        before, after = self._state_at(index), self._state_at(index + 1)
        if isinstance(step, StoredStep):
            stored = step
            step = Command(step.label, before, after, step.dirty, step.provenance, step.time)
            self._entries[index] = _Entry(
                step, _only_in(before, after), _only_in(after, before), stored
            )
        is_undo = index < self._position
        self._position = index if is_undo else index + 1
        self._current = before if is_undo else after
        if self.store is not None:
            self._spill(self.store)
        return step

    def _anchor(self, position: int) -> LayerStack | None:
        """Return the state at a position if it is in memory: the very same object as ever."""
        if position == self._position:
            return self._current
        after = self._entries[position].step if position < len(self._entries) else None
        if isinstance(after, Command):
            return after.before
        before = self._entries[position - 1].step if position > 0 else None
        return before.after if isinstance(before, Command) else None

    def _state_at(self, position: int) -> LayerStack:
        """Return the state at a position, recalled from the nearest one in memory if need be."""
        is_undo = position < self._position
        known = position
        while (stack := self._anchor(known)) is None:
            known += 1 if is_undo else -1
        if known == position:
            return stack
        # Between two positions without an anchor lie stored steps alone.
        entries = self._entries[min(known, position) : max(known, position)]
        steps = [entry.step for entry in entries if isinstance(entry.step, StoredStep)]
        if self.store is None:
            raise ValueError("stored steps need a store")
        return self.store.recalled(steps, stack, is_undo=is_undo)

    def _forget(self) -> None:
        """Drop the oldest steps past the budget, never the newest."""
        excess, count = self.nbytes - self.budget_bytes, 0
        while excess > 0 and count < len(self._entries) - 1:
            excess -= self._entries[count].done_bytes
            count += 1
        del self._entries[:count]
        self._position -= count

    def _spill(self, store: StepStore) -> None:
        """Leave to the store the steps farthest from here; those not yet safe there stay."""
        excess = self.nbytes - self.budget_bytes
        if excess <= 0:
            return
        beside = (self._position - 1, self._position)
        indices = [index for index in range(len(self._entries)) if index not in beside]
        for index in sorted(indices, key=lambda index: -abs(index - self._position)):
            entry = self._entries[index]
            if excess <= 0:
                break
            stored = entry.stored
            if isinstance(entry.step, Command) and stored is None:
                stored = store.stored(entry.step)
            if stored is not None:
                is_done = index < self._position
                excess -= entry.done_bytes if is_done else entry.undone_bytes
                self._entries[index] = _Entry(stored)


def _only_in(one: LayerStack, other: LayerStack) -> int:
    """Return the bytes of the tiles held by one state and not by the other."""
    theirs = dict(_surfaces(other))
    sizes: dict[int, int] = {}
    for place, surface in _surfaces(one):
        twin = theirs.get(place)
        if surface is twin:
            continue
        keys = surface.tiles.keys() if twin is None else surface.differing_keys(twin)
        tiles = (surface.tiles.get(key) for key in keys)
        sizes.update({id(tile): tile.nbytes for tile in tiles if tile is not None})
    if sizes:
        for surface in theirs.values():
            # A duplicated layer shares its tiles with the one it was made from.
            for tile in surface.tiles.values():
                sizes.pop(id(tile), None)
    return sum(sizes.values())


def _surfaces(stack: LayerStack) -> Iterator[tuple[tuple[int, bool], Surface]]:
    """Yield each layer's surfaces, by its id and whether they are its origins."""
    for layer in stack:
        for surface, is_origins in ((layer.surface, False), (layer.origins, True)):
            if surface is not None:
                yield (layer.id, is_origins), surface
