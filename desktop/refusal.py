"""Why a layer cannot be edited, said in one sentence wherever somebody tries."""

from PySide6.QtCore import QCoreApplication

from core.document.layer import Layer, LayerKind, LayerStack


def refusal(layers: LayerStack, layer: Layer) -> str:
    """Return why a layer refuses to be edited; empty if it does not."""
    if layer.kind is LayerKind.SOURCE:
        return _translated(
            "The painting itself is only ever read, so it cannot be changed or hidden."
        )
    group = layers.group_of(layer)
    if group is not None and group.is_locked:
        text = _translated("“{0}” lies in the locked group “{1}”; unlock the group to change it.")
        return text.format(layer.name, group.name)
    if layer.is_locked:
        return _translated("“{0}” is locked; unlock it to change it.").format(layer.name)
    return ""


def _translated(text: str) -> str:
    return QCoreApplication.translate("refusal", text)
