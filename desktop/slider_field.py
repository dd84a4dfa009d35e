"""A named value with a slider to drag and a box to type in; linear or by proportion."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QSlider, QWidget

_STEPS = 1000
_FRAME_PX = 22
"""What a box takes besides its text."""
_NO_LIMIT_PX = 16_777_215


class SliderField(QWidget):
    """Label, slider and box for one number.

    changed(value) comes with every change by the user, settled(value) when a drag has ended or
    a typed value is complete, entered when Return or Escape ended the typing. `set_value` emits
    nothing.
    """

    changed = Signal(float)
    settled = Signal(float)
    entered = Signal()

    def __init__(
        self,
        name: str,
        low: float,
        high: float,
        suffix: str,
        *,
        is_logarithmic: bool = False,
        decimals: int = 0,
        slider_width: int = 110,
        name_width: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._low, self._high, self._is_logarithmic = low, high, is_logarithmic
        self._label = QLabel(name, self)
        self._label.setMinimumWidth(name_width)
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setRange(0, _STEPS)
        self._slider.setMinimumWidth(slider_width)
        self._box = _Box(self)
        self._box.setRange(low, high)
        self._box.setDecimals(decimals)
        self._box.setSuffix(suffix)
        for widget in (self._slider, self._box):
            widget.setAccessibleName(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._label)
        row.addWidget(self._slider, 1)
        row.addWidget(self._box)
        self._slider.valueChanged.connect(self._slid)
        self._slider.sliderReleased.connect(lambda: self.settled.emit(self.value))
        self._box.valueChanged.connect(self._typed)
        self._box.entered.connect(self.entered)
        self._box.editingFinished.connect(lambda: self.settled.emit(self.value))

    @property
    def value(self) -> float:
        """The number shown."""
        return float(self._box.value())

    @property
    def is_dragging(self) -> bool:
        """Whether the slider is held."""
        return self._slider.isSliderDown()

    def set_value(self, value: float) -> None:
        """Show a number."""
        with QSignalBlocker(self._slider), QSignalBlocker(self._box):
            self._box.setValue(value)
            self._slider.setValue(self._position(value))

    def set_compact(self, is_compact: bool) -> None:
        """Show the box alone, and that small, where room is short; or the slider again."""
        self._slider.setVisible(not is_compact)
        widest = self._box.fontMetrics().horizontalAdvance(
            self._box.textFromValue(self._high) + self._box.suffix()
        )
        self._box.setMaximumWidth(widest + _FRAME_PX if is_compact else _NO_LIMIT_PX)

    def set_name_shown(self, is_shown: bool) -> None:
        """Show the name beside it, or, where room is short, as a tool tip alone."""
        self._label.setVisible(is_shown)
        self._box.setToolTip("" if is_shown else self._label.text())

    def set_name(self, name: str) -> None:
        """Call the number by another name."""
        self._label.setText(name)
        for widget in (self._slider, self._box):
            widget.setAccessibleName(name)

    def _slid(self, position: int) -> None:
        value = self._value(position)
        with QSignalBlocker(self._box):
            self._box.setValue(value)
        self.changed.emit(value)
        if not self._slider.isSliderDown():
            self.settled.emit(value)

    def _typed(self, value: float) -> None:
        with QSignalBlocker(self._slider):
            self._slider.setValue(self._position(value))
        self.changed.emit(value)

    def _value(self, position: int) -> float:
        part = position / _STEPS
        if self._is_logarithmic:
            return self._low * math.pow(self._high / self._low, part)
        return self._low + (self._high - self._low) * part

    def _position(self, value: float) -> int:
        if self._is_logarithmic:
            part = math.log(max(value, self._low) / self._low) / math.log(self._high / self._low)
        else:
            part = (value - self._low) / (self._high - self._low)
        return round(part * _STEPS)


def align(fields: Sequence[SliderField]) -> None:
    """Let the sliders of fields below each other begin and end at the same places."""
    for kind in (QLabel, QDoubleSpinBox):
        parts = [part for field in fields for part in field.findChildren(kind)]
        width = max(part.sizeHint().width() for part in parts)
        for part in parts:
            part.setMinimumWidth(width)


class _Box(QDoubleSpinBox):
    """A number box that takes a value when it is complete, not digit by digit.

    The theme gives its arrows no width; without arrows at all, Qt's style sheets leave the text
    one pixel.
    """

    entered = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus | Qt.FocusPolicy.TabFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return and Escape end the typing."""
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self.clearFocus()
            self.entered.emit()
