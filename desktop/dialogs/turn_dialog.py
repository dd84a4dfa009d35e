"""The dialog that turns the view by an angle that is entered."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.orientation import Orientation
from desktop.slider_field import SliderField


class TurnDialog(QDialog):
    """turned(Orientation): at once, with every change; Cancel turns back."""

    turned = Signal(object)

    def __init__(self, orientation: Orientation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Turn the View"))
        self._before = orientation
        self._angle = SliderField(
            self.tr("Clockwise by"), -180, 180, "°", decimals=1, slider_width=220, parent=self
        )
        seen = orientation.seen_degrees
        self._angle.set_value(seen if seen <= 180 else seen - 360)
        self._angle.changed.connect(lambda value: self.turned.emit(orientation.at(value)))
        cancel, turn = QPushButton(self.tr("Cancel"), self), QPushButton(self.tr("Turn"), self)
        turn.setProperty("role", "primary")
        turn.setDefault(True)
        turn.clicked.connect(self.accept)
        cancel.clicked.connect(self.reject)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(cancel)
        buttons.addWidget(turn)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 16, 18, 14)
        column.setSpacing(12)
        column.addWidget(self._angle)
        column.addLayout(buttons)

    def reject(self) -> None:
        """Leave the view as it was."""
        self.turned.emit(self._before)
        super().reject()
