"""A document: the painting's current state, a preview of the next one, and the way back."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.document.history import Command, History
from core.document.layer import Layer, LayerStack
from core.document.origins import kept_origins
from core.document.patch import Provenance
from core.image.geometry import EMPTY_RECT, Rect
from core.image.surface import Surface


@dataclass(frozen=True)
class HistoryEvent:
    """What the project must write: a command just pushed, or None for a mere move.

    `position` is the history's position after it.
    """

    command: Command | None
    position: int


class Document:
    """The one place where a painting's state changes.

    Only one thread assigns: the one that makes the first edit or preview owns the document
    (asserted), so a document may be opened in a worker and handed over. Other threads may read
    `stack` and `shown`: they are values.

    Listeners are called in the owning thread, after the state has changed, in this order:
    `on_command` (the project's writer), `on_changed` with the level-0 pixels to repaint,
    `on_history` when steps or position changed.
    """

    def __init__(self, stack: LayerStack, history: History | None = None) -> None:
        self.history = History() if history is None else history
        self.on_changed: list[Callable[[Rect], None]] = []
        self.on_history: list[Callable[[], None]] = []
        self.on_command: list[Callable[[HistoryEvent], None]] = []
        self._stack = stack
        self._preview: LayerStack | None = None
        self._owner: int | None = None

    @property
    def stack(self) -> LayerStack:
        """The committed state: what is saved, exported and undone."""
        return self._stack

    @property
    def shown(self) -> LayerStack:
        """The state to look at: the preview while there is one."""
        return self._stack if self._preview is None else self._preview

    @property
    def is_previewing(self) -> bool:
        """Whether a preview is shown."""
        return self._preview is not None

    def preview(self, stack: LayerStack | None, dirty: Rect | None = None) -> None:
        """Show a state without committing it; None goes back to the committed one.

        dirty says which pixels differ from what was shown before; without it they are found by
        comparing tiles, which cannot see a change inside a tile that is being painted on.
        """
        self._assert_owner()
        shown = self.shown
        self._preview = stack
        if dirty is None or stack is None:
            dirty = (dirty or EMPTY_RECT).union(shown.changed_rect(self.shown))
        self._changed(dirty)

    def do(
        self, label: str, after: LayerStack, provenance: Sequence[Provenance] = ()
    ) -> Command | None:
        """Commit an edit as one step and end the preview.

        Returns the command; None, and no step, when `after` equals the committed state.
        """
        self._assert_owner()
        before = self._stack
        after = _without_stale_origins(before, after)
        stale = self._end_preview()
        if _is_same(before, after):
            self._changed(stale)
            return None
        command = Command(label, before, after, before.changed_rect(after), tuple(provenance))
        self.history.push(command)
        self._stack = after
        self._tell(command, stale.union(command.dirty))
        return command

    def undo(self) -> Command | None:
        """Put the state before the last step back, the very same object; end the preview first.

        Returns the command undone, None if there is none. Raises ProjectError, changing nothing
        but the preview, when the step lies in a project file that no longer gives it.
        """
        self._assert_owner()
        self._changed(self._end_preview())
        command = self.history.undo()
        if command is not None:
            self._stack = command.before
            self._tell(None, command.dirty)
        return command

    def redo(self) -> Command | None:
        """Do the step last undone again; else as `undo`."""
        self._assert_owner()
        self._changed(self._end_preview())
        command = self.history.redo()
        if command is not None:
            self._stack = command.after
            self._tell(None, command.dirty)
        return command

    def go_to(self, position: int) -> None:
        """Undo or redo until `position` steps are done; end the preview first.

        Raises ValueError if there is no such position, else as `undo`.
        """
        self._assert_owner()
        self._changed(self._end_preview())
        start = self.history.position
        stack = self.history.go_to(position)
        if stack is None:
            return
        dirty = EMPTY_RECT
        for step in self.history.commands[min(start, position) : max(start, position)]:
            dirty = dirty.union(step.dirty)
        self._stack = stack
        self._tell(None, dirty)

    def _end_preview(self) -> Rect:
        """Drop the preview; return where it differed from the committed state."""
        shown = self.shown
        self._preview = None
        return shown.changed_rect(self._stack)

    def _tell(self, command: Command | None, dirty: Rect) -> None:
        event = HistoryEvent(command, self.history.position)
        for on_command in tuple(self.on_command):
            on_command(event)
        self._changed(dirty)
        for on_history in tuple(self.on_history):
            on_history()

    def _changed(self, dirty: Rect) -> None:
        if not dirty.is_empty:
            for on_changed in tuple(self.on_changed):
                on_changed(dirty)

    def _assert_owner(self) -> None:
        thread = threading.get_ident()
        if self._owner is None:
            self._owner = thread
        assert self._owner == thread, "only the owning thread changes a document"


def _without_stale_origins(before: LayerStack, after: LayerStack) -> LayerStack:
    """Return a state in which what was painted over comes from nowhere any more."""
    old = {layer.id: layer for layer in before if layer.origins is not None}
    layers = []
    for layer in after:
        was = old.get(layer.id)
        if was is not None and layer.origins is not None:
            kept = kept_origins(layer.origins, was.origins, was.pixels, layer.pixels)
            layer = layer if kept is layer.origins else replace(layer, origins=kept)
        layers.append(layer)
    is_same = all(one is other for one, other in zip(layers, after.layers, strict=True))
    return after if is_same else replace(after, layers=tuple(layers))


def _is_same(one: LayerStack, other: LayerStack) -> bool:
    """Whether two states hold the same layers with the same samples."""
    if one is other:
        return True
    return len(one.layers) == len(other.layers) and all(
        _is_same_layer(mine, theirs) for mine, theirs in zip(one, other, strict=True)
    )


def _is_same_layer(one: Layer, other: Layer) -> bool:
    if one.traits != other.traits:
        return False
    is_same = _is_same_surface(one.surface, other.surface) and one.source is other.source
    return is_same and _is_same_surface(one.origins, other.origins)


def _is_same_surface(one: Surface | None, other: Surface | None) -> bool:
    if one is other or one is None or other is None:
        return one is other
    # Absent tiles are zero and zero tiles are absent, so equal samples mean equal keys.
    return all(
        key in one.tiles and key in other.tiles and np.array_equal(one.tiles[key], other.tiles[key])
        for key in one.differing_keys(other)
    )
