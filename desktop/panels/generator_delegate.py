"""How a generator is drawn in the list: its picture, name, one line, and the facts below."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.panels.card_words import row_facts
from desktop.panels.generator_rows import GREY_ROLE, ROW_ROLE, Row
from desktop.panels.row_painting import paint_ground
from desktop.theme import BRIGHT, HOVER, LINE, MUTED, RAISED, TEXT, grey

Index = QModelIndex | QPersistentModelIndex
_MARGIN = 7
_GAP = 9
_SMALL = 0.88
_FAINT_OPACITY = 0.35
# MUTED would be 3.3 : 1 on SELECTED; this is 4.7 : 1.
_MUTED_ON_SELECTED = 0xC6


class GeneratorDelegate(QStyledItemDelegate):
    """Three lines beside the picture of the test loss; greyed with the reason if it cannot run.

    The picture has its colours only under the pointer, or where the keyboard is: else it would
    tint the judgement of the painting beside it.
    """

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        del option, index
        return QSize(200, _lines_height() + 2 * _MARGIN)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: Row = index.data(ROW_ROLE)
        state, rect = option.state, option.rect
        painter.save()
        is_selected = paint_ground(painter, option)
        painter.setPen(grey(LINE))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        inner = QRectF(rect).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        picture = QRectF(inner.x(), inner.y(), 2 * inner.height(), inner.height())
        is_looked_at = bool(state & QStyle.StateFlag.State_MouseOver) or (
            is_selected and bool(state & QStyle.StateFlag.State_HasFocus)
        )
        role = Qt.ItemDataRole.DecorationRole if is_looked_at else GREY_ROLE
        _paint_picture(painter, picture, index.data(role), row)
        second = grey(_MUTED_ON_SELECTED if is_selected else MUTED)
        self._paint_texts(painter, inner.adjusted(picture.width() + _GAP, 0, 0, 0), row, second)
        painter.restore()

    def _paint_texts(self, painter: QPainter, rect: QRectF, row: Row, second: QColor) -> None:
        card, can_run = row.card, not row.obstacle
        bold, small = _fonts()
        painter.setFont(bold)
        painter.setPen(grey(TEXT) if can_run else second)
        _line(painter, rect, card.name)
        rect = rect.translated(0, QFontMetrics(bold).height())
        painter.setFont(small)
        painter.setPen(second)
        _line(painter, rect, card.summary if can_run else row.obstacle)
        rect = rect.translated(0, QFontMetrics(small).height() + 1)
        if row.is_recommended:
            width = self._paint_badge(painter, rect)
            rect = rect.adjusted(width + 6, 0, 0, 0)
        painter.setPen(second)
        _line(painter, rect, row_facts(card))

    def _paint_badge(self, painter: QPainter, rect: QRectF) -> float:
        """Paint "Recommended" and return how wide it is."""
        text = QApplication.translate("GeneratorList", "Recommended")
        metrics = painter.fontMetrics()
        badge = QRectF(rect.x(), rect.y(), metrics.horizontalAdvance(text) + 8, metrics.height())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(grey(HOVER + 0x20))
        painter.drawRoundedRect(badge, 3, 3)
        painter.setPen(grey(BRIGHT))
        painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()
        return badge.width()


def _paint_picture(painter: QPainter, rect: QRectF, picture: QPixmap, row: Row) -> None:
    if picture.isNull():
        # A neutral frame, halved as the pictures are.
        painter.setPen(grey(LINE))
        painter.setBrush(grey(RAISED))
        painter.drawRect(rect.adjusted(0.5, 0.5, -0.5, -0.5))
        middle = rect.center().x()
        painter.drawLine(QPointF(middle, rect.top()), QPointF(middle, rect.bottom()))
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.setOpacity(_FAINT_OPACITY if row.obstacle else 1.0)
    painter.drawPixmap(rect, picture, QRectF(picture.rect()))
    painter.restore()


def _fonts() -> tuple[QFont, QFont]:
    """Return the name's and the other lines'."""
    bold, small = QFont(QApplication.font()), QFont(QApplication.font())
    bold.setBold(True)
    small.setPointSizeF(small.pointSizeF() * _SMALL)
    return bold, small


def _lines_height() -> int:
    bold, small = _fonts()
    return QFontMetrics(bold).height() + 2 * QFontMetrics(small).height() + 2


def _line(painter: QPainter, rect: QRectF, text: str) -> None:
    metrics = painter.fontMetrics()
    short = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0, int(rect.width())))
    place = QRectF(rect.x(), rect.y(), rect.width(), metrics.height())
    painter.drawText(place, Qt.AlignmentFlag.AlignLeft, short)
