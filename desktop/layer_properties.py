"""What the user gives layers one by one: name, eye, lock, opacity, colour, alignment."""

from dataclasses import replace

from PySide6.QtCore import QObject

from core.document.document import Document
from core.document.evidence import EvidenceMode
from core.document.evidence_layers import aligning
from core.document.layer import Layer, LayerKind
from core.image.alignment import AlignmentKind, ControlPoint, Matrix
from core.image.blend_modes import BlendMode
from core.image.surface import Surface
from desktop.layer_choice import LayerChoice
from desktop.refusal import refusal


class LayerProperties(LayerChoice):
    """Each edit is one step of the history. GUI thread only."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        self._solo_id: int | None = None
        self._before_solo: dict[int, bool] = {}
        super().__init__(document, parent)

    def rename(self, layer_id: int, name: str) -> None:
        """Give a layer a name; an empty one is ignored."""
        layer = self.stack.layer(layer_id)
        if name.strip() and name.strip() != layer.name and self.may_edit(layer):
            label = self.tr("Rename “{0}”").format(layer.name)
            self._document.do(label, self.stack.replacing(replace(layer, name=name.strip())))

    def set_visible(self, layer_id: int, is_visible: bool) -> None:
        """Show or hide a layer; the painting itself stays shown."""
        layer = self.stack.layer(layer_id)
        if layer.kind is not LayerKind.SOURCE and layer.is_visible != is_visible:
            text = self.tr("Show “{0}”") if is_visible else self.tr("Hide “{0}”")
            stack = self.stack.replacing(replace(layer, is_visible=is_visible))
            self._document.do(text.format(layer.name), stack)

    def reveal(self, layer_id: int) -> None:
        """Show a layer, and its group with it."""
        layer = self.stack.layer(layer_id)
        wanted = {la.id: True for la in (layer, self.stack.group_of(layer)) if la is not None}
        self._do_shown(self.tr("Show “{0}”").format(layer.name), wanted)

    def solo(self, layer_id: int) -> None:
        """Show a layer alone over the painting, or again what was shown before any was alone."""
        layer = self.stack.layer(layer_id)
        if layer.kind is LayerKind.SOURCE:
            return
        now = {la.id: la.is_visible for la in self.stack.layers[1:]}
        alone = self._eyes_for(layer_id)
        if alone != now:
            if self._solo_id is None or now != self._eyes_for(self._solo_id):
                # Else from one alone to the next: what was shown before the first comes back.
                self._before_solo = now
            self._solo_id = layer_id
            self._do_shown(self.tr("Show only “{0}”").format(layer.name), alone)
        else:
            self._solo_id = None
            before = {layer_id: self._before_solo.get(layer_id, True) for layer_id in now}
            self._do_shown(self.tr("Show the other layers again"), before)

    def set_locked(self, layer_id: int, is_locked: bool) -> None:
        """Lock a layer or a group, or unlock it."""
        layer = self.stack.layer(layer_id)
        if layer.kind is not LayerKind.SOURCE and layer.is_locked != is_locked:
            text = self.tr("Lock “{0}”") if is_locked else self.tr("Unlock “{0}”")
            stack = self.stack.replacing(replace(layer, is_locked=is_locked))
            self._document.do(text.format(layer.name), stack)

    def set_blend(self, blend: BlendMode) -> None:
        """Let the chosen RETOUCH layer meet what is below in another way."""
        layer = self.selected
        is_other = layer.kind is LayerKind.RETOUCH and layer.blend is not blend
        if is_other and self.may_edit(layer):
            label = self.tr("Blend mode of “{0}”").format(layer.name)
            self._document.do(label, self.stack.replacing(replace(layer, blend=blend)))

    def preview_opacity(self, opacity: float) -> None:
        """Show the chosen layer at an opacity, 0..1, without a step in the history."""
        if not refusal(self.stack, self.selected):
            self._document.preview(self.stack.replacing(replace(self.selected, opacity=opacity)))

    def set_opacity(self, opacity: float) -> None:
        """Give the chosen layer an opacity, 0..1."""
        is_other = self.can_edit and self.selected.opacity != opacity
        if is_other and self.may_edit(self.selected):
            label = self.tr("Opacity of “{0}”").format(self.selected.name)
            stack = self.stack.replacing(replace(self.selected, opacity=opacity))
            self._document.do(label, stack)

    def set_color(self, layer_id: int, color: str) -> None:
        """Show a mask in a colour, "#rrggbb"; empty for the program's own."""
        layer = self.stack.layer(layer_id)
        if layer.kind is LayerKind.MASK and layer.color != color and self.may_edit(layer):
            label = self.tr("Colour of “{0}”").format(layer.name)
            self._document.do(label, self.stack.replacing(replace(layer, color=color)))

    def clear_mask(self) -> None:
        """Take all marks off the mask that is painted on."""
        if self.mask is not None and self.may_edit(self.mask):
            stack = self.stack.with_surface(self.mask.id, Surface.mask())
            self._document.do(self.tr("Clear mask"), stack)

    def set_evidence_mode(self, mode: EvidenceMode) -> None:
        """Look at the chosen evidence itself, or at how it differs from what is below."""
        layer = self.selected
        if layer.evidence is not None and layer.evidence.mode is not mode and self.may_edit(layer):
            evidence = replace(layer.evidence, mode=mode)
            label = self.tr("Way to look at “{0}”").format(layer.name)
            self._document.do(label, self.stack.replacing(replace(layer, evidence=evidence)))

    def align(
        self, layer_id: int, matrix: Matrix, points: tuple[ControlPoint, ...], kind: AlignmentKind
    ) -> None:
        """Let evidence lie otherwise over the painting, and keep its control points."""
        layer = next((la for la in self.stack if la.id == layer_id), None)
        if layer is not None and layer.evidence is not None and self.may_edit(layer):
            has_moved = layer.evidence.matrix != matrix
            text = self.tr("Align “{0}”") if has_moved else self.tr("Keep points of “{0}”")
            after = aligning(self.stack, layer_id, matrix, points, kind)
            self._document.do(text.format(layer.name), after)

    def _eyes_for(self, alone_id: int) -> dict[int, bool]:
        """Return which eyes are open while a layer, if it is there, is shown alone."""
        alone = next((layer for layer in self.stack if layer.id == alone_id), None)
        layers = () if alone is None else self.stack.layers[1:]
        return {la.id: _is_shown_alone(la, alone) for la in layers if alone is not None}

    def _do_shown(self, label: str, wanted: dict[int, bool]) -> None:
        """Show and hide layers in one step."""
        shown = (
            replace(layer, is_visible=wanted.get(layer.id, layer.is_visible))
            for layer in self.stack
        )
        self._document.do(label, replace(self.stack, layers=tuple(shown)))


def _is_shown_alone(layer: Layer, alone: Layer) -> bool:
    """Whether a layer's own eye is open while another, or it itself, is shown alone."""
    if layer.id in (alone.id, alone.group):
        return True
    is_beside = layer.group is None or layer.group == alone.group
    return not is_beside and layer.is_visible
