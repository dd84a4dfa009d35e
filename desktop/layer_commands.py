"""What the user does to layers, each one step of the history; and which layer is chosen."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from core.document.document import Document
from core.document.evidence import Evidence, EvidenceMode
from core.document.evidence_layers import adding_evidence, aligning
from core.document.groups import Place, can_group, grouping, place_of, places, ungrouping
from core.document.layer import Layer, LayerKind, LayerStack
from core.document.merging import below_for_merging
from core.image.alignment import AlignmentKind, ControlPoint, Matrix
from core.image.blend_modes import BlendMode
from core.image.surface import Surface
from desktop.jobs import Jobs
from desktop.merging import Merging
from desktop.refusal import refusal

# Of the first mask, which is shown in the program's own colour, and of those that come after.
_MASK_COLORS = ("", "#e0a020", "#2f9fe0", "#4cb050", "#b060d0")


class LayerCommands(QObject):
    """Edits of one document's stack. GUI thread only.

    selected_id: the layer the panel shows as chosen. mask_id: the mask that brush and eraser work
    on, which stays when another kind of layer is chosen; None without any mask.
    changed: layers or choice are different now. refused(str): why an edit was not made.
    """

    changed = Signal()
    refused = Signal(str)

    def __init__(
        self, document: Document, parent: QObject | None = None, jobs: Jobs | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._merging = Merging(document, Jobs(self) if jobs is None else jobs, self)
        self._merging.merged.connect(self._take_merged)
        self._merging.failed.connect(self.refused)
        self._before_solo: dict[int, bool] = {}
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

    def can_move(self, step: int) -> bool:
        """Whether the chosen layer can go up (1) or down (-1)."""
        return self._next_place(step) is not None

    @property
    def can_merge(self) -> bool:
        """Whether the chosen layer can be merged into the one below it."""
        return below_for_merging(self.stack, self.selected_id) is not None

    def may_edit(self, layer: Layer) -> bool:
        """Whether a layer can be edited; tell the user why if it cannot."""
        why = refusal(self.stack, layer)
        if why:
            self.refused.emit(why)
        return not why

    def places(self, layer_id: int) -> Sequence[Place]:
        """Return where a layer can be moved to, from bottom to top."""
        return places(self.stack, layer_id)

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

    def add_evidence(self, evidence: Evidence, name: str) -> None:
        """Put another picture of the painting on top and choose it."""
        stack = adding_evidence(self.stack, evidence, self._free_name(name))
        label = self.tr("Import evidence “{0}”").format(name)
        self._do_and_select(label, stack, self.stack.next_id)

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

    def set_evidence_mode(self, mode: EvidenceMode) -> None:
        """Look at the chosen evidence itself, or at how it differs from what is below."""
        layer = self.selected
        if layer.evidence is not None and layer.evidence.mode is not mode and self.may_edit(layer):
            evidence = replace(layer.evidence, mode=mode)
            label = self.tr("Way to look at “{0}”").format(layer.name)
            self._document.do(label, self.stack.replacing(replace(layer, evidence=evidence)))

    def duplicate(self) -> None:
        """Copy the chosen layer right above itself and choose the copy."""
        group = self.stack.group_of(self.selected)
        if self.can_edit and (group is None or not group.is_locked or self.may_edit(group)):
            name = self._free_name(self.selected.name)
            label = self.tr("Duplicate “{0}”").format(self.selected.name)
            stack = self.stack.duplicating(self.selected_id, name)
            self._do_and_select(label, stack, self.stack.next_id)

    def delete(self) -> None:
        """Remove the chosen layer, a group with its members, and choose its neighbour."""
        run = self.stack.run(self.selected_id)
        if self.can_edit and all(self.may_edit(layer) for layer in reversed(run)):
            index = self.stack.index(run[0].id)
            label = self.tr("Delete “{0}”").format(self.selected.name)
            stack = self.stack.removing(self.selected_id)
            self._do_and_select(label, stack, stack.layers[min(index, len(stack.layers) - 1)].id)

    def move(self, step: int) -> None:
        """Move the chosen layer up (1) or down (-1), into groups and out of them on the way."""
        place = self._next_place(step)
        if place is not None:
            self.move_to(self.selected_id, place)
        elif self.can_edit:
            self.may_edit(self.selected)

    def move_to(self, layer_id: int, place: Place) -> None:
        """Move a layer to one of its `places`."""
        layer = self.stack.layer(layer_id)
        if self.may_edit(layer) and place in self.places(layer_id):
            label = self.tr("Move “{0}”").format(layer.name)
            self._document.do(label, self.stack.moving(layer_id, *place))

    def group(self) -> None:
        """Put the chosen layer into a new group; where that cannot be, make an empty group."""
        name, new_id = self._free_name(self.tr("Group")), self.stack.next_id
        if can_group(self.stack, self.selected):
            label = self.tr("Group “{0}”").format(self.selected.name)
            self._do_and_select(label, grouping(self.stack, self.selected_id, name), new_id)
        else:
            stack = self.stack.adding(LayerKind.GROUP, name)
            self._do_and_select(self.tr("New group"), stack, new_id)

    def ungroup(self) -> None:
        """Dissolve the chosen group, or that of the chosen layer; its members stay."""
        group_id = self.selected.holder
        if group_id is None or not self.may_edit(self.stack.layer(group_id)):
            return
        label = self.tr("Ungroup “{0}”").format(self.stack.layer(group_id).name)
        members = self.stack.members(group_id)
        is_group = self.selected_id == group_id
        chosen = members[-1].id if is_group and members else self.selected_id
        self._do_and_select(label, ungrouping(self.stack, group_id), chosen)

    def merge(self) -> None:
        """Merge the chosen layer into the one below it, computed in a job."""
        if self.can_merge:
            self._merging.start(self.selected_id)

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
        """Show a layer alone over the painting, or again what was shown before that."""
        layer = self.stack.layer(layer_id)
        if layer.kind is LayerKind.SOURCE:
            return
        alone = {la.id: _is_shown_alone(la, layer) for la in self.stack.layers[1:]}
        now = {la.id: la.is_visible for la in self.stack.layers[1:]}
        if alone != now:
            self._before_solo = now
            self._do_shown(self.tr("Show only “{0}”").format(layer.name), alone)
        else:
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

    def _next_place(self, step: int) -> Place | None:
        """Return the place above (1) or below (-1) that of the chosen layer."""
        found = self.places(self.selected_id)
        if not found:
            return None
        index = found.index(place_of(self.stack, self.selected_id)) + step
        return found[index] if 0 <= index < len(found) else None

    def _take_merged(self, before: LayerStack, after: LayerStack, upper_id: int) -> None:
        below = below_for_merging(before, upper_id)
        assert below is not None
        text = self.tr("Merge “{0}” into “{1}”")
        label = text.format(before.layer(upper_id).name, below.name)
        self._do_and_select(label, after, below.id)

    def _do_shown(self, label: str, wanted: dict[int, bool]) -> None:
        """Show and hide layers in one step."""
        shown = (
            replace(layer, is_visible=wanted.get(layer.id, layer.is_visible))
            for layer in self.stack
        )
        self._document.do(label, replace(self.stack, layers=tuple(shown)))

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


def _is_shown_alone(layer: Layer, alone: Layer) -> bool:
    """Whether a layer's own eye is open while another, or it itself, is shown alone."""
    if layer.id in (alone.id, alone.group):
        return True
    is_beside = layer.group is None or layer.group == alone.group
    return not is_beside and layer.is_visible
