"""The line at the foot of the window: position, samples, zoom, device, and whether all is safe."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontDatabase, QResizeEvent
from PySide6.QtWidgets import QLabel, QStatusBar, QToolButton, QWidget

from core.image.geometry import Point
from desktop.origin_mark import Found
from desktop.units import Units

_LEAST_PX, _GAP_PX = 400, 8


class StatusBar(QStatusBar):
    """Hints come and go at the left; facts stand at the right. stop_asked: do not prepare."""

    stop_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._units = Units()
        self._preparing = QLabel(self)
        self._preparing.setAccessibleName(self.tr("Preparing"))
        self._stop = QToolButton(self)
        self._stop.setText("×")
        self._stop.setAutoRaise(True)
        self._stop.setAccessibleName(self.tr("Stop preparing"))
        self._stop.setToolTip(
            self.tr("Stop preparing; it is taken up again when the painting is opened next.")
        )
        self._stop.clicked.connect(self.stop_asked)
        for widget in (self._preparing, self._stop):
            self.addPermanentWidget(widget)
            widget.hide()
        self._origin = self._fact(self.tr("Origin of the brushwork"), "")
        self._position = self._fact(self.tr("Position"), "00000, 00000")
        self._samples = self._fact(self.tr("Samples"), "R 65535  G 65535  B 65535")
        self._eight = self._fact(self.tr("Samples in 8 bit"), "8-bit 255 255 255")
        self._lab = self._fact(self.tr("L*a*b* colour"), "L* 100.0  a* -100.0  b* -100.0")
        self._zoom = self._fact(self.tr("Zoom"), "3200 %")
        self._device = self._fact(self.tr("Device"), "")
        self._safety = self._fact(self.tr("Safety of the strokes"), "")

    def minimumSizeHint(self) -> QSize:
        """Ask for little: what has no room is left away, and the window stays as it is."""
        return QSize(_LEAST_PX, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave away what there is no room for."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Give up what is told elsewhere, or in another way, until nothing is cut."""
        others = (self._position, self._samples, self._zoom, self._safety)
        passing = (part for part in (self._preparing, self._stop) if not part.isHidden())
        room = self.width() - sum(_width(part) for part in (*others, *passing))
        for label in (self._lab, self._device, self._eight):
            room -= _width(label)
            label.setVisible(room >= 0)

    @property
    def _readout(self) -> tuple[QLabel, ...]:
        return self._position, self._samples, self._eight, self._lab

    @property
    def safety(self) -> str:
        """What is said of the strokes."""
        return self._safety.text()

    def clear_facts(self) -> None:
        """Say nothing: no painting is open."""
        for label in (*self._readout, self._origin, self._zoom, self._device, self._safety):
            label.clear()
        self.show_preparing(None)

    def set_units(self, units: Units) -> None:
        """Tell positions in other units from now on."""
        self._units = units

    def show_readout(
        self,
        point: Point | None,
        samples: Sequence[int] | None,
        lab: Sequence[float] | None = None,
    ) -> None:
        """Show where the pointer is, and the samples there in 16 and 8 bit and L*a*b* (D50)."""
        for label in self._readout:
            label.clear()
        if point is None:
            return
        self._position.setText(self._units.position(point))
        if samples is None:
            self._samples.setText("…")
            return
        names = "K" if len(samples) == 1 else "RGB"
        width = 0 if len(samples) == 1 else 5
        parts = (f"{name} {value:{width}d}" for name, value in zip(names, samples, strict=True))
        self._samples.setText("  ".join(parts))
        # 65535 is 257 × 255: exact both ways for what came from an 8-bit file.
        eight = " ".join(f"{(value + 128) // 257:3d}" for value in samples)
        self._eight.setText(self.tr("8-bit {0}").format(eight))
        if lab is not None:
            figures = zip(("L*", "a*", "b*"), lab, strict=True)
            self._lab.setText("  ".join(f"{name} {_plain(value):5.1f}" for name, value in figures))

    def show_origin(self, found: Found | None) -> None:
        """Show where the brushwork under the pointer was copied from; None to say nothing."""
        if found is None:
            self._origin.clear()
        elif found.origin is None:
            self._origin.setText(self.tr("Not copied"))
        else:
            text = self.tr("Copied from {0}")
            self._origin.setText(text.format(self._units.position(found.origin)))

    def show_zoom(self, scale: float) -> None:
        """Show the scale; 1 is one sample on one device pixel."""
        percent = scale * 100
        text = f"{percent:.0f} %" if percent >= 10 else f"{percent:.1f} %"
        self._zoom.setText(text)

    def show_preparing(self, share: float | None) -> None:
        """Show how far the painting is made quick to view, 0..1; None when nothing goes on."""
        if share is not None:
            text = self.tr("Preparing the painting for fast viewing, {0} %")
            self._preparing.setText(text.format(int(share * 100)))
        self._preparing.setVisible(share is not None)
        self._stop.setVisible(share is not None)
        self._fit()

    def show_device(self, text: str) -> None:
        """Show where generators run."""
        self._device.setText(text)
        self._fit()

    def show_safety(self, pending: int, error: str, is_kept: bool) -> None:
        """Tell the truth about what would survive a power cut."""
        if not is_kept:
            text = self.tr("Strokes are not kept on disk")
        elif error:
            text = self.tr("{0} strokes not saved").format(max(1, pending))
        elif pending:
            text = self.tr("{0} strokes pending").format(pending)
            if pending == 1:
                text = self.tr("1 stroke pending")
        else:
            text = self.tr("All strokes safe")
        self._safety.setText(text)
        self._safety.setToolTip(error)
        self._fit()

    def _fact(self, name: str, widest: str) -> QLabel:
        label = QLabel(self)
        label.setAccessibleName(name)
        label.setContentsMargins(10, 2, 10, 2)
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if widest:
            # Figures that do not dance: every digit as wide as any other.
            font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
            font.setPointSizeF(label.font().pointSizeF() * 0.95)
            font.setStyleStrategy(label.font().styleStrategy())
            label.setFont(font)
            label.setMinimumWidth(label.fontMetrics().horizontalAdvance(widest) + 20)
        self.addPermanentWidget(label)
        return label


def _width(part: QWidget) -> int:
    """Return the room that a part of the bar takes."""
    return max(part.sizeHint().width(), part.minimumWidth()) + _GAP_PX


def _plain(value: float) -> float:
    """Return a value rounded to a tenth, without the sign of a nought."""
    return round(float(value), 1) + 0.0
