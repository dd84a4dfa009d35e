"""The layers as a list model, from top to bottom."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QImage

from core.document.layer import Layer, LayerKind

Index = QModelIndex | QPersistentModelIndex
LAYER = Qt.ItemDataRole.UserRole
IS_PAINTED = Qt.ItemDataRole.UserRole + 1
THUMBNAIL = Qt.ItemDataRole.UserRole + 2
IS_SEEN = Qt.ItemDataRole.UserRole + 3
IS_LOCKED = Qt.ItemDataRole.UserRole + 4


class LayerModel(QAbstractListModel):
    """renamed(int row's layer id, str name): the user typed another name."""

    renamed = Signal(int, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._layers: tuple[Layer, ...] = ()
        self._painted: int | None = None
        self.thumbnail: Callable[[int], QImage | None] = _no_thumbnail

    @property
    def layers(self) -> Sequence[Layer]:
        """The rows."""
        return self._layers

    def show(self, layers: Sequence[Layer], painted: int | None) -> None:
        """List layers from top to bottom; mark the mask that is painted on."""
        is_same = [la.id for la in layers] == [la.id for la in self._layers]
        if is_same:
            # No reset: an editor or a drag in progress survives.
            self._layers, self._painted = tuple(layers), painted
            self.refresh()
            return
        self.beginResetModel()
        self._layers, self._painted = tuple(layers), painted
        self.endResetModel()

    def refresh(self) -> None:
        """Have all rows drawn anew."""
        if self._layers:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._layers) - 1, 0))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._layers)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._layers):
            return None
        layer = self._layers[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return layer.name
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(layer)
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(layer)
        return self._drawn(layer, role)

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role == Qt.ItemDataRole.EditRole and index.isValid():
            self.renamed.emit(self._layers[index.row()].id, str(value))
            return True
        return False

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if not index.isValid():
            return flags
        layer = self._layers[index.row()]
        is_fixed = layer.kind is LayerKind.SOURCE or bool(index.data(IS_LOCKED))
        return flags if is_fixed else flags | Qt.ItemFlag.ItemIsEditable

    def _drawn(self, layer: Layer, role: int) -> object:
        if role == LAYER:
            return layer
        if role == IS_PAINTED:
            return layer.id == self._painted
        if role == THUMBNAIL:
            return self.thumbnail(layer.id)
        if role == IS_SEEN:
            return all(one.is_visible for one in self._with_group(layer))
        if role == IS_LOCKED:
            return any(one.is_locked for one in self._with_group(layer))
        return None

    def _with_group(self, layer: Layer) -> list[Layer]:
        return [one for one in self._layers if one.id in (layer.id, layer.group)]

    def _spoken(self, layer: Layer) -> str:
        state = self.tr("shown") if layer.is_visible else self.tr("hidden")
        words = [layer.name, self._kind(layer), state, f"{layer.opacity:.0%}"]
        words += [self.tr("in “{0}”").format(one.name) for one in self._with_group(layer)[:-1]]
        return ", ".join([*words, *([self.tr("locked")] if layer.is_locked else [])])

    def _kind(self, layer: Layer) -> str:
        return {
            LayerKind.SOURCE: self.tr("the painting"),
            LayerKind.EVIDENCE: self.tr("evidence"),
            LayerKind.MASK: self.tr("mask"),
            LayerKind.RETOUCH: self.tr("retouch"),
            LayerKind.GROUP: self.tr("group"),
        }[layer.kind]

    def _tip(self, layer: Layer) -> str:
        if layer.kind is LayerKind.SOURCE:
            return self.tr("The painting: read only, always shown.")
        if layer.kind is LayerKind.MASK and layer.id == self._painted:
            return self.tr("Brush and eraser work on this mask.")
        return self._kind(layer).capitalize()


def _no_thumbnail(layer_id: int) -> None:
    del layer_id
