"""One tab: a painting on its canvas, wired to its session."""

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QVBoxLayout, QWidget

from core.image.color import ColorTransform
from core.image.geometry import Point
from desktop.canvas import Canvas
from desktop.canvas_frame import CanvasFrame
from desktop.display_memory import DisplayMemory
from desktop.paint_target import PaintTarget
from desktop.session import Session

_READOUT_MS = 30


class PaintingPage(QWidget):
    """Canvas and session of one painting.

    readout(Point | None, samples | None, L*a*b* | None): what is under the pointer.
    origin_found(Found | None): where the fill there came from, while that is shown.
    """

    readout = Signal(object, object, object)
    origin_found = Signal(object)

    def __init__(
        self,
        session: Session,
        parent: QWidget | None = None,
        memory: DisplayMemory | None = None,
    ) -> None:
        super().__init__(parent)
        self.session = session
        opened = session.opened
        self.canvas = Canvas(opened.document, opened.profile, opened.info.icc_profile, self, memory)
        session.setParent(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.frame = CanvasFrame(self.canvas, self)
        column.addWidget(self.frame)
        self.setFocusProxy(self.canvas)
        self._point: Point | None = None
        self._exact = ColorTransform(opened.profile)
        # Samples are read at leisure: the pointer may move a thousand times a second.
        self._timer = QTimer(self, singleShot=True, interval=_READOUT_MS)
        self._timer.timeout.connect(self._read_out)
        self.canvas.hovered.connect(self._hovered)
        self.canvas.picked.connect(lambda _samples: self._timer.start())
        self.canvas.monitor_changed.connect(session.thumbnails.set_monitor)
        session.changed.connect(self._follow_session)
        self.target = PaintTarget(session.layers, self)
        # First of its listeners: those that come later find the canvas as it should be.
        self.target.changed.connect(self._follow_target)
        self.canvas.retouching.layer_made.connect(session.layers.select)
        self._follow_session()
        self._follow_target()

    def flush(self) -> bool:
        """Commit a stroke under way; return whether all strokes are safe. Work goes on."""
        self.canvas.end_stroke()
        return self.session.flush()

    def stop(self) -> None:
        """Stop all work, before `close_painting`."""
        self._timer.stop()
        self.session.stop()

    def close_painting(self) -> None:
        """After `stop`: let go of everything."""
        self.session.opened.pyramid.interrupt()
        self.canvas.detach()
        self.session.close()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Give the canvas the keyboard, so that Space pans and \\ shows the original at once.

        Not while somebody types.
        """
        super().enterEvent(event)
        typing = QApplication.focusWidget()
        if self.isActiveWindow() and not isinstance(typing, QLineEdit | QAbstractSpinBox):
            self.canvas.setFocus(Qt.FocusReason.MouseFocusReason)

    def _follow_session(self) -> None:
        if self.canvas.mask_layer != self.session.layers.mask_id:
            self.canvas.set_mask_layer(self.session.layers.mask_id)

    def _follow_target(self) -> None:
        self.canvas.set_retouch(self.target.is_color, self.target.retouch_id)

    def _hovered(self, point: Point | None) -> None:
        self._point = point
        if not self._timer.isActive():
            self._timer.start()

    def _read_out(self) -> None:
        samples = None if self._point is None else self.canvas.sample_at(self._point)
        lab = None
        if samples is not None:
            lab = self._exact.to_lab(np.array([[samples]], np.uint16))[0, 0]
        self.readout.emit(self._point, samples, lab)
        layers = self.session.opened.document.shown
        self.origin_found.emit(self.canvas.looking.origin.follow(layers, self._point))
