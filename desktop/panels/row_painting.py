"""What lies under a row of a list: its ground, chosen or pointed at, and the keyboard's frame."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from desktop.theme import BRIGHT, RAISED, SELECTED, grey


def paint_ground(painter: QPainter, option: QStyleOptionViewItem) -> bool:
    """Paint it; return whether the row is chosen."""
    is_selected = bool(option.state & QStyle.StateFlag.State_Selected)
    if is_selected:
        painter.fillRect(option.rect, grey(SELECTED))
    elif option.state & QStyle.StateFlag.State_MouseOver:
        painter.fillRect(option.rect, grey(RAISED))
    if is_selected and option.state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QPen(grey(BRIGHT), 1))
        painter.drawRect(QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5))
    return is_selected
