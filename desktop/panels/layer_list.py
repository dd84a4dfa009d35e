"""The rows of the Layers dock: an eye, what kind it is, the name, the opacity."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from core.document.layer import Layer, LayerKind
from desktop.icons import draw_icon
from desktop.theme import BRIGHT, FAINT, MUTED, RAISED, SELECTED, TEXT, grey

Index = QModelIndex | QPersistentModelIndex
_LAYER = Qt.ItemDataRole.UserRole
_IS_PAINTED = Qt.ItemDataRole.UserRole + 1
_HEIGHT, _ICON, _GAP = 31, 17, 9
_KIND_ICONS = {
    LayerKind.SOURCE: "lock",
    LayerKind.MASK: "mask",
    LayerKind.RETOUCH: "layer",
}


class LayerList(QListView):
    """Signals: chosen(int id), renamed(int id, str), shown(int id, bool)."""

    chosen = Signal(int)
    renamed = Signal(int, str)
    shown = Signal(int, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layers = _Model(self)
        self.setModel(self._layers)
        self.setItemDelegate(_Delegate(self))
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        trigger = QAbstractItemView.EditTrigger
        self.setEditTriggers(trigger.DoubleClicked | trigger.EditKeyPressed)
        self.setAccessibleName(self.tr("Layers"))
        self._is_updating = False
        self._layers.renamed.connect(self.renamed)
        self.selectionModel().currentChanged.connect(self._moved)

    def show_layers(self, layers: Sequence[Layer], selected: int, painted: int | None) -> None:
        """List layers from top to bottom; select one, mark the mask that is painted on."""
        self._is_updating = True
        self._layers.show(layers, painted)
        row = next((row for row, layer in enumerate(layers) if layer.id == selected), -1)
        self.setCurrentIndex(self._layers.index(row, 0))
        self._is_updating = False

    def toggle(self, index: Index) -> None:
        """Show the layer of a row if it is hidden, else hide it."""
        layer = index.data(_LAYER)
        if isinstance(layer, Layer) and layer.kind is not LayerKind.SOURCE:
            self.shown.emit(layer.id, not layer.is_visible)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space shows and hides."""
        if event.key() == Qt.Key.Key_Space:
            self.toggle(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _moved(self, current: QModelIndex) -> None:
        layer = current.data(_LAYER)
        if not self._is_updating and isinstance(layer, Layer):
            self.chosen.emit(layer.id)


class _Model(QAbstractListModel):
    renamed = Signal(int, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._layers: tuple[Layer, ...] = ()
        self._painted: int | None = None

    def show(self, layers: Sequence[Layer], painted: int | None) -> None:
        is_same = [la.id for la in layers] == [la.id for la in self._layers]
        if is_same:
            # No reset: an editor or a drag in progress survives.
            self._layers, self._painted = tuple(layers), painted
            if layers:
                self.dataChanged.emit(self.index(0, 0), self.index(len(layers) - 1, 0))
            return
        self.beginResetModel()
        self._layers, self._painted = tuple(layers), painted
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._layers)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._layers):
            return None
        layer = self._layers[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return layer.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            state = self.tr("shown") if layer.is_visible else self.tr("hidden")
            return f"{layer.name}, {self._kind(layer)}, {state}, {layer.opacity:.0%}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(layer)
        if role == _LAYER:
            return layer
        if role == _IS_PAINTED:
            return layer.id == self._painted
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role == Qt.ItemDataRole.EditRole and index.isValid():
            self.renamed.emit(self._layers[index.row()].id, str(value))
            return True
        return False

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        is_source = index.isValid() and self._layers[index.row()].kind is LayerKind.SOURCE
        return flags if is_source else flags | Qt.ItemFlag.ItemIsEditable

    def _kind(self, layer: Layer) -> str:
        return {
            LayerKind.SOURCE: self.tr("the painting"),
            LayerKind.MASK: self.tr("mask"),
            LayerKind.RETOUCH: self.tr("retouch"),
        }[layer.kind]

    def _tip(self, layer: Layer) -> str:
        if layer.kind is LayerKind.SOURCE:
            return self.tr("The painting: read only, always shown.")
        if layer.kind is LayerKind.MASK and layer.id == self._painted:
            return self.tr("Brush and eraser work on this mask.")
        return self._kind(layer).capitalize()


class _Delegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        del option, index
        return QSize(200, _HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        layer: Layer = index.data(_LAYER)
        rect = QRect(option.rect)
        is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if is_selected:
            painter.fillRect(rect, grey(SELECTED))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, grey(RAISED))
        if is_selected and option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(grey(BRIGHT), 1))
            painter.drawRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5))
        level = TEXT if layer.is_visible else MUTED if is_selected else FAINT
        eye, kind, name, opacity = _parts(rect)
        if layer.kind is not LayerKind.SOURCE:
            draw_icon(painter, "eye" if layer.is_visible else "eye-off", QRectF(eye), level)
        draw_icon(painter, _KIND_ICONS[layer.kind], QRectF(kind), MUTED)
        painter.setPen(grey(level))
        font = painter.font()
        font.setBold(bool(index.data(_IS_PAINTED)))
        painter.setFont(font)
        middle = Qt.AlignmentFlag.AlignVCenter
        elided = painter.fontMetrics().elidedText(
            layer.name, Qt.TextElideMode.ElideRight, name.width()
        )
        painter.drawText(name, middle | Qt.AlignmentFlag.AlignLeft, elided)
        font.setBold(False)
        painter.setFont(font)
        if layer.kind is not LayerKind.SOURCE:
            painter.setPen(grey(MUTED))
            right = middle | Qt.AlignmentFlag.AlignRight
            painter.drawText(opacity, right, f"{layer.opacity * 100:.0f} %")
        painter.restore()

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        del index
        editor.setGeometry(_parts(QRect(option.rect))[2].adjusted(-4, 3, 0, -3))

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """A click on the eye shows and hides; it neither selects nor renames."""
        kinds = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
        if event.type() in kinds and isinstance(event, QMouseEvent):
            eye = _parts(QRect(option.rect))[0].adjusted(-_GAP, -_GAP, _GAP // 2, _GAP)
            if eye.contains(event.position().toPoint()):
                view = self.parent()
                if isinstance(view, LayerList):
                    view.toggle(index)
                return True
        return super().editorEvent(event, model, option, index)


def _parts(rect: QRect) -> tuple[QRect, QRect, QRect, QRect]:
    """Return where eye, kind, name and opacity of a row stand."""
    top = rect.y() + (rect.height() - _ICON) // 2
    eye = QRect(rect.x() + _GAP, top, _ICON, _ICON)
    kind = eye.translated(_ICON + _GAP, 0)
    opacity = QRect(rect.right() - 52, rect.y(), 44, rect.height())
    left = kind.right() + _GAP
    return eye, kind, QRect(left, rect.y(), opacity.left() - left - 4, rect.height()), opacity
