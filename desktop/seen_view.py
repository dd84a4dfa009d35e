"""A picture seen as the eye needs it: turned, stretched, split, measured; no sample is touched."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QNativeGestureEvent,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from core.document.document import Document
from core.image.color import ColorProfile
from core.image.geometry import Rect
from core.image.surface import U16
from desktop.display_memory import DisplayMemory
from desktop.look import Look
from desktop.looking import Looking
from desktop.orientation import UPRIGHT
from desktop.picture_view import PictureView
from desktop.sampling import seen_of
from desktop.touchpad import follow_fingers, follow_wheel
from desktop.view import View

_ARROWS = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
_ARROW_PX, _LONG_ARROW_PX = 48, 320


class SeenView(PictureView):
    """Wheel, fingers and arrows move it; `looking` is what lies over it. GUI thread only."""

    def __init__(
        self,
        document: Document,
        profile: ColorProfile,
        icc: bytes | None,
        parent: QWidget | None = None,
        memory: DisplayMemory | None = None,
    ) -> None:
        super().__init__(document, profile, icc, parent, memory)
        self.looking = Looking(self, self._update_device_rect)

    def turn(self, quarters: int) -> None:
        """Turn the picture clockwise by quarters of a circle, about the widget's middle."""
        self.orient(self.orientation.turned(quarters))

    def turn_by(self, degrees: float) -> None:
        """Turn the picture clockwise by any angle, about the widget's middle."""
        self.orient(self.orientation.turned_by(degrees))

    def mirror(self) -> None:
        """Swap left and right."""
        self.orient(self.orientation.mirrored())

    def set_upright(self) -> None:
        """Show the picture as it is."""
        self.orient(UPRIGHT)

    def set_look(self, look: Look) -> None:
        """Show tones and colours in another way, and say so over the picture."""
        self._set_color(self._color.with_look(look))
        self.looking.tell()

    def overview(self) -> QImage | None:
        """Return the whole picture small, as it is shown; None while there is nothing."""
        return self._renderer.overview(self._is_original_shown)

    def seen_samples(self) -> U16:
        """Return what is in sight, (h, w, 3) as the screen would show it in 16 bit, reduced."""
        seen = self._view.document_rect(self._viewport(), self.picture)
        samples = seen_of(self._document.shown, seen, self._is_original_shown)
        return self._color.to_display_16(samples)

    def set_split(self, is_shown: bool) -> None:
        """Show the original left of a line that can be dragged, or the picture alone."""
        self.looking.tell_of(self._document.shown)
        self.looking.split.show(is_shown)

    def event(self, event: QEvent) -> bool:
        """Follow fingers on a touchpad."""
        if isinstance(event, QNativeGestureEvent) and follow_fingers(self, event):
            event.accept()
            return True
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer, or pan by two fingers."""
        event.accept()
        follow_wheel(self, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows pan, with Shift farther."""
        if event.key() not in _ARROWS:
            super().keyPressEvent(event)
            return
        is_long = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        step = (_LONG_ARROW_PX if is_long else _ARROW_PX) * self.devicePixelRatioF()
        dx, dy = _ARROWS[Qt.Key(event.key())]
        self.pan_by(dx * step, dy * step)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep what lies over the picture in its place."""
        super().resizeEvent(event)
        self.looking.follow()

    def _on_changed(self, rect: Rect) -> None:
        super()._on_changed(rect)
        if self.looking.split.is_shown:
            self.looking.tell_of(self._document.shown)

    def _show_through(self, view: View) -> None:
        has_moved = view != self._view
        super()._show_through(view)
        if has_moved:
            self.looking.follow()

    def _paint(self, painter: QPainter, device: Rect) -> None:
        self.looking.paint(painter, device)
