"""What the user does to the stack of layers, each one step of the history."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject

from core.document.document import Document
from core.document.evidence import Evidence
from core.document.evidence_layers import adding_evidence
from core.document.groups import Place, can_group, grouping, place_of, places, ungrouping
from core.document.layer import LayerKind, LayerStack
from core.document.merging import below_for_merging
from core.image.surface import Surface
from desktop.jobs import Jobs
from desktop.layer_properties import LayerProperties
from desktop.merging import Merging

# Of the first mask, which is shown in the program's own colour, and of those that come after.
_MASK_COLORS = ("", "#e0a020", "#2f9fe0", "#4cb050", "#b060d0")


class LayerCommands(LayerProperties):
    """Adds, moves, groups, merges and removes layers of one document. GUI thread only."""

    def __init__(
        self, document: Document, parent: QObject | None = None, jobs: Jobs | None = None
    ) -> None:
        super().__init__(document, parent)
        self._merging = Merging(document, Jobs(self) if jobs is None else jobs, self)
        self._merging.merged.connect(self._take_merged)
        self._merging.failed.connect(self.refused)

    def can_move(self, step: int) -> bool:
        """Whether the chosen layer can go up (1) or down (-1)."""
        return self._next_place(step) is not None

    @property
    def can_merge(self) -> bool:
        """Whether the chosen layer can be merged into the one below it."""
        return below_for_merging(self.stack, self.selected_id) is not None

    def places(self, layer_id: int) -> Sequence[Place]:
        """Return where a layer can be moved to, from bottom to top."""
        return places(self.stack, layer_id)

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
