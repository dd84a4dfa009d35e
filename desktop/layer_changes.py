"""What may look different after an edit: what lies under the masks, or around one layer."""

from core.document.layer import Layer, LayerKind, LayerStack


def has_other_base(one: LayerStack, other: LayerStack) -> bool:
    """Whether what lies under the masks may look different."""
    return _differ(_under_masks(one), _under_masks(other))


def has_others_changed(one: LayerStack, other: LayerStack, layer_id: int) -> bool:
    """Whether more than one layer under the masks may look different.

    False as well if that layer is in `one` alone, above or below what is in both.
    """
    if not has_layer(one, layer_id):
        return True
    if has_layer(other, layer_id) and _place(one, layer_id) != _place(other, layer_id):
        return True
    mine, theirs = (
        [layer for layer in _under_masks(stack) if layer.id != layer_id] for stack in (one, other)
    )
    return _differ(mine, theirs)


def has_layer(layers: LayerStack, layer_id: int) -> bool:
    """Whether a stack has a layer of that id."""
    return any(layer.id == layer_id for layer in layers)


def _differ(one: list[Layer], other: list[Layer]) -> bool:
    return len(one) != len(other) or any(a is not b for a, b in zip(one, other, strict=True))


def _place(layers: LayerStack, layer_id: int) -> tuple[int, int | None]:
    return layers.index(layer_id), layers.layer(layer_id).group


def _under_masks(layers: LayerStack) -> list[Layer]:
    return [layer for layer in layers if layer.kind is not LayerKind.MASK]
