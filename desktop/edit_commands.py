"""The Edit, Layer and Restore menus: steps back and forth, layers, masks, and what is possible."""

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import QColorDialog, QInputDialog, QLineEdit

from core.document.layer import Layer, LayerKind
from core.errors import LacunaError
from desktop.layer_commands import LayerCommands
from desktop.notices import Offer
from desktop.painting_page import PaintingPage
from desktop.reach import Reach
from desktop.restore_dock import RestoreDock

Shown = Callable[[], PaintingPage | None]


class EditCommands(QObject):
    """Acts on the painting that is shown. GUI thread only."""

    def __init__(self, reach: Reach, restore: RestoreDock) -> None:
        super().__init__(reach.window)
        self._reach = reach
        actions = reach.actions
        self._restore = restore
        actions.on("undo", self.undo)
        actions.on("redo", self.redo)
        actions.on("restore", restore.start)
        actions.on("cancel", restore.cancel)
        actions.on("mask_color", self._ask_color)
        actions.on("operator", self._ask_operator)
        self._on_layers("clear_mask", LayerCommands.clear_mask)
        self._on_layers("add_mask", lambda layers: layers.add(LayerKind.MASK))
        self._on_layers("add_retouch", lambda layers: layers.add(LayerKind.RETOUCH))
        self._on_layers("duplicate", LayerCommands.duplicate)
        self._on_layers("delete", LayerCommands.delete)
        self._on_layers("group", LayerCommands.group)
        self._on_layers("ungroup", LayerCommands.ungroup)
        self._on_layers("merge", LayerCommands.merge)
        self._on_layers("lock", _toggle_lock)
        self._on_layers("solo", lambda layers: layers.solo(layers.selected_id))
        self._on_layers("raise", lambda layers: layers.move(1))
        self._on_layers("lower", lambda layers: layers.move(-1))

    def undo(self) -> None:
        """Undo the last step."""
        self._go(lambda page: page.session.document.undo())

    def redo(self) -> None:
        """Do the last undone step again."""
        self._go(lambda page: page.session.document.redo())

    def go_to(self, position: int) -> None:
        """Go to a position of the history."""
        self._go(lambda page: page.session.document.go_to(position))

    def hint(self, text: str) -> None:
        """Tell why a tool cannot work on the mask, and offer what can be done about it."""
        page = self._reach.shown()
        if page is not None:
            layers = page.session.layers
            new = (self.tr("New Mask"), lambda: layers.add(LayerKind.MASK))
            self._reach.notices.show_hint(text, new, *self._remedies(layers, layers.mask))

    def hint_retouch(self, text: str) -> None:
        """Tell why a tool cannot work on retouch, and offer what can be done about it."""
        page = self._reach.shown()
        if page is not None:
            layers = page.session.layers
            ids = {layer.id: layer for layer in layers.stack}
            layer = ids.get(page.target.retouch_id or 0)
            self._reach.notices.show_hint(text, *self._remedies(layers, layer))

    def update(self) -> None:
        """Enable what can be done now; name what would be undone."""
        page = self._reach.shown()
        self._reach.actions.enable(set() if page is None else self._abilities(page))
        undo, redo = self._reach.actions["undo"], self._reach.actions["redo"]
        undo_text, redo_text = self.tr("&Undo"), self.tr("&Redo")
        if page is not None:
            history = page.session.document.history
            if history.can_undo and not page.canvas.retouching.is_landing:
                undo_text += " " + history.commands[history.position - 1].label
            if history.can_redo:
                redo_text += " " + history.commands[history.position].label
        _retitle(undo, undo_text)
        _retitle(redo, redo_text)

    def _remedies(self, layers: LayerCommands, layer: Layer | None) -> list[Offer]:
        """Return what lets a layer be painted on: to unlock it, or to show it."""
        locked = None if layer is None else _locked(layers, layer)
        if locked is not None:
            text = self.tr("Unlock “{0}”").format(locked.name)
            return [(text, lambda: layers.set_locked(locked.id, False))]
        if layer is not None and not layers.stack.is_seen(layer):
            text = self.tr("Show “{0}”").format(layer.name)
            return [(text, lambda: layers.reveal(layer.id))]
        return []

    def _abilities(self, page: PaintingPage) -> set[str]:
        session = page.session
        history, layers = session.document.history, session.layers
        possible = {
            "painting": True,
            "undo": history.can_undo or page.canvas.retouching.is_landing,
            "redo": history.can_redo,
            "mask": layers.mask is not None,
            "layer": layers.can_edit,
            "retouch": layers.selected.kind is LayerKind.RETOUCH,
            "retouch on mask": layers.mask is not None
            and layers.selected.kind is LayerKind.RETOUCH,
            "group": layers.selected.holder is not None,
            "merge": layers.can_merge,
            "evidence": layers.selected.evidence is not None,
            "raise": layers.can_move(1),
            "lower": layers.can_move(-1),
            "restore": self._restore.can_restore,
            "running": session.restoring.is_running or self._restore.is_waiting,
        }
        return {name for name, is_possible in possible.items() if is_possible}

    def _go(self, step: Callable[[PaintingPage], object]) -> None:
        """Move in the history, once a stroke under way is a step of it."""
        page = self._reach.shown()
        if page is None:
            return
        page.canvas.end_stroke()
        try:
            step(page)
        except LacunaError as error:
            self._reach.notices.show_notice(str(error))

    def _on_layers(self, name: str, function: Callable[[LayerCommands], object]) -> None:
        def act() -> None:
            page = self._reach.shown()
            if page is not None:
                page.canvas.end_stroke()
                function(page.session.layers)

        self._reach.actions.on(name, act)

    def _ask_color(self) -> None:
        """Choose the colour of the mask that is painted on; without one, that of first masks."""
        page = self._reach.shown()
        layers = None if page is None else page.session.layers
        mask = None if layers is None else layers.mask
        own = "" if mask is None else mask.color
        color = QColorDialog.getColor(
            QColor(own or self._reach.preferences.settings.overlay),
            self._reach.window,
            self.tr("Mask Colour"),
        )
        if not color.isValid():
            return
        if layers is None or mask is None:
            self._reach.preferences.change(overlay=color.name())
        else:
            layers.set_color(mask.id, color.name())

    def _ask_operator(self) -> None:
        name, is_ok = QInputDialog.getText(
            self._reach.window,
            self.tr("Your Name for the Record"),
            self.tr("Written beside every fill you make, in the project and in exports:"),
            QLineEdit.EchoMode.Normal,
            self._reach.preferences.settings.operator,
        )
        if is_ok:
            self._reach.preferences.change(operator=name.strip())


def _toggle_lock(layers: LayerCommands) -> None:
    layers.set_locked(layers.selected_id, not layers.selected.is_locked)


def _locked(layers: LayerCommands, layer: Layer) -> Layer | None:
    """Return what is locked of a layer and its group."""
    both = layers.stack.group_of(layer), layer
    return next((one for one in both if one is not None and one.is_locked), None)


def _retitle(action: QAction, text: str) -> None:
    """Set a menu text without losing the key from the tool tip."""
    tip = action.toolTip()
    if action.text() != text:
        action.setText(text)
        action.setToolTip(tip)
