"""The list of generators: name, what it is, and which one is recommended."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import (
    QApplication,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from core.inpainting.card import GeneratorCard
from desktop.theme import BRIGHT, HOVER, LINE, MUTED, RAISED, SELECTED, TEXT, grey

Index = QModelIndex | QPersistentModelIndex
_CARD = Qt.ItemDataRole.UserRole
_IS_RECOMMENDED = Qt.ItemDataRole.UserRole + 1
_MARGIN = 9


class GeneratorList(QListView):
    """The cards to choose from; selected(card) comes with each other choice."""

    selected = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards = _Model(self)
        self.setModel(self._cards)
        self.setItemDelegate(_Delegate(self))
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Generators"))
        self.selectionModel().currentChanged.connect(lambda: self.selected.emit(self.card))

    @property
    def card(self) -> GeneratorCard | None:
        """The chosen one."""
        card = self.currentIndex().data(_CARD)
        return card if isinstance(card, GeneratorCard) else None

    def set_cards(self, cards: Sequence[GeneratorCard]) -> None:
        """List these cards."""
        self._cards.set_cards(cards)

    def select(self, card_id: str) -> None:
        """Choose a card by id; the first one if there is no such."""
        row = next((row for row, c in enumerate(self._cards.cards) if c.id == card_id), 0)
        self.setCurrentIndex(self._cards.index(row, 0))

    def recommend(self, card_id: str | None) -> None:
        """Mark one as recommended."""
        self._cards.recommend(card_id)

    def sizeHint(self) -> QSize:
        rows = max(3, min(len(self._cards.cards), 5))
        return QSize(280, rows * self.sizeHintForRow(0) + 2 * self.frameWidth())


class _Model(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.cards: tuple[GeneratorCard, ...] = ()
        self._recommended: str | None = None

    def set_cards(self, cards: Sequence[GeneratorCard]) -> None:
        self.beginResetModel()
        self.cards = tuple(cards)
        self.endResetModel()

    def recommend(self, card_id: str | None) -> None:
        self._recommended = card_id
        if self.cards:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.cards) - 1, 0))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.cards)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        card = self.cards[index.row()]
        is_recommended = card.id == self._recommended
        if role == Qt.ItemDataRole.DisplayRole:
            return card.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            words = [card.name, kind_of(card), card.summary]
            return ". ".join([*words, self.tr("Recommended")] if is_recommended else words)
        if role == Qt.ItemDataRole.ToolTipRole:
            return card.summary
        if role == _CARD:
            return card
        if role == _IS_RECOMMENDED:
            return is_recommended
        return None


class _Delegate(QStyledItemDelegate):
    """Two lines: the name with its kind or badge at the right, and the summary below."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        del option, index
        return QSize(200, 2 * QFontMetrics(QApplication.font()).height() + 2 * _MARGIN)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        card: GeneratorCard = index.data(_CARD)
        state = option.state
        rect = option.rect
        is_selected = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        if is_selected:
            painter.fillRect(rect, grey(SELECTED))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, grey(RAISED))
        if is_selected and state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(grey(BRIGHT), 1))
            painter.drawRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5))
        painter.setPen(grey(LINE))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        inner = QRectF(rect).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        self._paint_texts(painter, inner, card, bool(index.data(_IS_RECOMMENDED)))
        painter.restore()

    def _paint_texts(
        self, painter: QPainter, rect: QRectF, card: GeneratorCard, is_recommended: bool
    ) -> None:
        font = QFont(QApplication.font())
        small, bold = QFont(font), QFont(font)
        small.setPointSizeF(font.pointSizeF() * 0.88)
        bold.setBold(True)
        line = QFontMetrics(font).height()
        painter.setFont(small)
        tag = self.tr("Recommended") if is_recommended else kind_of(card)
        metrics = QFontMetrics(small)
        width = metrics.horizontalAdvance(tag)
        tag_rect = QRectF(rect.right() - width - 10, rect.y() - 1, width + 10, line + 1)
        if is_recommended:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(grey(HOVER + 0x20))
            painter.drawRoundedRect(tag_rect, 3, 3)
        painter.setPen(grey(BRIGHT if is_recommended else MUTED))
        painter.drawText(tag_rect, Qt.AlignmentFlag.AlignCenter, tag)
        painter.setFont(bold)
        painter.setPen(grey(TEXT))
        room = tag_rect.left() - rect.x() - 8
        self._line(painter, rect, room, card.name)
        painter.setFont(small)
        painter.setPen(grey(MUTED))
        self._line(painter, rect.translated(0, line + 1), rect.width(), card.summary)

    def _line(self, painter: QPainter, rect: QRectF, width: float, text: str) -> None:
        metrics = painter.fontMetrics()
        short = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(width))
        painter.drawText(
            QRectF(rect.x(), rect.y(), width, metrics.height()), Qt.AlignmentFlag.AlignLeft, short
        )


def kind_of(card: GeneratorCard) -> str:
    """Return "Trained" or "Classical"."""
    if card.is_trained:
        return QApplication.translate("GeneratorList", "Trained")
    return QApplication.translate("GeneratorList", "Classical")
