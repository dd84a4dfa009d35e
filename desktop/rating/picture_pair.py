"""The picture whole at the left, the loss enlarged at the right, on the neutral surround."""

from PySide6.QtCore import QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop.rating.pictures import Pictures
from desktop.surround import SURROUND
from desktop.theme import BRIGHT, grey

_GAP = 16
# Small crops are enlarged, but not without end: beyond this one looks at interpolation.
_MAX_WHOLE_SCALE, _MAX_DETAIL_SCALE = 2.0, 8.0


class PicturePair(QWidget):
    """Shows Pictures, filled or damaged; nothing of who filled them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pictures: Pictures | None = None
        self._is_damaged = False
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(420, 220)

    @property
    def has_damage(self) -> bool:
        """Whether there is a damaged view."""
        return self._pictures is not None and self._pictures.damaged_whole is not None

    def show_pictures(self, pictures: Pictures | None) -> None:
        """Show a fill, or an empty surround."""
        self._pictures = pictures
        self.set_damaged(False)
        self.update()

    def set_damaged(self, is_damaged: bool) -> None:
        """Show the loss as it was before it was filled, and where the detail lies; or the fill."""
        self._is_damaged = is_damaged and self.has_damage
        text = self.tr("Damaged picture") if self._is_damaged else self.tr("Filled picture")
        self.setAccessibleName(self.tr("{0}: whole, and the loss enlarged").format(text))
        self.update()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(1100, 560)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both pictures as large as they fit."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), SURROUND)
        pictures = self._pictures
        if pictures is None:
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        whole = pictures.damaged_whole if self._is_damaged else pictures.whole
        detail = pictures.damaged_detail if self._is_damaged else pictures.detail
        area = QRectF(self.rect()).adjusted(_GAP, _GAP, -_GAP, -_GAP)
        if whole is None or detail is None:
            painter.drawImage(self._fitted(pictures.whole, area, _MAX_WHOLE_SCALE), pictures.whole)
            return
        half = (area.width() - _GAP) / 2
        left = QRectF(area.left(), area.top(), half, area.height())
        place = self._fitted(whole, left, _MAX_WHOLE_SCALE)
        painter.drawImage(place, whole)
        right = left.translated(half + _GAP, 0)
        painter.drawImage(self._fitted(detail, right, _MAX_DETAIL_SCALE), detail)
        if self._is_damaged and pictures.window is not None:
            # Only here: over a fill a frame would be part of what is judged.
            painter.setPen(QPen(grey(BRIGHT), 1))
            painter.drawRect(_within(place, pictures.window))

    def _fitted(self, image: QImage, area: QRectF, most: float) -> QRectF:
        """Return where an image goes in an area; a whole factor above 1, in device pixels."""
        ratio = self.devicePixelRatioF()
        scale = min(area.width() * ratio / image.width(), area.height() * ratio / image.height())
        scale = min(scale, most * ratio)
        if scale >= 1:
            scale = float(int(scale))
        size = QSizeF(image.width(), image.height()) * (scale / ratio)
        left = round((area.center().x() - size.width() / 2) * ratio) / ratio
        top = round((area.center().y() - size.height() / 2) * ratio) / ratio
        return QRectF(left, top, size.width(), size.height())


def _within(place: QRectF, window: QRectF) -> QRectF:
    return QRectF(
        place.x() + window.x() * place.width(),
        place.y() + window.y() * place.height(),
        window.width() * place.width(),
        window.height() * place.height(),
    )
