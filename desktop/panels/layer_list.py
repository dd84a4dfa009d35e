"""The rows of the Layers dock: click eyes, choose, rename, and drag them where they shall lie."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractItemView, QApplication, QListView, QWidget

from core.document.groups import Place
from core.document.layer import Layer, LayerKind
from desktop.panels.layer_delegate import INDENT, LayerDelegate, is_on_eye, parts_of
from desktop.panels.layer_drag import Drop, drop_at
from desktop.panels.layer_model import LAYER, Index, LayerModel
from desktop.theme import BRIGHT, grey


class LayerList(QListView):
    """Signals: chosen(int id), renamed(int id, str), shown(int id, bool), shown_alone(int id),
    moved(int id, Place | None): a row was dragged; None if it cannot go anywhere.

    places: where a layer can be moved to, from bottom to top.
    """

    chosen = Signal(int)
    renamed = Signal(int, str)
    shown = Signal(int, bool)
    shown_alone = Signal(int)
    moved = Signal(int, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layers = LayerModel(self)
        self.setModel(self._layers)
        delegate = LayerDelegate(self)
        delegate.eye_clicked.connect(self._eye_clicked)
        self.setItemDelegate(delegate)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        trigger = QAbstractItemView.EditTrigger
        self.setEditTriggers(trigger.DoubleClicked | trigger.EditKeyPressed)
        self.setAccessibleName(self.tr("Layers"))
        self.places: Callable[[int], Sequence[Place]] = lambda _layer_id: ()
        self._is_updating = False
        self._pressed: tuple[int, QPoint] | None = None
        self._drop: Drop | None = None
        self._is_dragging = False
        self._layers.renamed.connect(self.renamed)
        self.selectionModel().currentChanged.connect(self._moved)

    def show_layers(self, layers: Sequence[Layer], selected: int, painted: int | None) -> None:
        """List layers from top to bottom; select one, mark the mask that is painted on."""
        self._is_updating = True
        self._layers.show(layers, painted)
        row = next((row for row, layer in enumerate(layers) if layer.id == selected), -1)
        self.setCurrentIndex(self._layers.index(row, 0))
        self._is_updating = False
        if self._pressed is not None and self._pressed[0] not in [la.id for la in layers]:
            self._end_drag()

    def show_thumbnails(self, thumbnail: Callable[[int], QImage | None]) -> None:
        """Take the layers' pictures from here, from now on."""
        self._layers.thumbnail = thumbnail
        self._layers.refresh()

    def toggle(self, index: Index) -> None:
        """Show the layer of a row if it is hidden, else hide it."""
        layer = index.data(LAYER)
        if isinstance(layer, Layer) and layer.kind is not LayerKind.SOURCE:
            self.shown.emit(layer.id, not layer.is_visible)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space shows and hides, with Alt alone; Escape gives a drag up."""
        if event.key() == Qt.Key.Key_Escape and self._pressed is not None:
            self._end_drag()
        elif event.key() == Qt.Key.Key_Space:
            is_alone = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            self._eye_clicked(self.currentIndex(), is_alone)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a row; from there it may be dragged."""
        super().mousePressEvent(event)
        point = event.position().toPoint()
        index = self.indexAt(point)
        layer = index.data(LAYER)
        if event.button() is not Qt.MouseButton.LeftButton or not isinstance(layer, Layer):
            return
        is_on_name = not is_on_eye(self.visualRect(index), layer, event)
        if is_on_name and layer.kind is not LayerKind.SOURCE:
            self._pressed = layer.id, point

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show where the row would go."""
        if self._pressed is None:
            super().mouseMoveEvent(event)
            return
        layer_id, start = self._pressed
        point = event.position().toPoint()
        distance = (point - start).manhattanLength()
        if not self._is_dragging and distance < QApplication.startDragDistance():
            return
        if not self._is_dragging:
            self._is_dragging = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        self.scrollTo(self.indexAt(point))
        self._drop = self._drop_at(layer_id, point)
        self.viewport().update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Move the row where it was dragged to."""
        pressed, drop, is_dragging = self._pressed, self._drop, self._is_dragging
        self._end_drag()
        super().mouseReleaseEvent(event)
        if pressed is None or not is_dragging:
            return
        if drop is not None:
            self.moved.emit(pressed[0], drop.place)
        elif not self.places(pressed[0]):
            self.moved.emit(pressed[0], None)

    def leaveEvent(self, event: QEvent) -> None:
        """Outside there is nowhere to drop."""
        super().leaveEvent(event)
        self._drop = None
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows, and where one would be dropped."""
        super().paintEvent(event)
        if self._drop is None:
            return
        painter = QPainter(self.viewport())
        painter.setPen(QPen(grey(BRIGHT), 2))
        if self._drop.is_on_row:
            rect = self._rect(self._drop.gap)
            painter.drawRect(rect.adjusted(1, 1, -1, -1))
        else:
            bottom = self._rect(self._drop.gap - 1).bottom()
            y = max(1, self._rect(0).top() if self._drop.gap == 0 else bottom)
            left = parts_of(self._rect(0), self._layers.layers[-1]).picture.left()
            left += INDENT if self._drop.place.group is not None else 0
            painter.drawLine(left, y, self.viewport().width() - 8, y)
        painter.end()

    def _drop_at(self, layer_id: int, point: QPoint) -> Drop | None:
        row = self.indexAt(point).row()
        count = len(self._layers.layers)
        row = (0 if point.y() < 0 else count - 1) if row < 0 else row
        rect = self._rect(row)
        part = (point.y() - rect.top()) / max(1, rect.height())
        indented = parts_of(rect, self._layers.layers[row]).eye.right() + 2 * INDENT
        return drop_at(
            self._layers.layers,
            self.places(layer_id),
            layer_id,
            row + min(max(part, 0.0), 1.0),
            is_indented=point.x() > indented,
        )

    def _rect(self, row: int) -> QRect:
        return self.visualRect(self._layers.index(row, 0))

    def _end_drag(self) -> None:
        self._pressed, self._drop, self._is_dragging = None, None, False
        self.unsetCursor()
        self.viewport().update()

    def _eye_clicked(self, index: Index, is_alone: bool) -> None:
        layer = index.data(LAYER)
        if is_alone and isinstance(layer, Layer):
            self.shown_alone.emit(layer.id)
        else:
            self.toggle(index)

    def _moved(self, current: Index) -> None:
        layer = current.data(LAYER)
        if not self._is_updating and isinstance(layer, Layer):
            self.chosen.emit(layer.id)
