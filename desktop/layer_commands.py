"""What the user does to layers, each one step of the history; and which layer is chosen."""

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from core.document.document import Document
from core.document.layer import Layer, LayerKind, LayerStack
from core.image.surface import Surface

# Of the first mask, which is shown in the program's own colour, and of those that come after.
_MASK_COLORS = ("", "#e0a020", "#2f9fe0", "#4cb050", "#b060d0")


class LayerCommands(QObject):
    """Edits of one document's stack. GUI thread only.

    selected_id: the layer the panel shows as chosen. mask_id: the mask that brush and eraser work
    on, which stays when another kind of layer is chosen; None without any mask.
    changed: layers or choice are different now.
    """

    changed = Signal()

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
        """The layer that fills go on: the chosen one if it is RETOUCH, else a new one (None)."""
        layer = self.selected
        return layer if layer.kind is LayerKind.RETOUCH else None

    @property
    def can_edit(self) -> bool:
        """Whether the chosen layer is not the painting itself."""
        return self.selected.kind is not LayerKind.SOURCE

    def can_move(self, step: int) -> bool:
        """Whether the chosen layer can go up (1) or down (-1)."""
        index = self.stack.index(self.selected_id) + step
        return self.can_edit and 1 <= index < len(self.stack.layers)

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
            best = [mask.id for mask in masks if mask.is_visible] or [mask.id for mask in masks]
            self.mask_id = best[-1] if best else None
        self.changed.emit()

    def add(self, kind: LayerKind) -> None:
        """Put an empty mask or retouch layer on top and choose it."""
        is_mask = kind is LayerKind.MASK
        name = self._free_name(self.tr("Losses") if is_mask else self.tr("Retouch"))
        label = self.tr("New mask") if is_mask else self.tr("New retouch layer")
        self._do_and_select(label, self._adding(kind, name), self.stack.next_id)

    def add_mask(self, name: str, surface: Surface, label: str = "") -> None:
        """Put a mask that was read from a file, or made otherwise, on top and choose it."""
        new_id = self.stack.next_id
        stack = self._adding(LayerKind.MASK, self._free_name(name))
        label = label or self.tr("Import mask “{0}”").format(name)
        self._do_and_select(label, stack.with_surface(new_id, surface), new_id)

    def duplicate(self) -> None:
        """Copy the chosen layer right above itself and choose the copy."""
        if self.can_edit:
            name = self._free_name(self.selected.name)
            label = self.tr("Duplicate “{0}”").format(self.selected.name)
            stack = self.stack.duplicating(self.selected_id, name)
            self._do_and_select(label, stack, self.stack.next_id)

    def delete(self) -> None:
        """Remove the chosen layer and choose its neighbour."""
        if self.can_edit:
            index = self.stack.index(self.selected_id)
            label = self.tr("Delete “{0}”").format(self.selected.name)
            stack = self.stack.removing(self.selected_id)
            self._do_and_select(label, stack, stack.layers[min(index, len(stack.layers) - 1)].id)

    def move(self, step: int) -> None:
        """Move the chosen layer up (1) or down (-1)."""
        if self.can_move(step):
            label = self.tr("Move “{0}”").format(self.selected.name)
            index = self.stack.index(self.selected_id) + step
            self._document.do(label, self.stack.moving(self.selected_id, index))

    def rename(self, layer_id: int, name: str) -> None:
        """Give a layer a name; an empty one is ignored."""
        layer = self.stack.layer(layer_id)
        if name.strip() and name.strip() != layer.name:
            label = self.tr("Rename “{0}”").format(layer.name)
            self._document.do(label, self.stack.replacing(replace(layer, name=name.strip())))

    def set_visible(self, layer_id: int, is_visible: bool) -> None:
        """Show or hide a layer; the painting itself stays shown."""
        layer = self.stack.layer(layer_id)
        if layer.kind is not LayerKind.SOURCE and layer.is_visible != is_visible:
            text = self.tr("Show “{0}”") if is_visible else self.tr("Hide “{0}”")
            stack = self.stack.replacing(replace(layer, is_visible=is_visible))
            self._document.do(text.format(layer.name), stack)

    def preview_opacity(self, opacity: float) -> None:
        """Show the chosen layer at an opacity, 0..1, without a step in the history."""
        if self.can_edit:
            self._document.preview(self.stack.replacing(replace(self.selected, opacity=opacity)))

    def set_opacity(self, opacity: float) -> None:
        """Give the chosen layer an opacity, 0..1."""
        if self.can_edit and self.selected.opacity != opacity:
            label = self.tr("Opacity of “{0}”").format(self.selected.name)
            stack = self.stack.replacing(replace(self.selected, opacity=opacity))
            self._document.do(label, stack)

    def set_color(self, layer_id: int, color: str) -> None:
        """Show a mask in a colour, "#rrggbb"; empty for the program's own."""
        layer = self.stack.layer(layer_id)
        if layer.kind is LayerKind.MASK and layer.color != color:
            label = self.tr("Colour of “{0}”").format(layer.name)
            self._document.do(label, self.stack.replacing(replace(layer, color=color)))

    def clear_mask(self) -> None:
        """Take all marks off the mask that is painted on."""
        if self.mask_id is not None:
            stack = self.stack.with_surface(self.mask_id, Surface.mask())
            self._document.do(self.tr("Clear mask"), stack)

    def _adding(self, kind: LayerKind, name: str) -> LayerStack:
        """Return the stack with an empty layer on top; a mask in a colour not yet used."""
        stack = self.stack.adding(kind, name)
        if kind is LayerKind.MASK:
            used = [mask.color for mask in self.stack.of_kind(kind)]
            color = min(_MASK_COLORS, key=used.count)
            stack = stack.replacing(replace(stack.layers[-1], color=color))
        return stack

    def _do_and_select(self, label: str, after: LayerStack, layer_id: int) -> None:
        # Chosen first: listeners that hear of the step find the choice made.
        before = self.selected_id
        self.selected_id = layer_id
        if self._document.do(label, after) is None:
            self.selected_id = before

    def _free_name(self, name: str) -> str:
        """Return the name, with the first number that makes it unique among the layers."""
        taken = {layer.name for layer in self.stack}
        stem = name.rstrip("0123456789").rstrip()
        names = [name, *(f"{stem} {number}" for number in range(2, len(taken) + 3))]
        return next(free for free in names if free not in taken)
