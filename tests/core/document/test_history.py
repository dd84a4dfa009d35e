"""History: positions, the byte budget, and steps left to a store."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from core.document.history import Command, History, StoredStep
from core.document.layer import LayerKind, LayerStack
from core.image.geometry import Rect

TILE_BYTES = 256 * 256
Paint = Callable[..., LayerStack]


class MemoryStore:
    """A store that keeps the very states, and may be told that nothing is safe yet."""

    def __init__(self) -> None:
        self.states: list[tuple[LayerStack, LayerStack]] = []
        self.is_safe = True
        self.recalls = 0

    def stored(self, command: Command) -> StoredStep | None:
        if not self.is_safe:
            return None
        self.states.append((command.before, command.after))
        row = len(self.states) - 1
        return StoredStep(command.label, command.dirty, command.provenance, command.time, row)

    def recalled(
        self, steps: Sequence[StoredStep], stack: LayerStack, *, is_undo: bool
    ) -> LayerStack:
        self.recalls += 1
        before, after = self.states[steps[0].row][0], self.states[steps[-1].row][1]
        return replace(before if is_undo else after)  # equal, yet another object


def _commands(stack: LayerStack, paint: Paint, count: int) -> list[Command]:
    commands = []
    for index in range(count):
        rect = Rect(0, 0, 10, 10)
        after = paint(stack, rect, index + 1)
        commands.append(Command(f"Stroke {index}", stack, after, rect))
        stack = after
    return commands


def _pushed(history: History, commands: Sequence[Command]) -> History:
    for command in commands:
        history.push(command)
    return history


def test_undo_and_redo_return_the_very_same_states(stack: LayerStack, paint: Paint) -> None:
    commands = _commands(stack, paint, 3)
    history = _pushed(History(), commands)
    assert [history.undo() for _ in range(4)] == [*reversed(commands), None]
    assert not history.can_undo
    assert [history.redo() for _ in range(4)] == [*commands, None]
    assert not history.can_redo
    assert history.go_to(1) is commands[0].after
    assert history.go_to(1) is None


def test_a_new_step_drops_those_undone(stack: LayerStack, paint: Paint) -> None:
    commands = _commands(stack, paint, 3)
    history = _pushed(History(), commands)
    history.go_to(1)
    other = Command("Other", commands[0].after, paint(stack, Rect(9, 9, 9, 9)), Rect(9, 9, 9, 9))
    history.push(other)
    assert list(history.commands) == [commands[0], other]
    assert history.position == 2


def test_there_is_no_position_beyond_the_ends(stack: LayerStack, paint: Paint) -> None:
    history = _pushed(History(), _commands(stack, paint, 2))
    for position in (-1, 3):
        with pytest.raises(ValueError):
            history.go_to(position)
    assert history.position == 2


def test_bytes_are_those_of_tiles_the_state_does_not_hold(stack: LayerStack, paint: Paint) -> None:
    history = _pushed(History(), _commands(stack, paint, 4))
    assert history.nbytes == 3 * TILE_BYTES  # the first stroke replaced nothing
    history.undo()
    assert history.nbytes == 3 * TILE_BYTES
    history.go_to(0)
    assert history.nbytes == 4 * TILE_BYTES


def test_a_duplicate_shares_its_bytes(stack: LayerStack, paint: Paint) -> None:
    one = paint(stack, Rect(0, 0, 10, 10))
    two = one.duplicating(2, "Copy")
    three = two.removing(2)
    commands = [
        Command(label, before, after, Rect(0, 0, 256, 256))
        for label, before, after in (("a", stack, one), ("b", one, two), ("c", two, three))
    ]
    assert _pushed(History(), commands).nbytes == 0


def test_the_oldest_steps_fall_past_the_budget(stack: LayerStack, paint: Paint) -> None:
    commands = _commands(stack, paint, 9)
    history = _pushed(History(budget_bytes=3 * TILE_BYTES), commands)
    assert list(history.commands) == commands[-3:]
    assert history.nbytes <= history.budget_bytes
    assert history.position == 3


def test_the_newest_step_stays_however_large(stack: LayerStack, paint: Paint) -> None:
    commands = _commands(stack, paint, 5)
    history = _pushed(History(budget_bytes=0), commands)
    assert history.undo() is commands[-1]


def test_steps_past_the_budget_are_left_to_the_store(stack: LayerStack, paint: Paint) -> None:
    commands = _commands(stack, paint, 9)
    history, store = History(budget_bytes=3 * TILE_BYTES), MemoryStore()
    history.store = store
    _pushed(history, commands)
    assert len(history.commands) == 9
    assert sum(isinstance(step, StoredStep) for step in history.commands) == 6
    assert history.nbytes <= history.budget_bytes
    for command in reversed(commands):
        undone = history.undo()
        assert undone is not None
        assert undone.before.layers == command.before.layers
        assert history.nbytes <= history.budget_bytes
    for command in commands:
        redone = history.redo()
        assert redone is not None
        assert redone.after.layers == command.after.layers


def test_steps_that_are_not_safe_yet_stay_in_memory(stack: LayerStack, paint: Paint) -> None:
    commands = _commands(stack, paint, 9)
    history, store = History(budget_bytes=0), MemoryStore()
    history.store, store.is_safe = store, False
    _pushed(history, commands)
    assert list(history.commands) == commands


def test_a_recalled_state_is_the_one_redo_gives_back(stack: LayerStack, paint: Paint) -> None:
    history, store = History(), MemoryStore()
    commands = _commands(stack, paint, 4)
    steps = [step for step in map(store.stored, commands) if step is not None]
    history = History.resumed(steps, 4, commands[-1].after, store)
    first = history.undo()
    assert first is not None
    assert first.after is commands[-1].after
    second = history.undo()
    assert second is not None
    assert second.after is first.before
    assert history.redo() is second
    assert history.redo() is first


def test_a_jump_over_stored_steps_recalls_once(stack: LayerStack, paint: Paint) -> None:
    store = MemoryStore()
    commands = _commands(stack, paint, 8)
    steps = [step for step in map(store.stored, commands) if step is not None]
    history = History.resumed(steps, 8, commands[-1].after, store)
    at_two = history.go_to(2)
    assert at_two is not None
    assert at_two.layers == commands[1].after.layers
    assert store.recalls == 1
    history.go_to(5)
    assert store.recalls == 2


def test_a_removed_layer_costs_its_tiles(stack: LayerStack, paint: Paint) -> None:
    painted = paint(stack.adding(LayerKind.MASK, "More"), Rect(0, 0, 300, 10), layer_id=3)
    removed = painted.removing(3)
    history = _pushed(History(), [Command("Remove", painted, removed, Rect(0, 0, 512, 256))])
    assert history.nbytes == 2 * TILE_BYTES
