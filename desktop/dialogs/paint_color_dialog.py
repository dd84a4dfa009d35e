"""Entering the colour to paint with, in samples of the document's own profile."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.paint_colors import PaintColors, Samples
from desktop.slider_field import SliderField
from desktop.theme import grey, muted

_FULL = 65535
_SWATCH_PX, _NAME_PX = 56, 44


class PaintColorDialog(QDialog):
    """Shows the colour that is being entered beside the one before, both as on the canvas."""

    def __init__(self, colors: PaintColors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Colour to Paint With"))
        self._colors = colors
        is_grey = len(colors.current) == 1
        names = [self.tr("Red"), self.tr("Green"), self.tr("Blue")]
        if is_grey:
            names = [self.tr("Grey")]
        self._fields = [
            SliderField(name, 0, _FULL, "", slider_width=220, name_width=_NAME_PX) for name in names
        ]
        for field, sample in zip(self._fields, colors.current, strict=True):
            field.set_value(sample)
            field.changed.connect(lambda _value: self._follow())
        self._swatch = _Swatch(colors, colors.current, self)
        self._reading = muted(QLabel(self))
        self._reading.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._build()
        self._follow()

    @property
    def samples(self) -> Samples:
        """The colour entered."""
        return tuple(round(field.value) for field in self._fields)

    def accept(self) -> None:
        """Paint with it."""
        self._colors.use(self.samples)
        super().accept()

    def _follow(self) -> None:
        self._swatch.show_samples(self.samples)
        lightness, a, b = self._colors.lab(self.samples)
        # Rounded first: what is −0.04 shall not read −0.0.
        lightness, a, b = (round(value, 1) + 0.0 for value in (lightness, a, b))
        self._reading.setText(self.tr("L* {0}   a* {1}   b* {2}").format(lightness, a, b))

    def _build(self) -> None:
        cancel, use = QPushButton(self.tr("Cancel"), self), QPushButton(self.tr("Use"), self)
        use.setProperty("role", "primary")
        use.setDefault(True)
        use.setFocus()
        use.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(use)
        profile = self.tr("Samples 0 to 65535 in the painting's profile: {0}")
        note = muted(QLabel(profile.format(self._colors.profile.name), self))
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addWidget(self._swatch)
        column.addWidget(self._reading)
        for field in self._fields:
            column.addWidget(field)
        column.addWidget(note)
        column.addLayout(buttons)


class _Swatch(QWidget):
    """The former colour at the left, the new one at the right, on the grey of the chrome."""

    def __init__(self, colors: PaintColors, samples: Samples, parent: QWidget) -> None:
        super().__init__(parent)
        self._colors = colors
        self._before = self._now = samples
        self.setFixedHeight(_SWATCH_PX)

    def show_samples(self, samples: Samples) -> None:
        self._now = samples
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        half = self.width() // 2
        painter.fillRect(self.rect(), grey(0x1A))
        inner = self.rect().adjusted(1, 1, -1, -1)
        painter.fillRect(inner, self._colors.shown(self._now))
        former = inner.adjusted(0, 0, half - self.width(), 0)
        painter.fillRect(former, self._colors.shown(self._before))
        painter.end()
