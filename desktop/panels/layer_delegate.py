"""How a row of the Layers dock is drawn, and what a click on its eye does."""

from typing import NamedTuple

from PySide6.QtCore import (
    QT_TRANSLATE_NOOP,
    QAbstractItemModel,
    QCoreApplication,
    QEvent,
    QObject,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core.document.layer import Layer, LayerKind
from core.image.blend_modes import BlendMode
from desktop.icons import draw_icon
from desktop.panels.layer_model import IS_LOCKED, IS_PAINTED, IS_SEEN, LAYER, THUMBNAIL, Index
from desktop.panels.row_painting import paint_ground
from desktop.theme import FAINT, MUTED, TEXT, grey

HEIGHT, INDENT = 36, 20
_ICON, _GAP = 17, 9
_THUMBNAIL = QSize(34, 28)
_KIND_ICONS = {
    LayerKind.SOURCE: "lock",
    LayerKind.EVIDENCE: "original",
    LayerKind.MASK: "mask",
    LayerKind.RETOUCH: "layer",
    LayerKind.GROUP: "group",
}


class Parts(NamedTuple):
    """Where the parts of a row stand."""

    eye: QRect
    picture: QRect
    name: QRect
    lock: QRect
    look: QRect


class LayerDelegate(QStyledItemDelegate):
    """eye_clicked(index, is_alone): on an eye; is_alone if Alt was held."""

    eye_clicked = Signal(object, bool)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        del option, index
        return QSize(200, HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        layer: Layer = index.data(LAYER)
        rect = QRect(option.rect)
        painter.save()
        is_selected = paint_ground(painter, option)
        level = TEXT if index.data(IS_SEEN) else MUTED if is_selected else FAINT
        parts = parts_of(rect, layer)
        if layer.kind is not LayerKind.SOURCE:
            draw_icon(painter, "eye" if layer.is_visible else "eye-off", QRectF(parts.eye), level)
        if index.data(IS_LOCKED):
            draw_icon(painter, "lock", QRectF(parts.lock), TEXT if layer.is_locked else FAINT)
        _draw_picture(painter, parts.picture, layer, index.data(THUMBNAIL))
        self._write(painter, parts, layer, level, is_painted=bool(index.data(IS_PAINTED)))
        painter.restore()

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        name = parts_of(QRect(option.rect), index.data(LAYER)).name
        editor.setGeometry(name.adjusted(-4, 5, 0, -5))

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        """A click on the eye shows and hides; it neither selects nor renames."""
        kinds = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
        if not isinstance(event, QMouseEvent) or event.type() not in kinds:
            return super().editorEvent(event, model, option, index)
        if is_on_eye(QRect(option.rect), index.data(LAYER), event):
            is_alone = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            self.eye_clicked.emit(index, is_alone)
            return True
        return super().editorEvent(event, model, option, index)

    def _write(
        self, painter: QPainter, parts: Parts, layer: Layer, level: int, *, is_painted: bool
    ) -> None:
        middle, font = Qt.AlignmentFlag.AlignVCenter, painter.font()
        font.setBold(is_painted)
        painter.setFont(font)
        painter.setPen(grey(level))
        elide = Qt.TextElideMode.ElideRight
        name = painter.fontMetrics().elidedText(layer.name, elide, parts.name.width())
        painter.drawText(parts.name, middle | Qt.AlignmentFlag.AlignLeft, name)
        font.setBold(False)
        painter.setFont(font)
        if layer.kind is LayerKind.SOURCE:
            return
        painter.setPen(grey(MUTED))
        look = f"{layer.opacity * 100:.0f} %"
        if layer.blend is not BlendMode.NORMAL:
            look = f"{blend_name(layer.blend)}\n{look}"
        painter.drawText(parts.look, middle | Qt.AlignmentFlag.AlignRight, look)


def blend_name(mode: BlendMode) -> str:
    """Return the word for a blend mode."""
    words = {
        BlendMode.NORMAL: QT_TRANSLATE_NOOP("BlendMode", "Normal"),
        BlendMode.MULTIPLY: QT_TRANSLATE_NOOP("BlendMode", "Multiply"),
        BlendMode.SCREEN: QT_TRANSLATE_NOOP("BlendMode", "Screen"),
        BlendMode.COLOR: QT_TRANSLATE_NOOP("BlendMode", "Colour"),
        BlendMode.LUMINOSITY: QT_TRANSLATE_NOOP("BlendMode", "Luminosity"),
    }
    return QCoreApplication.translate("BlendMode", str(words[mode]))


def is_on_eye(rect: QRect, layer: Layer, event: QMouseEvent) -> bool:
    """Whether the pointer is on the eye of the row in a rectangle."""
    eye = parts_of(rect, layer).eye.adjusted(-_GAP, -_GAP, _GAP // 2, _GAP)
    return eye.contains(event.position().toPoint())


def parts_of(rect: QRect, layer: Layer) -> Parts:
    """Return where the parts of a layer's row stand; the eyes are in one column."""
    top = rect.y() + (rect.height() - _ICON) // 2
    eye = QRect(rect.x() + _GAP, top, _ICON, _ICON)
    indent = 0 if layer.group is None else INDENT
    picture = QRect(
        eye.right() + _GAP + indent,
        rect.y() + (rect.height() - _THUMBNAIL.height()) // 2,
        _THUMBNAIL.width(),
        _THUMBNAIL.height(),
    )
    look = QRect(rect.right() - 70, rect.y(), 62, rect.height())
    lock = QRect(look.left() - 6, top + 1, _ICON - 2, _ICON - 2)
    left = picture.right() + _GAP
    name = QRect(left, rect.y(), lock.left() - left - 4, rect.height())
    return Parts(eye, picture, name, lock, look)


def _draw_picture(painter: QPainter, rect: QRect, layer: Layer, image: QImage | None) -> None:
    if image is None:
        icon = QRectF(0, 0, _ICON, _ICON)
        icon.moveCenter(QRectF(rect).center())
        draw_icon(painter, _KIND_ICONS[layer.kind], icon, MUTED)
        return
    size = image.size().scaled(rect.size(), Qt.AspectRatioMode.KeepAspectRatio)
    target = QRect(rect.topLeft(), size)
    target.moveCenter(rect.center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(target, image)
    painter.setPen(QPen(grey(FAINT), 1))
    painter.drawRect(target)
