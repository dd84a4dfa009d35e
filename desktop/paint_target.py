"""What brush and eraser work on: a mask, or a retouch layer; it follows the chosen layer."""

from PySide6.QtCore import QObject, Signal

from core.document.layer import LayerKind
from desktop.layer_commands import LayerCommands


class PaintTarget(QObject):
    """GUI thread only. A layer that the user chooses makes brush and eraser work on its kind.

    is_color: they work on retouch. retouch_id: the retouch layer that paint goes on; None where
    there is none: the first stroke makes one. changed: one of them is different now.
    """

    changed = Signal()

    def __init__(self, layers: LayerCommands, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._layers = layers
        self._selected_id = layers.selected_id
        self.is_color = layers.selected.kind is LayerKind.RETOUCH
        self.retouch_id: int | None = None
        layers.changed.connect(self._follow)
        self._follow()

    def choose(self, is_color: bool) -> None:
        """Work on retouch, or on the mask: the layer that was worked on last is chosen."""
        layer_id = self.retouch_id if is_color else self._layers.mask_id
        if layer_id is not None:
            self._layers.select(layer_id)
        if is_color != self.is_color:
            self.is_color = is_color
            self.changed.emit()

    def _follow(self) -> None:
        before = self.is_color, self.retouch_id
        stack, selected = self._layers.stack, self._layers.selected
        ids = [layer.id for layer in stack]
        # A choice that is made because the chosen layer was undone is not the user's.
        is_chosen = selected.id != self._selected_id and self._selected_id in ids
        if selected.kind is LayerKind.RETOUCH:
            self.retouch_id = selected.id
            self.is_color = self.is_color or is_chosen
        elif selected.kind is LayerKind.MASK and is_chosen:
            self.is_color = False
        self._selected_id = selected.id
        if self.retouch_id not in ids:
            retouch = [layer.id for layer in stack.of_kind(LayerKind.RETOUCH)]
            self.retouch_id = retouch[-1] if retouch else None
        if (self.is_color, self.retouch_id) != before:
            self.changed.emit()
