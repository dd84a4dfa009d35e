"""The dialog about the hand: steadier strokes, and how a pen is felt."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.pen import PenFeel
from desktop.slider_field import SliderField, align
from desktop.theme import muted

MAX_FIRMNESS = 3.0


class HandDialog(QDialog):
    """changed(smoothing percent, PenFeel): at once, with every change."""

    changed = Signal(float, object)

    def __init__(self, smoothing: float, feel: PenFeel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Pen and Strokes"))
        self._smoothing = SliderField(self.tr("Smoothing"), 0, 100, " %", slider_width=220)
        self._firmness = SliderField(
            self.tr("Firmness"), 1 / MAX_FIRMNESS, MAX_FIRMNESS, "", is_logarithmic=True, decimals=2
        )
        self._tilt = SliderField(self.tr("Tilt"), 0, 100, " %")
        self._smoothing.set_value(smoothing)
        self._firmness.set_value(feel.firmness)
        self._tilt.set_value(feel.tilt * 100)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(6)
        for field, text in (
            (
                self._smoothing,
                self.tr("The brush hangs on a string: the longer it is, the steadier the line."),
            ),
            (
                self._firmness,
                self.tr("Above 1 the pen has to be pressed more firmly for a full stroke."),
            ),
            (self._tilt, self.tr("How much a pen laid flat adds to its pressure.")),
        ):
            note = muted(QLabel(text, self), 0.92)
            note.setWordWrap(True)
            column.addWidget(field)
            column.addWidget(note)
            column.addSpacing(8)
            field.changed.connect(lambda _value: self._emit())
        align((self._smoothing, self._firmness, self._tilt))
        close = QPushButton(self.tr("Close"), self)
        close.setDefault(True)
        close.clicked.connect(self.accept)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)

    def _emit(self) -> None:
        feel = PenFeel(self._firmness.value, self._tilt.value / 100)
        self.changed.emit(self._smoothing.value, feel)
