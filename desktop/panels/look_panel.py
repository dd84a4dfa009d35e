"""The Viewing dock: colours that tell and stretched contrast, for the eye only."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QPushButton, QWidget

from desktop.look import PLAIN, Look, Tint
from desktop.slider_field import SliderField, align
from desktop.theme import muted

_TINTS = tuple(Tint)
_LEAST_SPAN_PERCENT = 1.0


class LookPanel(QWidget):
    """changed(Look): by the user. fit_asked: stretch the contrast to what is seen."""

    changed = Signal(object)
    fit_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = PLAIN
        self._tint = QComboBox(self)
        self._tint.addItems(
            [
                self.tr("Natural colours"),
                self.tr("Tones as colours"),
                self.tr("Red channel"),
                self.tr("Green channel"),
                self.tr("Blue channel"),
                self.tr("Clipped samples"),
            ]
        )
        self._tint.setAccessibleName(self.tr("Colours"))
        self._black = SliderField(self.tr("Black"), 0, 100, " %", decimals=1)
        self._white = SliderField(self.tr("White"), 0, 100, " %", decimals=1)
        self._gamma = SliderField(self.tr("Gamma"), 0.2, 5, "", is_logarithmic=True, decimals=2)
        align((self._black, self._white, self._gamma))
        self._fit = QPushButton(self.tr("Stretch to What Is Seen"), self)
        self._reset = QPushButton(self.tr("Reset"), self)
        note = muted(QLabel(self.tr("For viewing only: no sample is changed."), self), 0.92)
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 6, 12, 10)
        grid.setVerticalSpacing(7)
        for row, widget in enumerate((self._tint, self._black, self._white, self._gamma)):
            grid.addWidget(widget, row, 0, 1, 2)
        grid.addWidget(self._fit, 4, 0)
        grid.addWidget(self._reset, 4, 1)
        grid.addWidget(note, 5, 0, 1, 2)
        grid.setRowStretch(6, 1)
        grid.setColumnStretch(0, 1)
        self._tint.activated.connect(lambda _index: self._emit())
        self._black.changed.connect(self._black_moved)
        self._white.changed.connect(self._white_moved)
        self._gamma.changed.connect(lambda _value: self._emit())
        self._fit.clicked.connect(self.fit_asked)
        self._reset.clicked.connect(lambda: self._choose(PLAIN))
        self.show_look(PLAIN)

    def show_look(self, look: Look) -> None:
        """Show how the painting is looked at; emits nothing."""
        self._look = look
        with QSignalBlocker(self._tint):
            self._tint.setCurrentIndex(_TINTS.index(look.tint))
        self._black.set_value(look.black * 100)
        self._white.set_value(look.white * 100)
        self._gamma.set_value(look.gamma)
        self._reset.setEnabled(not look.is_plain)

    def _black_moved(self, value: float) -> None:
        # The ends never cross: the one that is not moved gives way.
        if self._white.value < value + _LEAST_SPAN_PERCENT:
            self._white.set_value(min(100.0, value + _LEAST_SPAN_PERCENT))
        self._emit()

    def _white_moved(self, value: float) -> None:
        if self._black.value > value - _LEAST_SPAN_PERCENT:
            self._black.set_value(max(0.0, value - _LEAST_SPAN_PERCENT))
        self._emit()

    def _emit(self) -> None:
        self._choose(
            replace(
                self._look,
                tint=_TINTS[self._tint.currentIndex()],
                black=round(self._black.value / 100, 4),
                white=round(self._white.value / 100, 4),
                gamma=round(self._gamma.value, 3),
            )
        )

    def _choose(self, look: Look) -> None:
        if look != self._look:
            self.show_look(look)
            self.changed.emit(look)
