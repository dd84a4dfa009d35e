"""The rows of the generator list: cards with what is known of them here and now, as a model."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QBuffer,
    QByteArray,
    QIODevice,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QImage, QImageReader, QPixmap
from PySide6.QtWidgets import QApplication

from core.inpainting.card import GeneratorCard
from core.inpainting.thumbnail import thumbnail_bytes
from desktop.panels.card_words import engines_text, facts_text, kind_of

Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = Qt.ItemDataRole.UserRole
GREY_ROLE = Qt.ItemDataRole.UserRole + 1
_MAX_SIDE_PX = 1024


@dataclass(frozen=True)
class Row:
    """A generator in the list; `obstacle` is why it cannot run as chosen ("": it can)."""

    card: GeneratorCard
    is_recommended: bool = False
    obstacle: str = ""


class RowModel(QAbstractListModel):
    """The rows that are listed, in order.

    Thumbnails, in colour (the decoration) and in grey, are read when they are first seen.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[Row, ...] = ()
        self._thumbnails: dict[str, tuple[QPixmap, QPixmap]] = {}

    def set_rows(self, rows: Sequence[Row]) -> None:
        """List other rows; where only their marks changed, what is chosen stays."""
        rows = tuple(rows)
        if rows == self.rows:
            return
        if [row.card.id for row in rows] == [row.card.id for row in self.rows]:
            self.rows = rows
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, 0))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def forget_thumbnails(self) -> None:
        """Read them anew: the cards are others."""
        self._thumbnails.clear()

    def row_of(self, card_id: str) -> int:
        """Return where a card stands; -1 where it does not."""
        return next((n for n, row in enumerate(self.rows) if row.card.id == card_id), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.card.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _spoken(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            card = row.card
            parts = (card.name, card.summary, card.source, facts_text(card), row.obstacle)
            return "\n".join(part for part in parts if part)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._thumbnails_of(row.card)[0]
        if role == GREY_ROLE:
            return self._thumbnails_of(row.card)[1]
        return row if role == ROW_ROLE else None

    def _thumbnails_of(self, card: GeneratorCard) -> tuple[QPixmap, QPixmap]:
        if card.id not in self._thumbnails:
            image = _decoded(thumbnail_bytes(card))
            grey = image.convertToFormat(QImage.Format.Format_Grayscale8)
            self._thumbnails[card.id] = QPixmap.fromImage(image), QPixmap.fromImage(grey)
        return self._thumbnails[card.id]


def _spoken(row: Row) -> str:
    card = row.card
    words = [card.name, kind_of(card), card.summary.rstrip(".")]
    if card.engine != "classical":
        words.append(engines_text(card))
    if row.is_recommended:
        words.append(QApplication.translate("GeneratorList", "Recommended"))
    if row.obstacle:
        text = QApplication.translate("GeneratorList", "Cannot run here: {0}")
        words.append(text.format(row.obstacle.rstrip(".")))
    return ". ".join(words)


def _decoded(data: bytes | None) -> QImage:
    """Return a picture, a null one if there is none or it is none of ours."""
    if data is None:
        return QImage()
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(b"png"))
    size = reader.size()
    if not size.isValid() or max(size.width(), size.height()) > _MAX_SIDE_PX:
        return QImage()
    return reader.read()
