"""The page one sees before a painting is open: open one, take a recent one, or try the sample."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop.icons import app_icon
from desktop.theme import BRIGHT, FAINT, MUTED, RAISED, TEXT, grey, muted, scaled_font

Index = QModelIndex | QPersistentModelIndex
_WIDTH = 520
_ROW = 46
_PATH = Qt.ItemDataRole.UserRole
_EXISTS = Qt.ItemDataRole.UserRole + 1


class Welcome(QWidget):
    """Signals open_asked(), sample_asked(), chosen(str path), forgotten(str path)."""

    open_asked = Signal()
    sample_asked = Signal()
    chosen = Signal(str)
    forgotten = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._open = QPushButton(self.tr("Open Painting…"), self)
        self._sample = QPushButton(self.tr("Open the Sample"), self)
        self._recent_title = QLabel(self.tr("Recent paintings"), self)
        self._recent = QListWidget(self)
        self._drop = muted(
            QLabel(self.tr("or drop a 16-bit TIFF, PNG or JPEG anywhere on this window"), self)
        )
        self._names: tuple[str, ...] | None = None
        self._open.clicked.connect(self.open_asked)
        self._sample.clicked.connect(self.sample_asked)
        self._recent.itemActivated.connect(self._activated)
        self._recent.itemClicked.connect(self._activated)
        self._build()

    def set_recent(self, names: Sequence[str]) -> None:
        """List paintings; those that are no longer there are shown greyed and forgotten on click.

        A place that does not answer, such as a network drive, is asked once, here.
        """
        if tuple(names) == self._names:
            return
        self._names = tuple(names)
        self._recent.clear()
        for name in names:
            path = Path(name)
            exists = path.is_file()
            text = path.name if exists else self.tr("{0} — no longer there").format(path.name)
            item = QListWidgetItem(text, self._recent)
            item.setData(_PATH, name)
            item.setData(_EXISTS, exists)
            item.setToolTip(name)
        has_any = self._recent.count() > 0
        self._recent.setVisible(has_any)
        self._recent_title.setVisible(has_any)
        self._recent.setFixedHeight(_ROW * min(self._recent.count(), 6) + 4)

    def _activated(self, item: QListWidgetItem) -> None:
        name = item.data(_PATH)
        if Path(name).is_file():
            self.chosen.emit(name)
        else:
            self.forgotten.emit(name)

    def _build(self) -> None:
        picture = QLabel(self)
        picture.setPixmap(app_icon().pixmap(56, 56))
        title = QLabel("Lacuna", self)
        title.setFont(scaled_font(title, 2.2))
        line = muted(QLabel(self.tr("Virtual restoration of losses in paintings"), self), 1.1)
        heading = QVBoxLayout()
        heading.setSpacing(0)
        heading.addWidget(title)
        heading.addWidget(line)
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(picture)
        head.addLayout(heading, 1)
        self._open.setProperty("role", "primary")
        self._open.setDefault(True)
        buttons = QHBoxLayout()
        buttons.setSpacing(10)
        for button in (self._open, self._sample):
            button.setMinimumHeight(34)
            buttons.addWidget(button)
        buttons.addStretch(1)
        self._recent_title.setFont(scaled_font(self._recent_title, 1.0, is_bold=True))
        self._recent.setAccessibleName(self._recent_title.text())
        self._recent.setItemDelegate(_Delegate(self._recent))
        self._recent.setMouseTracking(True)
        self._recent.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._recent.setCursor(Qt.CursorShape.PointingHandCursor)
        inner = QWidget(self)
        inner.setFixedWidth(_WIDTH)
        column = QVBoxLayout(inner)
        column.setSpacing(10)
        column.addLayout(head)
        column.addSpacing(14)
        column.addLayout(buttons)
        column.addWidget(self._drop)
        column.addSpacing(22)
        column.addWidget(self._recent_title)
        column.addWidget(self._recent)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        outer.addWidget(inner, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(3)


class _Delegate(QStyledItemDelegate):
    """A painting's name, and below it where it lies."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        del option, index
        return QSize(200, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rect = QRect(option.rect)
        exists = bool(index.data(_EXISTS))
        painter.save()
        is_current = bool(option.state & QStyle.StateFlag.State_HasFocus)
        if is_current or option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, grey(RAISED))
        if is_current:
            painter.setPen(grey(BRIGHT))
            painter.drawRect(rect.adjusted(0, 0, -1, -1))
        metrics = QFontMetrics(painter.font())
        room = rect.width() - 24
        top = rect.adjusted(12, 0, -12, -_ROW // 2 + 1)
        below = rect.adjusted(12, _ROW // 2, -12, 0)
        lines = (
            (top, str(index.data()), TEXT if exists else FAINT, Qt.AlignmentFlag.AlignBottom),
            (below, str(Path(index.data(_PATH)).parent), MUTED if exists else FAINT,
             Qt.AlignmentFlag.AlignTop),
        )  # fmt: skip
        for place, text, level, alignment in lines:
            painter.setPen(grey(level))
            elided = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)
            painter.drawText(place, alignment | Qt.AlignmentFlag.AlignLeft, elided)
        painter.restore()
