"""The History dock: every step done or undone; a click goes there."""

from datetime import datetime

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QApplication,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from core.document.history import History
from desktop.panels.row_painting import paint_ground
from desktop.theme import FAINT, MUTED, TEXT, grey

Index = QModelIndex | QPersistentModelIndex
_TIME = Qt.ItemDataRole.UserRole
_IS_UNDONE = Qt.ItemDataRole.UserRole + 1
_MARGIN, _SMALL = 9, 0.88


class HistoryPanel(QWidget):
    """Steps from the opening on, the current one selected, undone ones greyed.

    chosen(int position) comes when the user clicks a step or moves to it by keyboard.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Steps(self)
        self._list = QListView(self)
        self._list.setModel(self._model)
        self._list.setItemDelegate(_Delegate(self._list))
        self._list.setUniformItemSizes(True)
        self._list.setMouseTracking(True)
        self._list.setMinimumHeight(26)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setAccessibleName(self.tr("History"))
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 10)
        column.addWidget(self._list)
        self._is_updating = False
        self._list.selectionModel().currentChanged.connect(self._moved)

    def show_history(self, history: History | None) -> None:
        """List a document's steps and select where it stands."""
        self._is_updating = True
        self._model.show(history)
        if history is not None:
            index = self._model.index(history.position, 0)
            self._list.setCurrentIndex(index)
            self._list.scrollTo(index)
        self._is_updating = False

    def _moved(self, current: QModelIndex) -> None:
        if not self._is_updating and current.isValid():
            self.chosen.emit(current.row())


class _Steps(QStandardItemModel):
    """Row 0 is the opened painting; row n the state after step n.

    Rows are Qt's own items: a view asks its model for every row whenever one is added, which
    thousands of steps in Python would make felt at each stroke.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._keys: list[tuple[str, str]] = []
        self._position = 0

    def show(self, history: History | None) -> None:
        if history is None:
            self.clear()
            self._keys, self._position = [], 0
            return
        if self.rowCount() == 0:
            self.appendRow(_item(self.tr("The painting as opened"), ""))
        keys = [(step.label, step.time) for step in history.commands]
        same = 0
        for old, new in zip(self._keys, keys, strict=False):
            if old != new:
                break
            same += 1
        self.removeRows(1 + same, self.rowCount() - 1 - same)
        for label, time in keys[same:]:
            self.appendRow(_item(label, time))
        start, end = sorted((min(self._position, same), history.position))
        for row in {*range(start + 1, end + 1), *range(1 + same, self.rowCount())}:
            self._mark(row, row > history.position)
        self._keys, self._position = keys, history.position

    def _mark(self, row: int, is_undone: bool) -> None:
        item = self.item(row)
        item.setData(is_undone, _IS_UNDONE)
        spoken = self.tr("{0} (undone)").format(item.text()) if is_undone else item.text()
        item.setData(spoken, Qt.ItemDataRole.AccessibleTextRole)


def _item(label: str, time: str) -> QStandardItem:
    item = QStandardItem(label)
    item.setEditable(False)
    item.setData(_clock(time), _TIME)
    item.setData(False, _IS_UNDONE)
    return item


class _Delegate(QStyledItemDelegate):
    """The label, and the time of day at the right."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect = QRect(option.rect)
        painter.save()
        paint_ground(painter, option)
        inner = rect.adjusted(_MARGIN, 0, -_MARGIN, 0)
        level = FAINT if index.data(_IS_UNDONE) else TEXT
        font = painter.font()
        middle = Qt.AlignmentFlag.AlignVCenter
        font.setPointSizeF(font.pointSizeF() * _SMALL)
        painter.setFont(font)
        painter.setPen(grey(min(level, MUTED)))
        time = str(index.data(_TIME) or "")
        painter.drawText(inner, middle | Qt.AlignmentFlag.AlignRight, time)
        room = inner.width() - painter.fontMetrics().horizontalAdvance(time) - _MARGIN
        painter.setFont(QApplication.font())
        painter.setPen(grey(level))
        label = painter.fontMetrics().elidedText(
            str(index.data()), Qt.TextElideMode.ElideRight, room
        )
        painter.drawText(inner, middle | Qt.AlignmentFlag.AlignLeft, label)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        del option, index
        return QSize(200, QFontMetrics(QApplication.font()).height() + _MARGIN)


def _clock(time: str) -> str:
    """Return HH:MM of an ISO time; nothing if it is none."""
    try:
        return f"{datetime.fromisoformat(time):%H:%M}"
    except ValueError:
        return ""
