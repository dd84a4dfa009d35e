"""A widget that shows a document: zoom, pan, fit, surround; it knows no tools."""

from functools import partial

from PySide6.QtCore import QEvent, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QColorSpace,
    QHideEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from core.document.document import Document
from core.image.color import ColorProfile
from core.image.geometry import Point, Rect
from desktop.device_painting import (
    device_point,
    paint_in_device_pixels,
    viewport_of,
    widget_rect,
)
from desktop.display_color import DisplayColor
from desktop.display_memory import DisplayMemory
from desktop.look import Look
from desktop.orientation import Orientation
from desktop.surround import paint_surround
from desktop.tile_renderer import TileRenderer
from desktop.view import MAX_SCALE, View, stepped

_MARGIN_PX, _ASSESSMENT_MARGIN_PX = 12, 64


class PictureView(QWidget):
    """Shows what a document shows, and follows its changes. GUI thread only.

    zoomed(float): device pixels per document pixel. moved: the view is another one.
    repainted(Rect): device pixels that look different. failed(str): why a part of the picture
    cannot be shown. Call `detach` when the document is closed.
    """

    zoomed = Signal(float)
    moved = Signal()
    repainted = Signal(object)
    failed = Signal(str)
    monitor_changed = Signal(object)

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
        self._color = DisplayColor(profile, icc)
        self._renderer = TileRenderer(document.shown, self._color, self, memory)
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
    def picture(self) -> Rect:
        """The document's pixels."""
        return self._document.shown.rect

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
        at = self._middle() if anchor is None else self._to_device(anchor)
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

    def centre_on(self, point: Point) -> None:
        """Bring a document point to the widget's middle."""
        viewport = self._viewport()
        self._is_fitting = False
        self._show_through(self._view.centred(point, viewport.width, viewport.height))

    @property
    def orientation(self) -> Orientation:
        """How the picture is turned and mirrored, for the eye only."""
        return self._view.orientation

    def orient(self, orientation: Orientation, anchor: QPointF | None = None) -> None:
        """Turn and mirror the picture otherwise, about a point of the widget or its middle."""
        if self._is_fitting:
            self._show_through(self._fitted(orientation))
        else:
            at = self._middle() if anchor is None else self._to_device(anchor)
            self._show_through(self._view.oriented(orientation, at))

    @property
    def look(self) -> Look:
        """How tones and colours are shown, for the eye only."""
        return self._color.look

    @property
    def monitor(self) -> QColorSpace:
        """The monitor that colours are converted for."""
        return self._color.monitor

    def set_monitor(self, space: QColorSpace) -> None:
        """Convert colours for another monitor."""
        if space != self.monitor:
            self._set_color(self._color.with_monitor(space))
            self.monitor_changed.emit(space)

    def set_overlay_color(self, color: QColor) -> None:
        """Show masks in another colour."""
        self._renderer.set_overlay_color(color)
        self._update_all()

    @property
    def is_original_shown(self) -> bool:
        """Whether the source alone is shown."""
        return self._is_original_shown

    def set_show_original(self, is_shown: bool) -> None:
        """Show the source alone, without retouch and masks; or all again."""
        self._is_original_shown = is_shown
        self._update_all()

    @property
    def is_assessing(self) -> bool:
        """Whether the picture is surrounded for judging its colours."""
        return self._is_assessing

    def set_assessment(self, is_assessing: bool) -> None:
        """Surround the picture with mid-grey and a thin white frame; or with dark grey again."""
        self._is_assessing = is_assessing
        if self._is_fitting:
            self.fit()
        self._update_all()

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
        paint_in_device_pixels(self, event.region(), self._paint)

    def paint_picture(self, painter: QPainter, device: Rect, is_original: bool) -> None:
        """Draw the picture and what is around it, here or on a widget beside this one."""
        view, ratio = self._view, self.devicePixelRatioF()
        around = partial(
            paint_surround, painter, view, self.picture, device, ratio, self._is_assessing
        )
        if not view.orientation.is_straight:
            around()
        self._renderer.draw(painter, view, self._viewport(), device, is_original)
        if view.orientation.is_straight:
            around()

    def _paint(self, painter: QPainter, device: Rect) -> None:
        self.paint_picture(painter, device, self._is_original_shown)

    def _viewport(self) -> Rect:
        """Return the widget's device pixels."""
        return viewport_of(self)

    def _middle(self) -> Point:
        viewport = self._viewport()
        return Point(viewport.width / 2, viewport.height / 2)

    def _set_color(self, color: DisplayColor) -> None:
        if color is not self._color:
            self._color = color
            self._renderer.set_color(color)
            self._update_all()

    def _fitted(self, orientation: Orientation | None = None) -> View:
        viewport = self._viewport()
        margin = _ASSESSMENT_MARGIN_PX if self._is_assessing else _MARGIN_PX
        device_margin = min(round(margin * self.devicePixelRatioF()), viewport.width // 8)
        turned = self._view.orientation if orientation is None else orientation
        return View.fitted(self.picture, viewport.width, viewport.height, device_margin, turned)

    def _update_all(self) -> None:
        self.update()
        self.repainted.emit(self._viewport())

    def _show_through(self, view: View) -> None:
        viewport = self._viewport()
        if not self._is_fitting:
            view = view.kept_in_sight(self.picture, viewport.width, viewport.height)
        has_zoomed = view.scale != self._view.scale
        if view != self._view:
            self._view = view
            self.update()
            self.moved.emit()
        if has_zoomed:
            self.zoomed.emit(view.scale)

    def _to_device(self, position: QPointF) -> Point:
        """Return the device pixels of a position in the widget."""
        return device_point(self, position)

    def _on_changed(self, rect: Rect) -> None:
        self._renderer.set_layers(self._document.shown, rect)
        self._update_document_rect(rect)

    def _update_document_rect(self, rect: Rect) -> None:
        # Reduced samples are means of whole blocks, and smoothing looks at the next one.
        step = 1 << self._view.level(self._renderer.max_level)
        device = self._view.device_rect(rect.aligned(step).expanded(step))
        self._update_device_rect(device)
        self.repainted.emit(device)

    def _update_device_rect(self, device: Rect) -> None:
        rect = widget_rect(self, device)
        united = rect.united(self._awaited)
        if _area(united) <= 1.5 * (_area(rect) + _area(self._awaited)):
            # One rectangle is painted faster than the several that make up two overlapping ones.
            rect = self._awaited = united
        self.update(rect)


def _area(rect: QRect) -> int:
    return rect.width() * rect.height()
