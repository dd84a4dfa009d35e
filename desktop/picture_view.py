"""A widget that shows a document: zoom, pan, fit, surround; it knows no tools."""

import logging
import math
from collections.abc import Iterable
from typing import cast

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QHideEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
    QTransform,
)
from PySide6.QtWidgets import QWidget

from core.document.document import Document
from core.image.color import ColorProfile
from core.image.geometry import Point, Rect
from desktop.display_color import DisplayColor
from desktop.display_memory import DisplayMemory
from desktop.tile_renderer import TileRenderer
from desktop.view import MAX_SCALE, View, stepped

log = logging.getLogger(__name__)

# No lighter than 20 % of display white, and without hue (ISO 3664): sRGB 43 has 2.4 % of white's
# luminance, 119 (L* 50) has 18.4 %.
SURROUND = QColor(43, 43, 43)
ASSESSMENT_SURROUND = QColor(119, 119, 119)
_FRAME = QColor(255, 255, 255)
_FRAME_PX, _MARGIN_PX, _ASSESSMENT_MARGIN_PX = 4, 12, 64


class PictureView(QWidget):
    """Shows what a document shows, and follows its changes. GUI thread only.

    zoomed(float): device pixels per document pixel. failed(str): why a part of the picture cannot
    be shown. Call `detach` when the document is closed.
    """

    zoomed = Signal(float)
    failed = Signal(str)

    def __init__(
        self,
        document: Document,
        profile: ColorProfile,
        icc: bytes | None,
        parent: QWidget | None = None,
        memory: DisplayMemory | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._view = View()
        self._is_fitting = True
        self._awaited = QRect()
        self._is_original_shown = self._is_assessing = False
        self._renderer = TileRenderer(document.shown, DisplayColor(profile, icc), self, memory)
        self._renderer.landed.connect(self._update_document_rect)
        self._renderer.failed.connect(self.failed)
        document.on_changed.append(self._on_changed)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("Painting"))

    @property
    def view(self) -> View:
        """Where the picture lies in the widget."""
        return self._view

    @property
    def scale(self) -> float:
        """Device pixels per document pixel: 1.0 shows each sample on one of them."""
        return self._view.scale

    @property
    def is_fitting(self) -> bool:
        """Whether the picture is kept fitted to the widget."""
        return self._is_fitting

    def fit(self) -> None:
        """Show the whole picture, and keep to that until the user zooms or pans."""
        self._is_fitting = True
        self._show_through(self._fitted())

    def zoom_to(self, scale: float, anchor: QPointF | None = None) -> None:
        """Zoom about a point of the widget (default: its middle): from fit/4 to 6400 %."""
        viewport = self._viewport()
        at = Point(viewport.width / 2, viewport.height / 2)
        if anchor is not None:
            at = self._to_device(anchor)
        least = min(self._fitted().scale / 4, 1.0)
        self._is_fitting = False
        self._show_through(self._view.zoomed(min(max(scale, least), MAX_SCALE), at))

    def zoom_in(self) -> None:
        """Zoom in by half a doubling."""
        self.zoom_to(stepped(self.scale, +1))

    def zoom_out(self) -> None:
        """Zoom out by half a doubling."""
        self.zoom_to(stepped(self.scale, -1))

    def pan_by(self, dx: float, dy: float) -> None:
        """Move the picture by device pixels; the widget's middle stays on it."""
        self._is_fitting = False
        self._show_through(self._view.panned(dx, dy))

    def set_overlay_color(self, color: QColor) -> None:
        """Show masks in another colour."""
        self._renderer.set_overlay_color(color)
        self.update()

    @property
    def is_original_shown(self) -> bool:
        """Whether the source alone is shown."""
        return self._is_original_shown

    def set_show_original(self, is_shown: bool) -> None:
        """Show the source alone, without retouch and masks; or all again."""
        self._is_original_shown = is_shown
        self.update()

    @property
    def is_assessing(self) -> bool:
        """Whether the picture is surrounded for judging its colours."""
        return self._is_assessing

    def set_assessment(self, is_assessing: bool) -> None:
        """Surround the picture with mid-grey and a thin white frame; or with dark grey again."""
        self._is_assessing = is_assessing
        if self._is_fitting:
            self.fit()
        self.update()

    @property
    def has_picture(self) -> bool:
        """Whether everything in sight shows something of the picture, coarse or fine."""
        return self._renderer.has_picture

    @property
    def is_settled(self) -> bool:
        """Whether everything in sight is drawn in its final form."""
        return self._renderer.is_settled

    def detach(self) -> None:
        """Let go of the document and stop the workers; nothing is drawn anew any more."""
        if self._on_changed in self._document.on_changed:
            self._document.on_changed.remove(self._on_changed)
        self._renderer.close()

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(800, 600)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Let go of the document."""
        self.detach()
        super().closeEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Leave the memory to the painting that is seen instead."""
        self._renderer.drop_unseen()
        super().hideEvent(event)

    def event(self, event: QEvent) -> bool:
        """Follow the window to a screen of another density."""
        if event.type() == QEvent.Type.DevicePixelRatioChange and self._is_fitting:
            self.fit()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the picture fitted, or its middle in the middle."""
        if self._is_fitting:
            self._show_through(self._fitted())
        else:
            grown = (event.size() - event.oldSize()) * (self.devicePixelRatioF() / 2)
            self._show_through(self._view.panned(grown.width(), grown.height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what is visible of the region."""
        self._awaited = QRect()
        painter = QPainter(self)
        try:
            ratio = self.devicePixelRatioF()
            # From here on the unit is the device pixel, the origin a whole one: with a ratio of
            # 1.5 a widget's corner may lie between two, and every sample would be blurred.
            to_device = painter.deviceTransform()
            corner = QTransform.fromTranslate(round(to_device.dx()), round(to_device.dy()))
            in_device_pixels = corner * to_device.inverted()[0]
            for rect in _rects(event.region()):
                # Clipped to one rectangle Qt copies pixels about 5 times faster than to several.
                painter.resetTransform()
                painter.setClipRect(rect)
                painter.setWorldTransform(in_device_pixels)
                device = _scaled_out(rect, ratio)
                self._paint(painter, device.intersection(self._viewport()))
        except Exception:
            log.exception("the picture could not be painted")
        finally:
            painter.end()

    def _paint(self, painter: QPainter, device: Rect) -> None:
        self._renderer.draw(painter, self._view, self._viewport(), device, self._is_original_shown)
        self._paint_surround(painter, device)

    def _paint_surround(self, painter: QPainter, device: Rect) -> None:
        corner, far = (
            self._view.to_device(Point(0, 0)),
            self._view.to_device(Point(self._document.shown.width, self._document.shown.height)),
        )
        picture = QRect(
            round(corner.x), round(corner.y), int(far.x - corner.x), int(far.y - corner.y)
        )
        around = QRegion(QRect(*device)) - QRegion(picture)
        if self._is_assessing:
            width = round(_FRAME_PX * self.devicePixelRatioF())
            framed = picture.adjusted(-width, -width, width, width)
            for rect in _rects(around & QRegion(framed)):
                painter.fillRect(rect, _FRAME)
            around -= QRegion(framed)
        for rect in _rects(around):
            painter.fillRect(rect, ASSESSMENT_SURROUND if self._is_assessing else SURROUND)

    def _viewport(self) -> Rect:
        """Return the widget's device pixels."""
        ratio = self.devicePixelRatioF()
        return Rect(0, 0, max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio)))

    def _fitted(self) -> View:
        viewport = self._viewport()
        margin = _ASSESSMENT_MARGIN_PX if self._is_assessing else _MARGIN_PX
        device_margin = min(round(margin * self.devicePixelRatioF()), viewport.width // 8)
        return View.fitted(
            self._document.shown.rect, viewport.width, viewport.height, device_margin
        )

    def _show_through(self, view: View) -> None:
        viewport = self._viewport()
        if not self._is_fitting:
            view = view.kept_in_sight(self._document.shown.rect, viewport.width, viewport.height)
        has_zoomed = view.scale != self._view.scale
        if view != self._view:
            self._view = view
            self.update()
        if has_zoomed:
            self.zoomed.emit(view.scale)

    def _to_device(self, position: QPointF) -> Point:
        """Return the device pixels of a position in the widget."""
        ratio = self.devicePixelRatioF()
        return Point(position.x() * ratio, position.y() * ratio)

    def _on_changed(self, rect: Rect) -> None:
        self._renderer.set_layers(self._document.shown, rect)
        self._update_document_rect(rect)

    def _update_document_rect(self, rect: Rect) -> None:
        # Reduced samples are means of whole blocks, and smoothing looks at the next one.
        step = 1 << self._view.level(self._renderer.max_level)
        self._update_device_rect(self._view.device_rect(rect.aligned(step).expanded(step)))

    def _update_device_rect(self, device: Rect) -> None:
        ratio = self.devicePixelRatioF()
        left, top = math.floor(device.x / ratio) - 1, math.floor(device.y / ratio) - 1
        right, bottom = math.ceil(device.right / ratio) + 1, math.ceil(device.bottom / ratio) + 1
        rect = QRect(left, top, right - left, bottom - top)
        united = rect.united(self._awaited)
        if _area(united) <= 1.5 * (_area(rect) + _area(self._awaited)):
            # One rectangle is painted faster than the several that make up two overlapping ones.
            rect = self._awaited = united
        self.update(rect)


def _rects(region: QRegion) -> Iterable[QRect]:
    # A region is iterable, which its type stub does not know.
    return cast("Iterable[QRect]", region)


def _area(rect: QRect) -> int:
    return rect.width() * rect.height()


def _scaled_out(rect: QRect, ratio: float) -> Rect:
    """Return the device pixels that a widget's rectangle touches."""
    return Rect.from_edges(
        math.floor(rect.x() * ratio) - 1,
        math.floor(rect.y() * ratio) - 1,
        math.ceil((rect.x() + rect.width()) * ratio) + 1,
        math.ceil((rect.y() + rect.height()) * ratio) + 1,
    )
