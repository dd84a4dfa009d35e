"""Which layer is chosen, which mask is painted on, and whether they may be edited."""

from PySide6.QtCore import QObject, Signal

from core.document.document import Document
from core.document.layer import Layer, LayerKind, LayerStack
from core.image.blend_modes import BlendMode
from desktop.refusal import refusal


class LayerChoice(QObject):
    """Among the layers of one document. GUI thread only.

    selected_id: the layer the panel shows as chosen. mask_id: the mask that brush and eraser work
    on, which stays when another kind of layer is chosen; None without any mask.
    changed: layers or choice are different now. refused(str): why an edit was not made.
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.selected_id = 0
        self.mask_id: int | None = None
        document.on_history.append(self.refresh)
        self.refresh()

    @property
    def stack(self) -> LayerStack:
        """The committed layers."""
        return self._document.stack

    @property
    def selected(self) -> Layer:
        """The chosen layer."""
        return self.stack.layer(self.selected_id)

    @property
    def mask(self) -> Layer | None:
        """The mask to paint on."""
        return None if self.mask_id is None else self.stack.layer(self.mask_id)

    @property
    def retouch_target(self) -> Layer | None:
        """The layer that fills go on: the chosen RETOUCH, or None, which stands for a new one.

        New where it is locked, or would not show the fill as it was made: hidden, or blended.
        """
        layer, stack = self.selected, self.stack
        is_plain = layer.kind is LayerKind.RETOUCH and layer.blend is BlendMode.NORMAL
        is_fit = is_plain and stack.is_seen(layer) and not stack.is_locked(layer)
        return layer if is_fit else None

    @property
    def can_edit(self) -> bool:
        """Whether the chosen layer is not the painting itself."""
        return self.selected.kind is not LayerKind.SOURCE

    def may_edit(self, layer: Layer) -> bool:
        """Whether a layer can be edited; tell the user why if it cannot."""
        why = refusal(self.stack, layer)
        if why:
            self.refused.emit(why)
        return not why

    def select(self, layer_id: int) -> None:
        """Choose a layer."""
        if layer_id != self.selected_id:
            self.selected_id = layer_id
            self.refresh()

    def refresh(self) -> None:
        """Keep the choice among the layers there are; tell that something changed."""
        ids = [layer.id for layer in self.stack]
        if self.selected_id not in ids:
            self.selected_id = ids[-1]
        masks = self.stack.of_kind(LayerKind.MASK)
        if self.selected.kind is LayerKind.MASK:
            self.mask_id = self.selected_id
        elif self.mask_id not in [mask.id for mask in masks]:
            seen = self.stack.seen(LayerKind.MASK)
            best = [mask.id for mask in seen or masks]
            self.mask_id = best[-1] if best else None
        self.changed.emit()
