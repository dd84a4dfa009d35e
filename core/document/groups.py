"""Groups of layers, and the places in a stack that a layer can be moved to."""

from dataclasses import replace
from typing import NamedTuple

from core.document.layer import Layer, LayerKind, LayerStack


class Place(NamedTuple):
    """Where a layer can lie: the position among the other layers, and the group or none."""

    position: int
    group: int | None


def places(layers: LayerStack, layer_id: int) -> tuple[Place, ...]:
    """Return all places that a layer (with its members) can be moved to, from bottom to top.

    Its own is among them. None for the source, and for what is locked. Locked groups take
    nothing in. Groups do not lie in groups.
    """
    layer, run = layers.layer(layer_id), layers.run(layer_id)
    if layer.kind is LayerKind.SOURCE or layers.is_locked(layer):
        return ()
    rest = [other for other in layers if other not in run]
    found: list[Place] = []
    for index in range(1, len(rest) + 1):
        above = rest[index] if index < len(rest) else None
        group = None if above is None else above.holder
        if group is None or rest[index - 1].group != group:
            found.append(Place(index, None))
        if group is None or layer.kind is LayerKind.GROUP or layers.layer(group).is_locked:
            continue
        found.append(Place(index, group))
    return tuple(found)


def place_of(layers: LayerStack, layer_id: int) -> Place:
    """Return the place that a layer has now."""
    layer, run = layers.layer(layer_id), layers.run(layer_id)
    below = layers.layers[: layers.index(layer_id)]
    return Place(sum(1 for other in below if other not in run), layer.group)


def grouping(layers: LayerStack, layer_id: int, name: str) -> LayerStack:
    """Return a stack with a layer in a new group of its own; the group's id is `next_id`.

    Raises TypeError for the source, a locked layer, a group, and what is in a group already.
    """
    layer = layers.layer(layer_id)
    if not can_group(layers, layer):
        raise TypeError("only a free layer that is in no group can be grouped")
    group = Layer(layers.next_id, LayerKind.GROUP, name)
    at = layers.index(layer_id)
    grouped = (replace(layer, group=group.id), group)
    around = (*layers.layers[:at], *grouped, *layers.layers[at + 1 :])
    return replace(layers, layers=around, next_id=layers.next_id + 1)


def can_group(layers: LayerStack, layer: Layer) -> bool:
    """Whether `grouping` would take a layer."""
    is_alone = layer.kind not in (LayerKind.SOURCE, LayerKind.GROUP) and layer.group is None
    return is_alone and not layers.is_locked(layer)


def ungrouping(layers: LayerStack, group_id: int) -> LayerStack:
    """Return a stack without a group, whose members stay where they are.

    Raises TypeError if it is no group, or locked.
    """
    group = layers.layer(group_id)
    if group.kind is not LayerKind.GROUP or group.is_locked:
        raise TypeError("only a free group can be dissolved")
    freed = (
        replace(layer, group=None) if layer.group == group_id else layer
        for layer in layers
        if layer.id != group_id
    )
    return replace(layers, layers=tuple(freed))
